// SPDX-License-Identifier: GPL-2.0
/* C20, C21: read that does not wait, and read that does. */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"
#include "device.h"

static volatile sig_atomic_t alarms;
static struct pair alarmed;	/* whose a end the second alarm notifies */

static void count_alarm(int sig)
{
	(void)sig;
	alarms++;
}

static void notify_on_second_alarm(int sig)
{
	(void)sig;
	if (++alarms == 2)
		raw_notify(alarmed.a.fd, alarmed.a.port);
}

/* SIGALRM every 50 ms: again and again, lest it comes before the sleep. */
static void alarm_soon(void (*handler)(int), int flags)
{
	struct sigaction action = { .sa_handler = handler, .sa_flags = flags };
	struct itimerval timer = {
		.it_value = { .tv_usec = 50 * 1000 },
		.it_interval = { .tv_usec = 50 * 1000 },
	};

	EXPECT_RET(sigaction(SIGALRM, &action, NULL), 0);
	EXPECT_RET(setitimer(ITIMER_REAL, &timer, NULL), 0);
}

static void *notify_later(void *arg)
{
	sleep_ms(50);
	notify(arg);
	return NULL;
}

static pthread_t start_notify_later(struct end *from)
{
	pthread_t thread;

	EXPECT_RET(pthread_create(&thread, NULL, notify_later, from), 0);
	return thread;
}

static void expect_read_waits_for(struct pair *p)
{
	int64_t start = now_ms();
	pthread_t thread = start_notify_later(&p->a);
	unsigned int port = 0;

	EXPECT_RET(read(p->b.fd, &port, sizeof(port)), 4);
	EXPECT_EQ(port, p->b.port);
	EXPECT(now_ms() - start >= 40, "read did not wait");
	pthread_join(thread, NULL);
	unmask(&p->b);
}

TEST_CASE(nonblock_empty, "C20 read with O_NONBLOCK and no event is EAGAIN")
{
	unsigned int port;
	struct pair p;

	pair_open(&p);
	set_nonblock(p.b.fd, true);
	EXPECT_ERR(read(p.b.fd, &port, 4), EAGAIN);
	EXPECT_ERR(read(p.b.fd, &port, 4), EAGAIN);
	expect_pair_works(&p);
}

TEST_CASE(nonblock_event, "C20 read with O_NONBLOCK gives an event that waits")
{
	unsigned int port = 0;
	struct pair p;

	pair_open(&p);
	set_nonblock(p.b.fd, true);
	notify(&p.a);
	EXPECT(readable(p.b.fd, EVENT_MS), "no event came");
	EXPECT_RET(read(p.b.fd, &port, 4), 4);
	EXPECT_EQ(port, p.b.port);
	EXPECT_ERR(read(p.b.fd, &port, 4), EAGAIN);
}

TEST_CASE(nonblock_toggled, "C20 O_NONBLOCK can be set and taken back on an open file")
{
	unsigned int port;
	struct pair p;

	pair_open(&p);
	set_nonblock(p.b.fd, true);
	EXPECT_ERR(read(p.b.fd, &port, 4), EAGAIN);
	set_nonblock(p.b.fd, false);
	expect_read_waits_for(&p);
	set_nonblock(p.b.fd, true);
	EXPECT_ERR(read(p.b.fd, &port, 4), EAGAIN);
}

TEST_CASE(nonblock_fionbio, "C20 FIONBIO makes read EAGAIN as O_NONBLOCK does")
{
	xenevtchn_handle *xce = open_device();
	unsigned int port;
	int on = 1;

	EXPECT_RET(ioctl(xenevtchn_fd(xce), FIONBIO, &on), 0);
	EXPECT_ERR(read(xenevtchn_fd(xce), &port, 4), EAGAIN);
}

TEST_CASE(nonblock_pending, "C20 the library's pending call fails with EAGAIN, or gives the port")
{
	struct pair p;

	pair_open(&p);
	set_nonblock(p.b.fd, true);
	EXPECT_ERR(xenevtchn_pending(p.b.xce), EAGAIN);
	notify(&p.a);
	EXPECT(readable(p.b.fd, EVENT_MS), "no event came");
	EXPECT_RET(xenevtchn_pending(p.b.xce), p.b.port);
}

TEST_CASE(block_event, "C21 read without O_NONBLOCK waits for an event")
{
	struct pair p;

	pair_open(&p);
	expect_read_waits_for(&p);
	expect_read_waits_for(&p);
}

TEST_CASE(block_late_bind, "C21 a read that waits gets the event of a port bound after it began")
{
	xenevtchn_handle *xce = open_device();
	unsigned int a = bind_unbound(open_device()), b = 0;
	pid_t pid = fork_child();

	if (pid == 0) {
		sleep_ms(50);
		bind_peer(xce, a);
		_exit(0);
	}
	EXPECT_RET(read(xenevtchn_fd(xce), &b, 4), 4);
	EXPECT(b && b != a, "got port %u", b);
	join_child(pid);
}

TEST_CASE(block_two, "C21 of two readers that wait, one gets the event and the other waits on")
{
	unsigned int port;
	pid_t reader[2];
	struct pair p;
	int i;

	pair_open(&p);
	for (i = 0; i < 2; i++) {
		reader[i] = fork_child();
		if (reader[i] == 0) {
			EXPECT_RET(read(p.b.fd, &port, 4), 4);
			EXPECT_EQ(port, p.b.port);
			unmask(&p.b);
			_exit(0);
		}
	}
	sleep_ms(50);
	notify(&p.a);
	EXPECT(waitpid(-1, &i, 0) > 0 && i == 0, "a reader failed");
	sleep_ms(SETTLE_MS);
	EXPECT_RET(waitpid(-1, &i, WNOHANG), 0);
	notify(&p.a);
	EXPECT(waitpid(-1, &i, 0) > 0 && i == 0, "a reader failed");
	expect_silence(p.b.fd);
}

TEST_CASE(block_eintr, "C21 a signal ends a read that waits with EINTR")
{
	unsigned int port = 0;
	struct pair p;

	pair_open(&p);
	alarm_soon(count_alarm, 0);
	EXPECT_ERR(read(p.b.fd, &port, 4), EINTR);
	ualarm(0, 0);
	EXPECT(alarms >= 1, "no signal came");
	EXPECT_EQ(port, 0);
	expect_pair_works(&p);
}

TEST_CASE(block_restart, "C21 with SA_RESTART a signal does not end a read that waits")
{
	unsigned int port = 0;

	pair_open(&alarmed);
	alarm_soon(notify_on_second_alarm, SA_RESTART);
	EXPECT_RET(read(alarmed.b.fd, &port, 4), 4);
	EXPECT_EQ(port, alarmed.b.port);
	EXPECT(alarms >= 2, "read ended after %d signals", (int)alarms);
}

TEST_CASE(block_killed, "C21 a process that waits in read can be killed")
{
	unsigned int port;
	struct pair p;
	int64_t start;
	int status;
	pid_t pid;

	pair_open(&p);
	pid = fork_child();
	if (pid == 0) {
		EXPECT_RET(read(p.b.fd, &port, 4), 4);
		_exit(0);
	}
	sleep_ms(50);
	start = now_ms();
	EXPECT_RET(kill(pid, SIGKILL), 0);
	EXPECT_RET(waitpid(pid, &status, 0), pid);
	EXPECT(WIFSIGNALED(status), "it ended by itself: status %#x",
	       (unsigned int)status);
	EXPECT(now_ms() - start < EVENT_MS, "took %lld ms",
	       (long long)(now_ms() - start));
	expect_pair_works(&p);
}

TEST_CASE(block_writer, "C21 a read that waits does not hold up write or NOTIFY on its file")
{
	xenevtchn_handle *xce = open_device();
	unsigned int port = 0;
	struct pair p;
	pid_t pid;

	pair_bind(&p, xce, xce);
	pid = fork_child();
	if (pid == 0) {
		sleep_ms(50);
		unmask(&p.b);
		notify(&p.a);
		_exit(0);
	}
	EXPECT_RET(read(p.b.fd, &port, 4), 4);
	EXPECT_EQ(port, p.b.port);
	join_child(pid);
}
