// SPDX-License-Identifier: GPL-2.0
#include "klog.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "module.h"
#include "names.h"

/* The longest record of /dev/kmsg, and a NUL. */
#define RECORD_MAX (8192 + 1)

int lt_klog_open(const struct lt_paths *paths)
{
	int fd = open(paths->kmsg, O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	lseek(fd, 0, SEEK_END);
	return fd;
}

/* "level,number,time,flags;text", then lines for machines, which begin with a blank. */
static int add_lines(char *record, char ***lines, size_t *count)
{
	char *line, *rest, *text;
	int err = 0;

	for (line = strtok_r(record, "\n", &rest); !err && line;
	     line = strtok_r(NULL, "\n", &rest)) {
		text = *line == ' ' ? NULL : strchr(line, ';');
		if (text && !strncmp(text + 1, LT_MODULE_CORE, strlen(LT_MODULE_CORE)))
			err = lt_names_add(lines, count, text + 1);
	}
	return err;
}

int lt_klog_read(int fd, char ***lines, size_t *count)
{
	char record[RECORD_MAX];
	ssize_t got;
	int err = 0;

	*lines = NULL;
	*count = 0;
	while (!err && fd >= 0) {
		got = read(fd, record, sizeof(record) - 1);
		if (got < 0 && (errno == EINTR || errno == EPIPE))
			continue;	/* EPIPE: the log was faster; what is left comes next */
		if (got <= 0)
			break;
		record[got] = '\0';
		err = add_lines(record, lines, count);
	}
	if (err) {
		lt_names_free(*lines, *count);
		*lines = NULL;
		*count = 0;
	}
	return err;
}
