// SPDX-License-Identifier: GPL-2.0
/*
 * V02: an eventfd that is signalled from within its own wake-up. An aio that waits for
 * room in an eventfd and signals the same one is how any user gets there.
 */
#include <linux/aio_abi.h>
#include <poll.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "harness.h"
#include "device.h"
#include "eventfd.h"
#include "proc.h"

#define FULL	0xfffffffffffffffe

static aio_context_t aio_setup(void)
{
	aio_context_t ctx = 0;

	if (syscall(SYS_io_setup, 1, &ctx)) {
		if (errno == ENOSYS)
			skip("this kernel has no aio");
		fail("io_setup: %s", errno_name(errno));
	}
	return ctx;
}

/* A request that is complete when the eventfd has room, and signals it then. */
static void aio_await_room(aio_context_t ctx, int efd)
{
	struct iocb iocb = {
		.aio_lio_opcode = IOCB_CMD_POLL,
		.aio_fildes = (__u32)efd,
		.aio_buf = POLLOUT,
		.aio_flags = IOCB_FLAG_RESFD,
		.aio_resfd = (__u32)efd,
	};
	struct iocb *list[] = { &iocb };

	EXPECT_RET(syscall(SYS_io_submit, ctx, 1, list), 1);
}

static bool aio_complete(aio_context_t ctx, int ms)
{
	struct timespec limit = {
		.tv_sec = ms / 1000,
		.tv_nsec = ms % 1000 * 1000000L,
	};
	struct io_event event;
	long got;

	do {
		got = syscall(SYS_io_getevents, ctx, 1, 1, &event, &limit);
	} while (got < 0 && errno == EINTR);
	EXPECT(got >= 0, "io_getevents: %s", errno_name(errno));
	if (got)
		EXPECT(event.res & POLLOUT, "the aio ended with %lld",
		       (long long)event.res);
	return got;
}

TEST_CASE(eventfd_send_aio, "V02 an aio that completes as it is connected can signal the same one",
	  NEW)
{
	int efd = new_eventfd(0, 0);
	aio_context_t ctx;
	struct pair p;

	/* From there on eventfd keeps track of being in a wake-up, and aio asks. */
	if (!linux_at_least(6, 1))
		skip("this kernel hangs so without the driver, too: in a read of the eventfd");
	ctx = aio_setup();
	pair_open(&p);
	write_eventfd(efd, FULL);
	aio_await_room(ctx, efd);
	EXPECT(!aio_complete(ctx, 0), "the eventfd is not full");
	connect_eventfd(&p.a, EVTCHN_EVENTFD_SEND, efd);
	expect_event(&p.b);
	EXPECT(aio_complete(ctx, EVENT_MS), "the aio was not woken within %d ms", EVENT_MS);
	/* What it signals is sent as well, now or with the first. */
	unmask(&p.b);
	while (readable(p.b.fd, SETTLE_MS)) {
		expect_event(&p.b);
		unmask(&p.b);
	}
	expect_not_raised(efd);
	write_eventfd(efd, FULL);
	expect_event(&p.b);
	unmask(&p.b);
	expect_not_raised(efd);
}
