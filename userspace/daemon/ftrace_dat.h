/* SPDX-License-Identifier: GPL-2.0 */
/* trace.dat, as trace-cmd(1) and KernelShark open it. */
#ifndef LT_FTRACE_DAT_H
#define LT_FTRACE_DAT_H

#define LT_FTRACE_DAT	"trace.dat"

/**
 * lt_ftrace_dat() - make trace.dat from trace.raw/cpuN
 * @dir: the snapshot's directory
 *
 * The library that knows the format does not offer to write it, so trace-cmd does it. Where that
 * is not installed the snapshot goes without the file, which is logged once; what else is wrong
 * is logged, too, and no partial file is left. By the proof thread, at normal priority.
 */
void lt_ftrace_dat(const char *dir);

#endif /* LT_FTRACE_DAT_H */
