/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The tracepoints. perf, bpftrace and tracefs show them as xen_evtchn:evtchn_*.
 *
 * Each has the file, by the number that fdinfo has for it, and the port. So an event
 * can be followed: evtchn_upcall as it comes, evtchn_read as its number is handed out,
 * evtchn_rearm as that is written back. They come in this order for one port, also
 * where they are of different CPUs, if nobody writes back what he has not read: each is
 * told before the next can happen. For an
 * event that is latched the evtchn_rearm stands for its arrival in the ring.
 *
 * What runs for each event has a twin that traces, and asks once, as it begins, which of
 * the two is to go on. So a trace that is off costs a nop, and what has to be kept until
 * it is told takes no register from who does not trace.
 *
 * See tests/examples for what can be made of them.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM xen_evtchn

#if !defined(_DRIVERS_XEN_EVTCHN_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _DRIVERS_XEN_EVTCHN_TRACE_H

#include <linux/compiler.h>
#include <linux/tracepoint.h>

#include "evtchn.h"

TRACE_DEFINE_ENUM(EVTCHN_CHANNEL_UNBOUND);
TRACE_DEFINE_ENUM(EVTCHN_CHANNEL_INTERDOMAIN);
TRACE_DEFINE_ENUM(EVTCHN_CHANNEL_VIRQ);
TRACE_DEFINE_ENUM(EVTCHN_CHANNEL_STATIC);

/**
 * evtchn_bind - a port is bound
 * @p: the port
 * @ch: the channel that was asked for
 *
 * Before its first event can come. If its irq can not be had after all, for want of
 * memory, evtchn_unbind is next.
 *
 * Fields: type is unbound, interdomain, virq or static; domid and remote_port are
 * those of the peer, and virq the virtual irq, where the type has such, else 0.
 */
TRACE_EVENT(evtchn_bind,
	TP_PROTO(const struct evtchn_port *p, const struct evtchn_channel *ch),
	TP_ARGS(p, ch),
	TP_STRUCT__entry(
		__field(u32, file)
		__field(u32, port)
		__field(u32, irq)
		__field(u32, type)
		__field(u32, domid)
		__field(u32, remote_port)
		__field(u32, virq)
	),
	TP_fast_assign(
		__entry->file = READ_ONCE(p->file->id);
		__entry->port = p->entry.port;
		__entry->irq = p->irq;
		__entry->type = ch->type;
		__entry->domid = ch->remote_domain;
		__entry->remote_port = ch->remote_port;
		__entry->virq = ch->virq;
	),
	TP_printk("file=%u port=%u irq=%u type=%s domid=%u remote_port=%u virq=%u",
		  __entry->file, __entry->port, __entry->irq,
		  __print_symbolic(__entry->type,
				   { EVTCHN_CHANNEL_UNBOUND, "unbound" },
				   { EVTCHN_CHANNEL_INTERDOMAIN, "interdomain" },
				   { EVTCHN_CHANNEL_VIRQ, "virq" },
				   { EVTCHN_CHANNEL_STATIC, "static" }),
		  __entry->domid, __entry->remote_port, __entry->virq)
);

/**
 * evtchn_unbind - a port is unbound
 * @p: the port
 *
 * The last there is of this port on this file.
 */
TRACE_EVENT(evtchn_unbind,
	TP_PROTO(const struct evtchn_port *p),
	TP_ARGS(p),
	TP_STRUCT__entry(
		__field(u32, file)
		__field(u32, port)
		__field(u32, irq)
	),
	TP_fast_assign(
		__entry->file = READ_ONCE(p->file->id);
		__entry->port = p->entry.port;
		__entry->irq = p->irq;
	),
	TP_printk("file=%u port=%u irq=%u", __entry->file, __entry->port,
		  __entry->irq)
);

DECLARE_EVENT_CLASS(evtchn_arming,
	TP_PROTO(const struct evtchn_port *p, bool latched),
	TP_ARGS(p, latched),
	TP_STRUCT__entry(
		__field(u32, file)
		__field(u32, port)
		__field(u32, irq)
		__field(u8, latched)
	),
	TP_fast_assign(
		__entry->file = READ_ONCE(p->file->id);
		__entry->port = p->entry.port;
		__entry->irq = p->irq;
		__entry->latched = latched;
	),
	TP_printk("file=%u port=%u irq=%u latched=%u", __entry->file,
		  __entry->port, __entry->irq, __entry->latched)
);

/**
 * evtchn_upcall - a port's channel was raised
 * @p: the port
 * @latched: the last event has not been written back, so this one waits
 *
 * If @latched is false, its number is about to be queued.
 */
DEFINE_EVENT(evtchn_arming, evtchn_upcall,
	TP_PROTO(const struct evtchn_port *p, bool latched),
	TP_ARGS(p, latched)
);

/**
 * evtchn_rearm - a port was written back, or dropped by RESET
 * @p: the port
 * @latched: an event has been latched, and is about to be queued
 *
 * If @latched is false, the port's channel is about to be unmasked. Not told of a port
 * that is armed already, since nothing happens then.
 */
DEFINE_EVENT(evtchn_arming, evtchn_rearm,
	TP_PROTO(const struct evtchn_port *p, bool latched),
	TP_ARGS(p, latched)
);

/**
 * evtchn_read - a port's number was handed out
 * @f: the file
 * @port: the number
 */
TRACE_EVENT(evtchn_read,
	TP_PROTO(const struct evtchn_file *f, u32 port),
	TP_ARGS(f, port),
	TP_STRUCT__entry(
		__field(u32, file)
		__field(u32, port)
	),
	TP_fast_assign(
		__entry->file = READ_ONCE(f->id);
		__entry->port = port;
	),
	TP_printk("file=%u port=%u", __entry->file, __entry->port)
);

/**
 * evtchn_notify - an event was sent, or could not be
 * @f: the file
 * @port: the port
 * @result: what the caller is told: 0, or a negative errno
 *
 * Told when the result is known. By then the event may have arrived, if the peer is
 * this domain.
 */
TRACE_EVENT(evtchn_notify,
	TP_PROTO(const struct evtchn_file *f, u32 port, long result),
	TP_ARGS(f, port, result),
	TP_STRUCT__entry(
		__field(u32, file)
		__field(u32, port)
		__field(int, result)
	),
	TP_fast_assign(
		__entry->file = READ_ONCE(f->id);
		__entry->port = port;
		__entry->result = result;
	),
	TP_printk("file=%u port=%u result=%d", __entry->file, __entry->port,
		  __entry->result)
);

#endif /* _DRIVERS_XEN_EVTCHN_TRACE_H */

/* Seen from the top of the tree, which is where Kbuild has the compiler look. */
#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH drivers/xen/evtchn
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
