// SPDX-License-Identifier: GPL-2.0
/*
 * P01 to P05: several threads at once, on a machine with two CPUs. How often each comes round
 * in a while, by the clock on the wall: two such numbers compare only within one boot.
 */
#include <pthread.h>
#include <stdlib.h>

#include "harness.h"
#include "device.h"
#include "measure.h"

#define MAX_THREADS	5
#define WARM_UP_MS	100
#define WHILE_MS	600

struct worker {
	pthread_t thread;
	struct pair pair;
	bool binds;
	unsigned long rounds;
};

static volatile bool started, stopped;

static void bind_once(xenevtchn_handle *xce)
{
	unsigned int port = bind_unbound(xce);

	EXPECT_RET(xenevtchn_unbind(xce, (evtchn_port_t)port), 0);
}

static void *worker_run(void *arg)
{
	struct worker *w = arg;
	unsigned long rounds = 0;

	while (!stopped) {
		if (!started)
			rounds = 0;
		if (w->binds)
			bind_once(w->pair.b.xce);
		else
			xenevtchn_notify(w->pair.b.xce, w->pair.b.port);
		rounds++;
	}
	w->rounds = rounds;
	return NULL;
}

/* Rounds a second of all who notify, and of those who bind. */
static void run_workers(const char *name, struct worker *workers, unsigned int nr)
{
	unsigned long notified = 0;
	int64_t start, took;
	unsigned int i;

	started = false;
	stopped = false;
	for (i = 0; i < nr; i++)
		EXPECT_RET(pthread_create(&workers[i].thread, NULL, worker_run,
					  &workers[i]), 0);
	sleep_ms(WARM_UP_MS);
	start = now_ms();
	started = true;
	sleep_ms(WHILE_MS);
	stopped = true;
	took = now_ms() - start;
	for (i = 0; i < nr; i++) {
		pthread_join(workers[i].thread, NULL);
		if (!workers[i].binds)
			notified += workers[i].rounds;
	}
	EXPECT(notified > 0, "nobody notified");
	measure_value(name, notified * 1000 / (uint64_t)took);
}

static void notify_together(const char *name, unsigned int nr, bool one_file,
			    bool binder)
{
	struct worker workers[MAX_THREADS] = {};
	xenevtchn_handle *xce = open_device();
	unsigned int i;

	for (i = 0; i < nr; i++) {
		if (i && !one_file)
			xce = open_device();
		pair_bind(&workers[i].pair, xce, xce);
	}
	if (binder) {
		workers[nr].pair.b.xce = xce;
		workers[nr++].binds = true;
	}
	run_workers(name, workers, nr);
}

TEST_CASE(notify_alone, "P01 one thread notifies")
{
	notify_together("notify-1", 1, true, false);
}

TEST_CASE(notify_two, "P02 two threads notify on one file")
{
	notify_together("notify-2", 2, true, false);
}

TEST_CASE(notify_four, "P03 four threads notify on one file")
{
	notify_together("notify-4", 4, true, false);
}

TEST_CASE(notify_files, "P04 four threads notify, each on its own file")
{
	notify_together("notify-4-files", 4, false, false);
}

TEST_CASE(notify_binder, "P05 one thread notifies while another binds and unbinds on the file")
{
	notify_together("notify-binder", 1, true, true);
}
