# SPDX-License-Identifier: GPL-2.0
# Targets of users and developers; `make help` lists them. The modules are described in Kbuild.

KVER    ?= $(shell uname -r)
KDIR    ?= /lib/modules/$(KVER)/build
VERSION := $(shell sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' dkms.conf)
PREFIX  ?= /usr/local
KBUILD   = $(MAKE) -C $(KDIR) M=$(CURDIR)

# checkpatch is in the kernel's source; Debian's headers come without it.
CHECKPATCH ?= $(firstword $(wildcard $(KDIR)/scripts/checkpatch.pl \
	$(KDIR)/source/scripts/checkpatch.pl \
	$(dir $(realpath $(KDIR)/scripts))scripts/checkpatch.pl \
	/usr/src/linux-*/scripts/checkpatch.pl))
# Macros that declare parameters name their probe more than once, on purpose.
STYLE = perl $(CHECKPATCH) --no-tree --strict --quiet --terse --max-line-length=100 \
	--ignore FILE_PATH_CHANGES,MACRO_ARG_REUSE
KERNEL_SOURCES = $(filter-out probes/syscall_names.h,$(wildcard tracker/*.[ch] tracker/*/*.[ch] \
	rculfhash/*.[ch] freelist/*.[ch] proc/*.[ch] probes/*.[ch] tests/module/*.[ch] tests/bench/*.c))

all: modules tools

modules: headers
	+$(KBUILD) modules

tools:
	$(MAKE) -C userspace

install: modules_install tools_install

modules_install: headers
	+$(KBUILD) modules_install
	depmod -a $(KVER) || true

tools_install:
	$(MAKE) -C userspace install DESTDIR=$(DESTDIR) PREFIX=$(PREFIX)

dkms: dkms.conf
	rm -rf /usr/src/latency-tracker-$(VERSION)
	mkdir -p /usr/src/latency-tracker-$(VERSION)
	cp -r Kbuild Makefile dkms.conf LICENSE tracker rculfhash freelist proc probes \
		/usr/src/latency-tracker-$(VERSION)
	dkms add latency-tracker/$(VERSION)

# A clean build, because neither sparse nor W=1 looks at what is up to date.
check: headers
	@command -v sparse >/dev/null || { echo "sparse is missing: apt install sparse" >&2; exit 1; }
	+$(KBUILD) clean
	+$(KBUILD) W=1 C=2 modules 2>&1 | \
		{ tee check.log; ! grep -E 'warning:|error:' check.log; }
	@rm -f check.log

style:
	@test -n "$(CHECKPATCH)" || { \
		echo "checkpatch.pl not found: unpack it from the package linux-source and set CHECKPATCH=" >&2; \
		exit 1; }
	$(STYLE) -f $(filter-out tracker/compat/% tracker/trace.h,$(KERNEL_SOURCES))
	$(STYLE),LINUX_VERSION_CODE,CONSTANT_COMPARISON,MACRO_ARG_UNUSED -f \
		$(filter tracker/compat/%,$(KERNEL_SOURCES))
	$(STYLE),OPEN_ENDED_LINE,PARENTHESIS_ALIGNMENT -f tracker/trace.h
	@! grep -nE 'LINUX_VERSION_CODE|KERNEL_VERSION' $(filter-out tracker/compat/%,$(KERNEL_SOURCES)) || \
		{ echo "version tests belong into tracker/compat/" >&2; exit 1; }

clean:
	-test ! -d $(KDIR) || $(KBUILD) clean
	$(MAKE) -C userspace clean

headers:
	@test -e $(KDIR)/Makefile || { \
		echo "no kernel headers in $(KDIR): apt install linux-headers-$(KVER) (or set KDIR=)" >&2; \
		exit 1; }

help:
	@echo "make              build the modules for kernel KVER=$(KVER) and the tools"
	@echo "make modules      build the modules only (KDIR=, KVER=)"
	@echo "make tools        build daemon and command line only"
	@echo "make install      install both (tools: DESTDIR=, PREFIX=$(PREFIX))"
	@echo "make dkms         copy the modules' source to /usr/src and add it to DKMS"
	@echo "make check        build with W=1 and sparse; any warning fails"
	@echo "make style        checkpatch --strict; version tests only in tracker/compat"
	@echo "make clean        remove what was built"
	@echo "tests/run --help  demo and tests in a throw-away virtual machine"

.PHONY: all modules tools install modules_install tools_install dkms check style clean headers help
