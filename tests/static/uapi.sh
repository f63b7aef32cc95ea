#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# The ABI header alone in a program, strictly, in C of 1990 on and in C++; and
# side by side with the system's, whose numbers it has to have. The header for
# programs, likewise.
#
# usage: uapi.sh

. "$(dirname "$0")/lib.sh"

need_packages g++ linux-libc-dev
cd "$XE_TOP"
strict="-fsyntax-only -Wall -Wextra -Werror -pedantic -Iinclude/uapi"
# shellcheck disable=SC2086 # options
for language in 'c -std=gnu90' 'c -std=gnu17' 'c++ -std=gnu++11'; do
	echo '#include <xen/evtchn.h>' | gcc $strict -x $language - 2>&1
done

# numbers INCLUDES... - each command's number, as the header there has it.
numbers()
{
	{
		echo '#include <stdint.h>'
		echo 'typedef uint16_t domid_t;'
		echo '#include <linux/ioctl.h>'
		echo '#include <xen/evtchn.h>'
		for name in BIND_VIRQ BIND_INTERDOMAIN BIND_UNBOUND_PORT UNBIND \
			NOTIFY RESET RESTRICT_DOMID; do
			echo "unsigned int $name = IOCTL_EVTCHN_$name;"
		done
	} | gcc -O0 -S -o - -x c "$@" - | grep -E '^[A-Z_]+:|\.long' | paste - -
}

# The header for programs, in C and C++.
# shellcheck disable=SC2086 # options
for language in 'c -std=c99' 'c -std=gnu17' 'c++ -std=gnu++11'; do
	echo '#include <xen_evtchn.h>' | gcc -D_POSIX_C_SOURCE=200809L -fsyntax-only -Wall -Wextra \
		-Werror -pedantic -Iinclude -Wno-unused-function -x $language - 2>&1
done

need_scratch
numbers >"$XE_SCRATCH/system"
numbers -Iinclude/uapi >"$XE_SCRATCH/ours"
diff "$XE_SCRATCH/system" "$XE_SCRATCH/ours" || :
