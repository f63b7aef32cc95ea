// SPDX-License-Identifier: GPL-2.0
/* R09: ports live on when the CPU that their events go to is taken offline. */
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"
#include "device.h"

#define CPU1_ONLINE	"/sys/devices/system/cpu/cpu1/online"
#define PAIRS		8

/* The kernel spreads new ports over the CPUs, so some of these are on CPU 1. */
static struct pair pairs[PAIRS];

static bool set_cpu1(bool online)
{
	int fd = open(CPU1_ONLINE, O_WRONLY | O_CLOEXEC);
	bool done = fd >= 0 && write(fd, online ? "1" : "0", 1) == 1;

	if (fd >= 0)
		close(fd);
	return done;
}

static void need_cpu1(void)
{
	char state = '0';
	int fd = open(CPU1_ONLINE, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || read(fd, &state, 1) != 1 || state != '1')
		skip("there is no second CPU that can be taken offline");
	close(fd);
}

/* Whatever comes of the test, those after it are to have their CPU back. */
static void run_with_cpu1(void (*work)(void))
{
	siginfo_t info;
	pid_t pid;

	need_cpu1();
	pid = fork_child();
	if (!pid) {
		work();
		_exit(0);
	}
	EXPECT_RET(waitid(P_PID, pid, &info, WEXITED | WNOWAIT), 0);
	EXPECT(set_cpu1(true) || errno == EINVAL, "CPU 1 can not be brought back");
	join_child(pid);
}

static void open_pairs(void)
{
	for (int i = 0; i < PAIRS; i++)
		pair_open(&pairs[i]);
}

static void expect_all_work(void)
{
	for (int i = 0; i < PAIRS; i++)
		expect_pair_works(&pairs[i]);
}

static void take_away_and_bring_back(void)
{
	open_pairs();
	for (int round = 0; round < 3; round++) {
		EXPECT(set_cpu1(false), "CPU 1 can not be taken offline");
		expect_all_work();
		EXPECT(set_cpu1(true), "CPU 1 can not be brought back");
		expect_all_work();
	}
}

static void take_away_with_events_waiting(void)
{
	open_pairs();
	for (int i = 0; i < PAIRS; i++) {
		notify(&pairs[i].a);
		expect_event(&pairs[i].b);
		/* Behind the mask, in Xen. */
		notify(&pairs[i].a);
	}
	EXPECT(set_cpu1(false), "CPU 1 can not be taken offline");
	for (int i = 0; i < PAIRS; i++) {
		expect_silence(pairs[i].b.fd);
		unmask(&pairs[i].b);
		expect_event(&pairs[i].b);
		unmask(&pairs[i].b);
	}
	expect_all_work();
}

static void bind_while_away(void)
{
	EXPECT(set_cpu1(false), "CPU 1 can not be taken offline");
	open_pairs();
	expect_all_work();
	EXPECT(set_cpu1(true), "CPU 1 can not be brought back");
	expect_all_work();
}

TEST_CASE(hotplug_ports, "R09 ports work on when a CPU is taken offline, and when it is back",
	  LIMIT(120))
{
	run_with_cpu1(take_away_and_bring_back);
}

TEST_CASE(hotplug_in_flight, "R09 an event that waits while its CPU goes is not lost",
	  LIMIT(120))
{
	run_with_cpu1(take_away_with_events_waiting);
}

TEST_CASE(hotplug_bind, "R09 a port bound while a CPU is offline works, then and after",
	  LIMIT(120))
{
	run_with_cpu1(bind_while_away);
}
