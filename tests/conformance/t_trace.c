// SPDX-License-Identifier: GPL-2.0
/* I02: the driver's tracepoints, by tracefs; what an example makes of them. */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness.h"
#include "early.h"
#include "eventfd.h"

#define TRACING		"/sys/kernel/tracing"
#define EVENTS		TRACING "/events/xen_evtchn"
#define INSTANCE	TRACING "/instances/evtchn-conformance"
#define LATENCY		"/bin/latency.sh"
#define TRACES		512
#define BATCH		80	/* more than the driver hands out in one go */
#define DELIVERIES	50
#define SLOW		LIMIT(120)	/* an instance of tracefs is made and removed */

/* A line of the trace: "evtchn_NAME: file=FILE port=PORT REST". */
struct traced {
	char name[16];
	unsigned int file, port;
	char rest[128];
};

static struct traced traces[TRACES];
static int traced;

static bool put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool done;

	done = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
	if (fd >= 0)
		close(fd);
	return done;
}

static void need_tracefs(void)
{
	if (access(TRACING "/events", F_OK) &&
	    mount("none", TRACING, "tracefs", 0, NULL))
		skip("no tracefs: %s", errno_name(errno));
	EXPECT_RET(access(EVENTS, F_OK), 0);
}

/* A buffer of its own; what a test that failed has left goes first. */
static void trace_start(void)
{
	need_tracefs();
	rmdir(INSTANCE);
	if (mkdir(INSTANCE, 0700))
		skip("no instance of tracefs: %s", errno_name(errno));
	EXPECT(put(INSTANCE "/trace_clock", "global"), "trace_clock: %s", errno_name(errno));
	EXPECT(put(INSTANCE "/events/xen_evtchn/enable", "1"), "enable: %s",
	       errno_name(errno));
}

static bool parse(const char *line, struct traced *t)
{
	const char *at = strstr(line, ": evtchn_");

	if (!at)
		return false;
	memset(t, 0, sizeof(*t));
	return sscanf(at, ": evtchn_%15[a-z]: file=%u port=%u %127[^\n]", t->name, &t->file,
		      &t->port, t->rest) >= 3;
}

static void trace_stop(void)
{
	char line[512];
	FILE *file;

	EXPECT(put(INSTANCE "/events/xen_evtchn/enable", "0"), "enable: %s",
	       errno_name(errno));
	file = fopen(INSTANCE "/trace", "re");
	EXPECT(file, "trace: %s", errno_name(errno));
	for (traced = 0; traced < TRACES && fgets(line, sizeof(line), file); )
		traced += parse(line, &traces[traced]);
	fclose(file);
	EXPECT_RET(rmdir(INSTANCE), 0);
}

/* What became of a port, in order: "upcall read rearm". */
static const char *story(unsigned int port)
{
	static char text[2048];
	size_t len = 0;
	int i;

	text[0] = '\0';
	for (i = 0; i < traced && len < sizeof(text) - 20; i++)
		if (traces[i].port == port)
			len += (size_t)sprintf(text + len, "%s%.16s", len ? " " : "",
					       traces[i].name);
	return text;
}

/*
 * A kernel that looks for mistakes (DEBUG_SHIRQ) calls the handler once more as the irq is
 * freed.
 */
static bool is_story(const char *got, const char *want)
{
	static const char end[] = " unbind", freed[] = " upcall unbind";
	size_t len = strlen(want), same = len - strlen(end);

	if (!strcmp(got, want))
		return true;
	return len > strlen(end) && !strcmp(want + same, end) &&
	       !strncmp(got, want, same) && !strcmp(got + same, freed);
}

static void expect_story(unsigned int port, const char *want)
{
	EXPECT(is_story(story(port), want), "port %u: expected '%s', got '%s'", port, want,
	       story(port));
}

/* The only trace of that name of a port. */
static const struct traced *the_trace(const char *name, unsigned int port)
{
	const struct traced *found = NULL;
	int i;

	for (i = 0; i < traced; i++) {
		if (traces[i].port != port || strcmp(traces[i].name, name))
			continue;
		EXPECT(!found, "more than one %s of port %u", name, port);
		found = &traces[i];
	}
	EXPECT(found, "no %s of port %u", name, port);
	return found;
}

static void expect_rest(const struct traced *t, const char *want)
{
	EXPECT(!strcmp(t->rest, want), "%s of port %u: expected '%s', got '%s'", t->name,
	       t->port, want, t->rest);
}

/* Of an event that was not latched. */
static int irq_of(const struct traced *t)
{
	char want[32];
	int irq = 0;

	EXPECT(sscanf(t->rest, "irq=%d", &irq) == 1, "no irq: %s", t->rest);
	snprintf(want, sizeof(want), "irq=%d latched=0", irq);
	expect_rest(t, want);
	return irq;
}

TEST_CASE(trace_event, "I02 an event is traced as it comes, is read, is written back",
	  NEW, SLOW)
{
	struct pair p;
	int irq, other;

	pair_open(&p);
	trace_start();
	expect_delivery(&p.a, &p.b);
	expect_delivery(&p.a, &p.b);
	trace_stop();
	expect_story(p.a.port, "notify notify");
	expect_story(p.b.port, "upcall read rearm upcall read rearm");

	trace_start();
	expect_delivery(&p.a, &p.b);
	trace_stop();
	irq = irq_of(the_trace("upcall", p.b.port));
	other = irq_of(the_trace("rearm", p.b.port));
	EXPECT_EQ(irq, other);
	expect_rest(the_trace("read", p.b.port), "");
}

/* What the upcalls and re-arms of b say of latched, in order: "01". */
static void expect_latched(const struct early *e, const char *want)
{
	char rest[32];
	int i;

	for (i = 0; i < traced; i++) {
		if (traces[i].port != e->pair.b.port ||
		    (strcmp(traces[i].name, "upcall") && strcmp(traces[i].name, "rearm")))
			continue;
		snprintf(rest, sizeof(rest), "irq=%u latched=%c", e->irq, *want++);
		expect_rest(&traces[i], rest);
	}
}

static void trace_early(void (*again)(const struct early *e))
{
	struct early e;

	early_open(&e);
	trace_start();
	notify(&e.pair.a);
	expect_event(&e.pair.b);
	again(&e);
	unmask(&e.pair.b);
	expect_event(&e.pair.b);
	unmask(&e.pair.b);
	trace_stop();
	expect_story(e.pair.b.port, "upcall read upcall rearm read rearm");
	expect_latched(&e, "0110");
}

TEST_CASE(trace_latched,
	  "I02 an event before the last is written back is traced as latched, and so is the write",
	  NEW, SLOW)
{
	trace_early(early_call);
}

TEST_CASE(trace_unmasked,
	  "I02 an event before the last is written back, by an upcall of Xen's, is traced so, too",
	  NEW, SLOW)
{
	trace_early(early_upcall);
}

TEST_CASE(trace_latched_eventfd,
	  "I02 an event for an eventfd, before the last is written back, is traced as latched", NEW,
	  SLOW)
{
	struct early e;
	int efd;

	early_open(&e);
	efd = receiver(&e.pair.b, EVTCHN_EVENTFD_HOLD);
	trace_start();
	notify(&e.pair.a);
	expect_raised(efd, 1);
	early_call(&e);
	unmask(&e.pair.b);
	expect_raised(efd, 1);
	unmask(&e.pair.b);
	trace_stop();
	expect_story(e.pair.b.port, "upcall upcall rearm rearm");
	expect_latched(&e, "0110");
}

TEST_CASE(trace_latched_connect,
	  "I02 to connect an eventfd is traced as the writes that are still to be done",
	  NEW, SLOW)
{
	struct early e;

	early_open(&e);
	trace_start();
	notify(&e.pair.a);
	expect_event(&e.pair.b);
	early_call(&e);
	expect_raised(receiver(&e.pair.b, 0), 1);
	trace_stop();
	expect_story(e.pair.b.port, "upcall read upcall rearm rearm");
	expect_latched(&e, "0110");
}

TEST_CASE(trace_armed, "I02 writing back a port that is armed is not traced, nor what is not ours",
	  NEW, SLOW)
{
	unsigned int others[] = { 0, ABSURD };
	struct pair p;

	pair_open(&p);
	trace_start();
	unmask(&p.b);
	EXPECT_RET(write(p.a.fd, &p.b.port, 4), 4);
	EXPECT_RET(write(p.a.fd, others, sizeof(others)), sizeof(others));
	trace_stop();
	EXPECT_EQ(traced, 0);
}

/* What fdinfo calls a file. */
static unsigned int number_of(int fd)
{
	char path[64], line[64];
	unsigned int number;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	file = fopen(path, "re");
	EXPECT(file, "%s: %s", path, errno_name(errno));
	while (fgets(line, sizeof(line), file)) {
		if (sscanf(line, "file: %u", &number) != 1)
			continue;
		fclose(file);
		return number;
	}
	fail("no number of the file in %s", path);
}

TEST_CASE(trace_files, "I02 traces call a file by the number that its fdinfo has", NEW, SLOW)
{
	unsigned int a, b;
	struct pair p;
	int i;

	EXPECT_EQ(number_of(raw_open(O_RDWR)), 0);
	pair_open(&p);
	a = number_of(p.a.fd);
	b = number_of(p.b.fd);
	EXPECT(a && b && a != b, "numbers %u and %u", a, b);
	trace_start();
	expect_pair_works(&p);
	EXPECT_RET(raw_unbind(p.a.fd, p.a.port), 0);
	EXPECT_RET(raw_unbind(p.b.fd, p.b.port), 0);
	p.a.port = bind_unbound(p.a.xce);
	trace_stop();
	EXPECT(traced >= 11, "only %d traces", traced);
	for (i = 0; i < traced; i++)
		EXPECT_EQ(traces[i].file, traces[i].port == p.b.port ? b : a);
}

TEST_CASE(trace_notify, "I02 NOTIFY is traced with its result", NEW, SLOW)
{
	xenevtchn_handle *xce = open_device();
	unsigned int waiting = bind_unbound(xce), virq_port;
	int fd = xenevtchn_fd(xce);

	bind_free_virq(xce, &virq_port);
	trace_start();
	EXPECT_RET(raw_notify(fd, waiting), 0);
	EXPECT_ERR(raw_notify(fd, virq_port), EINVAL);
	EXPECT_ERR(raw_notify(fd, ABSURD), ENOTCONN);
	trace_stop();
	expect_rest(the_trace("notify", waiting), "result=0");
	expect_rest(the_trace("notify", virq_port), "result=-22");
	expect_rest(the_trace("notify", ABSURD), "result=-107");
}

/* The traces of bind and unbind agree on the irq. */
static void expect_bound(unsigned int port, const char *to)
{
	char want[256];

	snprintf(want, sizeof(want), "%s %s", the_trace("unbind", port)->rest, to);
	expect_rest(the_trace("bind", port), want);
}

TEST_CASE(trace_bind, "I02 bind is traced before the first event, unbind and close after the last",
	  NEW, SLOW)
{
	xenevtchn_handle *xce = open_device();
	unsigned int virq, virq_port;
	struct end a, b;
	char want[128];

	trace_start();
	a.port = bind_unbound(xce);
	b = (struct end){ .xce = xce, .fd = xenevtchn_fd(xce) };
	b.port = bind_peer(xce, a.port);
	expect_event(&b);
	unmask(&b);
	virq = bind_free_virq(xce, &virq_port);
	EXPECT_RET(xenevtchn_unbind(xce, (evtchn_port_t)a.port), 0);
	EXPECT_RET(xenevtchn_close(xce), 0);
	trace_stop();
	expect_story(a.port, "bind unbind");
	expect_story(b.port, "bind upcall read rearm unbind");
	expect_story(virq_port, "bind unbind");

	snprintf(want, sizeof(want), "type=unbound domid=%u remote_port=0 virq=0", SELF);
	expect_bound(a.port, want);
	snprintf(want, sizeof(want), "type=interdomain domid=%u remote_port=%u virq=0", SELF,
		 a.port);
	expect_bound(b.port, want);
	snprintf(want, sizeof(want), "type=virq domid=0 remote_port=0 virq=%u", virq);
	expect_bound(virq_port, want);
}

TEST_CASE(trace_batch, "I02 a read of many ports is traced once for each, in their order",
	  NEW, SLOW)
{
	xenevtchn_handle *a = open_device(), *b = open_device();
	struct pair pairs[BATCH];
	unsigned int ports[BATCH];
	int i;

	for (i = 0; i < BATCH; i++)
		pair_bind(&pairs[i], a, b);
	for (i = 0; i < BATCH; i++)
		notify(&pairs[i].a);
	for (i = 0; i < BATCH; i++)
		wait_queued(&pairs[i].b);
	trace_start();
	EXPECT_RET(read(pairs[0].b.fd, ports, sizeof(ports)), sizeof(ports));
	trace_stop();
	EXPECT_EQ(traced, BATCH);
	for (i = 0; i < traced; i++)
		EXPECT(!strcmp(traces[i].name, "read") && traces[i].port == ports[i],
		       "trace %d is %s of port %u, for port %u", i, traces[i].name,
		       traces[i].port, ports[i]);
}

TEST_CASE(trace_fault, "I02 a read into memory that is not there yet is traced, one that fails not",
	  NEW, SLOW)
{
	xenevtchn_handle *xce = open_device();
	unsigned int *fresh;
	struct pair p, q;

	pair_bind(&p, xce, xce);
	pair_bind(&q, xce, xce);
	notify(&p.a);
	notify(&q.a);
	wait_queued(&p.b);
	wait_queued(&q.b);
	fresh = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	EXPECT(fresh != MAP_FAILED, "mmap: %s", errno_name(errno));
	trace_start();
	EXPECT_ERR(read(p.b.fd, nowhere, 8), EFAULT);
	EXPECT_RET(read(p.b.fd, fresh, 8), 8);
	trace_stop();
	EXPECT_EQ(traced, 2);
	expect_story(p.b.port, "read");
	expect_story(q.b.port, "read");
}

TEST_CASE(trace_reset, "I02 RESET is traced as a re-arm of what it drops", NEW, SLOW)
{
	struct pair p;

	pair_open(&p);
	trace_start();
	notify(&p.a);
	EXPECT(readable(p.b.fd, EVENT_MS), "no event came");
	EXPECT_RET(raw_reset(p.b.fd), 0);
	EXPECT_RET(raw_reset(p.b.fd), 0);
	trace_stop();
	expect_story(p.b.port, "upcall rearm");
}

/* Of the example's table, the line of a port and a stage. */
static void expect_latency(const char *table, unsigned int port, const char *stage)
{
	double min, median, p99, most;
	unsigned int count;
	const char *at;
	char key[64];

	snprintf(key, sizeof(key), " %u %s ", port, stage);
	at = strstr(table, key);
	EXPECT(at, "no line '%s' in:\n%s", key, table);
	at += strlen(key);
	EXPECT(sscanf(at, "%u %lf %lf %lf %lf", &count, &min, &median, &p99, &most) == 5,
	       "%.80s", at);
	EXPECT_EQ(count, DELIVERIES);
	EXPECT(min >= 0 && min <= median && median <= p99 && p99 <= most && most < 1e7,
	       "%s %u %g %g %g %g", key, count, min, median, p99, most);
}

TEST_CASE(latency, "I02 examples/latency.sh tells how long each event took",
	  NEW, LIMIT(120))
{
	static char table[8192], line[256];
	struct pair p;
	glob_t left;
	FILE *script;
	int i;

	if (access(LATENCY, X_OK))
		skip("no " LATENCY);
	need_tracefs();
	pair_open(&p);
	snprintf(line, sizeof(line), LATENCY " %d 2>&1", 2 + EVENT_MS / 3000);
	script = popen(line, "re");
	EXPECT(script && fgets(line, sizeof(line), script), "%s: %s", LATENCY,
	       errno_name(errno));
	EXPECT(!strncmp(line, "Tracing for ", 12), "%s said: %s", LATENCY, line);
	for (i = 0; i < DELIVERIES; i++)
		expect_delivery(&p.a, &p.b);
	while (fgets(line, sizeof(line), script))
		strncat(table, line, sizeof(table) - strlen(table) - 1);
	EXPECT_RET(pclose(script), 0);
	expect_latency(table, p.b.port, "upcall-read");
	expect_latency(table, p.b.port, "read-rearm");
	EXPECT_RET(glob(TRACING "/instances/xen-evtchn-latency.*", 0, NULL, &left), GLOB_NOMATCH);
}
