# SPDX-License-Identifier: GPL-2.0
#
# For people. What the kernel's build system is told stands in Kbuild, so this
# file never asks who called it, and dkms passes it by.

KDIR	?= /lib/modules/$(shell uname -r)/build
DEPMOD	?= depmod

# Of the kernel that is built for, which need not be the running one.
kver	= $(shell cat $(KDIR)/include/config/kernel.release)
updates	= $(DESTDIR)/lib/modules/$(kver)/updates

help-width := 16

all: module ## build the module for KDIR= [the running kernel]

help: ## list the targets
	@echo "usage: make [TARGET] [KDIR=DIRECTORY]"
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1\t\2/p' $(MAKEFILE_LIST) | \
		expand -t $(help-width) | sed 's/^/  /'

headers:
	@test -f "$(KDIR)/Makefile" || { \
		echo "There are no kernel headers in $(KDIR): install linux-headers-$$(uname -r), or name another kernel's by KDIR=." >&2; \
		exit 1; }

module: headers
	$(MAKE) -C $(KDIR) M=$(CURDIR) modules

clean: ## remove what a build left in the tree
	@if test -f "$(KDIR)/Makefile"; then \
		$(MAKE) -C $(KDIR) M=$(CURDIR) clean; fi
	@for program in tests/*/Makefile; do \
		$(MAKE) -C $${program%/Makefile} clean; done

install: module ## install it beside the in-tree driver, which it overrides
	$(MAKE) -C $(KDIR) M=$(CURDIR) \
		INSTALL_MOD_DIR=updates INSTALL_MOD_PATH=$(DESTDIR) modules_install
	$(DEPMOD) $(if $(DESTDIR),-b $(DESTDIR)) $(kver)

uninstall: headers ## remove it, so that the in-tree driver is loaded again
	rm -f $(updates)/xen-evtchn.ko $(updates)/xen-evtchn.ko.[gxz]*
	$(DEPMOD) $(if $(DESTDIR),-b $(DESTDIR)) $(kver)

demo: ## see it work: Xen, its toolstack and a domU in an emulator (2 to 8 minutes)
	@tests/vm/demo.sh

check: ## the tests that are marked by a *; the last line is the count
	@tests/check.sh $(check)

check-static: ## * style, types, warnings, rules of this tree: nothing is run
	@tests/check.sh static

check-kunit: ## * ring, ports and files over a fake Xen, with KASAN and lockdep
	@tests/check.sh kunit

check-rig: ## * that a broken guest can not pass
	@tests/check.sh rig

check-xen: ## * the ABI, row by row, in a PV and a PVH dom0 of a real Xen
	@tests/check.sh off-xen pv pvh

check-fuzz: ## * a short fixed run of the fuzzer, in a PV dom0 with lockdep
	@tests/check.sh fuzz-pv

check-debug: ## * the ABI with lockdep in a PV dom0, some of it with KASAN in a PVH one
	@tests/check.sh kasan debug-pv

check-kasan: ## all of the ABI, races, faults and the fuzzer with KASAN in a PVH dom0 (slow)
	@tests/check.sh debug-pvh faults-pvh races-pvh fuzz-pvh

check-races: ## * everything at the same time, in a PV dom0 with lockdep
	@tests/check.sh races-pv

check-faults: ## * a fault at each step of each call, in a PV dom0 with lockdep
	@tests/check.sh faults-pv

check-kcsan: ## data races: KUnit, the ABI, and everything at the same time
	@tests/check.sh kunit-kcsan kcsan-pv kcsan-pvh races-kcsan-pv races-kcsan-pvh

check-variants: ## the ABI under boot options that change how events come
	@tests/check.sh variants

check-storm: ## * that a storm of events leaves the CPU to others, where one has them that fast
	@tests/check.sh storm

check-kernels: ## * the ABI in the oldest and the newest kernel, under two releases of Xen
	@tests/check.sh kernels

check-domu: ## the ABI in a PV (*) and a PVH domU made by xl, and events across to dom0
	@tests/check.sh domu-pv domu-pvh

check-restore: ## ports through save, restore and a cancelled suspend of a domU
	@tests/check.sh restore-pv restore-pvh

check-toolstack: ## xenstored, oxenstored, xenconsoled, libxenvchan over it, with a PV and a PVH domU
	@tests/check.sh toolstack-pv toolstack-pvh

check-examples: ## * the programs of tests/examples over this driver and the in-tree one, PV and PVH
	@tests/check.sh examples-pv examples-pvh

check-trace: ## the tracepoints by Debian's bpftrace and perf, in a PV (*) and a PVH dom0
	@tests/check.sh examples-trace-pv examples-trace-pvh

check-package: ## the Debian package in Debian 12 and 13: install, upgrade, remove
	@tests/check.sh package

check-dkms: ## the package and dkms in Debian 12 and 13, booted, without Xen and then as dom0 (slow)
	@tests/check.sh dkms

bench: ## what each operation costs, in instructions: the in-tree driver, this one, the floor
	@tests/bench/run.sh && tests/bench/parallel.sh

bench-check: ## * that no operation costs over 2 % more than when it was last recorded
	@tests/check.sh bench

matrix: ## build for each of Debian's kernels from 5.10 on, by gcc, clang and sparse
	@tests/check.sh matrix

matrix-readme: ## the same, and write the table into README.md
	@tests/matrix/run.sh --record && tests/matrix/readme.sh

matrix-boot: ## the ABI in each of Debian's kernels, under Xen 4.17 and 4.20, PV, PVH and arm64
	@tests/check.sh matrix-boot

deb: ## build the Debian package into OUT= [the cache]
	@tests/package/build.sh $(OUT)

fuzz: ## the fuzzer, from SEED= [the time of day] on, for SECONDS= [600]
	@tests/fuzz/run.sh --seed $(SEED) --seconds $(SECONDS) pvh

mutate: ## break the driver in each way we know, and expect red
	@tests/mutate/run.sh

coverage: ## which lines and branches of the driver the tests reach
	@tests/coverage/run.sh

compare: ## the ABI over Debian's in-tree driver and over this one, side by side
	@tests/conformance/compare.sh

# The long ones first, since two run at a time.
check	:= kasan kernels kunit faults-pv static debug-pv races-pv pvh fuzz-pv pv rig \
	domu-pv bench examples-trace-pv storm examples-pv examples-pvh off-xen

SEED	?= $(shell date +%s)
SECONDS	?= 600

.PHONY: all help headers module clean install uninstall demo check \
	check-static check-kunit check-rig check-xen check-fuzz check-debug \
	check-kasan check-races check-faults check-kcsan check-kernels check-domu \
	check-variants check-storm check-examples check-trace check-restore check-toolstack \
	check-package check-dkms bench \
	bench-check matrix matrix-boot matrix-readme deb fuzz mutate coverage compare
