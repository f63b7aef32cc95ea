// SPDX-License-Identifier: GPL-2.0
/*
 * What the suites have in common.
 */

#include <linux/anon_inodes.h>
#include <linux/completion.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/kthread.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/wait.h>

#include "fixture.h"
#include "ring_fixture.h"

static int fixture_open(struct fixture *fx, int i)
{
	struct file *file;
	int rc;

	/* A real file, so that its flags, its owner and fput() are the kernel's. */
	file = anon_inode_getfile("[evtchn]", &evtchn_fops, NULL, O_RDWR);
	if (IS_ERR(file))
		return PTR_ERR(file);

	rc = evtchn_fops.open(file_inode(file), file);
	if (rc)
		return rc;

	fx->file[i] = file;
	return 0;
}

int fixture_init(struct kunit *test)
{
	struct fixture *fx;
	int rc;
	int i;

	fx = kunit_kzalloc(test, sizeof(*fx), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, fx);

	fake_reset();
	rc = evtchn_port_init();
	KUNIT_ASSERT_EQ(test, rc, 0);
	test->priv = fx;

	for (i = 0; i < FIXTURE_FILES; i++) {
		rc = fixture_open(fx, i);
		KUNIT_ASSERT_EQ(test, rc, 0);
	}
	fx->f = fx->file[0]->private_data;
	fx->g = fx->file[1]->private_data;
	return 0;
}

/* Close a file; nobody else has it. */
void fixture_close(struct kunit *test, int i)
{
	struct fixture *fx = test->priv;

	if (fx->file[i])
		__fput_sync(fx->file[i]);
	fx->file[i] = NULL;
}

/* Everything is closed, and then nothing must be left. */
void fixture_exit(struct kunit *test)
{
	struct fixture *fx = test->priv;
	int i;

	if (!fx)
		return;

	reader_stop_all(fx);
	for (i = 0; i < FIXTURE_FILES; i++)
		fixture_close(test, i);
	evtchn_port_exit();
	fake_check_clean(test);
}

/* Wait until what RCU has to free is freed. */
void fixture_finish_rcu(void)
{
	rcu_barrier();
}

int fixture_bind(struct evtchn_file *f, const struct evtchn_channel *ch)
{
	int rc;

	evtchn_file_join(f);
	mutex_lock(&f->bind_mutex);
	rc = evtchn_port_bind(f, ch);
	mutex_unlock(&f->bind_mutex);
	return rc;
}

int fixture_unbind(struct evtchn_file *f, u32 port)
{
	int rc;

	mutex_lock(&f->bind_mutex);
	rc = evtchn_port_unbind(f, port);
	mutex_unlock(&f->bind_mutex);
	return rc;
}

void fixture_reset(struct evtchn_file *f)
{
	mutex_lock(&f->bind_mutex);
	evtchn_port_reset(f);
	mutex_unlock(&f->bind_mutex);
}

void fixture_rearm(struct evtchn_file *f, u32 port)
{
	rcu_read_lock();
	evtchn_port_rearm(f, port);
	rcu_read_unlock();
}

/* How many ports are bound on a file. */
unsigned int fixture_ports(struct evtchn_file *f)
{
	unsigned int count = 0;
	struct evtchn_port *p;
	u32 i = 0;

	mutex_lock(&f->bind_mutex);
	while ((p = evtchn_table_next(f, &i)))
		count++;
	mutex_unlock(&f->bind_mutex);
	return count;
}

u32 fixture_bind_unbound(struct kunit *test, struct evtchn_file *f)
{
	const struct evtchn_channel ch = {
		.type = EVTCHN_CHANNEL_UNBOUND,
		.remote_domain = 1,
	};
	int port = fixture_bind(f, &ch);

	KUNIT_ASSERT_GT(test, port, 0);
	return port;
}

u32 fixture_bind_virq(struct kunit *test, struct evtchn_file *f, u32 virq)
{
	const struct evtchn_channel ch = {
		.type = EVTCHN_CHANNEL_VIRQ,
		.virq = virq,
	};
	int port = fixture_bind(f, &ch);

	KUNIT_ASSERT_GT(test, port, 0);
	return port;
}

/* Of a channel that somebody else makes for it. */
u32 fixture_bind_static(struct kunit *test, struct evtchn_file *f, u32 port)
{
	const struct evtchn_channel ch = {
		.type = EVTCHN_CHANNEL_STATIC,
		.port = port,
	};
	int rc;

	fake_make_foreign(port, FAKE_UNBOUND);
	rc = fixture_bind(f, &ch);
	KUNIT_ASSERT_EQ(test, rc, 0);
	return port;
}

void fixture_raise_many(struct kunit *test, struct evtchn_file *f, u32 *ports,
			unsigned int count)
{
	unsigned int i;

	for (i = 0; i < count; i++) {
		ports[i] = fixture_bind_unbound(test, f);
		fake_raise(ports[i]);
	}
}

u32 fixture_raise_row(struct kunit *test, struct evtchn_file *f,
		      unsigned int count)
{
	u32 first, port;
	unsigned int i;

	fixture_raise_many(test, f, &first, 1);
	for (i = 1; i < count; i++) {
		fixture_raise_many(test, f, &port, 1);
		KUNIT_ASSERT_EQ(test, port, first + i);
	}
	return first;
}

void fixture_raise_now(void *port)
{
	fake_raise(*(u32 *)port);
}

/* These ports and no others are pending, in this order; they no longer are. */
void fixture_expect_pending(struct kunit *test, struct evtchn_file *f,
			    unsigned int count, const u32 *ports)
{
	u32 got[8] = {};
	unsigned int i;

	KUNIT_ASSERT_LT(test, count, ARRAY_SIZE(got));
	KUNIT_EXPECT_EQ(test, ring_drain(&f->ring, got, ARRAY_SIZE(got)), count);
	for (i = 0; i < count; i++)
		KUNIT_EXPECT_EQ(test, got[i], ports[i]);
}

int sleeper_wake(wait_queue_entry_t *wait, unsigned int mode, int sync,
		 void *key)
{
	container_of(wait, struct sleeper, wait)->woken++;
	return 1;
}

void sleeper_add(wait_queue_head_t *queue, struct sleeper *sleeper)
{
	init_waitqueue_func_entry(&sleeper->wait, sleeper_wake);
	add_wait_queue(queue, &sleeper->wait);
}

void sleeper_add_exclusive(wait_queue_head_t *queue, struct sleeper *sleeper)
{
	init_waitqueue_func_entry(&sleeper->wait, sleeper_wake);
	add_wait_queue_exclusive(queue, &sleeper->wait);
}

static int holder_thread(void *arg)
{
	struct holder *h = arg;

	mutex_lock(&h->f->bind_mutex);
	complete(&h->held);
	wait_for_completion(&h->enough);
	mutex_unlock(&h->f->bind_mutex);
	kthread_complete_and_exit(&h->gone, 0);
}

/* It has the mutex as this returns. */
struct holder *holder_start(struct kunit *test, struct evtchn_file *f)
{
	struct task_struct *task;
	struct holder *h;

	h = kunit_kzalloc(test, sizeof(*h), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, h);
	h->f = f;
	init_completion(&h->held);
	init_completion(&h->enough);
	init_completion(&h->gone);
	task = kthread_run(holder_thread, h, "holder");
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, task);
	wait_for_completion(&h->held);
	return h;
}

void holder_stop(struct holder *h)
{
	complete(&h->enough);
	wait_for_completion(&h->gone);
}
