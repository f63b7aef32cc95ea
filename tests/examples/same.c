// SPDX-License-Identifier: GPL-2.0
/*
 * No example, but a test of <xen_evtchn.h>: what it says of its calls holds over this
 * driver, by the stock calls over this driver, and over the in-tree one.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/time.h>
#include <time.h>

#include <xen_evtchn.h>

#include "pair.h"

#define MS	1000000LL	/* in ns, as all times here */
#define LOST	(10000 * MS)	/* an event that has not come by then */
#define QUIET	(50 * MS)	/* one that comes has come by then */

#define EXPECT(cond)								\
	do {									\
		if (!(cond)) {							\
			printf("same.c:%d: not so: %s (errno %d)\n", __LINE__,	\
			       #cond, errno);					\
			exit(1);						\
		}								\
	} while (0)

struct ends {
	xenevtchn_handle *xa, *xb;
	struct xen_evtchn near, far;
	uint32_t a, b;
};

/* How many ports came; the first of them is put into @port. */
static int wait_for(const struct xen_evtchn *xe, uint32_t *port, int64_t timeout)
{
	struct ioctl_evtchn_wait wait = {
		.ports = (uintptr_t)port,
		.nr_ports = 1,
		.timeout = timeout,
	};

	return xen_evtchn_wait(xe, &wait);
}

static void expect_event(const struct xen_evtchn *xe, uint32_t port)
{
	uint32_t got = 0;

	EXPECT(wait_for(xe, &got, LOST) == 1);
	EXPECT(got == port);
}

static void rearm(const struct xen_evtchn *xe, const uint32_t *port)
{
	struct ioctl_evtchn_wait wait = {
		.rearm = (uintptr_t)port,
		.nr_rearm = 1,
		.timeout = -1,
	};

	/* It takes no port, so there is nothing to wait for. */
	EXPECT(xen_evtchn_wait(xe, &wait) == 0);
}

static void send_one(const struct xen_evtchn *xe, uint32_t port)
{
	struct evtchn_notify one = { .port = port, .result = 1 };

	EXPECT(xen_evtchn_notify_many(xe, &one, 1) == 1);
	EXPECT(one.result == 0);
}

/* The first event, of the connecting, is still to come. */
static void open_ends(struct ends *e, bool stock)
{
	e->xa = must_open();
	e->xb = must_open();
	EXPECT(xen_evtchn_init(&e->near, xenevtchn_fd(e->xa)) == 0);
	EXPECT(xen_evtchn_init(&e->far, xenevtchn_fd(e->xb)) == 0);
	if (stock) {
		e->near.features = 0;
		e->far.features = 0;
	}
	must_connect(e->xa, &e->a, e->xb, &e->b);
}

static void close_ends(struct ends *e)
{
	must(xenevtchn_close(e->xa), "close");
	must(xenevtchn_close(e->xb), "close");
}

static void check_nonblock(const struct ends *e)
{
	struct pollfd pfd = { e->far.fd, POLLIN, 0 };
	uint32_t got = 0;

	EXPECT(fcntl(e->far.fd, F_SETFL, O_RDWR | O_NONBLOCK) == 0);
	EXPECT(wait_for(&e->far, &got, -1) == 0);
	EXPECT(wait_for(&e->far, &got, 3600000 * MS) == 0);
	EXPECT(wait_for(&e->far, &got, 0) == 0);
	send_one(&e->near, e->a);
	EXPECT(poll(&pfd, 1, (int)(LOST / MS)) == 1);
	EXPECT(wait_for(&e->far, &got, -1) == 1);
	EXPECT(got == e->b);
	rearm(&e->far, &e->b);
	EXPECT(fcntl(e->far.fd, F_SETFL, O_RDWR) == 0);
}

static void check_time(const struct ends *e)
{
	struct timespec start, end;
	uint32_t got;

	clock_gettime(CLOCK_MONOTONIC, &start);
	EXPECT(wait_for(&e->far, &got, QUIET + 1) == 0);
	clock_gettime(CLOCK_MONOTONIC, &end);
	EXPECT((end.tv_sec - start.tv_sec) * 1000 * MS + end.tv_nsec - start.tv_nsec > QUIET);
}

/* Of a call that has too much of one thing nothing is done. */
static void check_too_much(const struct ends *e)
{
	static uint32_t list[EVTCHN_MANY + 1];
	static struct evtchn_notify many[EVTCHN_MANY + 1];
	struct ioctl_evtchn_wait right = {
		.rearm = (uintptr_t)list,
		.notify = (uintptr_t)list,
		.ports = (uintptr_t)list,
		.nr_notify = 1,
	}, wrong[4] = { right, right, right, right };
	uint32_t i, got;

	for (i = 0; i <= EVTCHN_MANY; i++) {
		many[i].port = e->a;
		list[i] = e->a;
	}
	wrong[0].flags = 1;
	wrong[1].nr_rearm = EVTCHN_MANY + 1;
	wrong[2].nr_notify = EVTCHN_MANY + 1;
	wrong[3].nr_ports = EVTCHN_MANY + 1;
	for (i = 0; i < 4; i++) {
		errno = 0;
		EXPECT(xen_evtchn_wait(&e->near, &wrong[i]) == -1 && errno == EINVAL);
	}
	errno = 0;
	EXPECT(xen_evtchn_notify_many(&e->near, many, EVTCHN_MANY + 1) == -1 && errno == EINVAL);
	EXPECT(wait_for(&e->far, &got, QUIET) == 0);
	EXPECT(xen_evtchn_wait(&e->near, &right) == 0);
	expect_event(&e->far, e->b);
	rearm(&e->far, &e->b);
}

/* The first error ends it: what comes before is done, what comes after is not. */
static void check_errors(const struct ends *e)
{
	struct evtchn_notify three[] = { { e->a, 1 }, { e->b, 1 }, { e->a, 1 } };
	uint32_t list[] = { e->b, e->a, e->b }, got = 0;
	struct ioctl_evtchn_wait wait = {
		.rearm = (uintptr_t)list,
		.nr_rearm = 1,
		.notify = (uintptr_t)list,
		.nr_notify = 3,
		.ports = (uintptr_t)&got,
		.nr_ports = 1,
		.timeout = -1,
	};

	EXPECT(xen_evtchn_notify_many(&e->near, three, 3) == 2);
	EXPECT(!three[0].result && three[1].result == -ENOTCONN && !three[2].result);
	expect_event(&e->far, e->b);
	send_one(&e->near, e->a);
	errno = 0;
	EXPECT(xen_evtchn_wait(&e->far, &wait) == -1 && errno == ENOTCONN);
	EXPECT(got == 0);
	expect_event(&e->near, e->a);
	rearm(&e->near, &e->a);
	EXPECT(wait_for(&e->near, &got, QUIET) == 0);
	expect_event(&e->far, e->b);
	rearm(&e->far, &e->b);
}

static void ignore(int sig)
{
	(void)sig;
}

static void check_signal(const struct ends *e)
{
	struct sigaction action = { .sa_handler = ignore, .sa_flags = SA_RESTART };
	struct itimerval often = { { 0, 20000 }, { 0, 20000 } }, never = { { 0, 0 }, { 0, 0 } };
	uint32_t got;

	must(sigaction(SIGALRM, &action, NULL), "sigaction");
	must(setitimer(ITIMER_REAL, &often, NULL), "setitimer");
	errno = 0;
	EXPECT(wait_for(&e->far, &got, -1) == -1 && errno == EINTR);
	must(setitimer(ITIMER_REAL, &never, NULL), "setitimer");
}

static void check_ring(const struct ends *e)
{
	static struct xen_evtchn_ring ring;
	uint32_t got = 0;

	/* As many as there can be. */
	EXPECT(xen_evtchn_ring_init(&ring, &e->far, UINT32_MAX) == 0);
	EXPECT(xen_evtchn_ring_next(&ring, &got) == 0);
	send_one(&e->near, e->a);
	EXPECT(xen_evtchn_ring_wait(&ring, (int)(LOST / MS)) == 1);
	EXPECT(xen_evtchn_ring_next(&ring, &got) == 1 && got == e->b);
	EXPECT(xen_evtchn_ring_next(&ring, &got) == 0);
	EXPECT(xen_evtchn_ring_rearm(&ring, e->b) == 0);
	EXPECT(xen_evtchn_ring_wait(&ring, (int)(QUIET / MS)) == 0);
	send_one(&e->near, e->a);
	EXPECT(xen_evtchn_ring_wait(&ring, (int)(LOST / MS)) == 1);
	xen_evtchn_ring_fini(&ring);
}

static void check_all(bool stock)
{
	struct ends e;

	open_ends(&e, stock);
	expect_event(&e.far, e.b);
	rearm(&e.far, &e.b);
	check_nonblock(&e);
	check_time(&e);
	check_too_much(&e);
	check_errors(&e);
	check_signal(&e);
	check_ring(&e);
	close_ends(&e);
}

int main(void)
{
	struct xen_evtchn xe;
	int other[2];

	must(pipe(other), "pipe");
	EXPECT(xen_evtchn_init(&xe, other[0]) == -1);
	EXPECT(xen_evtchn_init(&xe, -1) == -1 && errno == EBADF);
	must(xen_evtchn_init(&xe, xenevtchn_fd(must_open())), "init");
	check_all(true);
	if (xe.features)
		check_all(false);
	printf("all is so by the stock calls%s\n", xe.features ? ", and without them" : "");
	return 0;
}
