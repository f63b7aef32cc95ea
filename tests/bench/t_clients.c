// SPDX-License-Identifier: GPL-2.0
/*
 * K01 to K03: stock clients of the device, end to end. They want a dom0 in which C xenstored
 * runs, and which can share memory with itself.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <libxenvchan.h>
#include <xenstore.h>

#include "harness.h"
#include "device.h"
#include "measure.h"

#define KEY	"/tool/evtchn-bench"
#define VALUE	"forty bytes, such as a path in xenstore is"
#define PATH	"/local/domain/0/data/evtchn-bench"
#define RING	1024
#define TRIES	50

/*
 * By the kernel's connection, as a domU has it, each request is an event to xenstored, and each
 * answer one to the kernel. A program of dom0 would take the socket, which needs no event.
 */
static struct xs_handle *open_store(void)
{
	struct xs_handle *xs;

	EXPECT_RET(setenv("XENSTORED_PATH", "/dev/xen/xenbus", 1), 0);
	xs = xs_open(0);
	EXPECT(xs, "xs_open: %s", errno_name(errno));
	EXPECT(xs_write(xs, XBT_NULL, KEY, VALUE, strlen(VALUE)), "xs_write: %s",
	       errno_name(errno));
	return xs;
}

static void do_store_read(void *arg)
{
	unsigned int length;
	char *value = xs_read(arg, XBT_NULL, KEY, &length);

	EXPECT(value && length == strlen(VALUE), "xs_read: %s", errno_name(errno));
	free(value);
}

TEST_CASE(store_read_cost, "K01 a read from xenstored", LIMIT(60))
{
	struct xs_handle *xs = open_store();
	struct work work = { "store-read", do_store_read, xs, 1, 20, 25 };

	measure_middle(&work);
	xs_close(xs);
}

static void do_store_write(void *arg)
{
	EXPECT(xs_write(arg, XBT_NULL, KEY, VALUE, strlen(VALUE)), "xs_write: %s",
	       errno_name(errno));
}

TEST_CASE(store_write_cost, "K02 a write to xenstored", LIMIT(60))
{
	struct xs_handle *xs = open_store();
	struct work work = { "store-write", do_store_write, xs, 1, 20, 25 };

	measure_middle(&work);
	xs_close(xs);
}

/* The other side, a process of its own: sends back what comes. */
static void echo_for_ever(void)
{
	struct libxenvchan *vchan = libxenvchan_server_init(NULL, 0, PATH, RING, RING);
	char c;

	if (!vchan)
		_exit(1);
	vchan->blocking = 1;
	while (libxenvchan_read(vchan, &c, 1) == 1 && libxenvchan_write(vchan, &c, 1) == 1)
		;
	_exit(0);
}

static struct libxenvchan *connect_to_echo(void)
{
	struct libxenvchan *vchan = NULL;
	int tries;

	for (tries = 0; !vchan && tries < TRIES; tries++) {
		sleep_ms(100);
		vchan = libxenvchan_client_init(NULL, 0, PATH);
	}
	EXPECT(vchan, "libxenvchan_client_init: %s", errno_name(errno));
	vchan->blocking = 1;
	return vchan;
}

static void do_vchan(void *arg)
{
	char c = 'x';

	EXPECT(libxenvchan_write(arg, &c, 1) == 1 && libxenvchan_read(arg, &c, 1) == 1,
	       "the vchan is closed");
}

TEST_CASE(vchan_cost, "K03 a byte by libxenvchan, and back", LIMIT(60))
{
	struct work work = { "vchan", do_vchan, NULL, 1, 20, 25 };
	pid_t echo = fork();

	EXPECT(echo >= 0, "fork: %s", errno_name(errno));
	if (!echo)
		echo_for_ever();
	work.arg = connect_to_echo();
	measure_middle(&work);
	libxenvchan_close(work.arg);
	kill(echo, SIGKILL);
	EXPECT_RET(waitpid(echo, NULL, 0), echo);
}
