/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the domU holds as it is suspended: ports of each kind in several files, and
 * processes that wait for them. All of it stands in memory that every test shares,
 * since each is a process of its own.
 */
#ifndef RESTORE_SCENARIO_H
#define RESTORE_SCENARIO_H

#include <stdbool.h>
#include <sys/types.h>

#include "device.h"

#define NR_MANY		8	/* pairs in one file */
#define NR_FEW		2	/* pairs of a holder and of the file that is reset */
#define NR_FRESH	36	/* pairs of another client, for all numbers below HIGH */
#define NR_HIGH		1100	/* ports, which is more than one page of Xen's has */

/* Files are opened before the first test, and so each test has them all. */
enum file_name {
	FILE_READ,	/* a client is blocked in read() */
	FILE_TWO,	/* two are, each to get one port of two */
	FILE_POLL,	/* in poll() */
	FILE_EPOLL,	/* in epoll_wait(), edge-triggered */
	FILE_SIGIO,	/* waits for the signal */
	FILE_VIRQ,	/* in read(), of a VIRQ */
	FILE_LONE,	/* in read(), of a port that never had a peer */
	FILE_DOM0,	/* in read(), of a channel to dom0 */
	FILE_WAIT,	/* in WAIT, or what is nearest to it over the in-tree driver */
	FILE_SPARE,	/* nobody waits; dom0 sends when it is told to */
	FILE_PEER,	/* the other ends of those above */
	FILE_MANY,	/* both ends of many pairs, with nobody waiting */
	FILE_RESET,	/* the same, for RESET */
	FILE_HIGH,	/* ports with high numbers */
	FILE_EVENTFD,	/* ports that have eventfds */
	FILE_RING,	/* is mapped */
	FILE_BEYOND,	/* the other ends of those two */
	FILE_OTHER,	/* another client, which binds after a restore */
	FILE_NEW,	/* not used before the restore */
	FILE_RESTRICTED,
	NR_FILES,
};

enum client_kind { READS, POLLS, EPOLLS, SIGNALLED, WAITS };

/* A process that waits for one event, and notes what it got. */
struct client {
	pid_t pid;
	enum client_kind kind;
	enum file_name file;
	volatile bool woken;
	int ret;
	int err;
	unsigned int got;	/* the port, or the poll bits */
};

#define NR_CLIENTS 10

enum order { ORDER_NONE, ORDER_CLOSE, ORDER_EXIT };

/* A process that alone has a file open, with a few pairs, and waits for an order. */
struct holder {
	pid_t pid;
	volatile bool ready;
	volatile enum order order;
	volatile bool done;
	int ret;
	int err;
	unsigned int ports[2 * NR_FEW];
};

/* The third is not given an order: it is killed. */
#define NR_HOLDERS 3

/* What beyond.c has of pairs; b of each is the end that it is about. */
struct beyond {
	struct pair hold, pass, send;		/* of FILE_EVENTFD */
	struct pair idle, unread, unwritten;	/* of FILE_RING */
};

struct scenario {
	unsigned int restores;		/* so many so far */
	struct pair read, two[2], poll, epoll, sigio, wait;
	struct end virq, lone, dom0, spare;
	struct pair many[NR_MANY], few[NR_FEW], fresh[NR_FRESH];
	struct beyond beyond;
	unsigned int high[NR_HIGH];
	struct client clients[NR_CLIENTS];
	struct holder holders[NR_HOLDERS];
};

extern struct scenario *sc;

/* Opens the files; called once, before the first test. */
void scenario_open(void);
xenevtchn_handle *file_of(enum file_name name);
int fd_of(enum file_name name);

/* Binds all but fresh and high, and reads what an earlier restore has left. */
void scenario_bind(void);
void drain(int fd);

/* What another client has, of the numbers that Xen hands out after a restore. */
void bind_fresh(void);
bool is_fresh(unsigned int port);
void unbind_fresh(void);
void expect_fresh_work(void);

/* All ends bound by scenario_bind(), but those of few; returns how many. */
#define MAX_ENDS	(18 + 2 * NR_MANY)
unsigned int old_ends(struct end *ends);

/* Starts them all, those again that are still waiting; returns as they sleep. */
void start_clients(void);
bool client_waits(const struct client *client);
/* Woken, now or in EVENT_MS. */
bool client_wakes(const struct client *client);
bool client_got_its_own(const struct client *client);
const char *client_name(const struct client *client);

void start_holders(void);
/* Gives the order, or kills it; false if it is not done in EVENT_MS. */
bool holder_ends(struct holder *holder, enum order order);

/* dom0's ports for this domain as it is now; SPARE is the one that has no echo. */
unsigned int dom0_port(bool spare);

/* Asks dom0 for it, and returns when this domain goes on afterwards. */
void be_suspended(const char *how);
/* What the kernel has logged since the start at level warning or above. */
unsigned int note_warnings(void);
void watch_kernel_log(void);

#endif
