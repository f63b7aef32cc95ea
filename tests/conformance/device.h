/* SPDX-License-Identifier: GPL-2.0 */
/* The device under test, by the stock library and by bare ioctls. */
#ifndef CONFORMANCE_DEVICE_H
#define CONFORMANCE_DEVICE_H

#include <stdint.h>
#include <sys/types.h>

#include <xenevtchn.h>
#include <xen/xen.h>
#include <xen/evtchn.h>

#include "harness.h"

#ifndef IOCTL_EVTCHN_BIND_STATIC
#define IOCTL_EVTCHN_BIND_STATIC				\
	_IOC(_IOC_NONE, 'E', 7, sizeof(struct ioctl_evtchn_bind))
struct ioctl_evtchn_bind {
	unsigned int port;
};
#endif

#define DEVICE		"/dev/xen/evtchn"
#define SELF		DOMID_SELF
#define NOBODY		(DOMID_FIRST_RESERVED - 1)	/* no such domain */
#define ABSURD		0xffffffffU	/* nobody's port */

/* An event that does not come in this time is lost. */
#define EVENT_MS	(20000 * (int)slowness)
/* An event that comes has come by then. */
#define SETTLE_MS	(30 * (int)slowness)

/* One end of a channel: the file that holds it, and its port. */
struct end {
	xenevtchn_handle *xce;
	int fd;
	unsigned int port;
};

/* a was made by BIND_UNBOUND_PORT, b connected to it by BIND_INTERDOMAIN. */
struct pair {
	struct end a, b;
};

/* Opened by the library, or the test fails. */
xenevtchn_handle *open_device(void);

unsigned int bind_unbound(xenevtchn_handle *xce);
unsigned int bind_peer(xenevtchn_handle *xce, unsigned int port);
/* Binds a VIRQ nobody else uses and returns its number; else skips. */
unsigned int bind_free_virq(xenevtchn_handle *xce, unsigned int *port);

/* Each end in a file of its own; nothing queued, both ends armed. */
void pair_open(struct pair *p);
/* The same in files of the caller's, which may be one. */
void pair_bind(struct pair *p, xenevtchn_handle *a, xenevtchn_handle *b);
void pair_close(struct pair *p);

void notify(const struct end *from);
void unmask(const struct end *end);

/* readable() waits this long for an event; the others fail the test. */
bool readable(int fd, int ms);
unsigned int next_event(int fd);
void expect_event(const struct end *end);
void expect_silence(int fd);
/* An event of the peer's goes all the way, and the end is armed again. */
void expect_delivery(const struct end *from, const struct end *to);
void expect_pair_works(const struct pair *p);

void set_nonblock(int fd, bool on);
void sleep_ms(int ms);
int64_t now_ms(void);

/* Until the handlers of interrupts that are counted already have returned. */
void wait_handlers(void);

int raw_open(int flags);
int raw_bind_virq(int fd, unsigned int virq);
int raw_bind_interdomain(int fd, unsigned int domain, unsigned int port);
int raw_bind_unbound(int fd, unsigned int domain);
int raw_unbind(int fd, unsigned int port);
int raw_notify(int fd, unsigned int port);
int raw_reset(int fd);
int raw_restrict(int fd, domid_t domid);
int raw_bind_static(int fd, unsigned int port);

/* fork() whose child's failure is the test's; join waits for it. */
pid_t fork_child(void);
void join_child(pid_t pid);

/* NULL, though the compiler does not know. */
extern void *const nowhere;

/* Two pages, of which the second can not be touched: the address between. */
unsigned char *page_edge(void);

#endif
