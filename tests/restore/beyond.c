// SPDX-License-Identifier: GPL-2.0
/* Ports that have eventfds, and ports of a file that is mapped. */
#include <sys/ioctl.h>

#include "harness.h"
#include "beyond.h"
#include "checks.h"
#include "eventfd.h"
#include "mapped.h"

#define PAGES	2	/* of the mapping: more room than these few ports need */

static struct mapping ring;
/* What hold and pass raise, and what sends on send. */
static int hold_efd, pass_efd, send_efd;

bool beyond_there(void)
{
	return ring.ring;
}

void beyond_open(void)
{
	struct ioctl_evtchn_features features = { };
	int fd = fd_of(FILE_RING);

	if (ioctl(fd, IOCTL_EVTCHN_FEATURES, &features))
		return;

	mapped_open(&ring, fd, PAGES);
	hold_efd = new_eventfd(0, 0);
	pass_efd = new_eventfd(0, 0);
	send_efd = new_eventfd(0, 0);
}

/* As pair_bind(), where the event that Xen raises first is not to be read. */
static void bind_to_ring(struct pair *p)
{
	int port;

	p->a = (struct end){ .xce = file_of(FILE_BEYOND), .fd = fd_of(FILE_BEYOND) };
	p->a.port = bind_unbound(p->a.xce);
	p->b = (struct end){ .xce = file_of(FILE_RING), .fd = ring.fd };
	port = raw_bind_interdomain(ring.fd, SELF, p->a.port);
	EXPECT(port > 0, "bind_interdomain: %s", errno_name(errno));
	p->b.port = (unsigned int)port;
	mapped_expect(&ring, p->b.port);
	unmask(&p->b);
}

static void bind_to_eventfd(struct pair *p, unsigned int flags, int efd)
{
	pair_bind(p, file_of(FILE_BEYOND), file_of(FILE_EVENTFD));
	connect_eventfd(&p->b, flags, efd);
}

static void forget(int efd)
{
	if (readable(efd, 0))
		read_eventfd(efd);
}

/* As unbind_last() does, for the same reason. */
static void unbind_pairs(struct beyond *b)
{
	struct pair *pairs[] = {
		&b->hold, &b->pass, &b->send, &b->idle, &b->unread, &b->unwritten,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(pairs); i++) {
		if (pairs[i]->b.port)
			raw_unbind(pairs[i]->b.fd, pairs[i]->b.port);
		if (pairs[i]->a.port && !sc->restores)
			raw_unbind(pairs[i]->a.fd, pairs[i]->a.port);
	}
}

void beyond_bind(void)
{
	struct beyond *b = &sc->beyond;
	unsigned int port;

	if (!beyond_there())
		return;

	unbind_pairs(b);
	while (mapped_take(&ring, &port))
		;
	drain(fd_of(FILE_EVENTFD));
	drain(fd_of(FILE_BEYOND));
	forget(hold_efd);
	forget(pass_efd);
	forget(send_efd);
	bind_to_eventfd(&b->hold, EVTCHN_EVENTFD_HOLD, hold_efd);
	bind_to_eventfd(&b->pass, 0, pass_efd);
	bind_to_eventfd(&b->send, EVTCHN_EVENTFD_SEND, send_efd);
	bind_to_ring(&b->idle);
	bind_to_ring(&b->unread);
	bind_to_ring(&b->unwritten);
}

void beyond_disturb(void)
{
	struct beyond *b = &sc->beyond;

	if (!beyond_there())
		return;

	notify(&b->hold.a);
	expect_raised(hold_efd, 1);
	notify(&b->unwritten.a);
	mapped_expect(&ring, b->unwritten.b.port);
	notify(&b->unread.a);
	mapped_expect_waiting(&ring, 1);
}

void beyond_expect_works(void)
{
	struct beyond *b = &sc->beyond;

	notify(&b->hold.a);
	expect_raised(hold_efd, 1);
	notify(&b->hold.a);
	expect_not_raised(hold_efd);
	unmask(&b->hold.b);
	expect_raised(hold_efd, 1);
	unmask(&b->hold.b);

	notify(&b->pass.a);
	expect_raised(pass_efd, 1);
	notify(&b->pass.a);
	expect_raised(pass_efd, 1);

	write_eventfd(send_efd, 1);
	expect_event(&b->send.a);
	unmask(&b->send.a);

	notify(&b->idle.a);
	mapped_expect(&ring, b->idle.b.port);
	unmask(&b->idle.b);
	mapped_expect_silence(&ring);
}

void beyond_expect_told(void)
{
	struct beyond *b = &sc->beyond;
	const struct end *ends[] = { &b->idle.b, &b->unread.b, &b->unwritten.b };
	unsigned int seen[ARRAY_SIZE(ends)] = { }, port, i, j;

	mapped_expect_waiting(&ring, ARRAY_SIZE(ends));
	for (i = 0; mapped_take(&ring, &port); i++) {
		for (j = 0; j < ARRAY_SIZE(ends); j++)
			seen[j] += ends[j]->port == port;
	}
	for (j = 0; j < ARRAY_SIZE(ends); j++)
		EXPECT_EQ(seen[j], 1);
	mapped_expect_silence(&ring);

	expect_raised(hold_efd, 1);
	expect_raised(pass_efd, 1);
	expect_not_raised(hold_efd);
	expect_not_raised(pass_efd);
}

void beyond_expect_powerless(void)
{
	struct beyond *b = &sc->beyond;

	EXPECT(is_fresh(b->send.b.port), "port %u is nobody's now", b->send.b.port);
	write_eventfd(send_efd, 1);
	unmask(&b->hold.b);
	unmask(&b->idle.b);
	EXPECT_ERR(raw_eventfd(b->hold.b.fd, EVTCHN_EVENTFD_REMOVE, b->hold.b.port, -1),
		   ENOTCONN);
	expect_silence(fd_of(FILE_OTHER));
	expect_not_raised(hold_efd);
	mapped_expect_silence(&ring);
}

void beyond_unbind_old(void)
{
	struct beyond *b = &sc->beyond;

	check_unbind_once(&b->hold.b);
	check_unbind_once(&b->pass.b);
	check_unbind_once(&b->send.b);
	check_unbind_once(&b->idle.b);
	/* The eventfd is nobody's hook any more. */
	write_eventfd(send_efd, 1);
	expect_silence(fd_of(FILE_OTHER));
}
