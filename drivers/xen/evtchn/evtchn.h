/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Internal interfaces of the event channel device.
 *
 * Calls go one way: file, iter, fdinfo, ioctl, ext, batch -> bind -> port -> eventfd
 * -> ring | table | xen, and ring -> mapped; who is further to the left may leave out
 * what is between.
 *
 * Lock hierarchy, from the outside in; those in parentheses are others':
 *
 * (the lock of evtchn_pm_device, as the domain is restored)
 * evtchn_files_lock		the list of files that have ports
 *   evtchn_file.bind_mutex	the set of ports of one file
 *     (mmap_lock, as an argument is copied)
 *     (cpu_hotplug_lock, the lock of an irq's descriptor)
 *     evtchn_bind_sem		a channel number that has no irq yet
 *       (the event core's irq_mapping_update_lock)
 *     evtchn_port.lock		a port given its EOI, or taken down
 *       (the event core's irq_info->lock and eoi_list_lock, irq-safe)
 *       (the wait queue of an eventfd, irq-safe)
 *       evtchn_ring.lock	the pending ports of one file, irq-safe
 *       (evtchn_ring.wait.lock and those of fasync, irq-safe; without evtchn_ring.lock)
 *
 * The upcall runs in hard irq context and takes evtchn_ring.lock only, or signals an
 * eventfd. A read takes that lock, too, and so does mmap(2), which has the caller's
 * mmap_lock: who has the bind mutex may touch user memory, and wait for that. NOTIFY
 * takes no lock. A port is looked up under RCU; see table.c.
 */
#ifndef _DRIVERS_XEN_EVTCHN_H
#define _DRIVERS_XEN_EVTCHN_H

#include <linux/atomic.h>
#include <linux/bits.h>
#include <linux/fs.h>
#include <linux/hash.h>
#include <linux/interrupt.h>
#include <linux/ktime.h>
#include <linux/list.h>
#include <linux/lockdep.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/wait.h>

#include "ring.h"

/* file.c */

struct evtchn_table;
struct ioctl_evtchn_status;
struct seq_file;

/* What the names of all irqs start with; the opener's name follows. */
#define EVTCHN_NAME		"evtchn:"

/*
 * Ports that are read or written back in one go, for which irqs are off, or an RCU
 * reader goes on.
 */
#define EVTCHN_BATCH		64

/* &evtchn_file.restrict_domid of a file that may bind to any domain. */
#define EVTCHN_UNRESTRICTED	U16_MAX

/**
 * struct evtchn_file - one open file
 * @ring: the pending ports
 * @ports: all bound ports; changed under @bind_mutex, read under RCU
 * @bind_mutex: serialises bind, unbind, restrict, reset, restore and release
 * @restrict_domid: the only domain that may be bound to, or EVTCHN_UNRESTRICTED;
 *		    protected by @bind_mutex
 * @seals: EVTCHN_SEAL_* that hold; set under @bind_mutex, read without it by NOTIFY
 * @senders: the eventfds that send on its ports; protected by @bind_mutex
 * @joined: the file is on the list of those that may have ports; set under
 *	    evtchn_files_lock, once
 * @id: what traces and fdinfo call it; 0 until @joined is set, and then constant
 * @files: link in that list; protected by evtchn_files_lock
 * @name: name of this file's irqs, as /proc/interrupts shows it; constant once
 *	  @joined is set
 */
struct evtchn_file {
	struct evtchn_ring ring;
	struct evtchn_table __rcu *ports;
	struct mutex bind_mutex;	/* see above */
	u16 restrict_domid;
	u8 seals;
	bool joined;
	u32 id;
	struct hlist_head senders;
	struct list_head files;
	char name[sizeof(EVTCHN_NAME) + TASK_COMM_LEN];
};

extern const struct file_operations evtchn_fops;

ssize_t evtchn_file_hand_out(struct evtchn_file *f, u32 __user *buf, size_t max);
void evtchn_file_join(struct evtchn_file *f);
void evtchn_files_restored(void);

/* iter.c */

ssize_t evtchn_read_iter(struct kiocb *iocb, struct iov_iter *to);
ssize_t evtchn_write_iter(struct kiocb *iocb, struct iov_iter *from);

/* fdinfo.c */

void evtchn_show_fdinfo(struct seq_file *m, struct file *file);

/* ioctl.c */

/**
 * struct evtchn_command - a command of the device
 * @cmd: its number
 * @needs: the seal that refuses it, EVTCHN_SEAL_*, or 0
 * @run: does it, under &evtchn_file.bind_mutex; or NULL
 * @call: if @run is NULL, does it, without the mutex
 */
struct evtchn_command {
	unsigned int cmd;
	u8 needs;
	long (*run)(struct evtchn_file *f, void __user *arg);
	long (*call)(struct file *file, void __user *arg);
};

long evtchn_ioctl(struct file *file, unsigned int cmd, unsigned long arg);

/* ext.c */

const struct evtchn_command *evtchn_extension(unsigned int nr);

/**
 * evtchn_restricted() - whether a file may bind to one domain alone
 * @f: the file; &evtchn_file.bind_mutex is held
 *
 * Return: the answer, which stays true.
 */
static inline bool evtchn_restricted(const struct evtchn_file *f)
{
	lockdep_assert_held(&f->bind_mutex);

	return f->restrict_domid != EVTCHN_UNRESTRICTED;
}

/* batch.c */

long evtchn_ioctl_notify_many(struct file *file, void __user *arg);
long evtchn_ioctl_wait(struct file *file, void __user *arg);

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
 * enum evtchn_way - where the events of a port go
 * @EVTCHN_WAY_RING: to the file's ring, to be read and written back
 * @EVTCHN_WAY_HOLD: to an eventfd; and the port is to be written back
 * @EVTCHN_WAY_PASS: to an eventfd, and the port stays armed
 */
enum evtchn_way {
	EVTCHN_WAY_RING,
	EVTCHN_WAY_HOLD,
	EVTCHN_WAY_PASS,
};

/*
 * &evtchn_port.arming has this in its lowest bits, and in those above the count of
 * events that were delivered, so that the two always agree.
 */
#define EVTCHN_ARMING_BITS	2
#define EVTCHN_ARMING_MASK	(EVTCHN_ARMING_EVENT - 1)
#define EVTCHN_ARMING_EVENT	BIT(EVTCHN_ARMING_BITS)

/**
 * struct evtchn_port - one bound port
 * @entry: its place in the file's ring; see there
 * @receiver: the eventfd that its events go to, while @way says so. It is not in the
 *	      ring then, and @entry.node is not used; the rest of @entry is. See
 *	      eventfd.c for how these two change
 * @rcu: frees the port when no look-up can hold it any more. By then it is in
 *	 no ring, and @entry.node is not used.
 * @file: the file it is bound on; constant
 * @lock: held while the EOI is given, so that the port is not taken down meanwhile,
 *	  and its irq given to somebody else
 * @irq: the irq it is bound to; constant once @state has left dead
 * @state: an &enum evtchn_port_state; changed under both
 *	   &evtchn_file.bind_mutex and @lock, so either is enough to read it; read
 *	   without them by evtchn_port_notify() and evtchn_eventfd_pass(), see there
 * @arming: an &enum evtchn_arming, and the events that were delivered; changed by
 *	    the upcall without a lock, and elsewhere under @lock; see
 *	    evtchn_port_eoi()
 * @way: an &enum evtchn_way; changed under &evtchn_file.bind_mutex and @lock, with the
 *	 irq disabled
 * @sends: an eventfd sends its events; protected by &evtchn_file.bind_mutex
 */
struct evtchn_port {
	union {
		struct evtchn_ring_entry entry;
		struct evtchn_receiver *receiver;
		struct rcu_head rcu;
	};
	struct evtchn_file *file;
	spinlock_t lock;	/* see above */
	unsigned int irq;
	atomic_t arming;
	u8 state;
	u8 way;
	bool sends;
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

/* The &enum evtchn_arming in &evtchn_port.arming. */
static inline enum evtchn_arming evtchn_arming(int arming)
{
	return arming & EVTCHN_ARMING_MASK;
}

int evtchn_port_init(void);
void evtchn_port_exit(void);
struct evtchn_port *evtchn_port_alloc(struct evtchn_file *f);
void evtchn_port_free(struct evtchn_port *p);
void evtchn_port_free_later(struct evtchn_port *p);
void evtchn_port_set_state(struct evtchn_port *p, enum evtchn_port_state state);
irqreturn_t evtchn_upcall(int irq, void *dev_id);
long evtchn_port_notify(struct evtchn_file *f, u32 port);
void evtchn_port_rearm(struct evtchn_file *f, u32 port);
int evtchn_port_reset(struct evtchn_file *f);
void evtchn_port_restored(struct evtchn_file *f);
void evtchn_port_status(struct evtchn_port *p, struct ioctl_evtchn_status *status);

/* table.c */

/**
 * struct evtchn_table - the ports of one file, by number
 * @rcu: frees the table when another has taken its place, and no look-up is in it
 *	 any more
 * @slots: how many there are; constant
 * @used: slots that are not NULL; protected by &evtchn_file.bind_mutex
 * @live: those of them that are no gap; protected alike
 * @slot: each a port, or a gap that a port has left, or NULL. One at least is NULL.
 *
 * A port stands in the slot that its number hashes to, or in the next of those
 * after it that was free. See table.c for how it changes under the eyes of
 * look-ups.
 */
struct evtchn_table {
	struct rcu_head rcu;
	u32 slots;
	u32 used;
	u32 live;
	struct evtchn_port __rcu *slot[];
};

extern struct evtchn_port evtchn_table_gap;

void evtchn_table_init(struct evtchn_file *f);
void evtchn_table_destroy(struct evtchn_file *f);
int evtchn_table_reserve(struct evtchn_file *f);
void evtchn_table_insert(struct evtchn_file *f, struct evtchn_port *p);
void evtchn_table_remove(struct evtchn_file *f, struct evtchn_port *p);
struct evtchn_port *evtchn_table_next(struct evtchn_file *f, u32 *slot);
u32 evtchn_table_live(struct evtchn_file *f);

/* What is under RCU for look-ups, and cannot change under the bind mutex. */
#define evtchn_table_dereference(f, ptr) \
	rcu_dereference_check(ptr, rcu_read_lock_any_held() || \
			      lockdep_is_held(&(f)->bind_mutex))

/* Fibonacci hashing, scaled to a number of slots that is no power of two. */
static inline u32 evtchn_table_home(const struct evtchn_table *t, u32 port)
{
	return (u64)(port * GOLDEN_RATIO_32) * t->slots >> 32;
}

static inline u32 evtchn_table_after(const struct evtchn_table *t, u32 i)
{
	return i + 1 < t->slots ? i + 1 : 0;
}

/**
 * evtchn_table_find() - look a port up
 * @f: the file
 * @port: the port's number
 *
 * Context: any, under RCU of any kind or &evtchn_file.bind_mutex.
 * Return: the port, which may be dying if the mutex is not held; or NULL.
 */
static inline struct evtchn_port *evtchn_table_find(struct evtchn_file *f,
						    u32 port)
{
	const struct evtchn_table *t = evtchn_table_dereference(f, f->ports);
	u32 i = evtchn_table_home(t, port);
	struct evtchn_port *p;

	while ((p = evtchn_table_dereference(f, t->slot[i]))) {
		if (p->entry.port == port && p != &evtchn_table_gap)
			break;
		i = evtchn_table_after(t, i);
	}
	return p;
}

/* bind.c */

extern unsigned int evtchn_max_ports;

int evtchn_port_bind(struct evtchn_file *f, const struct evtchn_channel *ch);
int evtchn_port_unbind(struct evtchn_file *f, u32 port);
void evtchn_port_unbind_all(struct evtchn_file *f);

/*
 * xen.c, the only file that knows Xen. The KUnit suites link a fake in its
 * place.
 */

/* Domids from here on are Xen's own; its DOMID_FIRST_RESERVED. */
#define EVTCHN_XEN_DOMID_RESERVED	0x7FF0

/* The first of them is the caller's own domain; Xen's DOMID_SELF. */
#define EVTCHN_XEN_DOMID_SELF		0x7FF0

/* The lowest priority of a channel; Xen's EVTCHN_FIFO_PRIORITY_MIN. */
#define EVTCHN_XEN_PRIORITY_LOWEST	15

/* Whether this kernel has evtchn_xen_set_cpu(). */
extern const bool evtchn_xen_has_set_cpu;

/**
 * struct evtchn_xen_status - what Xen knows of a channel
 * @state: an EVTCHN_STATE_* of the ABI, but not stale
 * @vcpu: the vCPU that its events are delivered to
 * @remote_domain: domid of the peer, or of who may bind to it
 * @remote_port: the peer's port (interdomain)
 * @virq: the virtual irq (VIRQ)
 */
struct evtchn_xen_status {
	u32 state;
	u32 vcpu;
	u16 remote_domain;
	u32 remote_port;
	u32 virq;
};

bool evtchn_xen_present(void);
u32 evtchn_xen_nr_channels(void);
int evtchn_xen_open(const struct evtchn_channel *ch, u32 *port);
void evtchn_xen_close_orphan(u32 port);
bool evtchn_xen_bound_to(u32 port, unsigned int irq);
int evtchn_xen_bind_irq(u32 port, bool is_static);
void evtchn_xen_unbind_irq(u32 port);
int evtchn_xen_request_irq(unsigned int irq, irq_handler_t handler,
			   const char *name, void *dev_id);
void evtchn_xen_release_irq(unsigned int irq, void *dev_id);
int evtchn_xen_send(u32 port);
void evtchn_xen_eoi(unsigned int irq);
void evtchn_xen_eoi_spurious(unsigned int irq);
void evtchn_xen_disable_irq(unsigned int irq);
void evtchn_xen_enable_irq(unsigned int irq);
void evtchn_xen_status(u32 port, struct evtchn_xen_status *status);
bool evtchn_xen_domain_exists(u16 domid);
int evtchn_xen_set_priority(unsigned int irq, u32 priority);
int evtchn_xen_set_cpu(unsigned int irq, u32 cpu);

#endif /* _DRIVERS_XEN_EVTCHN_H */
