// SPDX-License-Identifier: GPL-2.0
/*
 * Memory of a user that takes its time: something happens as it is first touched,
 * in the middle of the driver's copy.
 */

#include <linux/anon_inodes.h>
#include <linux/completion.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/mman.h>

#include "include/uapi/xen/evtchn.h"

#include "fixture.h"

static vm_fault_t slow_fault(struct vm_fault *vmf)
{
	struct slow_memory *slow = vmf->vma->vm_file->private_data;
	struct page *page;

	if (slow->fn)
		slow->fn(slow->arg);
	slow->fn = NULL;

	page = alloc_page(GFP_KERNEL | __GFP_ZERO);
	if (!page)
		return VM_FAULT_OOM;
	vmf->page = page;
	return 0;
}

static const struct vm_operations_struct slow_vm_ops = {
	.fault = slow_fault,
};

static int slow_mmap(struct file *file, struct vm_area_struct *vma)
{
	vma->vm_ops = &slow_vm_ops;
	return 0;
}

static const struct file_operations slow_fops = {
	.owner = THIS_MODULE,
	.mmap = slow_mmap,
};

/*
 * slow_memory() - a page that calls a function, once, as it is first touched
 *
 * The function is called with a lock on the memory, and must not take one of the
 * driver's that is held across a copy: it can have a thread do that, and wait.
 */
u32 __user *slow_memory(struct kunit *test, struct slow_memory *slow)
{
	unsigned long addr;
	struct file *file;

	file = anon_inode_getfile("[evtchn-slow]", &slow_fops, slow, O_RDWR);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, file);
	addr = kunit_vm_mmap(test, file, 0, PAGE_SIZE, PROT_READ | PROT_WRITE,
			     MAP_SHARED, 0);
	/* The mapping has it now. */
	fput(file);
	KUNIT_ASSERT_NE(test, addr, 0);
	KUNIT_ASSERT_LT(test, addr, TASK_SIZE);
	return (u32 __user *)addr;
}

/**
 * struct unbinding - what a thread does while the driver copies
 * @f: the file
 * @port: the port to unbind
 * @again: bind its number again, and have that raised
 * @done: it is done
 */
struct unbinding {
	struct evtchn_file *f;
	u32 port;
	bool again;
	struct completion done;
};

static int unbinding_thread(void *arg)
{
	const struct evtchn_channel ch = { .type = EVTCHN_CHANNEL_UNBOUND };
	struct unbinding *u = arg;

	fixture_unbind(u->f, u->port);
	if (u->again) {
		fake_next_port(u->port);
		fixture_bind(u->f, &ch);
		fake_raise(u->port);
	}
	kthread_complete_and_exit(&u->done, 0);
}

static void unbinding_now(void *arg)
{
	struct unbinding *u = arg;

	if (!IS_ERR(kthread_run(unbinding_thread, u, "evtchn-unbinding")))
		wait_for_completion(&u->done);
}

/*
 * unbinding_memory() - memory at whose first touch, in the midst of a copy, a port of
 * the test's first file is unbound, and perhaps its number given out again
 */
u32 __user *unbinding_memory(struct kunit *test, u32 port, bool again)
{
	struct fixture *fx = test->priv;
	struct slow_memory *slow;
	struct unbinding *u;

	u = kunit_kzalloc(test, sizeof(*u), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, u);
	slow = kunit_kzalloc(test, sizeof(*slow), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, slow);
	u->f = fx->f;
	u->port = port;
	u->again = again;
	init_completion(&u->done);
	slow->fn = unbinding_now;
	slow->arg = u;
	return slow_memory(test, slow);
}

static void seal_now(void *f)
{
	WRITE_ONCE(((struct evtchn_file *)f)->seals, EVTCHN_SEAL_NOTIFY);
}

/* sealing_memory() - as it is read the file is sealed; there are zeroes in it */
u32 __user *sealing_memory(struct kunit *test, struct evtchn_file *f)
{
	struct slow_memory *slow = kunit_kzalloc(test, sizeof(*slow), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, slow);
	*slow = (struct slow_memory){ seal_now, f };
	return slow_memory(test, slow);
}
