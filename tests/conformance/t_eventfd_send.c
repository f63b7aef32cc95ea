// SPDX-License-Identifier: GPL-2.0
/* V02: an eventfd that sends the events of a port. */
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "harness.h"
#include "device.h"
#include "eventfd.h"

#define SEND	EVTCHN_EVENTFD_SEND
#define REMOVE	EVTCHN_EVENTFD_REMOVE

TEST_CASE(eventfd_send, "V02 a write sends an event, whatever the value, which is taken",
	  NEW)
{
	static const uint64_t values[] = { 1, 2, 1000, 0xfffffffffffffffe };
	struct pair p;
	unsigned int i;
	int efd;

	pair_open(&p);
	efd = sender(&p.a);
	expect_silence(p.b.fd);
	for (i = 0; i < ARRAY_SIZE(values); i++) {
		write_eventfd(efd, values[i]);
		expect_event(&p.b);
		unmask(&p.b);
		expect_not_raised(efd);
	}
	expect_silence(p.b.fd);
}

TEST_CASE(eventfd_send_zero, "V02 a write of 0 sends an event, too", NEW)
{
	struct pair p;
	int efd;

	pair_open(&p);
	efd = sender(&p.a);
	write_eventfd(efd, 0);
	expect_event(&p.b);
}

TEST_CASE(eventfd_send_before, "V02 if it was written to before, an event is sent at once", NEW)
{
	int efd = new_eventfd(3, 0);
	struct pair p;

	pair_open(&p);
	connect_eventfd(&p.a, SEND, efd);
	expect_event(&p.b);
	unmask(&p.b);
	expect_silence(p.b.fd);
	expect_not_raised(efd);
}

TEST_CASE(eventfd_send_semaphore, "V02 of an EFD_SEMAPHORE 1 is taken for each write", NEW)
{
	int efd = new_eventfd(0, EFD_SEMAPHORE);
	struct pair p;

	pair_open(&p);
	connect_eventfd(&p.a, SEND, efd);
	write_eventfd(efd, 3);
	expect_event(&p.b);
	unmask(&p.b);
	expect_silence(p.b.fd);
	EXPECT_EQ(read_eventfd(efd), 1);
	EXPECT_EQ(read_eventfd(efd), 1);
	expect_not_raised(efd);
}

static void *write_one(void *arg)
{
	write_eventfd(*(int *)arg, 1);
	return NULL;
}

TEST_CASE(eventfd_send_room, "V02 who waits for room in the eventfd gets it as it is connected",
	  NEW)
{
	int efd = new_eventfd(0, 0);
	pthread_t thread;
	struct pair p;

	pair_open(&p);
	write_eventfd(efd, 0xfffffffffffffffe);
	set_nonblock(efd, false);
	EXPECT_RET(pthread_create(&thread, NULL, write_one, &efd), 0);
	sleep_ms(SETTLE_MS);
	connect_eventfd(&p.a, SEND, efd);
	EXPECT_RET(pthread_join(thread, NULL), 0);
	expect_event(&p.b);
}

TEST_CASE(eventfd_send_many, "V02 an eventfd sends on each of its ports, one event each", NEW)
{
	xenevtchn_handle *xa = open_device(), *xb = open_device();
	int efd = new_eventfd(0, 0), i;
	struct pair p[10];

	for (i = 0; i < 10; i++) {
		pair_bind(&p[i], xa, xb);
		connect_eventfd(&p[i].a, SEND, efd);
	}
	write_eventfd(efd, 1);
	for (i = 0; i < 10; i++)
		next_event(p[0].b.fd);
	for (i = 0; i < 10; i++)
		unmask(&p[i].b);
	expect_silence(p[0].b.fd);
	remove_eventfd(&p[3].a, SEND);
	write_eventfd(efd, 1);
	for (i = 0; i < 9; i++)
		EXPECT(next_event(p[0].b.fd) != p[3].b.port, "the removed one");
	expect_silence(p[0].b.fd);
}

TEST_CASE(eventfd_send_most, "V02 one eventfd sends on 64 ports, of all files, and no more", NEW)
{
	xenevtchn_handle *xa[2] = { open_device(), open_device() }, *xb = open_device();
	struct pair p[EVTCHN_EVENTFD_SENDS + 1];
	int efd = new_eventfd(0, 0), i, last = EVTCHN_EVENTFD_SENDS;

	for (i = 0; i <= last; i++) {
		pair_bind(&p[i], xa[i % 2], xb);
		if (i < last)
			connect_eventfd(&p[i].a, SEND, efd);
	}
	EXPECT_ERR(raw_eventfd(p[last].a.fd, SEND, p[last].a.port, efd), ENOSPC);
	write_eventfd(efd, 1);
	for (i = 0; i < last; i++)
		EXPECT(next_event(p[0].b.fd) != p[last].b.port, "the refused one");
	expect_silence(p[0].b.fd);

	EXPECT_RET(raw_unbind(p[0].a.fd, p[0].a.port), 0);
	connect_eventfd(&p[last].a, SEND, efd);
	write_eventfd(efd, 1);
	expect_event(&p[last].b);
}

TEST_CASE(eventfd_send_chain, "V02 an eventfd that is raised by one port sends on another", NEW)
{
	struct pair p, q;
	int efd, i;

	pair_open(&p);
	pair_open(&q);
	efd = receiver(&p.b, 0);
	connect_eventfd(&q.a, SEND, efd);
	for (i = 0; i < 3; i++) {
		notify(&p.a);
		expect_event(&q.b);
		unmask(&q.b);
	}
	expect_not_raised(efd);
}

TEST_CASE(eventfd_send_both_ways, "V02 one eventfd for both directions: it sends back what it gets",
	  NEW)
{
	struct pair p;
	int efd, i;

	pair_open(&p);
	efd = receiver(&p.b, 0);
	connect_eventfd(&p.b, SEND, efd);
	for (i = 0; i < 3; i++) {
		notify(&p.a);
		expect_event(&p.a);
		unmask(&p.a);
	}
}

TEST_CASE(eventfd_send_remove, "V02 after REMOVE a write sends nothing, and can be read", NEW)
{
	struct pair p;
	int efd;

	pair_open(&p);
	efd = sender(&p.a);
	remove_eventfd(&p.a, SEND);
	write_eventfd(efd, 2);
	expect_silence(p.b.fd);
	EXPECT_EQ(read_eventfd(efd), 2);
	expect_pair_works(&p);
}

TEST_CASE(eventfd_send_unbound, "V02 after UNBIND or a close a write sends nothing to nobody",
	  NEW)
{
	struct pair p, q;
	int a, b;

	pair_open(&p);
	a = sender(&p.a);
	b = sender(&p.b);
	EXPECT_RET(raw_unbind(p.a.fd, p.a.port), 0);
	EXPECT_RET(xenevtchn_close(p.b.xce), 0);
	/* Xen gives the numbers out again. */
	pair_open(&q);
	write_eventfd(a, 1);
	write_eventfd(b, 1);
	expect_silence(q.a.fd);
	expect_silence(q.b.fd);
	EXPECT_EQ(read_eventfd(a), 1);
}

TEST_CASE(eventfd_send_errors, "V02 what can not be connected is refused, and nothing is sent",
	  NEW)
{
	int efd = new_eventfd(1, 0);
	struct pair p;

	pair_open(&p);
	EXPECT_ERR(raw_eventfd(p.a.fd, SEND, p.b.port, efd), ENOTCONN);
	EXPECT_ERR(raw_eventfd(p.a.fd, SEND, p.a.port, -1), EBADF);
	EXPECT_ERR(raw_eventfd(p.a.fd, SEND, p.a.port, p.a.fd), EINVAL);
	EXPECT_ERR(raw_eventfd(p.a.fd, SEND | 8, p.a.port, efd), EINVAL);
	EXPECT_ERR(raw_eventfd(p.a.fd, SEND | REMOVE, p.a.port, 0), EINVAL);
	EXPECT_ERR(raw_eventfd(p.a.fd, SEND | REMOVE, p.a.port, -1), ENOENT);
	expect_silence(p.b.fd);
	EXPECT_EQ(read_eventfd(efd), 1);
}

TEST_CASE(eventfd_send_sealed, "V02 a sealed file gets no more of them, and keeps those it has",
	  NEW)
{
	struct pair p;
	int efd;

	pair_open(&p);
	efd = sender(&p.a);
	EXPECT_RET(raw_seal(p.a.fd, EVTCHN_SEAL_NOTIFY), 0);
	EXPECT_ERR(raw_notify(p.a.fd, p.a.port), EPERM);
	EXPECT_ERR(raw_eventfd(p.a.fd, SEND, p.a.port, efd), EPERM);
	write_eventfd(efd, 1);
	expect_event(&p.b);
	receiver(&p.a, 0);
	remove_eventfd(&p.a, SEND);
	EXPECT_ERR(raw_eventfd(p.a.fd, SEND, p.a.port, efd), EPERM);
}

TEST_CASE(eventfd_send_closed, "V02 it does not end when the eventfd is closed, but by REMOVE",
	  NEW)
{
	struct pair p;

	pair_open(&p);
	close(sender(&p.a));
	expect_silence(p.b.fd);
	EXPECT_ERR(raw_eventfd(p.a.fd, SEND, p.a.port, new_eventfd(0, 0)), EEXIST);
	remove_eventfd(&p.a, SEND);
	write_eventfd(sender(&p.a), 1);
	expect_event(&p.b);
}

TEST_CASE(eventfd_send_other_process, "V02 whoever has the eventfd can send, without the file",
	  NEW)
{
	struct pair p;
	pid_t pid;
	int efd;

	pair_open(&p);
	efd = sender(&p.a);
	pid = fork_child();
	if (pid == 0) {
		close(p.a.fd);
		close(p.b.fd);
		write_eventfd(efd, 1);
		_exit(0);
	}
	join_child(pid);
	expect_event(&p.b);
}

#define THREADS	4
#define WRITES	500

static void *write_many(void *arg)
{
	int i;

	for (i = 0; i < WRITES; i++)
		write_eventfd(*(int *)arg, 1);
	return NULL;
}

TEST_CASE(eventfd_send_threads, "V02 the last of many writes, of several threads, is seen",
	  NEW,
	  LIMIT(120))
{
	pthread_t thread[THREADS];
	struct pair p;
	int in, out, i;

	pair_open(&p);
	out = sender(&p.a);
	in = receiver(&p.b, 0);
	for (i = 0; i < THREADS; i++)
		EXPECT_RET(pthread_create(&thread[i], NULL, write_many, &out), 0);
	for (i = 0; i < THREADS; i++)
		EXPECT_RET(pthread_join(thread[i], NULL), 0);
	EXPECT(readable(in, EVENT_MS), "nothing has come");
	sleep_ms(SETTLE_MS);
	note("%d writes came as %llu events", THREADS * WRITES,
	     (unsigned long long)read_eventfd(in));
	write_eventfd(out, 1);
	EXPECT(readable(in, EVENT_MS), "the last write is not seen");
}
