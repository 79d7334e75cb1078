# SPDX-License-Identifier: GPL-2.0
# Features of the kernel that its version does not tell, because stable kernels and
# distributions take them over: looked up in the headers that the modules are built against.

# The regular expression $(1) is in the header include/$(2).
lt-header-has = $(shell grep -sqE '$(1)' $(srctree)/include/$(2) && echo y)
# The symbol $(1) is exported to modules.
lt-exported = $(shell grep -sqw '$(1)' $(objtree)/Module.symvers && echo y)

# struct module has no args from 7.3 on.
ifeq ($(call lt-header-has,^\s+char \*args;,linux/module.h),y)
ccflags-y += -DLT_HAVE_MODULE_ARGS
endif

# Not in Debian's 5.10 and 6.1.
ifeq ($(call lt-exported,stack_trace_save_tsk),y)
ccflags-y += -DLT_HAVE_STACK_TRACE_SAVE_TSK
endif

# 2f064a59a11f (5.14): task_struct.state became __state.
ifeq ($(call lt-header-has,unsigned int\s+__state;,linux/sched.h),y)
ccflags-y += -DLT_HAVE_TASK___STATE
endif

# 152e11f6df29 (6.12): delayed dequeue.
ifeq ($(call lt-header-has,sched_delayed;,linux/sched.h),y)
ccflags-y += -DLT_HAVE_SCHED_DELAYED
endif

# a54895fa057c (5.11) and 5.10 stable: block_rq_* without the queue.
ifeq ($(call lt-header-has,TP_PROTO.struct request_queue .q. struct request .rq..$$,trace/events/block.h),y)
ccflags-y += -DLT_BLOCK_RQ_HAS_QUEUE
endif

# e8a676d61c07 (5.12): block_bio_queue and block_bio_remap without the queue.
ifeq ($(call lt-header-has,TP_PROTO.struct bio .bio.,trace/events/block.h),y)
ccflags-y += -DLT_BLOCK_BIO_ALONE
endif

# block_rq_complete with a blk_status_t instead of an errno (5.16).
ifeq ($(call lt-header-has,TP_PROTO.struct request .rq. blk_status_t error,trace/events/block.h),y)
ccflags-y += -DLT_BLOCK_STATUS
endif

# fa2c3254d7cf (5.18) and its stable versions: sched_switch with the state of prev.
ifeq ($(call lt-header-has,^\s+unsigned int prev_state.,trace/events/sched.h),y)
ccflags-y += -DLT_SCHED_PREV_STATE
endif

# sched_process_exit with group_dead (6.16).
ifeq ($(call lt-header-has,TP_PROTO.struct task_struct .p. bool group_dead,trace/events/sched.h),y)
ccflags-y += -DLT_SCHED_EXIT_GROUP_DEAD
endif

# kfree_skb got the reason with c504e5c2f964 (5.17) and the receiving socket in 6.11, which
# became const later; consume_skb got the location in 6.3, when kfree_skb had it and the reason.
ifeq ($(call lt-header-has,enum skb_drop_reason reason,trace/events/skb.h),y)
ccflags-y += -DLT_KFREE_SKB_REASON
ifeq ($(call lt-header-has,TP_PROTO.struct sk_buff .skb. void .location..$$,trace/events/skb.h),y)
ccflags-y += -DLT_CONSUME_SKB_LOCATION
endif
endif
ifeq ($(call lt-header-has,enum skb_drop_reason reason. struct sock .rx_sk.,trace/events/skb.h),y)
ccflags-y += -DLT_KFREE_SKB_SOCK
endif
ifeq ($(call lt-header-has,enum skb_drop_reason reason. const struct sock .rx_sk.,trace/events/skb.h),y)
ccflags-y += -DLT_KFREE_SKB_CONST_SOCK
endif
