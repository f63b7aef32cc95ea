// SPDX-License-Identifier: GPL-2.0
/* Many ports in one call: NOTIFY_MANY and WAIT. */
#include <limits.h>
#include <string.h>
#include <sys/ioctl.h>

#include "model.h"
#include "ops.h"

#define BLOCKED_MS	3	/* so long a call may sleep for nothing */
#define NS_PER_MS	1000000

/* Ports that get an event in the call that is being made up. */
static unsigned int marked[2 * EVTCHN_MANY], nr_marked;

/*
 * No port gets two events: whether the second one joins the first depends on the CPUs.
 * Nor does one that the same call may take out of the ring, for the same reason.
 */
static bool mark(unsigned int port, int taken_from)
{
	struct channel *ch = channel(port);

	if (ch->raised == world->step ||
	    (ch->queued && ch->file == taken_from))
		return false;
	ch->raised = world->step;
	marked[nr_marked++] = port;
	return true;
}

static void unmark(void)
{
	while (nr_marked)
		channel(marked[--nr_marked])->raised = 0;
}

/* Whether an event can be sent on it, or it fails in a way that is foreseen. */
static bool may_notify(int slot, unsigned int port, int taken_from)
{
	const struct channel *ch = channel(port);

	return !is_bound_on(port, slot) || ch->state != EVTCHNSTAT_interdomain ||
	       mark(ch->peer, taken_from);
}

static long foresee_notify(int slot, unsigned int port)
{
	if (!is_bound_on(port, slot))
		return -ENOTCONN;
	return channel(port)->state == EVTCHNSTAT_virq ? -EINVAL : 0;
}

static unsigned int pick_count(void)
{
	static const unsigned int counts[] = { 0, 1, 2, 63, 64, 65, 129, EVTCHN_MANY };

	return chance(15) ? PICK(counts) : below(24);
}

/* Memory of which the kernel can't use all. */
static struct span span_bad(size_t size)
{
	return span_at(CROSS + below(PLACES - CROSS), size);
}

static struct span span_good(void *at, size_t size)
{
	return (struct span){ at, size, size, size, true };
}

/* So many entries can be read of a list, and so many results be written. */
static long judge_many(int slot, const struct evtchn_notify *list,
		       unsigned int count, const struct span *span)
{
	unsigned int i;
	long sent = 0;

	for (i = 0; i < count; i++) {
		if (span->readable < i * sizeof(*list) + sizeof(list->port))
			return -EFAULT;
		if (!foresee_notify(slot, list[i].port)) {
			model_notify(list[i].port);
			sent++;
		}
		if (span->writable < (i + 1) * sizeof(*list))
			return -EFAULT;
	}
	return sent;
}

static void check_results(int slot, const struct evtchn_notify *list,
			  unsigned int count, const struct span *span)
{
	struct evtchn_notify got;
	unsigned int i;

	for (i = 0; i < count; i++) {
		if (span->writable < (i + 1) * sizeof(got))
			return;
		memcpy(&got, span->at + i * sizeof(got), sizeof(got));
		EXPECT(got.port == list[i].port &&
		       got.result == foresee_notify(slot, list[i].port),
		       "NOTIFY_MANY, number %u, port %u: port %u, result %d", i,
		       list[i].port, got.port, got.result);
	}
}

static void fill_many(int slot, struct evtchn_notify *list, unsigned int count)
{
	unsigned int i, port;

	for (i = 0; i < count; i++) {
		port = chance(80) ? pick_own(slot) : pick_port(slot);
		if (!may_notify(slot, port, NO_FILE))
			port = 0;
		list[i] = (struct evtchn_notify){ port, (int)rng_next() };
	}
	unmark();
}

static enum outcome notify_many(void)
{
	static struct evtchn_notify list[EVTCHN_MANY], memory[EVTCHN_MANY];
	struct ioctl_evtchn_notify_many arg = { .count = pick_count() };
	struct span span = span_good(memory, arg.count * sizeof(*list));
	struct command command = {
		pick_file(), IOCTL_EVTCHN_NOTIFY_MANY, &arg, sizeof(arg), false,
		EVTCHN_SEAL_NOTIFY,
	};
	unsigned int count = arg.count;
	bool bad_list = chance(20);
	long got;

	if (command.slot == NO_FILE)
		return NOT_NOW;
	fill_many(command.slot, list, count);
	if (bad_list)
		span = span_bad(span.size);
	span_fill(&span, list);
	arg.ports = (uintptr_t)span.at;
	if (!bad_list && chance(5))
		arg.count = EVTCHN_MANY + 1 + below(2) * 0x7fffffff;
	say(" %u, %s", arg.count, span_name(&span));
	if (!bad_list && (spoil(&arg.flags) || arg.count > EVTCHN_MANY))
		return do_ioctl(&command, &got) ? judge(got, -EINVAL) : REFUSED;
	/* The argument would be where the list is. */
	if (bad_list && can_send(command.slot))
		got = result_of(ioctl(pick_fd(command.slot), command.cmd, &arg));
	else if (!do_ioctl(&command, &got))
		return REFUSED;
	say(": %ld", got);
	expect_result(got, judge_many(command.slot, list, count, &span));
	check_results(command.slot, list, count, &span);
	return got > 0 ? DONE : REFUSED;
}

/* A call of WAIT; of its lists, one at most is where the kernel can't use all of it. */
struct wait {
	int slot;
	struct ioctl_evtchn_wait arg;
	unsigned int rearm[EVTCHN_MANY], notify[EVTCHN_MANY], ports[EVTCHN_MANY];
	struct span rearm_at, notify_at, ports_at;
	/* Ports that are surely there as it takes some, and those that can be. */
	unsigned int before, after;
	bool sleeps;	/* for nothing, until a signal comes */
};

static void fill_rearm(struct wait *w, int taken_from)
{
	unsigned int i, port;

	w->arg.nr_rearm = pick_count();
	for (i = 0; i < w->arg.nr_rearm; i++) {
		port = chance(90) ? pick_own(w->slot) : pick_port(w->slot);
		if (is_bound_on(port, w->slot) &&
		    (!may_write_back(port) ||
		     (channel(port)->pending && !mark(port, taken_from))))
			port = 0;
		w->rearm[i] = port;
	}
}

/* Seldom, one that fails. */
static void fill_notify(struct wait *w, int taken_from)
{
	unsigned int i, port, n = 0;
	bool any = chance(15);

	for (i = chance(60) ? pick_count() : 0; i; i--) {
		port = any && chance(10) ? pick_port(w->slot) : pick_own(w->slot);
		if (!any && foresee_notify(w->slot, port))
			continue;
		if (may_notify(w->slot, port, taken_from))
			w->notify[n++] = port;
	}
	w->arg.nr_notify = n;
}

static void fill_wait(struct wait *w)
{
	int taken_from;

	w->arg.nr_ports = chance(80) ? pick_count() : 0;
	taken_from = w->arg.nr_ports ? w->slot : NO_FILE;
	fill_rearm(w, taken_from);
	fill_notify(w, taken_from);
	unmark();
}

static void place_lists(struct wait *w)
{
	unsigned int bad = below(15);

	w->rearm_at = bad == 0 ? span_bad(w->arg.nr_rearm * 4) :
		span_good(w->rearm, w->arg.nr_rearm * 4);
	w->notify_at = bad == 1 ? span_bad(w->arg.nr_notify * 4) :
		span_good(w->notify, w->arg.nr_notify * 4);
	w->ports_at = bad == 2 ? span_bad(w->arg.nr_ports * 4) :
		span_good(w->ports, w->arg.nr_ports * 4);
	if (bad == 0)
		span_fill(&w->rearm_at, w->rearm);
	if (bad == 1)
		span_fill(&w->notify_at, w->notify);
	w->arg.rearm = (uintptr_t)w->rearm_at.at;
	w->arg.notify = (uintptr_t)w->notify_at.at;
	w->arg.ports = (uintptr_t)w->ports_at.at;
}

/* What the lists do to the model; an error, or 0 if ports are taken then. */
static long foresee_lists(struct wait *w)
{
	unsigned int i;
	long rc;

	w->before = world->files[w->slot].nr_ring;
	for (i = 0; i < w->arg.nr_rearm; i++) {
		if (w->rearm_at.readable < (i + 1) * 4)
			return -EFAULT;
		model_write_back(w->slot, w->rearm[i]);
	}
	for (i = 0; i < w->arg.nr_notify; i++) {
		if (w->notify_at.readable < (i + 1) * 4)
			return -EFAULT;
		rc = foresee_notify(w->slot, w->notify[i]);
		if (rc)
			return rc;
		model_notify(w->notify[i]);
	}
	w->after = world->files[w->slot].nr_ring;
	return 0;
}

/* If nothing comes, it sleeps for a little while, or until a signal comes. */
static void choose_timeout(struct wait *w)
{
	static const int64_t brief[] = { 0, 0, 0, 1, 999, NS_PER_MS };
	static const int64_t for_long[] = {
		-1, INT64_MIN, INT64_MAX, 2LL * DEADLINE_MS * NS_PER_MS,
	};
	bool nonblock = world->files[w->slot].nonblock;
	bool waits = w->after ? chance(60) : chance(20);

	w->arg.timeout = waits ? PICK(for_long) : PICK(brief);
	w->sleeps = waits && !nonblock && !w->after;
	/* What the call itself has raised comes while it sleeps. */
	if (waits && !nonblock && !w->before && w->after)
		w->before = 1;
}

static unsigned int least(unsigned int a, unsigned int b)
{
	return a < b ? a : b;
}

/* As with a read, a fault may leave some ports that fit to the next one. */
static enum outcome judge_taken(const struct wait *w, long got)
{
	unsigned int max = w->arg.nr_ports, ports[EVTCHN_MANY];
	bool bad = w->ports_at.writable < max * 4;

	if (!w->after)
		return judge(got, w->sleeps ? -EINTR : 0);
	if (got < 0) {
		EXPECT(bad, "it fails, and nothing is wrong: %ld", got);
		return judge(got, -EFAULT);
	}
	EXPECT((bad && got) || got >= least(w->before, max),
	       "%ld ports taken of %u, though %u were there", got, max, w->before);
	EXPECT(got <= least(w->after, least(max, w->ports_at.writable / 4)),
	       "%ld ports taken of %u, of %u that were there", got, max, w->after);
	memcpy(ports, w->ports_at.at, (size_t)got * 4);
	model_read(w->slot, ports, (unsigned int)got);
	return got ? DONE : REFUSED;
}

/* Nothing is done then. */
static enum outcome wait_refused(struct wait *w)
{
	struct command command = {
		w->slot, IOCTL_EVTCHN_WAIT, &w->arg, sizeof(w->arg), false, 0,
	};
	unsigned int *const counts[] = {
		&w->arg.nr_rearm, &w->arg.nr_notify, &w->arg.nr_ports,
	};
	struct span span;

	w->arg.timeout = -1;
	say(" on file %d, with a bad argument", w->slot);
	if (chance(50)) {
		span = span_bad(sizeof(w->arg));
		if (span.readable == sizeof(w->arg))
			return NOT_NOW;
		span_fill(&span, &w->arg);
		return judge(result_of(ioctl(pick_fd(w->slot), command.cmd, span.at)),
			     -EFAULT);
	}
	if (chance(50))
		w->arg.flags = 1U << below(32);
	else
		*PICK(counts) = EVTCHN_MANY + 1 + below(2) * 0x7fffffff;
	return judge(result_of(ioctl(pick_fd(w->slot), command.cmd, &w->arg)),
		     -EINVAL);
}

static enum outcome wait_ports(void)
{
	static struct wait w;
	long got, want;

	memset(&w, 0, sizeof(w));
	w.slot = pick_file();
	if (w.slot == NO_FILE)
		return NOT_NOW;
	fill_wait(&w);
	place_lists(&w);
	if (chance(10))
		return wait_refused(&w);
	say(" on file %d: re-arm %u (%zu good), notify %u (%zu good), take %u (%zu good)",
	    w.slot, w.arg.nr_rearm, w.rearm_at.readable / 4, w.arg.nr_notify,
	    w.notify_at.readable / 4, w.arg.nr_ports, w.ports_at.writable / 4);
	if (w.arg.nr_notify && !can_send(w.slot))
		return judge(result_of(ioctl(pick_fd(w.slot), IOCTL_EVTCHN_WAIT, &w.arg)),
			     -EPERM);
	want = foresee_lists(&w);
	choose_timeout(&w);
	alarm_every(want || !w.arg.nr_ports ? 0 : w.sleeps ? BLOCKED_MS : DEADLINE_MS);
	got = result_of(ioctl(pick_fd(w.slot), IOCTL_EVTCHN_WAIT, &w.arg));
	alarm_every(0);
	/* It may have passed on what it did not take. */
	if (w.arg.nr_ports)
		world->files[w.slot].edges_free = true;
	say(", with %u to %u pending, %lld ns: %ld", w.before, w.after,
	    (long long)w.arg.timeout, got);
	if (!want && w.arg.nr_ports && world->files[w.slot].mapped.at)
		want = -EBUSY;
	if (want || !w.arg.nr_ports)
		return judge(got, want);
	return judge_taken(&w, got);
}

static void sleep_in_wait(int slot)
{
	unsigned int port = 0;
	struct ioctl_evtchn_wait arg = {
		.nr_ports = 1,
		.ports = (uintptr_t)&port,
		.timeout = -1,
	};
	long ret;

	alarm_every(DEADLINE_MS);
	ret = result_of(ioctl(pick_fd(slot), IOCTL_EVTCHN_WAIT, &arg));
	alarm_every(0);
	EXPECT(ret != -EINTR, "lost: WAIT sleeps though a port is pending");
	expect_result(ret, 1);
	model_read(slot, &port, 1);
}

static enum outcome late_wait(void)
{
	return late(sleep_in_wait, true);
}

const struct op batch_ops[] = {
	{ "notify-many", 40, notify_many },
	{ "wait", 90, wait_ports },
	{ "late-wait", 50, late_wait },
	{ }
};
