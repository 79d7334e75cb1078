# SPDX-License-Identifier: GPL-2.0
# Targets of users and developers; `make help` lists them. The modules are described in Kbuild.

KVER    ?= $(shell uname -r)
KDIR    ?= /lib/modules/$(KVER)/build
VERSION := $(shell sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' dkms.conf)
PREFIX  ?= /usr/local
KBUILD   = $(MAKE) -C $(KDIR) M=$(CURDIR)
# A distribution with all of it in /usr wants INSTALL_MOD_PATH=$(DESTDIR)/usr.
INSTALL_MOD_PATH ?= $(DESTDIR)
export INSTALL_MOD_PATH
DKMS_DIR = $(DESTDIR)/usr/src/latency-tracker-$(VERSION)
DKMS_LTTNG_DIR = $(DESTDIR)/usr/src/latency-tracker-lttng-$(VERSION)
# $(call copy,WHAT,TO): without products of earlier builds, which .gitignore lists.
copy = mkdir -p $(2) && sed 's|^/||; s|/$$||' $(wildcard .gitignore) /dev/null | \
	tar --exclude-vcs --exclude-from=- -cf - $(1) | tar --no-same-owner -C $(2) -xf -
# Where `make deb` leaves packages.
DEB_DIR ?= debs
DEB_TREE = $(DEB_DIR)/latency-tracker-$(VERSION)

# checkpatch is in the kernel's source; Debian's headers come without it.
CHECKPATCH ?= $(firstword $(wildcard $(KDIR)/scripts/checkpatch.pl \
	$(KDIR)/source/scripts/checkpatch.pl \
	$(dir $(realpath $(KDIR)/scripts))scripts/checkpatch.pl \
	/usr/src/linux-*/scripts/checkpatch.pl))
# Macros that declare parameters name their probe more than once, on purpose.
STYLE = perl $(CHECKPATCH) --no-tree --strict --quiet --terse --max-line-length=100 \
	--ignore FILE_PATH_CHANGES,MACRO_ARG_REUSE
KERNEL_SOURCES = $(filter-out probes/syscall_names.h tracker/compat/features.h %.mod.c,$(wildcard tracker/*.[ch] tracker/*/*.[ch] \
	rculfhash/*.[ch] freelist/*.[ch] proc/*.[ch] probes/*.[ch] lttng/*.[ch] tests/module/*.[ch] \
	tests/bench/*.c))
HOT_SOURCES = $(filter-out lttng/% tests/%,$(KERNEL_SOURCES))
# What is built, and inputs of tests that are wrong on purpose.
SPELL_SKIP = .git,build,*.o,*.ko,*.mod,*.mod.c,*.cmd,*.symvers,*.log,./tests/host/fuzz/corpus,corpus,corpus_config
TRACEPOINTS = tracker/trace.h lttng/latency_tracker_hit.h

# Our events for LTTng need the source of LTTng-modules: LTTNG_MODULES=DIR, or where Debian has it;
# nothing is built if that is empty.
ifneq ($(origin LTTNG_MODULES),undefined)
LTTNG_ARG = '$(LTTNG_MODULES)'
endif
# The name by which modules are installed; KDIR may be given alone. Debian's kernel.release is another.
RELEASE = $(or $(shell sed -n 's/.*UTS_RELEASE "\(.*\)"/\1/p' $(KDIR)/include/generated/utsrelease.h \
	2>/dev/null),$(KVER))
# Not there in what `make dkms` copies: DKMS has it as a package of its own.
LTTNG_SOURCE = $(if $(wildcard lttng/source),sh lttng/source $(RELEASE) $(LTTNG_ARG),false)
LTTNG_SYMVERS = lttng/lttng-tracer.symvers
LTTNG_PROBE = lttng/lttng-probe-latency-tracker.ko
# What sparse says of latency_tracker_hit.h, it says of LTTng's macros.
LTTNG_COMPLAINTS = error:|Error |lttng/(lttng-probe|\.\./tracker/)[^:]*:.*warning:
KBUILD_LTTNG = $(MAKE) -C $(KDIR) M=$(CURDIR)/lttng KBUILD_EXTRA_SYMBOLS=$(CURDIR)/$(LTTNG_SYMVERS)

all: modules tools

# The rest does not wait for LTTng: without it, or if it does not build, ours is left out.
modules: headers
	+$(KBUILD) modules
	@sh tracker/compat/probes.sh $(KDIR) >/dev/null
	@rm -f $(LTTNG_PROBE)
	+@! $(LTTNG_SOURCE) >/dev/null || $(MAKE) --no-print-directory lttng || \
		echo "lttng-probe-latency-tracker is left out: it did not build" >&2

lttng: headers
	+@set -e; found=$$($(LTTNG_SOURCE)); sh lttng/symvers "$${found#* }" >$(LTTNG_SYMVERS); \
		$(KBUILD_LTTNG) LTTNG_MODULES="$${found%% *}" $(LTTNG_FLAGS) modules

tools:
	$(MAKE) -C userspace

install: modules_install tools_install

modules_install: headers
	+$(KBUILD) modules_install
	+@test ! -e $(LTTNG_PROBE) || \
		{ found=$$($(LTTNG_SOURCE)) && $(KBUILD_LTTNG) LTTNG_MODULES="$${found%% *}" modules_install; }
	test -n "$(INSTALL_MOD_PATH)" || depmod -a $(KVER) || true

tools_install:
	$(MAKE) -C userspace install DESTDIR=$(DESTDIR) PREFIX=$(PREFIX)

# What DKMS needs, where it looks for it; with DESTDIR for a package.
dkms-source:
	rm -rf $(DKMS_DIR)
	$(call copy,Kbuild Makefile dkms.conf LICENSE tracker rculfhash freelist proc probes,$(DKMS_DIR))

dkms-lttng-source:
	rm -rf $(DKMS_LTTNG_DIR)
	$(call copy,Makefile LICENSE tracker lttng,$(DKMS_LTTNG_DIR))
	sed 's/#MODULE_VERSION#/$(VERSION)/' lttng/dkms.conf >$(DKMS_LTTNG_DIR)/dkms.conf

dkms: dkms-source
	rm -rf $(DKMS_LTTNG_DIR)
	dkms add latency-tracker/$(VERSION)
	@echo "now: dkms install latency-tracker/$(VERSION)"
	@if ls -d /usr/src/lttng-modules-* >/dev/null 2>&1; then $(MAKE) --no-print-directory dkms-lttng; \
		else echo "without our events for LTTng: no /usr/src/lttng-modules-* (package lttng-modules-dkms)"; fi

dkms-lttng: dkms-lttng-source
	dkms add latency-tracker-lttng/$(VERSION)
	@echo "then: dkms install latency-tracker-lttng/$(VERSION)"

# In a copy of the tree, which stays as it is.
deb:
	@command -v dpkg-buildpackage >/dev/null || { \
		echo "dpkg-buildpackage is missing: apt install dpkg-dev && apt build-dep ./" >&2; exit 1; }
	@test "$(VERSION)" = "$$(dpkg-parsechangelog --show-field Version)" || { \
		echo "dkms.conf has version $(VERSION), debian/changelog another" >&2; exit 1; }
	rm -rf $(DEB_DIR)/latency-tracker[-_]* $(DEB_DIR)/lttng-probe-latency-tracker-dkms_*
	$(call copy,--exclude=./$(DEB_DIR) .,$(DEB_TREE))
	cd $(DEB_TREE) && MAKEFLAGS= DEB_BUILD_OPTIONS="noautodbgsym $$DEB_BUILD_OPTIONS" dpkg-buildpackage --no-sign
	rm -rf $(DEB_TREE)

# A clean build, because neither sparse nor W=1 looks at what is up to date.
check: headers
	@command -v sparse >/dev/null || { echo "sparse is missing: apt install sparse" >&2; exit 1; }
	+$(KBUILD) clean
	+$(KBUILD) W=1 C=2 modules 2>&1 | \
		{ tee check.log; ! grep -E 'warning:|error:' check.log; }
	+@! $(LTTNG_SOURCE) >/dev/null || $(MAKE) --no-print-directory lttng LTTNG_FLAGS='W=1 C=2' 2>&1 | \
		{ tee check.log; ! grep -E '$(LTTNG_COMPLAINTS)' check.log; }
	@rm -f check.log

# The compiler of Debian's kernels is gcc: the wrapper leaves out what clang does not know.
clang: headers
	@command -v clang >/dev/null || { echo "clang is missing: apt install clang" >&2; exit 1; }
	+$(KBUILD) clean
	+@$(KBUILD) CC=$(CURDIR)/tests/static/clang-as-gcc W=1 modules >clang.log 2>&1 || \
		{ cat clang.log; exit 1; }
	@! grep -E -A3 'warning:|error:' clang.log
	@rm -f clang.log

# What may be called from any context, by the headers' word, neither sleeps nor locks nor allocates.
cocci:
	@command -v spatch >/dev/null || { echo "spatch is missing: apt install coccinelle" >&2; exit 1; }
	tests/static/hotpath-test $(HOT_SOURCES)
	tests/static/hotpath $(HOT_SOURCES)

spell:
	@command -v codespell >/dev/null || { echo "codespell is missing: apt install codespell" >&2; exit 1; }
	codespell --quiet-level=2 --ignore-words=tests/static/words --skip='$(SPELL_SKIP)' .

analyze:
	$(MAKE) -C userspace analyze

# One after the other: check and clang build in the same place.
gates:
	+@set -e; for gate in check clang style cocci spell analyze; do \
		$(MAKE) --no-print-directory $$gate; done

style:
	@test -n "$(CHECKPATCH)" || { \
		echo "checkpatch.pl not found: unpack it from the package linux-source and set CHECKPATCH=" >&2; \
		exit 1; }
	$(STYLE) -f $(filter-out tracker/compat/% $(TRACEPOINTS),$(KERNEL_SOURCES))
	$(STYLE),LINUX_VERSION_CODE,CONSTANT_COMPARISON,MACRO_ARG_UNUSED -f \
		$(filter tracker/compat/%,$(KERNEL_SOURCES))
	$(STYLE),OPEN_ENDED_LINE,PARENTHESIS_ALIGNMENT -f $(TRACEPOINTS)
	@! grep -nE 'LINUX_VERSION_CODE|KERNEL_VERSION' $(filter-out tracker/compat/%,$(KERNEL_SOURCES)) || \
		{ echo "version tests belong into tracker/compat/" >&2; exit 1; }

clean:
	-test ! -d $(KDIR) || $(KBUILD) clean
	rm -f $(LTTNG_SYMVERS) lttng/Module.symvers lttng/modules.order
	$(MAKE) -C userspace clean

headers:
	@test -e $(KDIR)/Makefile || { \
		echo "no kernel headers in $(KDIR): apt install linux-headers-$(KVER) (or set KDIR=)" >&2; \
		exit 1; }

help:
	@echo "make              build the modules for kernel KVER=$(KVER) and the tools"
	@echo "make modules      build the modules only (KDIR=, KVER=)"
	@echo "make lttng        only our events for LTTng, which \`make modules\` leaves out where it cannot"
	@echo "                  build them (LTTNG_MODULES=DIR, or empty for none)"
	@echo "make tools        build daemon and command line only"
	@echo "make install      install both (DESTDIR=, INSTALL_MOD_PATH=; tools: PREFIX=$(PREFIX))"
	@echo "make dkms         copy the modules' source to /usr/src and add it to DKMS; our events for LTTng"
	@echo "                  as a package of their own, where LTTng-modules' source is"
	@echo "make deb          build Debian packages into DEB_DIR=$(DEB_DIR)"
	@echo "make check        build with W=1 and sparse; any warning fails"
	@echo "make clang        build the modules with clang and W=1; any warning fails"
	@echo "make style        checkpatch --strict; version tests only in tracker/compat"
	@echo "make cocci        nothing sleeps, allocates, locks or wakes that any context may call"
	@echo "make spell        codespell over the tree"
	@echo "make analyze      clang's static analyzer over daemon and command line"
	@echo "make gates        all of these, from check on"
	@echo "make clean        remove what was built"
	@echo "tests/run --help  demo and tests in a throw-away virtual machine"

.PHONY: all modules lttng tools install modules_install tools_install dkms-source dkms-lttng-source dkms \
	dkms-lttng deb check clang cocci spell analyze gates style clean headers help
