/* SPDX-License-Identifier: GPL-2.0 */
/* What the examples have in common: two ends of a channel in one domain. */
#ifndef EXAMPLES_PAIR_H
#define EXAMPLES_PAIR_H

#include <stdio.h>
#include <stdlib.h>

#include <xenevtchn.h>
#include <xen/xen.h>

static inline long must(long rc, const char *what)
{
	if (rc < 0) {
		perror(what);
		exit(1);
	}
	return rc;
}

static inline xenevtchn_handle *must_open(void)
{
	xenevtchn_handle *xce = xenevtchn_open(NULL, 0);

	must(xce ? 0 : -1, "/dev/xen/evtchn");
	return xce;
}

/* A port of @near and one of @far, connected; Xen has raised the latter once. */
static inline void must_connect(xenevtchn_handle *near, unsigned int *a,
				xenevtchn_handle *far, unsigned int *b)
{
	*a = (unsigned int)must(xenevtchn_bind_unbound_port(near, DOMID_SELF), "bind_unbound");
	*b = (unsigned int)must(xenevtchn_bind_interdomain(far, DOMID_SELF, *a),
				"bind_interdomain");
}

#endif
