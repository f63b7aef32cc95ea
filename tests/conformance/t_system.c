// SPDX-License-Identifier: GPL-2.0
/* C38, C39, C44, C45: the file, the irqs and the module as others see them. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "harness.h"
#include "device.h"
#include "proc.h"

#define MISC_MAJOR	10
#define MODULE		"xen_evtchn"

TEST_CASE(no_seek, "C38 lseek is ESPIPE")
{
	int fd = raw_open(O_RDWR);

	EXPECT_ERR(lseek(fd, 0, SEEK_SET), ESPIPE);
	EXPECT_ERR(lseek(fd, 0, SEEK_CUR), ESPIPE);
	EXPECT_ERR(lseek(fd, 0, SEEK_END), ESPIPE);
}

TEST_CASE(no_pread, "C38 pread is ESPIPE and keeps the event")
{
	unsigned int port;
	struct pair p;

	pair_open(&p);
	notify(&p.a);
	EXPECT(readable(p.b.fd, EVENT_MS), "no event came");
	EXPECT_ERR(pread(p.b.fd, &port, 4, 0), ESPIPE);
	expect_event(&p.b);
}

TEST_CASE(no_pwrite, "C38 pwrite is ESPIPE and unmasks nothing")
{
	struct pair p;

	pair_open(&p);
	notify(&p.a);
	expect_event(&p.b);
	notify(&p.a);
	EXPECT_ERR(pwrite(p.b.fd, &p.b.port, 4, 0), ESPIPE);
	expect_silence(p.b.fd);
}

TEST_CASE(irq_name, "C39 a port's interrupt is named after the task that opened the file")
{
	xenevtchn_handle *xce;

	set_comm("ct-opener");
	xce = open_device();
	set_comm("ct-binder");
	bind_unbound(xce);
	EXPECT_EQ(irqs_of("ct-opener").lines, 1);
	EXPECT_EQ(irqs_of("ct-binder").lines, 0);
}

TEST_CASE(irq_chip, "C39 a port's interrupt is of the chip xen-dyn-lateeoi")
{
	struct irqs irqs;

	set_comm("ct-chip");
	bind_unbound(open_device());
	irqs = irqs_of("ct-chip");
	EXPECT_EQ(irqs.lines, 1);
	EXPECT(strstr(irqs.last, "xen-dyn-lateeoi"),
	       "expected xen-dyn-lateeoi, got: %s", irqs.last);
}

TEST_CASE(irq_count, "C39 each port has one interrupt, and each event counts once")
{
	unsigned long before;
	struct pair p;
	int i;

	set_comm("ct-count");
	pair_open(&p);
	EXPECT_EQ(irqs_of("ct-count").lines, 2);
	before = irqs_of("ct-count").count;
	for (i = 0; i < 10; i++)
		expect_delivery(&p.a, &p.b);
	EXPECT_EQ(irqs_of("ct-count").count - before, 10);
}

TEST_CASE(irq_gone, "C39 the interrupt goes with its port")
{
	xenevtchn_handle *xce;
	unsigned int port;

	set_comm("ct-gone");
	xce = open_device();
	port = bind_unbound(xce);
	bind_unbound(xce);
	EXPECT_EQ(irqs_of("ct-gone").lines, 2);
	EXPECT_RET(xenevtchn_unbind(xce, port), 0);
	EXPECT_EQ(irqs_of("ct-gone").lines, 1);
	EXPECT_RET(xenevtchn_close(xce), 0);
	EXPECT_EQ(irqs_of("ct-gone").lines, 0);
}

TEST_CASE(irq_newline, "C39 a task name with a newline forges no line of /proc/interrupts",
	  STOCK_FAILS("takes the task's name as it is"))
{
	FILE *file;
	char line[512];

	set_comm("ct\nct-forged");
	bind_unbound(open_device());
	file = fopen("/proc/interrupts", "re");
	EXPECT(file, "/proc/interrupts: %s", errno_name(errno));
	while (fgets(line, sizeof(line), file))
		EXPECT(strncmp(line, "ct-forged", 9), "got: %s", line);
	fclose(file);
}

TEST_CASE(irq_slash, "C39 a task name with a slash makes no kernel warning, and its ports work",
	  HAZARD, STOCK_FAILS("D6: the kernel warns, as it can not make the directory"))
{
	int kmsg = kmsg_from_here();
	struct pair p;

	set_comm("ct/../slash");
	pair_open(&p);
	expect_pair_works(&p);
	pair_close(&p);
	expect_kmsg_quiet(kmsg);
}

TEST_CASE(irq_odd_names, "C39 a task name empty, of dots or of blanks makes no kernel warning",
	  HAZARD)
{
	static const char *const names[] = { "", ".", "..", " ", "%s%n", "\x7f\xff" };
	int kmsg = kmsg_from_here();
	struct pair p;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		set_comm(names[i]);
		pair_open(&p);
		expect_pair_works(&p);
		pair_close(&p);
	}
	expect_kmsg_quiet(kmsg);
}

TEST_CASE(module_held, "C44 the module can not be removed while a file is open")
{
	struct pair p;

	if (access("/sys/module/" MODULE, F_OK))
		skip("no module " MODULE " is loaded");
	pair_open(&p);
	EXPECT_ERR(syscall(SYS_delete_module, MODULE, O_NONBLOCK), EAGAIN);
	expect_pair_works(&p);
}

TEST_CASE(module_inherited, "C44 the module can not be removed while a child has a file open")
{
	int go[2], fd;
	pid_t pid;
	char byte;

	if (access("/sys/module/" MODULE, F_OK))
		skip("no module " MODULE " is loaded");
	EXPECT_RET(pipe(go), 0);
	fd = raw_open(O_RDWR);
	pid = fork_child();
	if (pid == 0) {
		EXPECT_RET(read(go[0], &byte, 1), 1);
		EXPECT(raw_bind_unbound(fd, SELF) > 0, "bind: %s",
		       errno_name(errno));
		_exit(0);
	}
	close(fd);
	EXPECT_ERR(syscall(SYS_delete_module, MODULE, O_NONBLOCK), EAGAIN);
	EXPECT_RET(write(go[1], "", 1), 1);
	join_child(pid);
}

TEST_CASE(node, "C45 the device is a character device among the misc devices")
{
	char line[64], want[32];
	bool found = false;
	struct stat st;
	FILE *file;

	EXPECT_RET(stat(DEVICE, &st), 0);
	EXPECT(S_ISCHR(st.st_mode), "mode %#o", st.st_mode);
	EXPECT_EQ(major(st.st_rdev), MISC_MAJOR);
	snprintf(want, sizeof(want), "%u xen/evtchn\n", minor(st.st_rdev));
	file = fopen("/proc/misc", "re");
	EXPECT(file, "/proc/misc: %s", errno_name(errno));
	while (fgets(line, sizeof(line), file))
		found |= !strcmp(line + strspn(line, " "), want);
	fclose(file);
	EXPECT(found, "/proc/misc has no line \"%s\"", want);
}

TEST_CASE(node_mode, "C45 the kernel gives the device to root alone, mode 0600")
{
	struct stat st;

	if (!access("/run/udev/control", F_OK))
		skip("udev runs here, and its rules decide");
	EXPECT_RET(stat(DEVICE, &st), 0);
	EXPECT(st.st_uid == 0 && st.st_gid == 0, "owner %u:%u", st.st_uid,
	       st.st_gid);
	EXPECT((st.st_mode & 07777) == 0600, "mode %#o", st.st_mode & 07777);
}

TEST_CASE(node_sysfs, "C45 sysfs knows the device as misc/xen!evtchn")
{
	char text[32] = "", want[32];
	struct stat st;
	FILE *file;

	EXPECT_RET(stat(DEVICE, &st), 0);
	file = fopen("/sys/class/misc/xen!evtchn/dev", "re");
	EXPECT(file, "sysfs: %s", errno_name(errno));
	EXPECT(fgets(text, sizeof(text), file), "empty");
	fclose(file);
	snprintf(want, sizeof(want), "%u:%u\n", major(st.st_rdev),
		 minor(st.st_rdev));
	EXPECT(!strcmp(text, want), "expected %s, got %s", want, text);
}
