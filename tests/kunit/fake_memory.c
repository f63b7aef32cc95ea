// SPDX-License-Identifier: GPL-2.0
/*
 * The allocations and look-ups of bind.c and port.c: Makefile.kunit has them call
 * these in the place of the kernel's own.
 */

#include <linux/atomic.h>
#include <linux/slab.h>
#include <linux/xarray.h>

#include "fake_xen.h"

static atomic_t fake_objects;

void fake_memory_reset(void)
{
	atomic_set(&fake_objects, 0);
}

/* fake_memory_objects() - how many the driver has; RCU may have them still */
int fake_memory_objects(void)
{
	return atomic_read(&fake_objects);
}

void *fake_kmem_cache_alloc(struct kmem_cache *cache, gfp_t flags)
{
	void *object;

	if (fake_step(FAKE_ALLOC))
		return NULL;

	object = kmem_cache_alloc(cache, flags);
	if (object)
		atomic_inc(&fake_objects);
	return object;
}

void fake_kmem_cache_free(struct kmem_cache *cache, void *object)
{
	atomic_dec(&fake_objects);
	kmem_cache_free(cache, object);
}

int fake_xa_insert(struct xarray *xa, unsigned long index, void *entry,
		   gfp_t gfp)
{
	int rc;

	/* The caller holds the lock of the table, which is dropped to allocate. */
	xa_unlock(xa);
	rc = fake_step(FAKE_INSERT);
	xa_lock(xa);

	return rc ? rc : __xa_insert(xa, index, entry, gfp);
}

/* The moment is after it: the caller has found a port, and not yet its lock. */
void *fake_xa_load(struct xarray *xa, unsigned long index)
{
	void *entry = xa_load(xa, index);

	fake_step(FAKE_LOOKUP);
	return entry;
}
