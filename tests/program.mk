# SPDX-License-Identifier: GPL-2.0
# What the test programs have in common: how they are compiled, and the harness and
# the device of the conformance program, which all of them may use. A Makefile
# sets PROGRAM and SOURCES before it includes this; LIBS and SHARED if it needs them.
#
#   make [O=DIR]    objects and program into DIR, here by default
#   make clean
#
# They are static, so that they run in a guest that has nothing but busybox.

O ?= .
TESTS := $(dir $(lastword $(MAKEFILE_LIST)))

CFLAGS ?= -O2 -g
WARNINGS := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	-Wformat=2 -Wundef -Wvla -Wwrite-strings -Wpointer-arith \
	-Wdeclaration-after-statement -Wold-style-definition
FLAGS := -std=gnu11 -D_GNU_SOURCE $(WARNINGS) -pthread

# Without it Xen's headers give hypercall numbers of Xen 3.2's time.
FLAGS += -D__XEN_INTERFACE_VERSION__=__XEN_LATEST_INTERFACE_VERSION__

# This project's own description of the ABI goes before the system's.
FLAGS += -I$(TESTS)../include/uapi -I$(TESTS)../include -I$(TESTS)conformance

# SHARED: objects of the conformance program that this one has, too.
vpath %.c $(TESTS)conformance

OBJECTS := $(patsubst %.c,$(O)/%.o,$(sort $(SOURCES) $(SHARED)))
LIBS ?= -lxenevtchn -lxencall -lxentoolcore -lxentoollog

all: $(O)/$(PROGRAM) $(EXTRA:%=$(O)/%)

$(O)/$(PROGRAM): $(OBJECTS)
	$(CC) $(CFLAGS) $(FLAGS) -static $(LDFLAGS) -o $@ $^ $(LIBS)

# EXTRA: more programs, of one source each.
$(EXTRA:%=$(O)/%): $(O)/evtchn-%: $(O)/%.o
	$(CC) $(CFLAGS) $(FLAGS) -static $(LDFLAGS) -o $@ $^ $(LIBS)

$(O)/%.o: %.c $(MAKEFILE_LIST) | $(O)
	$(CC) $(CPPFLAGS) $(CFLAGS) $(FLAGS) -MMD -MP -c -o $@ $<

$(O):
	mkdir -p $@

clean:
	$(RM) $(O)/$(PROGRAM) $(EXTRA:%=$(O)/%) $(O)/*.o $(O)/*.d

.PHONY: all clean
-include $(OBJECTS:.o=.d)
