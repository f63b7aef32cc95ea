/* SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause) */
/*
 * /dev/xen/evtchn: event channels of a Xen guest for user space.
 *
 * A file of this device owns the ports that were bound through it. Events
 * that arrive on them queue up in the file, each port at most once:
 *
 * read(2)  hands out the numbers of pending ports, oldest first, as an array
 *	    of 32-bit integers in native byte order, at most a page at a time.
 *	    A port that was handed out stays masked. It sleeps while nothing is
 *	    pending, or fails with EAGAIN if the file is O_NONBLOCK.
 * write(2) takes an array of the same form and unmasks the ports in it. An
 *	    event that arrived in the meantime is delivered then. A port that is
 *	    not masked, or not of this file, is passed over without an error.
 * poll(2)  reports EPOLLIN while a port is pending, and EPOLLOUT always.
 *
 * SIGIO is sent to the owner (F_SETOWN, O_ASYNC) for each port that becomes
 * pending. close(2) of the last descriptor unbinds all ports, unless the file is
 * mapped (mmap(2), see evtchn_ext.h): then that is when the last mapping goes.
 *
 * All commands have the same number and the same argument for 32-bit and for
 * 64-bit callers. Domains are numbered by Xen's domid, of 16 bits, where 0x7FF0
 * (DOMID_SELF) means the caller's own domain. Beside the errors named below, a
 * bad pointer is EFAULT, and a command that does not exist is ENOSYS.
 *
 * Ports do not survive being restored or migrated to another host: each is
 * reported as pending once more, and is then good for UNBIND only.
 */

#ifndef __LINUX_PUBLIC_EVTCHN_H__
#define __LINUX_PUBLIC_EVTCHN_H__

#include <linux/ioctl.h>
#include <linux/types.h>

/**
 * struct ioctl_evtchn_bind_virq - argument of IOCTL_EVTCHN_BIND_VIRQ
 * @virq: number of the virtual irq (VIRQ_* in Xen's public xen.h)
 */
struct ioctl_evtchn_bind_virq {
	unsigned int virq;
};

/**
 * IOCTL_EVTCHN_BIND_VIRQ - bind a fresh port to a virtual irq, on vCPU 0
 *
 * Return: the port, or an error:
 * EACCES the file is restricted to a domain;
 * EINVAL there is no such VIRQ, or it can not be bound on vCPU 0;
 * EEXIST the VIRQ is bound already, by the kernel or by another file;
 * EBUSY the VIRQ is another domain's (Xen 4.21 and later); or, for any bind, the number
 * that Xen gave is still that of a port whose channel was closed by others, by privcmd;
 * ENOSPC the domain has used up its ports, or the file has as many as the module's
 * parameter max_ports lets it (by default: any number);
 * ENOBUFS the file is mapped (see evtchn_ext.h), with no room for one more port;
 * ENOMEM no memory, or no irq.
 */
#define IOCTL_EVTCHN_BIND_VIRQ				\
	_IOC(_IOC_NONE, 'E', 0, sizeof(struct ioctl_evtchn_bind_virq))

/**
 * struct ioctl_evtchn_bind_interdomain - argument of
 * IOCTL_EVTCHN_BIND_INTERDOMAIN
 * @remote_domain: domid of the peer
 * @remote_port: the port that the peer allocated for this domain
 */
struct ioctl_evtchn_bind_interdomain {
	unsigned int remote_domain, remote_port;
};

/**
 * IOCTL_EVTCHN_BIND_INTERDOMAIN - bind a fresh port to a port of another domain
 *
 * Xen raises the new port once by itself, since the peer may have sent events
 * before there was anybody to receive them.
 *
 * Return: the port, or an error:
 * EACCES the file is restricted to another domain;
 * ESRCH there is no such domain;
 * EINVAL the remote port is not one that waits for this domain, or the domid
 * is above 16 bits;
 * EPERM Xen's security policy refuses;
 * EBUSY, ENOSPC, ENOBUFS, ENOMEM as for IOCTL_EVTCHN_BIND_VIRQ.
 */
#define IOCTL_EVTCHN_BIND_INTERDOMAIN			\
	_IOC(_IOC_NONE, 'E', 1, sizeof(struct ioctl_evtchn_bind_interdomain))

/**
 * struct ioctl_evtchn_bind_unbound_port - argument of
 * IOCTL_EVTCHN_BIND_UNBOUND_PORT
 * @remote_domain: domid of the only domain that may bind to the port; it does
 *		   not have to exist yet
 */
struct ioctl_evtchn_bind_unbound_port {
	unsigned int remote_domain;
};

/**
 * IOCTL_EVTCHN_BIND_UNBOUND_PORT - allocate a fresh port for a peer to bind to
 *
 * Return: the port, or an error:
 * EACCES the file is restricted to a domain, this one or another;
 * EINVAL the domid is above 16 bits;
 * EPERM, EBUSY, ENOSPC, ENOBUFS, ENOMEM as for IOCTL_EVTCHN_BIND_INTERDOMAIN.
 */
#define IOCTL_EVTCHN_BIND_UNBOUND_PORT			\
	_IOC(_IOC_NONE, 'E', 2, sizeof(struct ioctl_evtchn_bind_unbound_port))

/**
 * struct ioctl_evtchn_unbind - argument of IOCTL_EVTCHN_UNBIND
 * @port: a port of this file
 */
struct ioctl_evtchn_unbind {
	unsigned int port;
};

/**
 * IOCTL_EVTCHN_UNBIND - unbind a port, and close its channel
 *
 * Once this has returned, read(2) does not hand out the number any more. The
 * channel of a port that was bound by IOCTL_EVTCHN_BIND_STATIC stays open.
 *
 * Return: 0, or an error:
 * EINVAL the number is none that a port can have;
 * ENOTCONN the port is not bound on this file.
 */
#define IOCTL_EVTCHN_UNBIND				\
	_IOC(_IOC_NONE, 'E', 3, sizeof(struct ioctl_evtchn_unbind))

/**
 * struct ioctl_evtchn_notify - argument of IOCTL_EVTCHN_NOTIFY
 * @port: a port of this file
 */
struct ioctl_evtchn_notify {
	unsigned int port;
};

/**
 * IOCTL_EVTCHN_NOTIFY - send an event to the peer of a port
 *
 * An event to a peer that has closed its end, or has not bound it yet, is
 * dropped by Xen and is no error.
 *
 * Return: 0, or an error:
 * ENOTCONN the port is not bound on this file, or its channel was lost when the
 * domain was restored;
 * EINVAL the port is bound to a VIRQ, which has no peer, or its channel was closed by
 * others;
 * EPERM Xen's security policy refuses.
 */
#define IOCTL_EVTCHN_NOTIFY				\
	_IOC(_IOC_NONE, 'E', 4, sizeof(struct ioctl_evtchn_notify))

/**
 * IOCTL_EVTCHN_RESET - drop all pending events
 *
 * Each port that is dropped is unmasked, as if it had been read and written
 * back, so that its next event is delivered. Takes no argument.
 *
 * Return: 0, or an error:
 * ENOBUFS the file is mapped (see evtchn_ext.h), with no room for what is dropped.
 */
#define IOCTL_EVTCHN_RESET				\
	_IOC(_IOC_NONE, 'E', 5, 0)

/**
 * struct ioctl_evtchn_restrict_domid - argument of IOCTL_EVTCHN_RESTRICT_DOMID
 * @domid: the only domain that may be bound to from now on
 */
struct ioctl_evtchn_restrict_domid {
	__u16 domid;
};

/**
 * IOCTL_EVTCHN_RESTRICT_DOMID - restrict the file to one peer, for good
 *
 * From now on the file binds by IOCTL_EVTCHN_BIND_INTERDOMAIN to that domain
 * only, and nothing else. Ports that were bound before stay bound and usable.
 *
 * Return: 0, or an error:
 * EACCES the file is restricted already;
 * EINVAL the domid is 0 or reserved (0x7FF0 and above).
 */
#define IOCTL_EVTCHN_RESTRICT_DOMID			\
	_IOC(_IOC_NONE, 'E', 6, sizeof(struct ioctl_evtchn_restrict_domid))

/**
 * struct ioctl_evtchn_bind - argument of IOCTL_EVTCHN_BIND_STATIC
 * @port: a channel of this domain that exists already
 */
struct ioctl_evtchn_bind {
	unsigned int port;
};

/**
 * IOCTL_EVTCHN_BIND_STATIC - bind a channel that was made outside this driver
 *
 * Such channels are made when the domain is, from the host's device tree. They
 * can not be made again, so UNBIND and close(2) leave them open.
 *
 * Return: 0 (not the port), or an error:
 * EACCES the file is restricted to a domain;
 * EISCONN the port is bound on this file;
 * EBUSY the port is bound by the kernel or by another file;
 * EINVAL Xen knows no interdomain or unbound channel by this number;
 * EOPNOTSUPP the kernel's event core would close the channel in the end (before
 * Linux 6.6);
 * ENOSPC the file has as many ports as the module's parameter max_ports lets it;
 * ENOBUFS the file is mapped, with no room for one more port;
 * ENOMEM no memory, or no irq. Of a number of 1024 or more, the kernel may have closed
 * the channel then.
 */
#define IOCTL_EVTCHN_BIND_STATIC			\
	_IOC(_IOC_NONE, 'E', 7, sizeof(struct ioctl_evtchn_bind))

/* What this driver can do beyond that. */
#include "evtchn_ext.h"

#endif /* __LINUX_PUBLIC_EVTCHN_H__ */
