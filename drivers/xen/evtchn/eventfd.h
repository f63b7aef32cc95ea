/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Events to and from an eventfd, in the place of the ring and of NOTIFY.
 */
#ifndef _DRIVERS_XEN_EVTCHN_EVENTFD_H
#define _DRIVERS_XEN_EVTCHN_EVENTFD_H

#include <linux/types.h>

struct evtchn_file;
struct evtchn_port;

/* Whether this kernel has eventfds at all. */
extern const bool evtchn_eventfd_possible;

void evtchn_eventfd_raise(struct evtchn_port *p);
void evtchn_eventfd_pass(struct evtchn_port *p);
int evtchn_eventfd_receive(struct evtchn_port *p, int fd, bool hold);
int evtchn_eventfd_stop_receiving(struct evtchn_port *p);
int evtchn_eventfd_send(struct evtchn_port *p, int fd);
int evtchn_eventfd_stop_sending(struct evtchn_port *p);
void evtchn_eventfd_stop_all_sending(struct evtchn_file *f);

#endif /* _DRIVERS_XEN_EVTCHN_EVENTFD_H */
