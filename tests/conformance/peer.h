/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Another domain. Its number and ports come by CONFORMANCE_PEER, as
 * "DOMID:ECHO:SPARE:LAST": an event on ECHO is sent back, SPARE is another that was made for
 * this domain, and LAST is closed at its first event. evtchn-echo (tests/restore) makes them.
 */
#ifndef CONFORMANCE_PEER_H
#define CONFORMANCE_PEER_H

#include "device.h"

struct peer {
	unsigned int domid, echo, spare, last;
};

/* Skips the test if there is none. */
struct peer need_peer(void);
/* Xen raises a newly connected port once, at the end that connects; that is over. */
struct end connect_to(unsigned int domid, unsigned int port);

#endif
