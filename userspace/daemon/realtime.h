/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Real-time priority and locked memory: the daemon must run at the moment the machine is in
 * trouble. Only the threads that read hits and freeze the trace are real-time, and only for
 * that; writing and reading a trace takes seconds of CPU and is done at normal priority.
 */
#ifndef LT_REALTIME_H
#define LT_REALTIME_H

/**
 * lt_realtime_init() - lock memory and find out whether real-time priority is allowed
 * @priority: SCHED_FIFO priority 1..99, 0 to stay as we are
 *
 * Makes the calling thread real-time. What is not allowed is said once, with the capability
 * that is missing; the daemon works without.
 */
void lt_realtime_init(int priority);

/** lt_realtime_enter() - make the calling thread real-time if that is allowed */
void lt_realtime_enter(void);

/** lt_realtime_leave() - give the calling thread normal priority */
void lt_realtime_leave(void);

#endif /* LT_REALTIME_H */
