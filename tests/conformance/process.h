/* SPDX-License-Identifier: GPL-2.0 */
/* The part of a test that runs in a program executed by it. */
#ifndef CONFORMANCE_PROCESS_H
#define CONFORMANCE_PROCESS_H

#define EXEC_HELPER	"--exec-helper"

int exec_helper(int argc, char **argv);

#endif
