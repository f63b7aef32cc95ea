// SPDX-License-Identifier: GPL-2.0
/*
 * The allocations and look-ups of port.c, table.c, eventfd.c and mapped.c: Makefile.kunit
 * has them call these in the place of the kernel's and the driver's own.
 */

#include <linux/atomic.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "drivers/xen/evtchn/evtchn.h"

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

void *fake_kvmalloc_node(DECL_BUCKET_PARAMS(size, b), gfp_t flags, int node)
{
	if (fake_step(FAKE_GROW))
		return NULL;
	return __kvmalloc_node_noprof(PASS_BUCKET_PARAMS(size, b), flags, node);
}

void *fake_kmalloc_cache(struct kmem_cache *cache, gfp_t flags, size_t size)
{
	void *object;

	if (fake_step(FAKE_ALLOC))
		return NULL;

	object = __kmalloc_cache_noprof(cache, flags, size);
	if (object)
		atomic_inc(&fake_objects);
	return object;
}

void fake_kfree(const void *object)
{
	atomic_dec(&fake_objects);
	kfree(object);
}

/* What mapped.c allocates: the ring as the kernel knows it, then its pages. */
void *fake_kmalloc_mapped(struct kmem_cache *cache, gfp_t flags, size_t size)
{
	if (fake_step(FAKE_MAP))
		return NULL;
	return __kmalloc_cache_noprof(cache, flags, size);
}

void *fake_vmalloc(unsigned long size, gfp_t flags)
{
	void *memory;

	if (fake_step(FAKE_MAP))
		return NULL;

	memory = __vmalloc_noprof(size, flags);
	if (memory)
		atomic_inc(&fake_objects);
	return memory;
}

void fake_vfree(const void *memory)
{
	if (memory)
		atomic_dec(&fake_objects);
	vfree(memory);
}

/* The moment is after it: the caller has found a port, and not yet its lock. */
struct evtchn_port *fake_table_find(struct evtchn_file *f, u32 port)
{
	struct evtchn_port *p = evtchn_table_find(f, port);

	fake_step(FAKE_LOOKUP);
	return p;
}
