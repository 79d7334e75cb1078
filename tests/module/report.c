// SPDX-License-Identifier: GPL-2.0
/*
 * The result: <debugfs>/latency_tracker_test/results, KTAP with a plan, to be read at
 * any time; its last line is "# running" until all is done.
 */
#include <linux/debugfs.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/seq_file.h>
#include <linux/slab.h>

#include "test.h"

#define LT_REPORT_SIZE	(64 * 1024)
/* Lines of a case at most: what comes then says nothing new. */
#define LT_DIAGS	24

/* Protects all of the below. */
static DEFINE_MUTEX(lt_report_lock);
static char *lt_text;
static size_t lt_text_len;
static unsigned int lt_cases;
static unsigned int lt_diags;
static bool lt_failed;
static bool lt_done;
static const char *lt_skipped;
static struct dentry *lt_report_dir;

static int lt_results_show(struct seq_file *m, void *unused)
{
	mutex_lock(&lt_report_lock);
	seq_write(m, lt_text, lt_text_len);
	if (!lt_done)
		seq_puts(m, "# running\n");
	mutex_unlock(&lt_report_lock);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(lt_results);

static __printf(1, 0) void lt_report_vprintf(const char *fmt, va_list args)
{
	lt_text_len += vscnprintf(lt_text + lt_text_len, LT_REPORT_SIZE - lt_text_len, fmt, args);
}

static __printf(1, 2) void lt_report_printf(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	lt_report_vprintf(fmt, args);
	va_end(args);
}

/**
 * lt_report_init() - make the file
 * @cases: the plan
 */
int lt_report_init(unsigned int cases)
{
	lt_text = kvzalloc(LT_REPORT_SIZE, GFP_KERNEL);
	if (!lt_text)
		return -ENOMEM;
	lt_report_printf("KTAP version 1\n1..%u\n", cases);
	lt_report_dir = debugfs_create_dir("latency_tracker_test", NULL);
	debugfs_create_file("results", 0444, lt_report_dir, NULL, &lt_results_fops);
	return 0;
}

/**
 * lt_report_exit() - take it away
 */
void lt_report_exit(void)
{
	debugfs_remove_recursive(lt_report_dir);
	kvfree(lt_text);
}

/**
 * lt_report_begin() - a case begins
 */
void lt_report_begin(void)
{
	mutex_lock(&lt_report_lock);
	lt_failed = false;
	lt_skipped = NULL;
	lt_diags = 0;
	mutex_unlock(&lt_report_lock);
}

/**
 * lt_report_end() - a case has ended
 * @name: of the case
 */
void lt_report_end(const char *name)
{
	mutex_lock(&lt_report_lock);
	lt_report_printf("%s %u %s%s%s\n", lt_failed ? "not ok" : "ok", ++lt_cases, name,
			 lt_skipped ? " # SKIP " : "", lt_skipped ?: "");
	mutex_unlock(&lt_report_lock);
}

/**
 * lt_report_skip() - the present case cannot run here
 * @why: literal
 */
void lt_report_skip(const char *why)
{
	mutex_lock(&lt_report_lock);
	lt_skipped = why;
	mutex_unlock(&lt_report_lock);
}

/**
 * lt_report_done() - nothing more will come
 */
void lt_report_done(void)
{
	mutex_lock(&lt_report_lock);
	lt_done = true;
	mutex_unlock(&lt_report_lock);
}

/**
 * lt_diag() - a line for who reads the results
 * @fmt: without the leading "# " and the newline
 */
void lt_diag(const char *fmt, ...)
{
	va_list args;

	mutex_lock(&lt_report_lock);
	if (lt_diags++ < LT_DIAGS) {
		lt_report_printf("# ");
		va_start(args, fmt);
		lt_report_vprintf(fmt, args);
		va_end(args);
		lt_report_printf("\n");
	}
	mutex_unlock(&lt_report_lock);
}

/**
 * lt_expect_range() - the present case fails unless least <= got <= most
 * @what:  name
 * @got:   what was seen
 * @least: bound
 * @most:  bound
 */
bool lt_expect_range(const char *what, u64 got, u64 least, u64 most)
{
	if (got >= least && got <= most)
		return true;
	mutex_lock(&lt_report_lock);
	lt_failed = true;
	mutex_unlock(&lt_report_lock);
	if (least == most)
		lt_diag("%s: expected %llu, got %llu", what, least, got);
	else
		lt_diag("%s: expected %llu .. %llu, got %llu", what, least, most, got);
	return false;
}

/**
 * lt_expect() - the present case fails unless got == want
 * @what: name
 * @got:  what was seen
 * @want: what it must be
 */
bool lt_expect(const char *what, u64 got, u64 want)
{
	return lt_expect_range(what, got, want, want);
}
