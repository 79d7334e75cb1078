// SPDX-License-Identifier: GPL-2.0
/* The record parser: what the kernel writes, and everything it must never be taken in by. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <json-c/json.h>

#include "record.h"

#define TIMES "seq=41 ts=1234.567890123 tracker=block reason=threshold delta_us=20131.402 " \
	      "begin=1234.547758721 threshold_us=5000.000 "
#define TASK  "cpu_begin=0 cpu_end=1 pid=812 tid=813 comm=fio"
#define HIT   TIMES TASK

static struct lt_record rec;

typedef int parser(const char *buf, size_t len, struct lt_record *rec, size_t *consumed);

/* Parse exactly these bytes, behind which ASan forbids any access. */
static int parse_bytes_as(parser *parser, const char *text, size_t len, size_t *consumed)
{
	char *copy = malloc(len ? len : 1);
	int err;

	assert_non_null(copy);
	memcpy(copy, text, len);
	err = parser(copy, len, &rec, consumed);
	free(copy);
	return err;
}

static int parse_bytes(const char *text, size_t len, size_t *consumed)
{
	return parse_bytes_as(lt_record_parse, text, len, consumed);
}

/* Unless more is to come, all of a text is one record. */
static int parse_as(parser *parser, const char *text)
{
	size_t consumed;
	int err = parse_bytes_as(parser, text, strlen(text), &consumed);

	if (err != -EAGAIN)
		assert_int_equal(consumed, strlen(text));
	return err;
}

static int parse(const char *text)
{
	return parse_as(lt_record_parse, text);
}

static void hit_has_every_fixed_field(void **state)
{
	(void)state;
	assert_int_equal(parse(HIT "\n"), 0);
	assert_int_equal(rec.kind, LT_RECORD_HIT);
	assert_int_equal(rec.seq, 41);
	assert_int_equal(rec.ts_ns, 1234567890123);
	assert_int_equal(rec.begin_ns, 1234547758721);
	assert_int_equal(rec.delta_ns, 20131402);
	assert_int_equal(rec.threshold_ns, 5000000);
	assert_int_equal(rec.reason, LT_REASON_THRESHOLD);
	assert_int_equal(rec.cpu_begin, 0);
	assert_int_equal(rec.cpu_end, 1);
	assert_int_equal(rec.pid, 812);
	assert_int_equal(rec.tid, 813);
	assert_string_equal(rec.tracker, "block");
	assert_string_equal(rec.comm, "fio");
	assert_int_equal(rec.nr_fields, 0);
	assert_int_equal(rec.nr_stacks, 0);
}

static void further_fields_keep_their_order(void **state)
{
	const char *value;

	(void)state;
	assert_int_equal(parse(HIT " dev=253:0 disk=dm-0 flags= queue_us=3.001\n"), 0);
	assert_int_equal(rec.nr_fields, 4);
	assert_string_equal(lt_record_field_at(&rec, 0, &value), "dev");
	assert_string_equal(value, "253:0");
	assert_string_equal(lt_record_field(&rec, "disk"), "dm-0");
	assert_string_equal(lt_record_field(&rec, "flags"), "");
	assert_string_equal(lt_record_field(&rec, "queue_us"), "3.001");
	assert_null(lt_record_field(&rec, "comm"));
	assert_null(lt_record_field(&rec, "dis"));
	assert_null(lt_record_field_at(&rec, 4, &value));
}

static void escapes_are_undone(void **state)
{
	(void)state;
	assert_int_equal(parse(TIMES "cpu_begin=0 cpu_end=1 pid=1 tid=1 "
			       "comm=a\\x20b\\x3d\\x5c\\x22\\x0a disk=\\x7fz\xc3\xa9\n"), 0);
	assert_string_equal(rec.comm, "a b=\\\"\n");
	assert_string_equal(lt_record_field(&rec, "disk"), "\x7fz\xc3\xa9");
}

static void stacks_have_kinds_and_frames(void **state)
{
	(void)state;
	assert_int_equal(parse(HIT "\n stack=begin\n submit_bio+0x1f/0x120\n"
			       " ext4_map+0x4/0x9 [ext4]\n stack=task\n stack=end\n"
			       " io_x+0/1\n"), 0);
	assert_int_equal(rec.nr_stacks, 3);
	assert_int_equal(rec.stacks[0].kind, LT_STACK_BEGIN);
	assert_int_equal(rec.stacks[0].nr_frames, 2);
	assert_string_equal(lt_record_frame(&rec, 0, 1), "ext4_map+0x4/0x9 [ext4]");
	assert_int_equal(rec.stacks[1].kind, LT_STACK_TASK);
	assert_int_equal(rec.stacks[1].nr_frames, 0);
	assert_null(lt_record_frame(&rec, 1, 0));
	assert_string_equal(lt_record_frame(&rec, 2, 0), "io_x+0/1");
	assert_null(lt_record_frame(&rec, 3, 0));
	assert_string_equal(lt_stack_kind_name(rec.stacks[2].kind), "end");
}

static void lost_records_carry_a_count(void **state)
{
	(void)state;
	assert_int_equal(parse("lost n=17\n"), 0);
	assert_int_equal(rec.kind, LT_RECORD_LOST);
	assert_int_equal(rec.lost, 17);
	assert_int_equal(rec.nr_fields, 0);
	assert_int_equal(parse("lost n=18446744073709551615\n"), 0);
	assert_true(rec.lost == UINT64_MAX);
	assert_int_equal(parse("lost n=18446744073709551616\n"), -ERANGE);
}

static void every_reason_is_known(void **state)
{
	static const char * const names[] = LT_REASON_NAMES;
	char text[512];

	(void)state;
	for (int i = 0; i < LT_REASON_COUNT; i++) {
		snprintf(text, sizeof(text), "seq=0 ts=1.000000000 tracker=t reason=%s "
			 "delta_us=0.001 begin=1.000000000 threshold_us=0.000 " TASK "\n",
			 names[i]);
		assert_int_equal(parse(text), 0);
		assert_int_equal(rec.reason, i);
		assert_string_equal(lt_reason_name(rec.reason), names[i]);
	}
	assert_string_equal(lt_reason_name(LT_REASON_COUNT), "?");
}

static void several_records_follow_each_other(void **state)
{
	static const char text[] = HIT "\n stack=begin\n a+0/1\nlost n=2\n" HIT " x=y\n";
	size_t at = 0, consumed;

	(void)state;
	assert_int_equal(parse_bytes(text, sizeof(text) - 1, &consumed), 0);
	assert_int_equal(rec.nr_stacks, 1);
	at += consumed;
	assert_int_equal(parse_bytes(text + at, sizeof(text) - 1 - at, &consumed), 0);
	assert_int_equal(rec.kind, LT_RECORD_LOST);
	at += consumed;
	assert_int_equal(parse_bytes(text + at, sizeof(text) - 1 - at, &consumed), 0);
	assert_string_equal(lt_record_field(&rec, "x"), "y");
	at += consumed;
	assert_int_equal(at, sizeof(text) - 1);
	assert_int_equal(parse_bytes(text + at, 0, &consumed), -EAGAIN);
	assert_int_equal(consumed, 0);
}

static void malformed_input_is_refused(void **state)
{
	static const char * const texts[] = {
		"\n",
		" \n",
		"lost\n",
		"lost n=\n",
		"lost n=0\n",
		"lost n=-1\n",
		"lost n=1 m=2\n",
		"lost n=1\n stack=begin\n",
		"LOST n=1\n",
		TIMES "\n",
		HIT " \n",
		HIT "  a=b\n",
		HIT " a\n",
		HIT " =b\n",
		HIT " a-b=c\n",
		HIT " a=b a=c\n",
		HIT " seq=1\n",
		HIT " a=b\"c\n",
		HIT " a=b=c\n",
		HIT " a=b\tc\n",
		HIT " a=\x7f\n",
		HIT " a=\\\n",
		HIT " a=\\x2\n",
		HIT " a=\\x2G\n",
		HIT " a=\\x2A\n",
		HIT " a=\\x00\n",
		HIT " a=\\n\n",
		" " HIT "\n",
		HIT "\n \n",
		HIT "\n frame+0/1\n",
		HIT "\n stack=\n",
		HIT "\n stack=middle\n",
		HIT "\n stack=begin\n stack=end\n stack=switch\n stack=switch\n stack=switch\n stack=task\n",
		HIT "\n stack=begin\n  two+0/1\n",
		HIT "\n stack=begin\n tab\t+0/1\n",
		"seq=x ts=1.000000000 tracker=t reason=gc delta_us=0.001 begin=1.000000000 "
			"threshold_us=0.000 " TASK "\n",
		"seq=-1 ts=1.000000000 tracker=t reason=gc delta_us=0.001 begin=1.000000000 "
			"threshold_us=0.000 " TASK "\n",
		"seq=0 ts=1.00000000 tracker=t reason=gc delta_us=0.001 begin=1.000000000 "
			"threshold_us=0.000 " TASK "\n",
		"seq=0 ts=1 tracker=t reason=gc delta_us=0.001 begin=1.000000000 "
			"threshold_us=0.000 " TASK "\n",
		"seq=0 ts=.000000000 tracker=t reason=gc delta_us=0.001 begin=1.000000000 "
			"threshold_us=0.000 " TASK "\n",
		"seq=0 ts=1.000000000 tracker=t reason=gc delta_us=-1.001 begin=1.000000000 "
			"threshold_us=0.000 " TASK "\n",
		"seq=0 ts=1.000000000 tracker=../t reason=gc delta_us=0.001 begin=1.000000000 "
			"threshold_us=0.000 " TASK "\n",
		"seq=0 ts=1.000000000 tracker=.t reason=gc delta_us=0.001 begin=1.000000000 "
			"threshold_us=0.000 " TASK "\n",
		"seq=0 ts=1.000000000 tracker= reason=gc delta_us=0.001 begin=1.000000000 "
			"threshold_us=0.000 " TASK "\n",
		"seq=0 ts=1.000000000 tracker=t2345678901234567890123456789012 reason=gc "
			"delta_us=0.001 begin=1.000000000 threshold_us=0.000 " TASK "\n",
		"seq=0 ts=1.000000000 tracker=t reason=why delta_us=0.001 begin=1.000000000 "
			"threshold_us=0.000 " TASK "\n",
		"ts=1.000000000 seq=0 tracker=t reason=gc delta_us=0.001 begin=1.000000000 "
			"threshold_us=0.000 " TASK "\n",
		TIMES "cpu_begin=0 cpu_end=1 pid=1 comm=fio tid=1\n",
		TIMES "cpu_begin=0 cpu_end=1 pid=1 tid=1 comm=a234567890123456789012345678901234"
			"56789012345678901234567890123456\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (parse(texts[i]) != -EBADMSG)
			fail_msg("accepted: %s", texts[i]);
}

static void numbers_out_of_range_are_refused(void **state)
{
	static const char * const texts[] = {
		"seq=18446744073709551616 ts=1.000000000 tracker=t reason=gc delta_us=0.001 "
			"begin=1.000000000 threshold_us=0.000 " TASK "\n",
		"seq=0 ts=18446744074.000000000 tracker=t reason=gc delta_us=0.001 "
			"begin=1.000000000 threshold_us=0.000 " TASK "\n",
		"seq=0 ts=18446744073.709551616 tracker=t reason=gc delta_us=0.001 "
			"begin=1.000000000 threshold_us=0.000 " TASK "\n",
		TIMES "cpu_begin=0 cpu_end=1 pid=2147483648 tid=1 comm=x\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (parse(texts[i]) != -ERANGE)
			fail_msg("not out of range: %s", texts[i]);
	assert_int_equal(parse("seq=18446744073709551615 ts=18446744073.709551615 tracker=t "
			       "reason=gc delta_us=18446744073709551.615 begin=0.000000000 "
			       "threshold_us=0.000 " TASK "\n"), 0);
	assert_true(rec.seq == UINT64_MAX && rec.ts_ns == UINT64_MAX &&
		    rec.delta_ns == UINT64_MAX);
}

/* Cut anywhere, a record is either incomplete, malformed, or a whole one without its tail. */
static void truncated_records_never_fool_the_parser(void **state)
{
	static const char text[] = HIT " disk=s\\x20a queue_us=3.001\n stack=begin\n a+0/1\n b\n";
	size_t consumed;

	(void)state;
	for (size_t len = 0; len < sizeof(text) - 1; len++) {
		int err = parse_bytes(text, len, &consumed);

		if (len && text[len - 1] == '\n')
			assert_int_equal(err, 0);
		else
			assert_int_equal(err, -EAGAIN);
		assert_int_equal(consumed, err ? 0 : len);
	}
}

static void nul_bytes_are_malformed(void **state)
{
	static const char text[] = HIT " a=b\0c\n";
	size_t consumed;

	(void)state;
	assert_int_equal(parse_bytes(text, sizeof(text) - 1, &consumed), -EBADMSG);
	assert_int_equal(consumed, sizeof(text) - 1);
}

static void parsing_goes_on_behind_malformed_records(void **state)
{
	static const char text[] = "junk\n more junk\n and more\n" HIT "\n";
	size_t consumed;

	(void)state;
	assert_int_equal(parse_bytes(text, sizeof(text) - 1, &consumed), -EBADMSG);
	assert_int_equal(consumed, strlen("junk\n more junk\n and more\n"));
	assert_int_equal(parse(text + consumed), 0);
	assert_int_equal(rec.seq, 41);
}

/* @filler bytes in the value of a last field, between HIT and the newline. */
static int parse_long(size_t filler, bool newline, size_t *consumed)
{
	char *text = malloc(sizeof(HIT) + filler + 8);
	size_t len = sprintf(text, HIT " a=");
	int err;

	memset(text + len, 'x', filler);
	len += filler;
	if (newline)
		text[len++] = '\n';
	err = parse_bytes(text, len, consumed);
	free(text);
	return err;
}

static void length_is_bounded(void **state)
{
	const size_t fits = LT_RECORD_MAX - (sizeof(HIT) - 1) - strlen(" a=") - 1;
	size_t consumed;

	(void)state;
	assert_int_equal(parse_long(fits, true, &consumed), 0);
	assert_int_equal(strlen(lt_record_field(&rec, "a")), fits);
	assert_int_equal(parse_long(fits + 1, true, &consumed), -EMSGSIZE);
	assert_int_equal(consumed, LT_RECORD_MAX + 1);
	assert_int_equal(parse_long(fits + 1, false, &consumed), -EAGAIN);
	assert_int_equal(parse_long(fits + 2, false, &consumed), -EMSGSIZE);
	assert_int_equal(consumed, LT_RECORD_MAX + 1);
}

static void numbers_of_fields_and_frames_are_bounded(void **state)
{
	char text[4096];
	int len;

	(void)state;
	for (int count = LT_RECORD_FIELDS_MAX; count <= LT_RECORD_FIELDS_MAX + 1; count++) {
		len = sprintf(text, HIT);
		for (int i = 0; i < count; i++)
			len += sprintf(text + len, " f%d=%d", i, i);
		strcpy(text + len, "\n");
		assert_int_equal(parse(text), count > LT_RECORD_FIELDS_MAX ? -EBADMSG : 0);
	}
	for (int count = LT_STACK_MAX; count <= LT_STACK_MAX + 1; count++) {
		len = sprintf(text, HIT "\n stack=begin\n");
		for (int i = 0; i < count; i++)
			len += sprintf(text + len, " f%d+0/1\n", i);
		assert_int_equal(parse(text), count > LT_STACK_MAX ? -EBADMSG : 0);
	}
}

static void records_may_be_copied(void **state)
{
	struct lt_record *copy = malloc(sizeof(*copy));

	(void)state;
	assert_int_equal(parse(HIT " disk=sda\n stack=end\n a+0/1\n"), 0);
	*copy = rec;
	memset(&rec, 0xa5, sizeof(rec));
	assert_string_equal(lt_record_field(copy, "disk"), "sda");
	assert_string_equal(lt_record_frame(copy, 0, 0), "a+0/1");
	free(copy);
}

static int parse_pending(const char *text)
{
	return parse_as(lt_record_parse_pending, text);
}

#define PENDING "tracker=block delta_us=20131.402 begin=1234.547758721 threshold_us=5000.000 " TASK

static void pending_operations_lack_what_only_hits_have(void **state)
{
	(void)state;
	assert_int_equal(parse_pending(PENDING " disk=sda\n stack=task\n a+0/1\n"), 0);
	assert_int_equal(rec.kind, LT_RECORD_PENDING);
	assert_int_equal(rec.seq, 0);
	assert_int_equal(rec.ts_ns, 0);
	assert_int_equal(rec.delta_ns, 20131402);
	assert_int_equal(rec.begin_ns, 1234547758721);
	assert_int_equal(rec.tid, 813);
	assert_string_equal(rec.tracker, "block");
	assert_string_equal(rec.comm, "fio");
	assert_string_equal(lt_record_field(&rec, "disk"), "sda");
	assert_int_equal(rec.nr_fields, 1);
	assert_string_equal(lt_record_frame(&rec, 0, 0), "a+0/1");
}

static void pending_operations_that_are_not_listed_are_counted(void **state)
{
	(void)state;
	assert_int_equal(parse_pending("more n=17\n"), 0);
	assert_int_equal(rec.kind, LT_RECORD_MORE);
	assert_int_equal(rec.more, 17);
	assert_int_equal(rec.lost, 0);
	assert_int_equal(parse_pending("more n=18446744073709551616\n"), -ERANGE);
}

/* Each file has its own records, and nothing of the other's passes for one of them. */
static void hits_and_pending_operations_are_not_confused(void **state)
{
	static const char * const refused[] = {
		HIT "\n", "lost n=17\n", "more n=0\n", "more n=\n", "more n=1\n stack=begin\n",
		PENDING " seq=1\n", PENDING " reason=gc\n",
		"tracker=block reason=gc delta_us=1.000 begin=1.000000000 threshold_us=1.000 "
			TASK "\n",
		"tracker=block delta_us=1.000 begin=1.000000000 threshold_us=1.000\n",
		"\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		if (parse_pending(refused[i]) != -EBADMSG)
			fail_msg("accepted: %s", refused[i]);
	assert_int_equal(parse(PENDING "\n"), -EBADMSG);
	assert_int_equal(parse("more n=17\n"), -EBADMSG);
	assert_int_equal(parse_pending(PENDING), -EAGAIN);
}

static void pending_operations_become_json(void **state)
{
	struct json_object *object;

	(void)state;
	assert_int_equal(parse_pending(PENDING " disk=sda\n"), 0);
	object = lt_record_to_json(&rec, NULL);
	assert_string_equal(json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN),
			    "{\"begin_ns\":1234547758721,\"delta_ns\":20131402,"
			    "\"threshold_ns\":5000000,\"tracker\":\"block\",\"comm\":\"fio\","
			    "\"cpu_begin\":0,\"cpu_end\":1,\"pid\":812,\"tid\":813,"
			    "\"fields\":{\"disk\":\"sda\"},\"stacks\":[]}");
	json_object_put(object);
	assert_int_equal(parse_pending("more n=17\n"), 0);
	object = lt_record_to_json(&rec, NULL);
	assert_string_equal(json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN),
			    "{\"more\":17}");
	json_object_put(object);
}

static void json_is_that_of_hit_json(void **state)
{
	struct json_object *object;

	(void)state;
	assert_int_equal(parse(TIMES "cpu_begin=0 cpu_end=1 pid=1 tid=2 comm=a\\x20\xff\x22"
			       "\n"), -EBADMSG);
	assert_int_equal(parse(TIMES "cpu_begin=0 cpu_end=1 pid=1 tid=2 comm=a\\x22\xff "
			       "disk=sda\n stack=begin\n f+0x1/0x2 [m]\n"), 0);
	object = lt_record_to_json(&rec, "2025-11-21T03:46:00.000000000Z");
	assert_string_equal(json_object_to_json_string_ext(object, JSON_C_TO_STRING_NOSLASHESCAPE |
							   JSON_C_TO_STRING_PLAIN),
			    "{\"seq\":41,\"ts_ns\":1234567890123,\"begin_ns\":1234547758721,"
			    "\"delta_ns\":20131402,\"threshold_ns\":5000000,"
			    "\"tracker\":\"block\",\"reason\":\"threshold\","
			    "\"comm\":\"a\\\"\xef\xbf\xbd\",\"cpu_begin\":0,\"cpu_end\":1,"
			    "\"pid\":1,\"tid\":2,\"fields\":{\"disk\":\"sda\"},"
			    "\"stacks\":[{\"kind\":\"begin\",\"frames\":[\"f+0x1/0x2 [m]\"]}],"
			    "\"wall_time\":\"2025-11-21T03:46:00.000000000Z\"}");
	json_object_put(object);
	assert_int_equal(parse("lost n=17\n"), 0);
	object = lt_record_to_json(&rec, NULL);
	assert_string_equal(json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN),
			    "{\"lost\":17}");
	json_object_put(object);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(hit_has_every_fixed_field),
		cmocka_unit_test(further_fields_keep_their_order),
		cmocka_unit_test(escapes_are_undone),
		cmocka_unit_test(stacks_have_kinds_and_frames),
		cmocka_unit_test(lost_records_carry_a_count),
		cmocka_unit_test(every_reason_is_known),
		cmocka_unit_test(several_records_follow_each_other),
		cmocka_unit_test(malformed_input_is_refused),
		cmocka_unit_test(numbers_out_of_range_are_refused),
		cmocka_unit_test(truncated_records_never_fool_the_parser),
		cmocka_unit_test(nul_bytes_are_malformed),
		cmocka_unit_test(parsing_goes_on_behind_malformed_records),
		cmocka_unit_test(length_is_bounded),
		cmocka_unit_test(numbers_of_fields_and_frames_are_bounded),
		cmocka_unit_test(records_may_be_copied),
		cmocka_unit_test(json_is_that_of_hit_json),
		cmocka_unit_test(pending_operations_lack_what_only_hits_have),
		cmocka_unit_test(pending_operations_that_are_not_listed_are_counted),
		cmocka_unit_test(hits_and_pending_operations_are_not_confused),
		cmocka_unit_test(pending_operations_become_json),
	};

	return cmocka_run_group_tests_name("record", tests, NULL, NULL);
}
