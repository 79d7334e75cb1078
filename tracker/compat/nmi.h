/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Non-maskable interrupts sent from one CPU to another, for tests. The kernel has no
 * interface for that; on x86 the local APIC can be reached by modules (seen in 5.10
 * to 7.2). Where nothing is known lt_nmi_register() fails and none are sent.
 */
#ifndef LT_COMPAT_NMI_H
#define LT_COMPAT_NMI_H

#include <linux/errno.h>
#include <linux/kconfig.h>
#include <linux/types.h>

#define LT_NMI_NAME	"latency_tracker"

#if IS_ENABLED(CONFIG_X86_LOCAL_APIC)

#include <asm/apic.h>
#include <asm/irq_vectors.h>
#include <asm/nmi.h>

/* A handler is an int function with these arguments that returns this. */
#define LT_NMI_ARGS	unsigned int type, struct pt_regs *regs
#define LT_NMI_TAKEN	NMI_HANDLED

#define lt_nmi_register(handler)					\
	register_nmi_handler(NMI_LOCAL, handler, 0, LT_NMI_NAME)

/* Sleeps; on return the handler is not running and will not be called. */
static inline void lt_nmi_unregister(void)
{
	unregister_nmi_handler(NMI_LOCAL, LT_NMI_NAME);
}

/* Task or hardirq, preemption off. */
static inline void lt_nmi_send(int cpu)
{
	apic->send_IPI(cpu, NMI_VECTOR);
}

#else

#define LT_NMI_ARGS	void
#define LT_NMI_TAKEN	0

#define lt_nmi_register(handler)	(-EOPNOTSUPP)

static inline void lt_nmi_unregister(void)
{
}

static inline void lt_nmi_send(int cpu)
{
}

#endif

#endif /* LT_COMPAT_NMI_H */
