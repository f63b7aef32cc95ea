// SPDX-License-Identifier: GPL-2.0
/* The files of a race, and their ports. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "harness.h"
#include "ledger.h"
#include "race.h"

struct arena *arena;

unsigned int pick(struct worker *w, unsigned int choices)
{
	/* Its lowest bits are the least random ones. */
	return ((unsigned int)rand_r(&w->seed) >> 8) % choices;
}

int fd_of(struct worker *w, unsigned int file)
{
	return pick(w, 3) ? arena->file[file] : arena->alias[file];
}

int some_fd(struct worker *w, unsigned int *file)
{
	if (!pick(w, 4)) {
		*file = ELSEWHERE;
		return arena->fresh[pick(w, FRESH)];
	}
	*file = pick(w, arena->files);
	return fd_of(w, *file);
}

unsigned int some_file(struct worker *w)
{
	return arena->maps && !pick(w, 4) ? MAPPED : pick(w, arena->files);
}

int any_fd(struct worker *w, unsigned int *file)
{
	if (!arena->maps || pick(w, 4))
		return some_fd(w, file);
	*file = MAPPED;
	return fd_of(w, MAPPED);
}

bool may_be_mapped(unsigned int file)
{
	return arena->maps && file >= MAPPED;
}

/* Its number is 0 if there is none in the place that was looked into. */
struct port some_loose(struct worker *w)
{
	uint64_t packed = atomic_load(&arena->loose[pick(w, LOOSE)]);

	return (struct port){
		.file = (unsigned int)(packed >> 32),
		.number = (unsigned int)packed,
	};
}

int fresh_file(void)
{
	int fd = raw_open(O_RDWR | O_NONBLOCK);
	int port = raw_bind_unbound(fd, SELF);
	int peer;

	EXPECT(port > 0, "bind_unbound(self): %s", errno_name(errno));
	peer = raw_bind_interdomain(fd, SELF, (unsigned int)port);
	/* Somebody's bind to a number that is not his any more may be first. */
	EXPECT(peer > 0 || errno == EINVAL, "bind_interdomain(self, %d): %s",
	       port, errno_name(errno));
	EXPECT_RET(raw_notify(fd, (unsigned int)port), 0);
	if (peer > 0)
		EXPECT_RET(raw_notify(fd, (unsigned int)peer), 0);
	return fd;
}

static void bind_survivors(void)
{
	unsigned int i, file, peer_file;
	int port, peer;

	for (i = 0; i < ENDS; i += 2) {
		file = i / 2 % arena->files;
		peer_file = (file + 1) % arena->files;
		port = raw_bind_unbound(arena->file[file], SELF);
		EXPECT(port > 0, "bind_unbound: %s", errno_name(errno));
		peer = raw_bind_interdomain(arena->file[peer_file], SELF,
					    (unsigned int)port);
		EXPECT(peer > 0, "bind_interdomain: %s", errno_name(errno));
		arena->ends[i] = (struct port){ file, (unsigned int)port };
		arena->ends[i + 1] = (struct port){ peer_file,
						    (unsigned int)peer };
		ledger_bound(file, (unsigned int)port, 0);
		ledger_bound(peer_file, (unsigned int)peer, 0);
	}
}

/* Where the kernel has no sockets, op_pass is left out; see run_race(). */
static void open_post(void)
{
	if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0,
		       arena->post))
		memset(arena->post, -1, sizeof(arena->post));
}

void arena_open(const struct mode *mode)
{
	unsigned int i;

	arena = mmap(NULL, sizeof(*arena), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	EXPECT(arena != MAP_FAILED, "mmap: %s", errno_name(errno));
	ledger_open();
	arena->files = mode->files;
	open_post();
	for (i = 0; i < arena->files; i++) {
		arena->file[i] = raw_open(O_RDWR);
		arena->alias[i] = dup(arena->file[i]);
		EXPECT(arena->alias[i] >= 0, "dup: %s", errno_name(errno));
	}
	for (i = 0; i < FRESH; i++)
		arena->fresh[i] = fresh_file();
	for (i = 0; i < EVENTFDS; i++) {
		arena->eventfd[i] = eventfd(0, EFD_NONBLOCK);
		EXPECT(arena->eventfd[i] >= 0, "eventfd: %s", errno_name(errno));
	}
	bind_survivors();
}

/* The survivors alone are left; workers have ended, with all that was theirs. */
void arena_end_guests(void)
{
	unsigned int i, file, number;
	uint64_t packed;

	for (i = 0; i < arena->files; i++)
		EXPECT_RET(close(arena->alias[i]), 0);
	for (i = 0; i < FRESH; i++)
		EXPECT_RET(close(arena->fresh[i]), 0);
	for (i = 0; i < EVENTFDS; i++)
		EXPECT_RET(close(arena->eventfd[i]), 0);
	for (i = 0; i < 2; i++)
		if (arena->post[i] >= 0)
			EXPECT_RET(close(arena->post[i]), 0);
	for (i = 0; i < LOOSE; i++) {
		packed = atomic_load(&arena->loose[i]);
		file = (unsigned int)(packed >> 32);
		number = (unsigned int)packed;
		if (packed)
			unbind_end(arena->file[file],
				   (struct port){ file, number });
	}
	if (arena->maps)
		end_mapped();
}

void arena_close(void)
{
	unsigned int i;

	for (i = 0; i < arena->files; i++)
		EXPECT_RET(close(arena->file[i]), 0);
}
