// SPDX-License-Identifier: GPL-2.0
/*
 * The commands that the in-tree driver does not have. What each does is said in
 * <uapi/xen/evtchn_ext.h>.
 */

#include <linux/build_bug.h>
#include <linux/errno.h>
#include <linux/ioctl.h>
#include <linux/kernel.h>
#include <linux/nospec.h>
#include <linux/uaccess.h>

#include "include/uapi/xen/evtchn.h"

#include "eventfd.h"
#include "evtchn.h"

/* Once out, these are as frozen as the stock ones, for 32-bit callers as well. */
static_assert(IOCTL_EVTCHN_FEATURES == 0xc01045e0);
static_assert(IOCTL_EVTCHN_STATUS == 0xc03045e1);
static_assert(IOCTL_EVTCHN_PEER == 0xc01045e2);
static_assert(IOCTL_EVTCHN_SEAL == 0xc00845e3);
static_assert(IOCTL_EVTCHN_PRIORITY == 0x401045e4);
static_assert(IOCTL_EVTCHN_AFFINITY == 0x401045e5);
static_assert(EVTCHN_FEATURE_NOWAIT == 0x10);
static_assert(EVTCHN_FEATURE_BATCH == 0x20);
static_assert(IOCTL_EVTCHN_EVENTFD == 0x401045e8);

#define EVTCHN_SEALS	(EVTCHN_SEAL_BIND | EVTCHN_SEAL_NOTIFY)

static long evtchn_ioctl_features(struct evtchn_file *f, void __user *arg)
{
	struct ioctl_evtchn_features features;

	if (copy_from_user(&features, arg, sizeof(features)))
		return -EFAULT;

	if (features.flags)
		return -EINVAL;

	features.version = EVTCHN_EXT_VERSION;
	features.features = EVTCHN_FEATURE_STATUS | EVTCHN_FEATURE_SEAL |
			    EVTCHN_FEATURE_PRIORITY | EVTCHN_FEATURE_NOWAIT |
			    EVTCHN_FEATURE_BATCH | EVTCHN_FEATURE_RING;
	if (evtchn_xen_has_set_cpu)
		features.features |= EVTCHN_FEATURE_AFFINITY;
	if (evtchn_eventfd_possible)
		features.features |= EVTCHN_FEATURE_EVENTFD;

	return copy_to_user(arg, &features, sizeof(features)) ? -EFAULT : 0;
}

static long evtchn_ioctl_status(struct evtchn_file *f, void __user *arg)
{
	struct ioctl_evtchn_status status;
	struct evtchn_port *p;

	if (copy_from_user(&status, arg, sizeof(status)))
		return -EFAULT;

	if (status.flags || status.reserved[0] || status.reserved[1])
		return -EINVAL;

	p = evtchn_table_find(f, status.port);
	if (!p)
		return -ENOTCONN;

	evtchn_port_status(p, &status);
	return copy_to_user(arg, &status, sizeof(status)) ? -EFAULT : 0;
}

/* Who is at the other end of a port, and whether he is. */
static long evtchn_peer_of_port(struct evtchn_file *f,
				struct ioctl_evtchn_peer *peer)
{
	struct evtchn_port *p = evtchn_table_find(f, peer->port);
	struct evtchn_xen_status xen;

	if (!p)
		return -ENOTCONN;

	if (p->state != EVTCHN_PORT_LIVE)
		return -EINVAL;

	evtchn_xen_status(peer->port, &xen);
	if (xen.state != EVTCHN_STATE_UNBOUND &&
	    xen.state != EVTCHN_STATE_INTERDOMAIN)
		return -EINVAL;

	peer->domain = xen.remote_domain;
	if (xen.state == EVTCHN_STATE_INTERDOMAIN)
		peer->peer = EVTCHN_PEER_BOUND;
	return 0;
}

static long evtchn_ioctl_peer(struct evtchn_file *f, void __user *arg)
{
	struct ioctl_evtchn_peer peer;
	long rc;

	if (copy_from_user(&peer, arg, sizeof(peer)))
		return -EFAULT;

	if (peer.flags)
		return -EINVAL;

	peer.peer = 0;
	if (peer.port) {
		rc = evtchn_peer_of_port(f, &peer);
		if (rc)
			return rc;
	}

	if (evtchn_restricted(f) && peer.domain != f->restrict_domid)
		return -EACCES;

	if (peer.domain >= EVTCHN_XEN_DOMID_RESERVED &&
	    peer.domain != EVTCHN_XEN_DOMID_SELF)
		return -EINVAL;

	if (evtchn_xen_domain_exists(peer.domain))
		peer.peer |= EVTCHN_PEER_EXISTS;

	return copy_to_user(arg, &peer, sizeof(peer)) ? -EFAULT : 0;
}

static long evtchn_ioctl_seal(struct evtchn_file *f, void __user *arg)
{
	struct ioctl_evtchn_seal seal;

	if (copy_from_user(&seal, arg, sizeof(seal)))
		return -EFAULT;

	if (seal.flags & ~EVTCHN_SEALS)
		return -EINVAL;

	/* What the caller is not told of has not happened. */
	seal.seals = f->seals | seal.flags;
	if (copy_to_user(arg, &seal, sizeof(seal)))
		return -EFAULT;

	WRITE_ONCE(f->seals, seal.seals);
	return 0;
}

/* A port that has its channel still. */
static struct evtchn_port *evtchn_find_live(struct evtchn_file *f, u32 port)
{
	struct evtchn_port *p = evtchn_table_find(f, port);

	return p && p->state == EVTCHN_PORT_LIVE ? p : NULL;
}

static long evtchn_ioctl_priority(struct evtchn_file *f, void __user *arg)
{
	struct ioctl_evtchn_priority priority;
	struct evtchn_port *p;

	if (copy_from_user(&priority, arg, sizeof(priority)))
		return -EFAULT;

	if (priority.flags || priority.reserved ||
	    priority.priority > EVTCHN_XEN_PRIORITY_LOWEST)
		return -EINVAL;

	p = evtchn_find_live(f, priority.port);
	if (!p)
		return -ENOTCONN;

	return evtchn_xen_set_priority(p->irq, priority.priority);
}

static long evtchn_ioctl_affinity(struct evtchn_file *f, void __user *arg)
{
	struct ioctl_evtchn_affinity affinity;
	struct evtchn_port *p;

	if (copy_from_user(&affinity, arg, sizeof(affinity)))
		return -EFAULT;

	if (affinity.flags || affinity.reserved)
		return -EINVAL;

	p = evtchn_find_live(f, affinity.port);
	if (!p)
		return -ENOTCONN;

	return evtchn_xen_set_cpu(p->irq, affinity.cpu);
}

#define EVTCHN_EVENTFD_FLAGS \
	(EVTCHN_EVENTFD_SEND | EVTCHN_EVENTFD_HOLD | EVTCHN_EVENTFD_REMOVE)

/* Whether the flags say something, and the rest agrees with them. */
static bool evtchn_eventfd_valid(const struct ioctl_evtchn_eventfd *eventfd)
{
	u32 flags = eventfd->flags;

	if (eventfd->reserved || (flags & ~EVTCHN_EVENTFD_FLAGS))
		return false;

	if (flags & EVTCHN_EVENTFD_HOLD)
		return flags == EVTCHN_EVENTFD_HOLD;

	return !(flags & EVTCHN_EVENTFD_REMOVE) || eventfd->fd == -1;
}

static long evtchn_ioctl_eventfd(struct evtchn_file *f, void __user *arg)
{
	struct ioctl_evtchn_eventfd eventfd;
	struct evtchn_port *p;
	bool send, remove;

	if (copy_from_user(&eventfd, arg, sizeof(eventfd)))
		return -EFAULT;

	if (!evtchn_eventfd_valid(&eventfd))
		return -EINVAL;

	if (!evtchn_eventfd_possible)
		return -EOPNOTSUPP;

	send = eventfd.flags & EVTCHN_EVENTFD_SEND;
	remove = eventfd.flags & EVTCHN_EVENTFD_REMOVE;
	if (send && !remove && (f->seals & EVTCHN_SEAL_NOTIFY))
		return -EPERM;

	p = evtchn_find_live(f, eventfd.port);
	if (!p)
		return -ENOTCONN;

	if (remove)
		return send ? evtchn_eventfd_stop_sending(p) :
			      evtchn_eventfd_stop_receiving(p);
	if (send)
		return evtchn_eventfd_send(p, eventfd.fd);
	return evtchn_eventfd_receive(p, eventfd.fd,
				      eventfd.flags & EVTCHN_EVENTFD_HOLD);
}

#define EVTCHN_FIRST_EXTENSION	_IOC_NR(IOCTL_EVTCHN_FEATURES)

#define EVTCHN_EXTENSION(name, function) \
	[_IOC_NR(IOCTL_EVTCHN_##name) - EVTCHN_FIRST_EXTENSION] = {	\
		IOCTL_EVTCHN_##name, 0, function, NULL }

/* The same for one that does not take the bind mutex. */
#define EVTCHN_EXTENSION_CALL(name, seal, function) \
	[_IOC_NR(IOCTL_EVTCHN_##name) - EVTCHN_FIRST_EXTENSION] = {	\
		IOCTL_EVTCHN_##name, seal, NULL, function }

static const struct evtchn_command evtchn_extensions[] = {
	EVTCHN_EXTENSION(FEATURES, evtchn_ioctl_features),
	EVTCHN_EXTENSION(STATUS, evtchn_ioctl_status),
	EVTCHN_EXTENSION(PEER, evtchn_ioctl_peer),
	EVTCHN_EXTENSION(SEAL, evtchn_ioctl_seal),
	EVTCHN_EXTENSION(PRIORITY, evtchn_ioctl_priority),
	EVTCHN_EXTENSION(AFFINITY, evtchn_ioctl_affinity),
	EVTCHN_EXTENSION_CALL(NOTIFY_MANY, EVTCHN_SEAL_NOTIFY,
			      evtchn_ioctl_notify_many),
	/* It may send nothing, so it asks for the seal itself. */
	EVTCHN_EXTENSION_CALL(WAIT, 0, evtchn_ioctl_wait),
	EVTCHN_EXTENSION(EVENTFD, evtchn_ioctl_eventfd),
};

/**
 * evtchn_extension() - look for a command beyond the stock ones
 * @nr: the lowest byte of its number
 *
 * Return: the command that may be it, or NULL.
 */
const struct evtchn_command *evtchn_extension(unsigned int nr)
{
	unsigned int i = nr - EVTCHN_FIRST_EXTENSION;

	if (i >= ARRAY_SIZE(evtchn_extensions))
		return NULL;

	return &evtchn_extensions[array_index_nospec(i,
						     ARRAY_SIZE(evtchn_extensions))];
}
