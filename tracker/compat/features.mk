# SPDX-License-Identifier: GPL-2.0
# What the kernel has that the modules are built against, in front of every file. The compiler is asked,
# and not the version: stable kernels and distributions take changes over.
lt-features := $(obj)/tracker/compat/features.h

quiet_cmd_lt_features = TEST    $@
      cmd_lt_features = sh $(filter %.sh,$^) $(filter %.symvers,$^) $(filter %.c,$^) $(CC) \
	$(NOSTDINC_FLAGS) $(LINUXINCLUDE) $(KBUILD_CPPFLAGS) $(KBUILD_CFLAGS) $(KBUILD_CFLAGS_MODULE) >$@

$(lt-features): $(src)/tracker/compat/features.sh $(src)/tracker/compat/features.c \
		$(objtree)/Module.symvers FORCE
	$(call if_changed,lt_features)

targets += tracker/compat/features.h
clean-files += tracker/compat/features.h
ccflags-y += -include $(lt-features)
