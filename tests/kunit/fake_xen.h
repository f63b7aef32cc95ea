/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A Xen, and a kernel's event core, that do as they are told.
 *
 * fake_xen.c stands for the hypervisor, fake_core.c for the event core and so
 * for evtchn_xen_*() of the driver, fake_ask.c for what it asks them, fake_memory.c
 * for the allocator. They keep a
 * ledger of what the driver must never do to the real ones, which a test finds
 * by fake_check_clean() as it ends.
 *
 * The number of a port is never that of an irq.
 */
#ifndef _TESTS_KUNIT_FAKE_XEN_H
#define _TESTS_KUNIT_FAKE_XEN_H

#include <linux/interrupt.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/types.h>

struct evtchn_file;
struct evtchn_port;
struct kunit;

#define FAKE_CHANNELS	4096
#define FAKE_IRQS	4096
#define FAKE_FIRST_IRQ	100000
#define FAKE_CPUS	4

/**
 * enum fake_step - what the driver asks for, one call each
 *
 * Those up to FAKE_SEND can be made to fail.
 */
enum fake_step {
	FAKE_GROW,
	FAKE_ALLOC,
	FAKE_MAP,
	FAKE_OPEN,
	FAKE_BIND_IRQ,
	FAKE_REQUEST_IRQ,
	FAKE_SEND,
	FAKE_CLOSE_ORPHAN,
	FAKE_UNBIND_IRQ,
	FAKE_RELEASE_IRQ,
	FAKE_EOI,
	FAKE_LOOKUP,
	FAKE_STATUS,
	FAKE_DISABLE_IRQ,
	FAKE_STEPS,
};

/* Any of the steps that can fail. */
#define FAKE_ANY	FAKE_STEPS

enum fake_channel_state {
	FAKE_CLOSED,
	FAKE_UNBOUND,
	FAKE_INTERDOMAIN,
	FAKE_VIRQ,
};

/**
 * struct fake_channel - what Xen knows of a port
 * @state: what it is
 * @ours: the driver made it, so the driver closes it
 * @pending: an event waits for the channel to be unmasked, and to have an irq
 * @masked: no event is delivered
 * @domid: the peer
 * @remote_port: the peer's port
 * @virq: the virtual irq
 * @sent: events sent
 * @vcpu: where its events are delivered
 * @priority: how soon
 */
struct fake_channel {
	enum fake_channel_state state;
	bool ours;
	bool pending;
	bool masked;
	u16 domid;
	u32 remote_port;
	u32 virq;
	unsigned int sent;
	u32 vcpu;
	u32 priority;
};

/**
 * struct fake_irq - what the event core knows of an irq
 * @used: there is one
 * @foreign: it is not the driver's
 * @requested: and it has a handler
 * @is_static: its channel stays open when the irq is released
 * @port: its channel; 0 if that was lost in a restore
 * @running: handlers under way
 * @again: an event has come meanwhile
 * @disabled: no handler is called; how many times over
 * @eois: EOIs given
 * @spurious: of these, for events that were too many
 * @handler: see request_irq()
 * @dev_id: see request_irq()
 * @name: see request_irq()
 */
struct fake_irq {
	bool used;
	bool foreign;
	bool requested;
	bool is_static;
	u32 port;
	unsigned int running;
	bool again;
	unsigned int disabled;
	unsigned int eois;
	unsigned int spurious;
	irq_handler_t handler;
	void *dev_id;
	const char *name;
};

/* fake_xen.c: protects all the fakes know; irq-safe. */
extern spinlock_t fake_lock;
extern struct fake_channel fake_channels[FAKE_CHANNELS];

void fake_reset(void);
void fake_check_clean(struct kunit *test);
void fake_ledger(const char *what, u32 number);

/* What happens next. */
void fake_fail(enum fake_step step, unsigned int nth, int err);
bool fake_fail_pending(void);
void fake_at(enum fake_step step, void (*fn)(void *arg), void *arg);
void fake_next_port(u32 port);
void fake_limit(u32 nr_channels);
int fake_step(enum fake_step step);
unsigned int fake_calls(enum fake_step step);

/* What others do: peers, Xen, the kernel, privcmd. */
void fake_raise(u32 port);
void fake_make_foreign(u32 port, enum fake_channel_state state);
void fake_close_foreign(u32 port);
void fake_close_behind(u32 port);
void fake_restore(void);
int fake_close_locked(u32 port);

/* What came of it. */
bool fake_is_open(u32 port);
bool fake_is_masked(u32 port);
unsigned int fake_sent(u32 port);
unsigned int fake_open_channels(void);

/* fake_core.c */
struct fake_irq *fake_get_irq(unsigned int irq);
void fake_core_reset(void);
void fake_core_restore_locked(void);
void fake_core_closes(bool closes);
void fake_core_shirq(bool on);
void fake_core_bind_foreign(u32 port);
void fake_core_unbind_foreign(u32 port);
void fake_core_upcall(u32 port);
void fake_core_call_handler(u32 port);
unsigned int fake_core_irq(u32 port);
u32 fake_core_port(unsigned int irq);
unsigned int fake_core_irqs(void);
unsigned int fake_core_eois(u32 port);
unsigned int fake_core_spurious(u32 port);
const char *fake_core_irq_name(u32 port);
void fake_in_hardirq(void (*fn)(void *arg), void *arg);

/* fake_ask.c */
void fake_ask_reset(void);
void fake_domain_gone(u16 domid);
void fake_2level(void);

/* fake_memory.c */
void fake_memory_reset(void);
int fake_memory_objects(void);

/* The kernel's own, as the driver's objects call them here. */
void *fake_kmem_cache_alloc(struct kmem_cache *cache, gfp_t flags);
void fake_kmem_cache_free(struct kmem_cache *cache, void *object);
void *fake_kvmalloc_node(DECL_BUCKET_PARAMS(size, b), gfp_t flags, int node);
void *fake_kmalloc_cache(struct kmem_cache *cache, gfp_t flags, size_t size);
void fake_kfree(const void *object);
void *fake_kmalloc_mapped(struct kmem_cache *cache, gfp_t flags, size_t size);
void *fake_vmalloc(unsigned long size, gfp_t flags);
void fake_vfree(const void *memory);
struct evtchn_port *fake_table_find(struct evtchn_file *f, u32 port);

#endif /* _TESTS_KUNIT_FAKE_XEN_H */
