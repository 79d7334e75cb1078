// SPDX-License-Identifier: GPL-2.0
/* What the proof concludes, and what it finds in a CTF trace that is made here, byte by byte. */
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <json-c/json.h>

#include "proof.h"

static const char hit_text[] =
	"seq=5 ts=0.000030000 tracker=block reason=threshold delta_us=20.000 begin=0.000010000"
	" threshold_us=5.000 cpu_begin=0 cpu_end=1 pid=8 tid=9 comm=fio dev=254:3 sector=4096\n";

static struct lt_record hit;

static int parse_hit(void **state)
{
	size_t used;

	(void)state;
	return lt_record_parse(hit_text, strlen(hit_text), &hit, &used);
}

static void add_cpu(struct lt_proof *proof, int cpu, uint64_t first, uint64_t last)
{
	struct lt_proof_cpu *span = lt_proof_cpu(proof, cpu);

	span->first_ns = first;
	span->last_ns = last;
	span->events = 3;
}

static void test_conclude(void **state)
{
	static const struct {
		uint64_t first[2], last[2];
		bool begin, hit;
	} cases[] = {
		{ { 1000, 2000 }, { 40000, 50000 }, true, true },
		{ { 1000, 10000 }, { 40000, 50000 }, true, true },
		{ { 1000, 10001 }, { 40000, 50000 }, false, true },	/* one CPU begins late */
		{ { 1000, 30001 }, { 40000, 50000 }, false, false },
		{ { 1000, 2000 }, { 40000, 29999 }, true, false },	/* one CPU ends early */
		{ { 1000, 2000 }, { 9999, 50000 }, false, false },
	};
	struct lt_proof proof;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		lt_proof_init(&proof, &hit, 31000);
		add_cpu(&proof, 1, cases[i].first[1], cases[i].last[1]);
		add_cpu(&proof, 0, cases[i].first[0], cases[i].last[0]);
		lt_proof_conclude(&proof);
		assert_int_equal(proof.status, LT_PROOF_OK);
		assert_int_equal(proof.covers_begin, cases[i].begin);
		assert_int_equal(proof.covers_hit, cases[i].hit);
		assert_int_equal(proof.trace_first_ns, 1000);
		assert_int_equal(proof.covered_since_ns, cases[i].first[1]);
		assert_int_equal(proof.events, 6);
		assert_int_equal(proof.cpus[0].cpu, 0);
		lt_proof_free(&proof);
	}
}

static void test_empty_trace_fails(void **state)
{
	struct lt_proof proof;

	(void)state;
	lt_proof_init(&proof, &hit, 31000);
	lt_proof_conclude(&proof);
	assert_int_equal(proof.status, LT_PROOF_FAILED);
	assert_false(proof.covers_begin);
	assert_string_not_equal(proof.error, "");
}

static void test_failure_is_kept(void **state)
{
	struct lt_proof proof;
	struct json_object *json;

	(void)state;
	lt_proof_init(&proof, &hit, 31000);
	proof.backend = proof.trace = "x";
	lt_proof_fail(&proof, "first %d", 1);
	lt_proof_fail(&proof, "second");
	add_cpu(&proof, 0, 1000, 50000);
	lt_proof_conclude(&proof);
	assert_int_equal(proof.status, LT_PROOF_FAILED);
	assert_false(proof.covers_begin);
	json = lt_proof_to_json(&proof);
	assert_non_null(strstr(json_object_to_json_string(json), "\"error\": \"first 1\""));
	assert_non_null(strstr(json_object_to_json_string(json), "\"snapshot_begin_ns\": null"));
	json_object_put(json);
	lt_proof_free(&proof);
}

static void test_nearest_event_wins(void **state)
{
	struct lt_proof proof;

	(void)state;
	lt_proof_init(&proof, &hit, 31000);
	lt_proof_found(&proof, "far", 9000, 0);
	lt_proof_found(&proof, "near", 10100, 1);
	lt_proof_found(&proof, "farther", 11000, 2);
	assert_string_equal(proof.begin_event.name, "near");
	assert_int_equal(proof.begin_event.cpu, 1);
}

static void test_target(void **state)
{
	struct lt_proof_target target;

	(void)state;
	lt_proof_target_init(&target, &hit);
	assert_int_equal(target.match, LT_MATCH_BLOCK);
	assert_int_equal(target.dev, 254 << 20 | 3);
	assert_int_equal(target.sector, 4096);
	assert_int_equal(target.from_ns, 0);
	assert_int_equal(target.to_ns, 5010000);
	assert_true(lt_proof_target_name(&target, "block_rq_issue"));
	assert_false(lt_proof_target_name(&target, "block_rq_complete"));
	assert_false(lt_proof_target_name(&target, "sched_waking"));
}

/* A trace as LTTng writes it, but for all that nobody reads. */
static const char metadata[] =
	"/* CTF 1.8 */\n"
	"typealias integer { size = 32; align = 8; signed = false; } := uint32_t;\n"
	"typealias integer { size = 64; align = 8; signed = false; } := uint64_t;\n"
	"trace {\n"
	"	major = 1; minor = 8; byte_order = le;\n"
	"	packet.header := struct { uint32_t magic; uint32_t stream_id; };\n"
	"};\n"
	"clock { name = \"monotonic\"; freq = 1000000000; offset = 1700000000000000000; };\n"
	"typealias integer { size = 64; align = 8; signed = false;\n"
	"	map = clock.monotonic.value; } := uint64_ts;\n"
	"stream {\n"
	"	id = 0;\n"
	"	packet.context := struct { uint64_ts timestamp_begin; uint64_ts timestamp_end;\n"
	"		uint64_t content_size; uint64_t packet_size; uint64_t packet_seq_num;\n"
	"		uint64_t events_discarded; uint32_t cpu_id; };\n"
	"	event.header := struct { uint32_t id; uint64_ts timestamp; };\n"
	"};\n"
	"event { name = \"block_rq_issue\"; id = 1; stream_id = 0;\n"
	"	fields := struct { uint32_t _dev; uint64_t _sector; }; };\n"
	"event { name = \"other\"; id = 2; stream_id = 0;\n"
	"	fields := struct { uint32_t _dev; uint64_t _sector; }; };\n"
	"event { name = \"latency_tracker_hit\"; id = 3; stream_id = 0;\n"
	"	fields := struct { uint32_t _pid; uint64_t _seq; }; };\n"
	"event { name = \"latency_tracker_hit\"; id = 4; stream_id = 0;\n"
	"	fields := struct { uint32_t _cpu; uint64_t _ip; }; };\n";

struct packet {
	uint64_t begin, end, seq, discarded;
	unsigned int cpu;
	struct {
		unsigned int id;
		uint64_t ts;
		unsigned int dev;
		uint64_t sector;
	} event;	/* id 0: none */
};

static void put(int fd, uint64_t value, size_t size)
{
	assert_int_equal(write(fd, &value, size), size);	/* little-endian machines only */
}

static void put_packet(int fd, const struct packet *p)
{
	uint64_t bits = (8 + 6 * 8 + 4 + (p->event.id ? 4 + 8 + 4 + 8 : 0)) * 8;

	put(fd, 0xc1fc1fc1, 4);
	put(fd, 0, 4);
	put(fd, p->begin, 8);
	put(fd, p->end, 8);
	put(fd, bits, 8);
	put(fd, bits, 8);
	put(fd, p->seq, 8);
	put(fd, p->discarded, 8);
	put(fd, p->cpu, 4);
	if (!p->event.id)
		return;
	put(fd, p->event.id, 4);
	put(fd, p->event.ts, 8);
	put(fd, p->event.dev, 4);
	put(fd, p->event.sector, 8);
}

static void make_trace(const char *dir, const struct packet *packets, size_t count)
{
	int dirfd = open(dir, O_RDONLY | O_DIRECTORY), fd;
	char name[16];

	assert_int_equal(lt_write_file(dirfd, "metadata", metadata, strlen(metadata)), 0);
	for (size_t i = 0; i < count; i++) {
		snprintf(name, sizeof(name), "flight_%u", packets[i].cpu);
		fd = openat(dirfd, name, O_WRONLY | O_CREAT | O_APPEND, 0600);
		assert_true(fd >= 0);
		put_packet(fd, &packets[i]);
		close(fd);
	}
	close(dirfd);
}

static int read_trace(struct lt_proof *proof, const char *dir, bool stopped)
{
	struct lt_proof_target target;
	atomic_bool stop = stopped;
	int ret;

	lt_proof_init(proof, &hit, 31000);
	lt_proof_target_init(&target, &hit);
	ret = lt_proof_read_ctf(proof, dir, &target, &stop);
	if (ret)
		print_message("# %s\n", proof->error);
	if (!ret)
		lt_proof_conclude(proof);
	return ret;
}

static void test_ctf(void **state)
{
	static const struct packet packets[] = {
		{ .begin = 2000, .end = 20000, .cpu = 0,
		  .event = { 1, 10050, 254 << 20 | 3, 4096 } },
		{ .begin = 20000, .end = 40000, .seq = 1, .cpu = 0,
		  .event = { 2, 21000, 254 << 20 | 3, 4096 } },
		{ .begin = 9000, .end = 45000, .seq = 7, .cpu = 1 },	/* idle, and covered */
	};
	struct lt_proof proof;

	make_trace(*state, packets, 3);
	assert_int_equal(read_trace(&proof, *state, false), 0);
	assert_int_equal(proof.status, LT_PROOF_OK);
	assert_int_equal(proof.events, 2);
	assert_int_equal(proof.nr_cpus, 2);
	assert_int_equal(proof.cpus[1].first_ns, 9000);
	assert_int_equal(proof.cpus[1].events, 0);
	assert_int_equal(proof.trace_last_ns, 45000);
	assert_true(proof.covers_begin);
	assert_true(proof.covers_hit);
	assert_true(proof.begin_event.found);
	assert_string_equal(proof.begin_event.name, "block_rq_issue");
	assert_int_equal(proof.begin_event.ns, 10050);
	lt_proof_free(&proof);
}

static void test_ctf_other_operation(void **state)
{
	static const struct packet packets[] = {
		{ .begin = 2000, .end = 40000, .event = { 1, 10000, 254 << 20 | 3, 4097 } },
		{ .begin = 40000, .end = 41000, .seq = 1, .event = { 1, 40500, 254 << 20, 4096 } },
	};
	struct lt_proof proof;

	make_trace(*state, packets, 2);
	assert_int_equal(read_trace(&proof, *state, false), 0);
	assert_true(proof.covers_begin);
	assert_false(proof.begin_event.found);
	lt_proof_free(&proof);
}

/* Our event tells which hit it is, however late it comes and whichever is nearer. */
static void test_ctf_hit(void **state)
{
	static const struct packet packets[] = {
		{ .begin = 2000, .end = 30015, .event = { 3, 30010, 8, 4 } },
		{ .begin = 30015, .end = 9000000, .seq = 1, .event = { 3, 8000000, 8, 5 } },
		{ .begin = 9000000, .end = 9100000, .seq = 2, .event = { 3, 9000010, 8, 6 } },
	};
	struct lt_proof proof;

	make_trace(*state, packets, 3);
	assert_int_equal(read_trace(&proof, *state, false), 0);
	assert_true(proof.hit_event.found);
	assert_string_equal(proof.hit_event.name, "latency_tracker_hit");
	assert_int_equal(proof.hit_event.ns, 8000000);
	assert_false(proof.begin_event.found);
	lt_proof_free(&proof);
}

/* A kernel probe has no number: it is the next one after the hit on the same CPU, or none. */
static void test_ctf_hit_probe(void **state)
{
	static const struct packet packets[] = {
		{ .begin = 2000, .end = 60000000, .cpu = 0, .event = { 4, 30050, 0, 5 } },
		{ .begin = 2000, .end = 30000, .cpu = 1, .event = { 4, 29990, 1, 5 } },
		{ .begin = 30000, .end = 31000, .seq = 1, .cpu = 1, .event = { 4, 30100, 1, 4 } },
		{ .begin = 31000, .end = 60000000, .seq = 2, .cpu = 1,
		  .event = { 4, 50040000, 1, 5 } },
	};
	struct lt_proof proof;

	make_trace(*state, packets, 4);
	assert_int_equal(read_trace(&proof, *state, false), 0);
	assert_true(proof.hit_event.found);
	assert_int_equal(proof.hit_event.ns, 30100);
	assert_int_equal(proof.hit_event.cpu, 1);
	lt_proof_free(&proof);
	remove_dir(state);
	make_dir(state);
	make_trace(*state, packets, 2);
	make_trace(*state, packets + 3, 1);
	assert_int_equal(read_trace(&proof, *state, false), 0);
	assert_false(proof.hit_event.found);
	lt_proof_free(&proof);
}

/* A packet is missing between the two: complete only from the second one on. */
static void test_ctf_gap(void **state)
{
	static const struct packet packets[] = {
		{ .begin = 2000, .end = 5000, .seq = 1 },
		{ .begin = 15000, .end = 40000, .seq = 3 },
	};
	struct lt_proof proof;

	make_trace(*state, packets, 2);
	assert_int_equal(read_trace(&proof, *state, false), 0);
	assert_int_equal(proof.covered_since_ns, 15000);
	assert_false(proof.covers_begin);
	assert_true(proof.covers_hit);
	lt_proof_free(&proof);
}

static void test_ctf_discarded(void **state)
{
	static const struct packet packets[] = {
		{ .begin = 2000, .end = 5000, .cpu = 0 },
		{ .begin = 5000, .end = 15000, .seq = 1, .discarded = 12, .cpu = 0 },
		{ .begin = 15000, .end = 40000, .seq = 2, .discarded = 12, .cpu = 0 },
		{ .begin = 1000, .end = 40000, .cpu = 1 },
	};
	struct lt_proof proof;

	make_trace(*state, packets, 4);
	assert_int_equal(read_trace(&proof, *state, false), 0);
	assert_int_equal(proof.discarded, 12);
	assert_int_equal(proof.cpus[1].first_ns, 1000);	/* the other CPU lost nothing */
	assert_true(proof.cpus[0].first_ns >= 5000);
	lt_proof_free(&proof);
}

static void test_ctf_broken(void **state)
{
	struct lt_proof proof;
	char path[256];
	int dirfd;

	snprintf(path, sizeof(path), "%s/absent", (char *)*state);
	assert_int_not_equal(read_trace(&proof, path, false), 0);
	assert_string_not_equal(proof.error, "");
	lt_proof_free(&proof);

	dirfd = open(*state, O_RDONLY | O_DIRECTORY);
	assert_int_equal(lt_write_file(dirfd, "metadata", "/* CTF 1.8 */\nrubbish", 21), 0);
	close(dirfd);
	assert_int_not_equal(read_trace(&proof, *state, false), 0);
	assert_int_equal(proof.status, LT_PROOF_FAILED);
	lt_proof_free(&proof);
}

static void test_ctf_stop(void **state)
{
	static const struct packet packet = { .begin = 2000, .end = 5000 };
	struct lt_proof proof;

	make_trace(*state, &packet, 1);
	assert_int_equal(read_trace(&proof, *state, true), -EINTR);
	lt_proof_free(&proof);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_conclude),
		cmocka_unit_test(test_empty_trace_fails),
		cmocka_unit_test(test_failure_is_kept),
		cmocka_unit_test(test_nearest_event_wins),
		cmocka_unit_test(test_target),
		cmocka_unit_test_setup_teardown(test_ctf, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(test_ctf_other_operation, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(test_ctf_hit, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(test_ctf_hit_probe, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(test_ctf_gap, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(test_ctf_discarded, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(test_ctf_broken, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(test_ctf_stop, make_dir, remove_dir),
	};

	return cmocka_run_group_tests_name("proof", tests, parse_hit, NULL);
}
