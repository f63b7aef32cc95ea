/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Internal interfaces of the event channel device.
 *
 * Calls go one way: file, ioctl -> bind, port -> ring | xen.
 *
 * Lock hierarchy, from the outside in:
 *
 * evtchn_files_lock		the list of open files
 *   evtchn_file.bind_mutex	the set of ports of one file
 *     evtchn_bind_sem		a channel number that has no irq yet
 *       (the event core's irq_mapping_update_lock)
 *     evtchn_port.lock		a port being used or taken down
 *       (the event core's irq_info->lock)
 *       evtchn_ring.lock	the pending ports of one file, irq-safe
 * evtchn_file.read_mutex	readers against one another
 *   evtchn_ring.lock
 *
 * The upcall runs in hard irq context and takes evtchn_ring.lock only.
 */
#ifndef _DRIVERS_XEN_EVTCHN_H
#define _DRIVERS_XEN_EVTCHN_H

#include <linux/atomic.h>
#include <linux/fs.h>
#include <linux/interrupt.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/wait.h>
#include <linux/xarray.h>

/* ring.c */

/**
 * struct evtchn_ring - the pending ports of one file, oldest first
 * @lock: irq-safe; protects @pending and every entry of this ring
 * @pending: the queued entries; may be tested for emptiness without @lock
 * @wait: readers and pollers; has its own lock
 * @async: receivers of SIGIO; see fasync_helper()
 *
 * The ring is a list through the ports themselves. It needs no room made, since
 * a port brings its place along, and so it can not overflow.
 */
struct evtchn_ring {
	spinlock_t lock;	/* see above */
	struct list_head pending;
	wait_queue_head_t wait;
	struct fasync_struct *async;
};

/**
 * enum evtchn_ring_state - where an entry stands
 * @EVTCHN_RING_IDLE: not pending
 * @EVTCHN_RING_QUEUED: on &evtchn_ring.pending
 * @EVTCHN_RING_CLOSED: never to be pending again
 */
enum evtchn_ring_state {
	EVTCHN_RING_IDLE,
	EVTCHN_RING_QUEUED,
	EVTCHN_RING_CLOSED,
};

/**
 * struct evtchn_ring_entry - a port's place in the ring
 * @node: link in &evtchn_ring.pending; protected by &evtchn_ring.lock
 * @port: the number to hand out; constant
 * @state: an &enum evtchn_ring_state; protected by &evtchn_ring.lock
 */
struct evtchn_ring_entry {
	struct list_head node;
	u32 port;
	u8 state;
};

void evtchn_ring_init(struct evtchn_ring *ring);
void evtchn_ring_entry_init(struct evtchn_ring_entry *entry, u32 port);
void evtchn_ring_close(struct evtchn_ring *ring,
		       struct evtchn_ring_entry *entry);
void evtchn_ring_push(struct evtchn_ring *ring, struct evtchn_ring_entry *entry);
bool evtchn_ring_drop(struct evtchn_ring *ring, struct evtchn_ring_entry *entry);
unsigned int evtchn_ring_peek(struct evtchn_ring *ring, u32 *ports,
			      unsigned int max);
bool evtchn_ring_pop(struct evtchn_ring *ring, const u32 *ports,
		     unsigned int count);
void evtchn_ring_wake(struct evtchn_ring *ring);

/**
 * evtchn_ring_empty() - whether nothing is pending
 * @ring: the ring
 *
 * Context: any. Takes no lock. Who sleeps on the answer must have queued on
 * &evtchn_ring.wait before asking, with a full barrier between the two; see
 * evtchn_ring_wake().
 * Return: the answer, which may be old when it arrives.
 */
static inline bool evtchn_ring_empty(const struct evtchn_ring *ring)
{
	return list_empty(&ring->pending);
}

/* file.c */

/* Ports handed to user space in one go, between two looks at the ring. */
#define EVTCHN_READ_BATCH	64

/* &evtchn_file.restrict_domid of a file that may bind to any domain. */
#define EVTCHN_UNRESTRICTED	U16_MAX

/**
 * struct evtchn_file - one open file
 * @ring: the pending ports
 * @ports: all bound ports, a &struct evtchn_port each by number; changed under
 *	   @bind_mutex, read under RCU
 * @bind_mutex: serialises bind, unbind, restrict, reset, restore and release
 * @restrict_domid: the only domain that may be bound to, or EVTCHN_UNRESTRICTED;
 *		    protected by @bind_mutex
 * @read_mutex: a reader holds it from its look at the ring until the numbers it
 *		saw have left the ring
 * @batch: what the reader saw; protected by @read_mutex
 * @files: link in the list of open files; protected by evtchn_files_lock
 * @name: name of this file's irqs, as /proc/interrupts shows it; constant
 */
struct evtchn_file {
	struct evtchn_ring ring;
	struct xarray ports;
	struct mutex bind_mutex;	/* see above */
	u16 restrict_domid;
	struct mutex read_mutex;	/* see above */
	u32 batch[EVTCHN_READ_BATCH];
	struct list_head files;
	char name[sizeof("evtchn:") + TASK_COMM_LEN];
};

extern const struct file_operations evtchn_fops;

void evtchn_files_restored(void);

/* ioctl.c */

long evtchn_ioctl(struct file *file, unsigned int cmd, unsigned long arg);

/* port.c */

/**
 * enum evtchn_port_state - what may be done with a port
 * @EVTCHN_PORT_DEAD: nothing: it is being made, or being taken down
 * @EVTCHN_PORT_LIVE: everything
 * @EVTCHN_PORT_STALE: its channel was lost when the domain was restored: it can
 *		       be unbound
 */
enum evtchn_port_state {
	EVTCHN_PORT_DEAD,
	EVTCHN_PORT_LIVE,
	EVTCHN_PORT_STALE,
};

/**
 * enum evtchn_arming - who has the next word on a port
 * @EVTCHN_ARMED: Xen: the port may be raised
 * @EVTCHN_FIRED: user space: an event was delivered, and has not been written
 *		  back
 * @EVTCHN_LATCHED: user space, and there is another event to deliver then
 */
enum evtchn_arming {
	EVTCHN_ARMED,
	EVTCHN_FIRED,
	EVTCHN_LATCHED,
};

/**
 * struct evtchn_port - one bound port
 * @entry: its place in the file's ring; see there
 * @rcu: frees the port when no look-up can hold it any more. By then it is in
 *	 no ring, and @entry.node is not used.
 * @file: the file it is bound on; constant
 * @lock: held while the port is used (event sent, EOI given), so that it is not
 *	  taken down meanwhile and its number given to somebody else
 * @irq: the irq it is bound to; constant once @state has left dead
 * @state: an &enum evtchn_port_state; changed under both
 *	   &evtchn_file.bind_mutex and @lock, so either is enough to read it
 * @arming: an &enum evtchn_arming; changed by the upcall without a lock, and
 *	    elsewhere under @lock; see evtchn_port_eoi()
 */
struct evtchn_port {
	union {
		struct evtchn_ring_entry entry;
		struct rcu_head rcu;
	};
	struct evtchn_file *file;
	spinlock_t lock;	/* see above */
	unsigned int irq;
	atomic_t arming;
	u8 state;
};

/**
 * enum evtchn_channel_type - how the channel of a new port comes to be
 * @EVTCHN_CHANNEL_UNBOUND: allocated for a peer to bind to
 * @EVTCHN_CHANNEL_INTERDOMAIN: bound to a peer's port
 * @EVTCHN_CHANNEL_VIRQ: bound to a virtual irq, on vCPU 0
 * @EVTCHN_CHANNEL_STATIC: there already, and to be left open in the end
 */
enum evtchn_channel_type {
	EVTCHN_CHANNEL_UNBOUND,
	EVTCHN_CHANNEL_INTERDOMAIN,
	EVTCHN_CHANNEL_VIRQ,
	EVTCHN_CHANNEL_STATIC,
};

/**
 * struct evtchn_channel - a channel to be had from Xen
 * @type: how
 * @remote_domain: domid of the peer (unbound, interdomain)
 * @remote_port: the peer's port (interdomain)
 * @virq: the virtual irq (VIRQ)
 * @port: the local port (static)
 */
struct evtchn_channel {
	enum evtchn_channel_type type;
	u16 remote_domain;
	u32 remote_port;
	u32 virq;
	u32 port;
};

int evtchn_port_init(void);
void evtchn_port_exit(void);
struct evtchn_port *evtchn_port_alloc(struct evtchn_file *f);
void evtchn_port_free(struct evtchn_port *p);
void evtchn_port_free_later(struct evtchn_port *p);
void evtchn_port_set_state(struct evtchn_port *p, enum evtchn_port_state state);
irqreturn_t evtchn_upcall(int irq, void *dev_id);
int evtchn_port_notify(struct evtchn_file *f, u32 port);
void evtchn_port_rearm(struct evtchn_file *f, u32 port);
void evtchn_port_reset(struct evtchn_file *f);
void evtchn_port_restored(struct evtchn_file *f);

/* bind.c */

int evtchn_port_bind(struct evtchn_file *f, const struct evtchn_channel *ch);
int evtchn_port_unbind(struct evtchn_file *f, u32 port);
void evtchn_port_unbind_all(struct evtchn_file *f);

/*
 * xen.c, the only file that knows Xen. The KUnit suites link a fake in its
 * place.
 */

/* Domids from here on are Xen's own; its DOMID_FIRST_RESERVED. */
#define EVTCHN_XEN_DOMID_RESERVED	0x7FF0

bool evtchn_xen_present(void);
u32 evtchn_xen_nr_channels(void);
int evtchn_xen_open(const struct evtchn_channel *ch, u32 *port);
void evtchn_xen_close(u32 port);
void evtchn_xen_close_orphan(u32 port);
bool evtchn_xen_bound_to(u32 port, unsigned int irq);
int evtchn_xen_bind_irq(u32 port, bool is_static);
void evtchn_xen_unbind_irq(u32 port);
int evtchn_xen_request_irq(unsigned int irq, irq_handler_t handler,
			   const char *name, void *dev_id);
void evtchn_xen_release_irq(unsigned int irq, void *dev_id);
int evtchn_xen_send(u32 port);
void evtchn_xen_eoi(unsigned int irq);

#endif /* _DRIVERS_XEN_EVTCHN_H */
