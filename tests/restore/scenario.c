// SPDX-License-Identifier: GPL-2.0
/* The files and their ports. */
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "harness.h"
#include "beyond.h"
#include "scenario.h"

struct scenario *sc;

static xenevtchn_handle *files[NR_FILES];

void scenario_open(void)
{
	unsigned int i;

	sc = mmap(NULL, sizeof(*sc), PROT_READ | PROT_WRITE,
		  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (sc == MAP_FAILED) {
		perror("mmap");
		_exit(2);
	}
	for (i = 0; i < NR_FILES; i++) {
		files[i] = xenevtchn_open(NULL, 0);
		if (!files[i]) {
			perror("xenevtchn_open");
			_exit(2);
		}
	}
	beyond_open();
}

xenevtchn_handle *file_of(enum file_name name)
{
	return files[name];
}

int fd_of(enum file_name name)
{
	return xenevtchn_fd(files[name]);
}

/* What an earlier restore has left to be read is not what the next one brings. */
void drain(int fd)
{
	unsigned int port;

	while (readable(fd, 0))
		EXPECT_RET(read(fd, &port, sizeof(port)), 4);
}

static void end_is(struct end *end, enum file_name name, int port)
{
	end->xce = file_of(name);
	end->fd = fd_of(name);
	EXPECT(port > 0, "a port can not be bound: %s", errno_name(errno));
	end->port = (unsigned int)port;
}

static void bind_dom0(struct end *end, enum file_name name, bool spare)
{
	end_is(end, name, xenevtchn_bind_interdomain(file_of(name), 0,
						     dom0_port(spare)));
	/* Xen raises a newly connected port once. */
	expect_event(end);
	unmask(end);
}

static void bind_pairs(struct pair *pairs, unsigned int nr, enum file_name name)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		pair_bind(&pairs[i], file_of(name), file_of(name));
}

static void bind_to_peer(struct pair *pair, enum file_name name)
{
	pair_bind(pair, file_of(FILE_PEER), file_of(name));
}

unsigned int old_ends(struct end *ends)
{
	const struct pair *pairs[] = {
		&sc->read, &sc->two[0], &sc->two[1], &sc->poll, &sc->epoll,
		&sc->sigio, &sc->wait,
	};
	const struct end *single[] = {
		&sc->lone, &sc->virq, &sc->dom0, &sc->spare,
	};
	unsigned int i, nr = 0;

	for (i = 0; i < ARRAY_SIZE(pairs); i++) {
		ends[nr++] = pairs[i]->a;
		ends[nr++] = pairs[i]->b;
	}
	for (i = 0; i < ARRAY_SIZE(single); i++)
		ends[nr++] = *single[i];
	for (i = 0; i < NR_MANY; i++) {
		ends[nr++] = sc->many[i].a;
		ends[nr++] = sc->many[i].b;
	}
	return nr;
}

/*
 * What a client does before it binds anew. After a restore it forgets some, so that
 * the next one finds ports that are old already.
 */
static void unbind_last(void)
{
	struct end ends[MAX_ENDS];
	unsigned int nr = old_ends(ends), i;

	for (i = 0; i < nr; i++) {
		if (sc->restores && ends[i].fd == fd_of(FILE_PEER))
			continue;
		if (ends[i].port)
			raw_unbind(ends[i].fd, ends[i].port);
	}
}

void scenario_bind(void)
{
	unsigned int i, port;

	for (i = 0; i < NR_FILES; i++) {
		if (i != FILE_RING)
			drain(fd_of(i));
	}
	unbind_last();
	beyond_bind();
	bind_to_peer(&sc->read, FILE_READ);
	bind_to_peer(&sc->two[0], FILE_TWO);
	bind_to_peer(&sc->two[1], FILE_TWO);
	bind_to_peer(&sc->poll, FILE_POLL);
	bind_to_peer(&sc->epoll, FILE_EPOLL);
	bind_to_peer(&sc->sigio, FILE_SIGIO);
	bind_to_peer(&sc->wait, FILE_WAIT);
	end_is(&sc->lone, FILE_LONE, (int)bind_unbound(file_of(FILE_LONE)));
	bind_free_virq(file_of(FILE_VIRQ), &port);
	end_is(&sc->virq, FILE_VIRQ, (int)port);
	bind_dom0(&sc->dom0, FILE_DOM0, false);
	bind_dom0(&sc->spare, FILE_SPARE, true);
	bind_pairs(sc->many, NR_MANY, FILE_MANY);
	bind_pairs(sc->few, NR_FEW, FILE_RESET);
}

void bind_fresh(void)
{
	bind_pairs(sc->fresh, NR_FRESH, FILE_OTHER);
}

void unbind_fresh(void)
{
	unsigned int i;

	for (i = 0; i < NR_FRESH; i++) {
		EXPECT_RET(raw_unbind(sc->fresh[i].a.fd, sc->fresh[i].a.port), 0);
		EXPECT_RET(raw_unbind(sc->fresh[i].b.fd, sc->fresh[i].b.port), 0);
	}
}

bool is_fresh(unsigned int port)
{
	unsigned int i;

	for (i = 0; i < NR_FRESH; i++) {
		if (port == sc->fresh[i].a.port || port == sc->fresh[i].b.port)
			return true;
	}
	return false;
}

void expect_fresh_work(void)
{
	unsigned int i;

	for (i = 0; i < NR_FRESH; i++)
		expect_pair_works(&sc->fresh[i]);
	expect_silence(fd_of(FILE_OTHER));
}
