// SPDX-License-Identifier: GPL-2.0
/* The mapped ring, by what <xen/evtchn_ext.h> tells a client to do. */
#include <sys/mman.h>
#include <unistd.h>

#include "harness.h"
#include "mapped.h"

void *mapped_try(int fd, size_t pages, int prot, int flags, size_t page)
{
	size_t size = (size_t)sysconf(_SC_PAGESIZE);

	return mmap(NULL, pages * size, prot, flags, fd, (off_t)(page * size));
}

void mapped_open(struct mapping *m, int fd, size_t pages)
{
	void *memory = mapped_try(fd, pages, PROT_READ | PROT_WRITE, MAP_SHARED, 0);

	EXPECT(memory != MAP_FAILED, "mmap of %zu pages: %s", pages,
	       errno_name(errno));
	m->fd = fd;
	m->length = pages * (size_t)sysconf(_SC_PAGESIZE);
	m->ring = memory;
}

void mapped_close(struct mapping *m)
{
	EXPECT_RET(munmap(m->ring, m->length), 0);
}

uint32_t mapped_waiting(const struct mapping *m)
{
	return __atomic_load_n(&m->ring->head, __ATOMIC_ACQUIRE) - m->ring->tail;
}

void mapped_expect_waiting(const struct mapping *m, uint32_t count)
{
	int64_t deadline = now_ms() + EVENT_MS;

	while (mapped_waiting(m) < count && now_ms() < deadline)
		sleep_ms(1);
	sleep_ms(SETTLE_MS);
	EXPECT_EQ(mapped_waiting(m), count);
}

uint32_t mapped_number(const struct mapping *m, uint32_t place)
{
	const char *first = (const char *)m->ring + m->ring->offset;

	return ((const volatile uint32_t *)first)[place & (m->ring->size - 1)];
}

bool mapped_take(const struct mapping *m, unsigned int *port)
{
	uint32_t tail = m->ring->tail;

	if (!mapped_waiting(m))
		return false;

	*port = mapped_number(m, tail);
	__atomic_store_n(&m->ring->tail, tail + 1, __ATOMIC_RELEASE);
	return true;
}

void mapped_expect(const struct mapping *m, unsigned int port)
{
	unsigned int got;

	EXPECT(readable(m->fd, EVENT_MS), "no event came within %d ms", EVENT_MS);
	EXPECT(mapped_take(m, &got), "poll says that there is something to take");
	EXPECT(got == port, "expected an event for port %u, got %u", port, got);
}

void mapped_expect_silence(const struct mapping *m)
{
	EXPECT(!readable(m->fd, SETTLE_MS), "expected no event, poll says there is one");
	EXPECT_EQ(mapped_waiting(m), 0);
}
