# SPDX-License-Identifier: GPL-2.0
# Features of the kernel that no version tells, because distributions move them about.

lt-exported = $(shell grep -sqwE '$(1)' $(objtree)/Module.symvers && echo y)

ifeq ($(call lt-exported,stack_trace_save_tsk),y)
ccflags-y += -DLT_HAVE_STACK_TRACE_SAVE_TSK
endif
