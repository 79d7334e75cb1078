/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * What the latency-tracker modules show to userspace: paths, names, limits and
 * text formats. Shared by the modules, the daemon and the command line; names
 * in here are ABI.
 *
 * /proc/latency_tracker: the stream of hits
 * -----------------------------------------
 * Mode 0440, owner root, group from the module parameter latency_tracker.gid.
 * Each open file has its own cursor, which starts at the oldest record that is
 * still in the ring. One read() returns one or more whole records, never a part
 * of one. lseek(fd, 0, SEEK_END) moves the cursor behind the newest record,
 * lseek(fd, 0, SEEK_SET) back to the oldest; other seeks fail with ESPIPE. Who
 * shares an open file shares its cursor: each record goes to one of them.
 *
 *   no record, blocking      sleeps; a signal ends the sleep (EINTR/restart)
 *   no record, O_NONBLOCK    EAGAIN
 *   buffer < next record     EINVAL, cursor unmoved (LT_RECORD_MAX always fits)
 *   poll/select/epoll        POLLIN|POLLRDNORM when a record can be read
 *   core module unloading    impossible while the file is open
 *
 * A record is one line of blank-separated name=value pairs, followed by zero or
 * more continuation lines that begin with one blank. Values hold no blank, no
 * '=', no quote, no backslash and no control character except as \xHH escapes
 * (two lower-case hexadecimal digits); bytes >= 0x80 pass unescaped. Two kinds:
 *
 *   seq=41 ts=1234.567890123 tracker=block reason=threshold delta_us=20131.402
 *     begin=1234.547758721 threshold_us=5000.000 cpu_begin=0 cpu_end=1 pid=812
 *     tid=812 comm=fio [probe fields ...]\n
 *   lost n=17\n
 *
 * (the first is one line; it is folded here.) "lost" says that the n records
 * which should have come next were overwritten before this reader got to them.
 * The order of the fields up to comm= is fixed and all of them are always there:
 *
 *   seq           number of the hit since the core was loaded, from 0, no gaps
 *   ts            when the hit was recorded: CLOCK_MONOTONIC, seconds.nanoseconds
 *   tracker       name of the tracker
 *   reason        threshold | timeout (replaced and gc are told to callbacks only; a
 *                 parser takes them all the same)
 *   delta_us      end - begin (timeout: age at ts), microseconds.nanoseconds
 *   begin         when the operation began: CLOCK_MONOTONIC, seconds.nanoseconds
 *   threshold_us  limit in force for this event (timeout: the timeout), us.ns
 *   cpu_begin     CPU of the begin
 *   cpu_end       CPU of the end (timeout: the CPU that the scan ran on)
 *   pid tid comm  process, thread and name of who began the operation
 *
 * Then, before the fields of the probe:
 *
 *   cgroup        id of the cgroup (v2) of who began it: the inode of its directory
 *   node_begin node_end  NUMA nodes of cpu_begin and cpu_end
 *
 * Fields of the block probe: dev=MAJOR:MINOR disk=NAME sector=N bytes=N op=NAME
 * (read, write, flush, discard, ...) flags=LETTERS queue_us= device_us= (only
 * those stages that the operation went through) kind=rq|bio.
 * Fields of the wakeup probe: prio=N (kernel priority, < 100 is real-time)
 * policy=NAME waker_pid= waker_comm= waker_cpu= from_cpu= (where the task ran last)
 * migrated=0|1 prev_pid= prev_comm= prev_prio=
 * prev_ran_us= (how long the task that held the CPU had been running; not for the idle task).
 * Fields of the offcpu probe: state=LETTER (R, S, D, T, t, P, I: as ps has them, what it
 * was switched out in) preempted=0|1 (1: it gave way, state=R; 0: it slept), and if somebody
 * has woken it, the last who did: waker_pid= waker_comm= waker_cpu=
 * Fields of the syscall probe: nr=N name=NAME ("unknown" for a number without) compat=0|1 (1:
 * number and name are those of 32-bit programs) arg0= arg1= arg2= (0xHEX) ret=N (not while it
 * is pending, nor for rt_sigreturn, which has none; -512 to -516: a signal has interrupted
 * it) switches=N (only with begin_stack=1: how often the task was switched out in it).
 * Fields of the softirq probe: vec=N name=NAME (as in /proc/softirqs)
 * in=irq|ksoftirqd|ktimers|task (where it ran: the tail of an interrupt, a thread of the kernel,
 * or whoever enabled softirqs again; only once it has) raise_us= (raise to entry) run_us= (entry
 * to exit). pid tid comm are of who was running when it was raised.
 * Fields of the backlog probe: ifname=NAME ifindex= netns= (inode of its network namespace)
 * cpu_target= (CPU whose backlog it is) qlen= (packets before it in there) proto=tcp|udp|icmp|
 * icmp6|N saddr= daddr= sport= dport= (what could be read in the headers) cpu_receive= migrated=0|1
 * node_crossed=0|1 (of the receive, against the enqueue) queue_us= (enqueue to receive)
 * receive_us= (from there to IP). The series of its dimension ifname are called NAME, and
 * NAME@NETNS in other namespaces than the first; cpus are CPU_BEGIN-CPU_END. Its filter not_ip
 * counts what is neither IPv4 nor IPv6.
 * Fields of the ovs_upcall probe: dp=NAME (of the datapath, with @NETNS as below; unknown while
 * a packet from an interface of the datapath's own is pending) ifname=NAME ifindex= netns=
 * (interface that the packet came in on) len= (bytes) proto= saddr= daddr= sport= dport= (as
 * above) dropped=0|1 (1: it ended with a flow that drops) handler_tid= handler=NAME (thread that
 * sent it back; these three only at its end) install_us= (until its flow was installed, if it
 * was) execute_us= (from there, or from the begin). The series of its dimension dp are called
 * NAME, and NAME@NETNS in other namespaces than the first. pid tid comm are of who was running
 * at the upcall.
 * Continuation lines: " stack=KIND" heads a stack, then one frame a line,
 * " symbol+0xoffset/0xsize [module]". Of who began the operation: begin (then), task
 * (as it sleeps in it), switch (as it was switched out in it; there may be several),
 * user (addresses in user space, " 0xADDRESS"; by frame pointers, which not all programs
 * have); end is the kernel stack of the end.
 *
 * <debugfs>/latency_tracker/<tracker>/: read-only, 0444
 * -----------------------------------------------------
 * stats: one "name value" pair a line, values are decimal integers except for
 * tracker and module. Names: see LT_STAT_NAMES. The ledger balances when the
 * tracker is quiet:
 *   begins = matched + replaced + dropped_full + dropped_busy + cancelled +
 *            aborted_gc + aborted_clear + in_flight
 * histogram: for each series a line
 *   "series NAME count N sum_ns N max_ns N"
 * then its non-empty buckets in rising order, "LOWER UPPER COUNT": values v in
 * nanoseconds with LOWER <= v < UPPER. NAME is "total", "stage:NAME" or
 * "DIMENSION=VALUE". Buckets are log-linear: 16 to the power of two, so that
 * UPPER - LOWER <= LOWER / 16 (or 1 ns).
 * filters: "seen N", for each filter "NAME N", the operations that it turned away (the
 * first that does counts), and "tracked N".
 * pending: operations in flight, oldest first, in the syntax of the hit records
 * without seq=, ts= and reason= (delta_us is the age, threshold_us the limit);
 * at most LT_PENDING_MAX of them and a last line "more n=N" if there are more.
 *
 * <debugfs>/latency_tracker/ring: "name value" lines for the hit ring: capacity
 * head (next seq) lost (records that no cell was free for) wakes readers.
 *
 * Module parameters of every probe, /sys/module/latency_tracker_<probe>/parameters/:
 * see LT_PARAM_* below. Numbers are decimal.
 */
#ifndef LATENCY_TRACKER_UAPI_H
#define LATENCY_TRACKER_UAPI_H

#define LT_PROC_NAME	"latency_tracker"
#define LT_PROC_PATH	"/proc/latency_tracker"
#define LT_DEBUGFS_DIR	"latency_tracker"
#define LT_MODULE_PREFIX "latency_tracker_"

/* Longest record, continuation lines included, in bytes. */
#define LT_RECORD_MAX	8192
/* Longest name of a tracker, terminating NUL included. */
#define LT_NAME_MAX	32
/* Operations that one read of "pending" lists. */
#define LT_PENDING_MAX	1024
/* Frames of a stack kept with a hit. */
#define LT_STACK_MAX	32
/* Stacks of one record. */
#define LT_RECORD_STACKS 5

/* What a stack is of: value of stack=, index into these names. */
enum lt_stack_kind {
	LT_STACK_BEGIN,
	LT_STACK_END,
	LT_STACK_TASK,
	LT_STACK_SWITCH,
	LT_STACK_USER,
	LT_STACK_KINDS
};

#define LT_STACK_NAMES { "begin", "end", "task", "switch", "user" }

/* Why a hit was recorded: value of reason=, index into these names. */
#define LT_REASON_NAMES { "threshold", "timeout", "replaced", "gc" }

/* Lines of the stats file, in order. */
#define LT_STAT_NAMES {							\
	"tracker", "module", "enabled", "threshold_ns", "timeout_ns",	\
	"max_events", "capacity",					\
	"begins", "matched", "replaced", "dropped_full", "dropped_busy",\
	"cancelled", "aborted_gc", "aborted_clear", "in_flight",	\
	"timed_out", "orphan_ends", "negative_deltas",			\
	"hits", "suppressed_wakes", "ratcheted", "lost_hits",		\
	"seen", "filtered", "missed_hooks" }

/*
 * Parameters that every probe has. threshold_us is 1 .. 10^9 (default per
 * probe), timeout_us 0 (off) .. 10^9, max_events 16 .. 1048576 (load time only),
 * stack 0/1, rate_limit_ms 0 .. 3600000 (least time between two wake-ups of
 * readers), enabled 0/1, ratchet 0/1 (only a new worst delay hits; a change
 * starts afresh), reset (write 1: histograms and the ratchet start afresh),
 * shrink (write 1: the memory that growth has taken is given back),
 * gc_ms 0 (off) .. 86400000 (age at which an operation without end is given up),
 * scan_ms 0 .. 60000 (how often pending operations are looked at for both, 0: an
 * eighth of the shorter, 10 ms or more, 1 s or less for timeouts; an operation may
 * be past its timeout by as much before that is noticed),
 * begin_stack 0/1 (load time only; a stack at each begin; syscall probe: not at the begin,
 * but up to three where the task is switched out in a call past the threshold), user_stack
 * 0/1 (load time only; probes block, offcpu and syscall; the stack in user space, syscall: of
 * the hit, the others: of each begin), pid (0: all),
 * comm, cpu (a list such as 0-3,8) and cgroup (a path, its descendants included; all three
 * empty: all) filter on who begins the operation, and where.
 */
#define LT_PARAM_NAMES {						\
	"threshold_us", "timeout_us", "max_events", "stack",		\
	"rate_limit_ms", "enabled", "ratchet", "reset", "shrink", "gc_ms",	\
	"scan_ms", "begin_stack", "pid", "comm", "cpu", "cgroup" }

#endif /* LATENCY_TRACKER_UAPI_H */
