// SPDX-License-Identifier: GPL-2.0
/* The processes of the workers, and their threads. */
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"
#include "race.h"

static void *work(void *arg)
{
	struct worker *w = arg;
	atomic_uint *tried = &arena->tried[w->slot];
	atomic_uint *done = &arena->done[w->slot];

	while (atomic_load(&arena->phase) == STARTING)
		sched_yield();
	while (atomic_load(&arena->phase) < (int)w->op->until) {
		atomic_fetch_add(tried, 1);
		if (w->op->run(w))
			atomic_fetch_add(done, 1);
	}
	atomic_store(&w->over, true);
	atomic_fetch_sub(&arena->active[w->op->until], 1);
	return NULL;
}

/* It is not for what it does, but for the call that it interrupts. */
static void on_signal(int signal)
{
	(void)signal;
}

static void allow_interrupts(void)
{
	struct sigaction action = { .sa_handler = on_signal };

	EXPECT_RET(sigaction(SIGUSR1, &action, NULL), 0);
}

/*
 * Readers that sleep on an empty file have to be told that it is over. Pollers are
 * not told, but have to wake for an event.
 */
static bool all_over(const struct worker *workers, const pthread_t *threads,
		     unsigned int nr)
{
	bool over = true;
	unsigned int i;

	for (i = 0; i < nr; i++) {
		if (atomic_load(&workers[i].over))
			continue;
		over = false;
		if (workers[i].op->until == NO_READERS &&
		    atomic_load(&arena->phase) >= NO_READERS)
			pthread_kill(threads[i], SIGUSR1);
	}
	return over;
}

static void run_process(struct worker *workers, unsigned int nr)
{
	pthread_t threads[MAX_WORKERS];
	unsigned int i;
	int err;

	allow_interrupts();
	for (i = 0; i < nr; i++) {
		err = pthread_create(&threads[i], NULL, work, &workers[i]);
		EXPECT(!err, "pthread_create: %s", errno_name(err));
	}
	while (!all_over(workers, threads, nr))
		sleep_ms(2);
	for (i = 0; i < nr; i++)
		pthread_join(threads[i], NULL);
	_exit(0);
}

void start_workers(struct worker *workers, unsigned int nr,
		   unsigned int processes)
{
	unsigned int i, first, last;

	for (i = 0; i < nr; i++)
		atomic_fetch_add(&arena->active[workers[i].op->until], 1);
	for (i = 0; i < processes; i++) {
		first = i * nr / processes;
		last = (i + 1) * nr / processes;
		if (fork_child() == 0)
			run_process(workers + first, last - first);
	}
}

unsigned int ended_workers(void)
{
	unsigned int ended = 0;
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (WIFEXITED(status) && WEXITSTATUS(status) == 1)
			_exit(1);	/* it said itself what went wrong */
		EXPECT(WIFEXITED(status) && WEXITSTATUS(status) == 0,
		       "a process of workers ended with status %#x",
		       (unsigned int)status);
		ended++;
	}
	return ended;
}
