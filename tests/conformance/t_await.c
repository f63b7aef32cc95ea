// SPDX-License-Identifier: GPL-2.0
/* N03: WAIT, a turn of a client's loop in one call. */
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "harness.h"
#include "extension.h"

#define MS(ms)		((ms) * 1000000LL)
#define FOR_EVER	(-1LL)
#define LIST		16

/* An argument, and the lists for it. */
struct turn {
	struct ioctl_evtchn_wait arg;
	unsigned int rearm[LIST], notify[LIST], ports[LIST];
};

static struct turn new_turn(void)
{
	struct turn t = { .arg = { .nr_ports = LIST } };

	return t;
}

static int take_turn(int fd, struct turn *t)
{
	t->arg.rearm = (uintptr_t)t->rearm;
	t->arg.notify = (uintptr_t)t->notify;
	t->arg.ports = (uintptr_t)t->ports;
	return ioctl(fd, IOCTL_EVTCHN_WAIT, &t->arg);
}

/* Both ends on one file, so that a turn answers itself. */
static void pair_on_one_file(struct pair *p)
{
	xenevtchn_handle *xce = open_device();

	pair_bind(p, xce, xce);
}

TEST_CASE(turn_all, "N03 WAIT re-arms, sends, and takes the port that answers", NEW)
{
	struct turn t = new_turn();
	struct pair p;
	int i;

	pair_on_one_file(&p);
	t.notify[0] = p.b.port;
	t.arg.nr_notify = 1;
	t.arg.timeout = FOR_EVER;
	for (i = 0; i < 20; i++) {
		EXPECT_RET(take_turn(p.a.fd, &t), 1);
		EXPECT_EQ(t.ports[0], p.a.port);
		t.rearm[0] = t.ports[0];
		t.arg.nr_rearm = 1;
	}
}

TEST_CASE(turn_some, "N03 WAIT takes as many ports as fit, as read does", NEW)
{
	struct turn t = new_turn();
	struct pair p[3];
	int i;

	pair_on_one_file(&p[0]);
	for (i = 1; i < 3; i++)
		pair_bind(&p[i], p[0].a.xce, p[0].a.xce);
	for (i = 0; i < 3; i++)
		notify(&p[i].b);
	for (i = 0; i < 3; i++)
		wait_queued(&p[i].a);
	t.arg.nr_ports = 2;
	EXPECT_RET(take_turn(p[0].a.fd, &t), 2);
	EXPECT_EQ(t.ports[2], 0);
	t.arg.nr_ports = LIST;
	EXPECT_RET(take_turn(p[0].a.fd, &t), 1);
	EXPECT_RET(take_turn(p[0].a.fd, &t), 0);
}

TEST_CASE(turn_no_ports, "N03 WAIT for no ports re-arms and sends, returns 0 and takes none",
	  NEW)
{
	struct turn t = new_turn();
	struct pair p;

	pair_on_one_file(&p);
	notify(&p.b);
	expect_event(&p.a);
	t.rearm[0] = p.a.port;
	t.notify[0] = p.b.port;
	t.arg.nr_rearm = 1;
	t.arg.nr_notify = 1;
	t.arg.nr_ports = 0;
	t.arg.timeout = FOR_EVER;
	EXPECT_RET(take_turn(p.a.fd, &t), 0);
	expect_event(&p.a);
}

TEST_CASE(turn_not_waiting,
	  "N03 a timeout of 0 does not wait, nor does a file that is O_NONBLOCK: 0",
	  NEW)
{
	struct turn t = new_turn();
	int fd = raw_open(O_RDWR);

	EXPECT_RET(take_turn(fd, &t), 0);
	set_nonblock(fd, true);
	t.arg.timeout = FOR_EVER;
	EXPECT_RET(take_turn(fd, &t), 0);
}

TEST_CASE(turn_timeout, "N03 WAIT returns 0 when its time is over, and not before", NEW)
{
	struct turn t = new_turn();
	int fd = raw_open(O_RDWR);
	int64_t start = now_ms();

	t.arg.timeout = MS(40);
	EXPECT_RET(take_turn(fd, &t), 0);
	EXPECT(now_ms() - start >= 39, "it was over after %lld ms",
	       (long long)(now_ms() - start));
	EXPECT(now_ms() - start < EVENT_MS, "it took %lld ms",
	       (long long)(now_ms() - start));
}

static void *notify_later(void *arg)
{
	struct pair *p = arg;

	sleep_ms(SETTLE_MS);
	notify(&p->a);
	return NULL;
}

TEST_CASE(turn_sleeps, "N03 WAIT sleeps until an event comes", NEW)
{
	struct turn t = new_turn();
	pthread_t thread;
	struct pair p;

	pair_open(&p);
	EXPECT_RET(pthread_create(&thread, NULL, notify_later, &p), 0);
	t.arg.timeout = MS(EVENT_MS);
	EXPECT_RET(take_turn(p.b.fd, &t), 1);
	EXPECT_EQ(t.ports[0], p.b.port);
	EXPECT_RET(pthread_join(thread, NULL), 0);
}

static void on_signal(int sig)
{
	(void)sig;
}

TEST_CASE(turn_signal, "N03 a signal ends WAIT by EINTR: all was sent, and is not sent again",
	  NEW)
{
	struct sigaction sa = { .sa_handler = on_signal, .sa_flags = SA_RESTART };
	struct turn t = new_turn();
	struct pair p;

	pair_open(&p);
	t.notify[0] = p.a.port;
	t.arg.nr_notify = 1;
	t.arg.timeout = FOR_EVER;
	EXPECT_RET(sigaction(SIGALRM, &sa, NULL), 0);
	/* Again and again, lest it comes before the sleep. */
	ualarm(50000, 50000);
	EXPECT_ERR(take_turn(p.a.fd, &t), EINTR);
	ualarm(0, 0);
	expect_event(&p.b);
	unmask(&p.b);
	expect_silence(p.b.fd);
	expect_pair_works(&p);
}

TEST_CASE(turn_arguments,
	  "N03 a flag, or a list above EVTCHN_MANY, is EINVAL, and nothing was done",
	  NEW)
{
	struct turn t;
	struct pair p;
	int i;

	pair_open(&p);
	for (i = 0; i < 4; i++) {
		t = new_turn();
		t.arg.flags = i == 0;
		t.arg.nr_rearm = i == 1 ? EVTCHN_MANY + 1 : 0;
		t.arg.nr_notify = i == 2 ? EVTCHN_MANY + 1 : 1;
		t.arg.nr_ports = i == 3 ? EVTCHN_MANY + 1 : LIST;
		t.notify[0] = p.a.port;
		EXPECT_ERR(take_turn(p.a.fd, &t), EINVAL);
	}
	EXPECT_ERR(ioctl(p.a.fd, IOCTL_EVTCHN_WAIT, nowhere), EFAULT);
	expect_silence(p.b.fd);
}

TEST_CASE(turn_sealed,
	  "N03 WAIT on a sealed file waits, but to send is EPERM, and nothing was done",
	  NEW)
{
	struct turn t = new_turn();
	struct pair p;

	pair_open(&p);
	notify(&p.b);
	expect_event(&p.a);
	EXPECT_RET(raw_seal(p.a.fd, EVTCHN_SEAL_NOTIFY), 0);
	t.rearm[0] = p.a.port;
	t.notify[0] = p.a.port;
	t.arg.nr_rearm = 1;
	t.arg.nr_notify = 1;
	EXPECT_ERR(take_turn(p.a.fd, &t), EPERM);
	expect_silence(p.b.fd);
	/* It was not re-armed. */
	notify(&p.b);
	expect_silence(p.a.fd);
	t.arg.nr_notify = 0;
	t.arg.timeout = MS(EVENT_MS);
	EXPECT_RET(take_turn(p.a.fd, &t), 1);
	EXPECT_EQ(t.ports[0], p.a.port);
}

TEST_CASE(turn_failing,
	  "N03 the first port that can not be sent on ends WAIT: those before were sent",
	  NEW)
{
	struct turn t = new_turn();
	unsigned int virq_port;
	struct pair p;

	pair_open(&p);
	bind_free_virq(p.a.xce, &virq_port);
	notify(&p.b);
	expect_event(&p.a);
	t.rearm[0] = p.a.port;
	t.notify[0] = p.a.port;
	t.notify[1] = ABSURD;
	t.notify[2] = p.a.port;
	t.arg.nr_rearm = 1;
	t.arg.nr_notify = 3;
	t.arg.timeout = FOR_EVER;
	EXPECT_ERR(take_turn(p.a.fd, &t), ENOTCONN);
	expect_event(&p.b);
	unmask(&p.b);
	expect_silence(p.b.fd);
	/* It was re-armed; and what is pending then is not taken. */
	notify(&p.b);
	EXPECT(readable(p.a.fd, EVENT_MS), "it was not re-armed");
	t.notify[0] = virq_port;
	EXPECT_ERR(take_turn(p.a.fd, &t), EINVAL);
	expect_event(&p.a);
}

TEST_CASE(turn_fault,
	  "N03 EFAULT: what came before the bad address was done, and no port was taken",
	  NEW)
{
	unsigned int *edge = (void *)page_edge();
	struct turn t = new_turn();
	struct pair p;

	pair_on_one_file(&p);
	edge[-1] = p.b.port;
	t.arg.nr_notify = 2;
	t.arg.notify = (uintptr_t)(edge - 1);
	t.arg.ports = (uintptr_t)t.ports;
	EXPECT_ERR(ioctl(p.a.fd, IOCTL_EVTCHN_WAIT, &t.arg), EFAULT);
	EXPECT(readable(p.a.fd, EVENT_MS), "the first was not sent on");
	t.arg.nr_notify = 0;
	t.arg.ports = (uintptr_t)edge;
	EXPECT_ERR(ioctl(p.a.fd, IOCTL_EVTCHN_WAIT, &t.arg), EFAULT);
	expect_event(&p.a);
	t.arg.nr_rearm = 2;
	t.arg.rearm = (uintptr_t)(edge - 1);
	edge[-1] = p.a.port;
	EXPECT_ERR(ioctl(p.a.fd, IOCTL_EVTCHN_WAIT, &t.arg), EFAULT);
	expect_delivery(&p.b, &p.a);
}

/* --- several threads in WAIT on one file -------------------------------------------- */

enum { CHANNELS = 4, WAITERS = 4, EVENTS = 400 };

struct crowd {
	struct pair pairs[CHANNELS];
	atomic_uint taken[CHANNELS];
	atomic_uint all;
	atomic_bool over;
};

struct waiter {
	struct crowd *crowd;
	unsigned int seed;
	bool patient;
};

/* One port a turn; times so short that they are over as events come. */
static void *wait_in_crowd(void *arg)
{
	struct waiter *w = arg;
	struct crowd *c = w->crowd;
	struct turn t = new_turn();
	int got, i;

	t.arg.nr_ports = 1;
	while (!atomic_load(&c->over)) {
		t.arg.timeout = w->patient ? MS(1000) :
					     rand_r(&w->seed) % MS(2);
		got = take_turn(c->pairs[0].b.fd, &t);
		EXPECT(got == 0 || got == 1, "WAIT: got %d %s", got,
		       errno_name(errno));
		t.arg.nr_rearm = (unsigned int)got;
		t.rearm[0] = t.ports[0];
		for (i = 0; got && i < CHANNELS; i++) {
			if (c->pairs[i].b.port != t.ports[0])
				continue;
			atomic_fetch_add(&c->taken[i], 1);
			atomic_fetch_add(&c->all, 1);
		}
	}
	return NULL;
}

/* Each event is sent when the last one of its channel has been taken. */
static void feed_crowd(struct crowd *c, unsigned int seed)
{
	unsigned int sent[CHANNELS] = {}, n, i;
	int64_t last;

	for (n = 0; n < EVENTS; n++) {
		i = (unsigned int)rand_r(&seed) % CHANNELS;
		last = now_ms() + EVENT_MS;
		while (atomic_load(&c->taken[i]) != sent[i])
			EXPECT(!sched_yield() && now_ms() < last,
			       "event %u of port %u: nobody takes it",
			       n, c->pairs[i].b.port);
		notify(&c->pairs[i].a);
		sent[i]++;
	}
	last = now_ms() + EVENT_MS;
	while (atomic_load(&c->all) != EVENTS)
		EXPECT(now_ms() < last, "%u events were sent, and %u taken",
		       EVENTS, atomic_load(&c->all));
	for (i = 0; i < CHANNELS; i++)
		EXPECT_EQ(atomic_load(&c->taken[i]), sent[i]);
}

TEST_CASE(turn_crowd, "N03 four threads in WAIT on one file: each event goes to one of them",
	  NEW, LIMIT(120))
{
	xenevtchn_handle *xa = open_device(), *xb = open_device();
	static struct crowd c;
	struct waiter waiters[WAITERS];
	pthread_t threads[WAITERS];
	unsigned int i;

	for (i = 0; i < CHANNELS; i++)
		pair_bind(&c.pairs[i], xa, xb);
	for (i = 0; i < WAITERS; i++) {
		waiters[i] = (struct waiter){ &c, i, i == 0 };
		EXPECT_RET(pthread_create(&threads[i], NULL, wait_in_crowd,
					  &waiters[i]), 0);
	}
	feed_crowd(&c, 7);
	atomic_store(&c.over, true);
	for (i = 0; i < CHANNELS; i++)
		notify(&c.pairs[i].a);
	for (i = 0; i < WAITERS; i++)
		EXPECT_RET(pthread_join(threads[i], NULL), 0);
}
