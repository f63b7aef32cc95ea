/* SPDX-License-Identifier: GPL-2.0 */
/* Xen's own view of a port, and channels made behind the driver's back. */
#ifndef CONFORMANCE_HYPERVISOR_H
#define CONFORMANCE_HYPERVISOR_H

#include <stdbool.h>

#include <xen/xen.h>
#include <xen/event_channel.h>

/* Seldom used, or not at all: one of them can be bound in most domains. */
#define IDLE_VIRQS							\
	{								\
		VIRQ_XENOPROF, VIRQ_DEBUG, VIRQ_ARGO, VIRQ_ENOMEM,	\
		VIRQ_DOM_EXC						\
	}

/* Skips the test where user space may not make hypercalls. */
void need_hypercalls(void);

struct evtchn_status xen_status(unsigned int port);
/* The same, but false where Xen has no such port. */
bool xen_try_status(unsigned int port, struct evtchn_status *status);
/* The port's state in Xen is this one of EVTCHNSTAT_*, or the test fails. */
void expect_state(unsigned int port, unsigned int state);
/* How many channels this domain has that are not closed. */
unsigned int xen_channels(void);
/* This domain's own number. */
domid_t own_domid(void);

unsigned int xen_alloc_unbound(void);
/* The same, but 0 where Xen refuses. */
unsigned int xen_try_alloc_unbound(void);
/* Whether Xen makes ports for a domain that does not exist. */
bool xen_lets_nobody_wait(void);
unsigned int xen_bind_interdomain(unsigned int remote_port);
/* Skips where no VIRQ is free. */
unsigned int xen_bind_free_virq(void);
int xen_close(unsigned int port);

#endif
