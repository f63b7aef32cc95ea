// SPDX-License-Identifier: GPL-2.0
/*
 * What a client does with a mapped ring: here in the memory as the kernel has it.
 */

#include <linux/err.h>
#include <linux/mm.h>

#include "include/uapi/xen/evtchn.h"

#include "ring_fixture.h"

/* mapped_attach() - a mapped ring for so many numbers, a power of two */
struct evtchn_mapped *mapped_attach(struct kunit *test, struct evtchn_ring *ring,
				    u32 size)
{
	struct evtchn_mapped *m = evtchn_mapped_alloc(2 * PAGE_SIZE);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, m);
	/* Fewer than any client has, so that a few ports fill it. */
	KUNIT_ASSERT_LE(test, size, m->size);
	m->size = size;
	m->shared->size = size;
	KUNIT_ASSERT_PTR_EQ(test, evtchn_mapped_attach(ring, m), m);
	return m;
}

/* mapped_take() - the oldest number, 0 included, if there is one */
bool mapped_take(struct evtchn_mapped *m, u32 *port)
{
	struct evtchn_mapped_ring *shared = m->shared;
	u32 tail = READ_ONCE(shared->tail);

	/* Pairs with evtchn_mapped_put(). */
	if (tail == smp_load_acquire(&shared->head))
		return false;

	*port = READ_ONCE(m->numbers[tail & (m->size - 1)]);
	/* Taken before it says so. */
	smp_store_release(&shared->tail, tail + 1);
	return true;
}

void mapped_expect(struct kunit *test, struct evtchn_mapped *m,
		   unsigned int count, const u32 *ports)
{
	unsigned int i;
	u32 port;

	for (i = 0; i < count; i++) {
		KUNIT_ASSERT_TRUE(test, mapped_take(m, &port));
		KUNIT_EXPECT_EQ(test, port, ports[i]);
	}
	KUNIT_EXPECT_FALSE(test, mapped_take(m, &port));
}
