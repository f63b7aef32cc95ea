// SPDX-License-Identifier: GPL-2.0
/* C31, C33: bad pointers, commands that do not exist. */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "harness.h"
#include "device.h"
#include "proc.h"

#define UNKNOWN(nr, size) _IOC(_IOC_NONE, 'E', nr, size)

/* EFAULT for a pointer to nothing, to the kernel, and to half an argument. */
static void expect_efault(unsigned long cmd, size_t half)
{
	unsigned char *edge = page_edge();
	int fd = raw_open(O_RDWR);

	EXPECT_ERR(ioctl(fd, cmd, nowhere), EFAULT);
	EXPECT_ERR(ioctl(fd, cmd, edge), EFAULT);
	EXPECT_ERR(ioctl(fd, cmd, edge - half), EFAULT);
	EXPECT_ERR(ioctl(fd, cmd, ~0UL << 12), EFAULT);
}

TEST_CASE(fault_virq, "C31 BIND_VIRQ with a bad pointer is EFAULT")
{
	expect_efault(IOCTL_EVTCHN_BIND_VIRQ, 2);
}

TEST_CASE(fault_interdomain, "C31 BIND_INTERDOMAIN with a bad pointer is EFAULT")
{
	expect_efault(IOCTL_EVTCHN_BIND_INTERDOMAIN, 4);
}

TEST_CASE(fault_unbound, "C31 BIND_UNBOUND_PORT with a bad pointer is EFAULT")
{
	expect_efault(IOCTL_EVTCHN_BIND_UNBOUND_PORT, 2);
}

TEST_CASE(fault_unbind, "C31 UNBIND with a bad pointer is EFAULT")
{
	expect_efault(IOCTL_EVTCHN_UNBIND, 2);
}

TEST_CASE(fault_notify, "C31 NOTIFY with a bad pointer is EFAULT")
{
	expect_efault(IOCTL_EVTCHN_NOTIFY, 2);
}

TEST_CASE(fault_restrict, "C31 RESTRICT_DOMID with a bad pointer is EFAULT and does not restrict")
{
	int fd = raw_open(O_RDWR);

	expect_efault(IOCTL_EVTCHN_RESTRICT_DOMID, 1);
	EXPECT_ERR(ioctl(fd, IOCTL_EVTCHN_RESTRICT_DOMID, nowhere), EFAULT);
	EXPECT(raw_bind_unbound(fd, SELF) > 0, "the file is restricted");
}

TEST_CASE(fault_static, "C31 BIND_STATIC with a bad pointer is EFAULT")
{
	struct ioctl_evtchn_bind bind = { .port = ABSURD };
	int fd = raw_open(O_RDWR);

	if (ioctl(fd, IOCTL_EVTCHN_BIND_STATIC, &bind) && errno == ENOSYS)
		skip("this kernel has no BIND_STATIC");
	expect_efault(IOCTL_EVTCHN_BIND_STATIC, 2);
}

TEST_CASE(reset_pointer, "C31 RESET takes no argument and looks at none")
{
	int fd = raw_open(O_RDWR);

	EXPECT_RET(ioctl(fd, IOCTL_EVTCHN_RESET, nowhere), 0);
	EXPECT_RET(ioctl(fd, IOCTL_EVTCHN_RESET, page_edge()), 0);
	EXPECT_RET(ioctl(fd, IOCTL_EVTCHN_RESET, ~0UL), 0);
}

TEST_CASE(fault_order, "C31 a restricted file refuses to bind before it looks at the pointer")
{
	int fd = raw_open(O_RDWR);

	EXPECT_RET(raw_restrict(fd, 1), 0);
	EXPECT_ERR(ioctl(fd, IOCTL_EVTCHN_BIND_VIRQ, nowhere), EACCES);
	EXPECT_ERR(ioctl(fd, IOCTL_EVTCHN_BIND_UNBOUND_PORT, nowhere), EACCES);
	EXPECT_ERR(ioctl(fd, IOCTL_EVTCHN_RESTRICT_DOMID, nowhere), EACCES);
	/* This one can be told only from its argument. */
	EXPECT_ERR(ioctl(fd, IOCTL_EVTCHN_BIND_INTERDOMAIN, nowhere), EFAULT);
	EXPECT_ERR(ioctl(fd, IOCTL_EVTCHN_UNBIND, nowhere), EFAULT);
	EXPECT_ERR(ioctl(fd, IOCTL_EVTCHN_NOTIFY, nowhere), EFAULT);
}

TEST_CASE(fault_harmless, "C31 a file goes on working after calls with bad pointers")
{
	struct pair p;

	pair_open(&p);
	ioctl(p.a.fd, IOCTL_EVTCHN_UNBIND, nowhere);
	ioctl(p.a.fd, IOCTL_EVTCHN_NOTIFY, nowhere);
	ioctl(p.a.fd, IOCTL_EVTCHN_RESTRICT_DOMID, nowhere);
	expect_pair_works(&p);
}

TEST_CASE(unknown_nr, "C33 a command of this device that does not exist is ENOSYS")
{
	struct ioctl_evtchn_bind_interdomain arg = { SELF, 1 };
	int fd = raw_open(O_RDWR);

	EXPECT_ERR(ioctl(fd, UNKNOWN(8, 4), &arg), ENOSYS);
	EXPECT_ERR(ioctl(fd, UNKNOWN(8, 0), &arg), ENOSYS);
	EXPECT_ERR(ioctl(fd, UNKNOWN(0x7f, 4), &arg), ENOSYS);
	EXPECT_ERR(ioctl(fd, UNKNOWN(0xff, 8), &arg), ENOSYS);
}

TEST_CASE(unknown_size, "C33 a command with an argument of another size is ENOSYS")
{
	struct ioctl_evtchn_bind_interdomain arg = { SELF, 1 };
	int fd = raw_open(O_RDWR);

	EXPECT_ERR(ioctl(fd, UNKNOWN(0, 8), &arg), ENOSYS);
	EXPECT_ERR(ioctl(fd, UNKNOWN(1, 4), &arg), ENOSYS);
	EXPECT_ERR(ioctl(fd, UNKNOWN(5, 4), &arg), ENOSYS);
	EXPECT_ERR(ioctl(fd, UNKNOWN(6, 4), &arg), ENOSYS);
}

TEST_CASE(unknown_direction, "C33 a command with a direction is ENOSYS")
{
	struct ioctl_evtchn_unbind arg = { 1 };
	int fd = raw_open(O_RDWR);

	EXPECT_ERR(ioctl(fd, _IOW('E', 3, struct ioctl_evtchn_unbind), &arg),
		   ENOSYS);
	EXPECT_ERR(ioctl(fd, _IOWR('E', 4, struct ioctl_evtchn_notify), &arg),
		   ENOSYS);
}

TEST_CASE(unknown_device, "C33 a command of another device is ENOTTY, so the file is no terminal",
	  STOCK_FAILS("D12: says ENOSYS to everything it does not know"))
{
	struct termios termios;
	int fd = raw_open(O_RDWR);

	EXPECT_ERR(ioctl(fd, TCGETS, &termios), ENOTTY);
	EXPECT_ERR(ioctl(fd, _IOC(_IOC_NONE, 'F', 4, 4), &termios), ENOTTY);
	EXPECT_RET(isatty(fd), 0);
	EXPECT_EQ(errno, ENOTTY);
}

TEST_CASE(unknown_harmless, "C33 garbage commands change nothing and log nothing")
{
	int kmsg = kmsg_from_here();
	unsigned int seed = 1;
	struct pair p;
	int i;

	pair_open(&p);
	for (i = 0; i < 5000; i++) {
		unsigned int cmd = (unsigned int)rand_r(&seed) * 5U;

		/* Not one of the eight, nor what the VFS itself knows. */
		if ((cmd >> 8 & 0xff) == 'E' || (cmd >> 8 & 0xff) == 'T' ||
		    (cmd >> 8 & 0xff) == 'f' || cmd >> 8 == 0)
			cmd = (cmd & ~0xff00U) | 'Q' << 8;
		EXPECT(ioctl(p.a.fd, cmd, &seed) == -1, "%#x was taken", cmd);
	}
	expect_pair_works(&p);
	expect_kmsg_quiet(kmsg);
}
