// SPDX-License-Identifier: GPL-2.0
/* M03: a client that writes to the mapping whatever it likes. */
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness.h"
#include "mapped.h"

#define ROUNDS	300
#define PORTS	8

/* Whoever maps, and somebody else who has nothing to do with it. */
struct neighbours {
	struct pair hostile[PORTS];
	struct pair other;
	struct mapping m;
	uint32_t size, offset;	/* as the kernel has said at first */
};

static void neighbours_open(struct neighbours *n)
{
	xenevtchn_handle *xa = open_device(), *xb = open_device();
	int i;

	for (i = 0; i < PORTS; i++)
		pair_bind(&n->hostile[i], xa, xb);
	pair_open(&n->other);
	mapped_open(&n->m, n->hostile[0].b.fd, 2);
	n->size = n->m.ring->size;
	n->offset = n->m.ring->offset;
}

/*
 * A port's next number is put in, and is the newest. Only the kernel knows its head: it is seen
 * as it puts in the next.
 */
static bool number_comes(struct neighbours *n, const struct pair *p)
{
	unsigned int events = status_of(p->b.fd, p->b.port).events, got;
	int64_t last = now_ms() + EVENT_MS;
	bool alone;

	notify(&p->a);
	/* One that is late may have left the port masked. */
	while (status_of(p->b.fd, p->b.port).events == events) {
		EXPECT(now_ms() < last, "port %u has no event", p->b.port);
		unmask(&p->b);
		sleep_ms(1);
	}
	/* It is counted before it is put in. */
	wait_handlers();
	got = mapped_number(&n->m, n->m.ring->head - 1);
	n->m.ring->tail = n->m.ring->head;
	alone = !readable(n->m.fd, 0);
	unmask(&p->b);
	return got == p->b.port && alone;
}

/* The hostile file works again once its client behaves; the other always does. */
static void expect_sound(struct neighbours *n)
{
	unsigned int all[PORTS];
	int i, tries;

	/* The kernel says this once. */
	n->m.ring->size = n->size;
	n->m.ring->offset = n->offset;
	expect_pair_works(&n->other);
	for (i = 0; i < PORTS; i++)
		all[i] = n->hostile[i].b.port;
	EXPECT_RET(write(n->m.fd, all, sizeof(all)), sizeof(all));
	sleep_ms(SETTLE_MS);
	/* Now and then an event had waited for that. */
	EXPECT_RET(write(n->m.fd, all, sizeof(all)), sizeof(all));
	sleep_ms(SETTLE_MS);
	for (i = 0; i < PORTS; i++) {
		/* Each of them may be late, and come in between. */
		for (tries = 0; !number_comes(n, &n->hostile[i]); tries++)
			EXPECT(tries < 2 * PORTS, "port %u: the newest number is %u", all[i],
			       mapped_number(&n->m, n->m.ring->head - 1));
	}
	expect_pair_works(&n->other);
}

static void scribble(struct mapping *m, int round, unsigned int *seed)
{
	static const unsigned char bytes[] = { 0x00, 0xff, 0x80, 0x01 };
	char *memory = (char *)m->ring;
	size_t i;

	if (round % 5 < 4) {
		memset(memory, bytes[round % 5], m->length);
		return;
	}
	for (i = 0; i < m->length; i++)
		memory[i] = (char)rand_r(seed);
}

static volatile bool stop;

static void *scribble_all_the_time(void *arg)
{
	struct mapping *m = arg;
	unsigned int seed = 1;
	int round = 0;

	while (!stop)
		scribble(m, round++, &seed);
	return NULL;
}

/* All that looks at the ring, or changes it. */
static void use_all(struct neighbours *n, int round)
{
	const struct pair *p = &n->hostile[round % PORTS];
	unsigned int port, got;
	int rc;

	notify(&p->a);
	readable(p->b.fd, 0);
	EXPECT_ERR(read(p->b.fd, &got, 4), EBUSY);
	rc = raw_reset(p->b.fd);
	EXPECT(!rc || errno == ENOBUFS, "RESET: %s", errno_name(errno));
	EXPECT_RET(write(p->b.fd, &p->b.port, 4), 4);
	port = (unsigned int)raw_bind_unbound(p->b.fd, SELF);
	if ((int)port < 0)
		EXPECT(errno == ENOBUFS, "bind: %s", errno_name(errno));
	else
		EXPECT_RET(raw_unbind(p->b.fd, port), 0);
	expect_delivery(&n->other.a, &n->other.b);
}

TEST_CASE(mapped_scribble, "M03 a client that scribbles over the ring harms its own file alone",
	  NEW, LIMIT(240))
{
	struct neighbours n;
	pthread_t thread;
	int i;

	neighbours_open(&n);
	EXPECT_RET(pthread_create(&thread, NULL, scribble_all_the_time, &n.m), 0);
	for (i = 0; i < ROUNDS; i++)
		use_all(&n, i);
	stop = true;
	EXPECT_RET(pthread_join(thread, NULL), 0);
	expect_sound(&n);
}

TEST_CASE(mapped_tails, "M03 whatever the tail is, the kernel goes on", NEW, LIMIT(120))
{
	static const uint32_t off[] = {
		0, 1, 1023, 1024, 1025, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff,
	};
	struct neighbours n;
	size_t i;

	neighbours_open(&n);
	for (i = 0; i < ARRAY_SIZE(off); i++) {
		n.m.ring->tail = n.m.ring->head + off[i];
		use_all(&n, (int)i);
	}
	expect_sound(&n);
}

/* Ports that are bound come and go while their numbers are overwritten. */
TEST_CASE(mapped_lies, "M03 what the client says of the ring's size is not believed", NEW)
{
	struct neighbours n;
	int i;

	neighbours_open(&n);
	n.m.ring->size = 0x10000000;
	n.m.ring->offset = 0xfffff000;
	n.m.ring->head = 0xdeadbeef;
	for (i = 0; i < PORTS; i++)
		notify(&n.hostile[i].a);
	for (i = 0; i < PORTS; i++)
		wait_queued(&n.hostile[i].b);
	/* Its own head is what it goes on with, and its own offset. */
	EXPECT_EQ(n.m.ring->head, PORTS);
	n.m.ring->size = n.size;
	n.m.ring->offset = n.offset;
	for (i = 0; i < PORTS; i++)
		EXPECT(mapped_number(&n.m, (uint32_t)i), "place %d is empty", i);
	n.m.ring->tail = n.m.ring->head;
	expect_sound(&n);
}

static void *map_all_the_time(void *arg)
{
	const struct neighbours *n = arg;
	struct mapping m;

	while (!stop) {
		mapped_open(&m, n->m.fd, 2);
		m.ring->reserved[0]++;
		mapped_close(&m);
	}
	return NULL;
}

TEST_CASE(mapped_unmapping, "M03 the ring can be mapped and unmapped while events come", NEW,
	  LIMIT(240))
{
	struct neighbours n;
	pthread_t thread;
	int i;

	neighbours_open(&n);
	EXPECT_RET(pthread_create(&thread, NULL, map_all_the_time, &n), 0);
	mapped_close(&n.m);
	for (i = 0; i < ROUNDS; i++)
		use_all(&n, i);
	stop = true;
	EXPECT_RET(pthread_join(thread, NULL), 0);
	mapped_open(&n.m, n.m.fd, 2);
	expect_sound(&n);
}

/* The last mapping goes with the process; its file and ports go with that. */
TEST_CASE(mapped_dies, "M03 a process that dies with the ring mapped leaves nothing", NEW)
{
	struct pair p;
	struct mapping m;
	pid_t child;
	int to[2];
	char c;

	EXPECT_RET(pipe(to), 0);
	p.a.xce = open_device();
	p.a.fd = xenevtchn_fd(p.a.xce);
	p.a.port = bind_unbound(p.a.xce);
	child = fork_child();
	if (!child) {
		p.b.xce = open_device();
		p.b.port = bind_peer(p.b.xce, p.a.port);
		mapped_open(&m, xenevtchn_fd(p.b.xce), 2);
		EXPECT_RET(write(to[1], "", 1), 1);
		EXPECT(readable(m.fd, EVENT_MS), "no event came");
		_exit(0);
	}
	EXPECT_RET(read(to[0], &c, 1), 1);
	notify(&p.a);
	join_child(child);
	/* Its end is closed, so that another can be connected. */
	EXPECT(xenevtchn_bind_interdomain(open_device(), SELF, p.a.port) > 0,
	       "bind_interdomain: %s", errno_name(errno));
}
