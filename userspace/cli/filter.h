/* SPDX-License-Identifier: GPL-2.0 */
/* Which records a command shows, as bcc's users say it. */
#ifndef CLI_FILTER_H
#define CLI_FILTER_H

#include <stdbool.h>

struct cli_cgroup;
struct cli_command;
struct lt_record;

/**
 * struct cli_filter - what an operation must be; all zero: anything
 * @tracker: of this tracker, NULL: any
 * @pid: begun by this process, 0: any
 * @tid: begun by this thread, 0: any
 * @comm: pattern of fnmatch(), the name of who began it; NULL: any
 * @disk: pattern of fnmatch(), its field "disk"; NULL: any, or none
 * @cgroup: begun in this cgroup or below it, NULL: any
 */
struct cli_filter {
	const char *tracker;
	int pid;
	int tid;
	const char *comm;
	const char *disk;
	struct cli_cgroup *cgroup;
};

/* Options that cli_filter_option() knows. */
#define CLI_FILTER_OPTIONS			\
	{ "pid", required_argument, NULL, 'p' },	\
	{ "tid", required_argument, NULL, 't' },	\
	{ "comm", required_argument, NULL, 'C' },	\
	{ "cgroup", required_argument, NULL, 'c' },	\
	{ "disk", required_argument, NULL, 'd' }

#define CLI_FILTER_LETTERS "p:t:C:c:d:"

#define CLI_FILTER_HELP									\
	"  -p, --pid PID       only operations that this process began\n"			\
	"  -t, --tid TID       only operations that this thread began\n"			\
	"  -C, --comm PATTERN  only of threads with such a name, as fio or 'kworker/*'\n"	\
	"  -c, --cgroup PATH   only of this cgroup v2 and those below it, as /system.slice\n"	\
	"  -d, --disk PATTERN  only of such a disk, as sda or 'nvme*'\n"

/** cli_filter_option() - take an option of getopt's with its optarg, if it is one of the above. */
void cli_filter_option(struct cli_filter *filter, const struct cli_command *command, int option);

/** cli_filter_wants() - whether an operation is one of them. */
bool cli_filter_wants(const struct cli_filter *filter, const struct lt_record *rec);

#endif /* CLI_FILTER_H */
