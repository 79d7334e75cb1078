/* SPDX-License-Identifier: GPL-2.0 */
/*
 * daemon.pid: one daemon for one output directory.
 *
 * The lock is what counts: the kernel drops it when its holder dies, however it dies. The
 * number is for people and for the message of the second daemon. The file stays when the
 * daemon ends, empty: unlinking it would let two daemons lock two files of that name.
 */
#ifndef LT_PIDFILE_H
#define LT_PIDFILE_H

#include <sys/types.h>

/**
 * lt_pidfile_lock() - become the daemon of a directory
 * @dirfd: the directory
 * @owner: receives the pid of the daemon that has it, 0 when unknown, with -EBUSY
 *
 * Return: a descriptor to keep until lt_pidfile_unlock(), -EBUSY when another daemon has it,
 * or another negative errno.
 */
int lt_pidfile_lock(int dirfd, pid_t *owner);

/** lt_pidfile_unlock() - empty the file and give the lock back */
void lt_pidfile_unlock(int fd);

#endif /* LT_PIDFILE_H */
