/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the fuzzer knows of every channel of the domain and of every open file; see
 * README.md. Nothing here makes a system call.
 */
#ifndef FUZZ_MODEL_H
#define FUZZ_MODEL_H

#include <sys/types.h>

#include "device.h"
#include "fuzz.h"
#include "hypervisor.h"

#define MAX_PORTS	8192	/* no channel of a run has a higher number */
#define MAX_RING	2048	/* ports bound on one file */
#define MAX_FDS		4	/* descriptors of one file */
#define NR_FILES	6
#define NO_FILE		(-1)
#define NR_EVENTFDS	6
#define NR_RECEIVERS	4	/* the first of them; the others send */
#define NO_EVENTFD	(-1)
#define UNRESTRICTED	0U

/* Where the events of a port go. */
enum way {
	TO_RING,
	TO_EVENTFD,	/* and the port stays armed */
	TO_EVENTFD_HELD,	/* and the port is to be written back */
};

/* A channel of this domain. */
struct channel {
	unsigned char state;	/* EVTCHNSTAT_* */
	bool kernel;		/* the kernel's own: must never change */
	bool behind;		/* made by privcmd: UNBIND leaves it open */
	int file;		/* where it is bound, or NO_FILE */
	domid_t remote;		/* unbound: who may connect */
	unsigned int peer;	/* interdomain */
	unsigned int virq;
	/*
	 * Bound ports: armed, or else an event was delivered and not written
	 * back; queued: in the ring; pending: Xen has an event that waits for
	 * the write-back. Of a channel that is not bound: pending only.
	 */
	bool armed, queued, pending;
	enum way way;
	int receiver, sender;	/* eventfds: the one if way says so, or NO_EVENTFD */
	unsigned int upcalls;	/* events delivered since it was bound */
	unsigned int raised;	/* in which step it was raised last */
};

/*
 * A port in a ring. Those of one group came by one step, in an order that
 * depends on the CPUs that took the upcalls, and may be read in any.
 */
struct entry {
	unsigned int port, group;
};

enum life {
	CLOSED,
	OPEN,
	HELD,	/* by a child only: this process has closed it */
};

/*
 * A ring that is mapped: what was not taken stands in the file's ring, with 0 as the
 * number of what is a blank.
 */
struct mapped {
	struct evtchn_mapped_ring *at;	/* NULL if the file is not mapped */
	size_t length;
	unsigned int size, head;
	unsigned int blanks, last_blank;	/* how many, and where, to the driver */
};

struct file {
	enum life life;
	int fd[MAX_FDS];
	unsigned int nr_fds;
	bool can_read, can_write, nonblock;
	unsigned int restricted;	/* the domid, or UNRESTRICTED */
	unsigned int seals;		/* EVTCHN_SEAL_* */
	unsigned int ports[MAX_RING];	/* as they were bound */
	unsigned int nr_ports;
	struct entry ring[MAX_RING];	/* oldest first */
	unsigned int nr_ring;
	struct mapped mapped;
	/* How arrivals are seen; see observe.c. */
	bool by_signal, by_edge;
	int edge_fd;
	/* In this step: events that were queued, that joined a queued one. */
	unsigned int pushed, merged;
	/* In this step: wake-ups may come or not. */
	bool edges_free, signals_free;
	pid_t holder;
	int holder_pipe;
};

/* One that the events of ports raise, or that sends events of ports. */
struct eventfd {
	int fd;
	unsigned int due;	/* in this step: so often it is raised */
	bool written;		/* to be sent when a port comes */
};

struct world {
	struct channel channels[MAX_PORTS];
	struct file files[NR_FILES];
	struct eventfd eventfds[NR_EVENTFDS];
	unsigned int step;
	unsigned int highest;	/* number that Xen has given out */
	unsigned int ready;	/* channels the kernel is ready for */
	unsigned int bound, max_bound;
	unsigned int behind[MAX_PORTS], nr_behind;
	unsigned int kernel[MAX_PORTS], nr_kernel;
	domid_t self;
	bool no_static;		/* this kernel refuses BIND_STATIC */
	bool two_level;
};

extern struct world *world;

struct channel *channel(unsigned int port);	/* NULL if none has the number */
bool is_bound_on(unsigned int port, int slot);
/* The file is there, and an event can be sent by it. */
bool can_send(int slot);

/* What Xen and the driver do, done to the model. */
void model_start(void);
void model_bound(int slot, unsigned int port);
void model_unbound(unsigned int port, domid_t remote);
void model_connected(unsigned int port, unsigned int peer);
void model_virq(unsigned int port, unsigned int virq);
void model_behind(unsigned int port);
void model_close_behind(unsigned int port);
void model_bind_static(int slot, unsigned int port);
void model_raise(unsigned int port);
void model_notify(unsigned int port);
void model_write_back(int slot, unsigned int port);
void model_unbind(unsigned int port);
void model_map(int slot, struct evtchn_mapped_ring *at, size_t length);
/* The number in a place, counted from the first one ever put in. */
unsigned int mapped_number(const struct mapped *m, unsigned int place);
/*
 * Whether there is a place for the number of each of so many ports. As in the driver,
 * blanks that were taken are forgotten as this is asked.
 */
bool model_has_room(int slot, unsigned int ports);
/* The same for more ports, if all that is in the ring became blanks. */
bool model_has_spare(int slot, unsigned int more);
void model_receive(int slot, unsigned int port, int eventfd, bool hold);
void model_stop_receiving(unsigned int port);
/* The eventfd is written to. */
void model_send_all(int eventfd);
void model_reset(int slot);
void model_release(int slot);
void model_read(int slot, const unsigned int *ports, unsigned int n);
unsigned int model_upcalls(int slot);

/* Picks; NO_FILE or 0 if there is none. */
int pick_file(void);
int pick_closed(void);
unsigned int pick_own(int slot);
unsigned int pick_port(int slot);
unsigned int pick_unbound(void);
unsigned int pick_behind(void);
unsigned int pick_domain(void);
int pick_fd(int slot);
/* An armed port that goes to the ring, and is not in it, with a peer that can send. */
unsigned int pick_target(int slot);

#endif
