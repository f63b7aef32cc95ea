// SPDX-License-Identifier: GPL-2.0
/* N01: reads and writes that do not sleep, and memory in pieces. */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "harness.h"
#include "extension.h"

#define PIECES		6

/* Pairs on one file whose b ends are queued when this returns, in their order. */
static void queue_pairs(struct pair *p, int nr)
{
	xenevtchn_handle *xa = open_device(), *xb = open_device();
	int i;

	for (i = 0; i < nr; i++)
		pair_bind(&p[i], xa, xb);
	for (i = 0; i < nr; i++) {
		notify(&p[i].a);
		wait_queued(&p[i].b);
	}
}

static ssize_t read_nowait(int fd, unsigned int *list, size_t size)
{
	struct iovec iov = { list, size };

	return preadv2(fd, &iov, 1, -1, RWF_NOWAIT);
}

TEST_CASE(nowait_features, "N01 FEATURES names NOWAIT and BATCH", NEW)
{
	uint64_t has = features_of(raw_open(O_RDWR));

	EXPECT(has & EVTCHN_FEATURE_NOWAIT, "features are %#llx",
	       (unsigned long long)has);
	EXPECT(has & EVTCHN_FEATURE_BATCH, "features are %#llx",
	       (unsigned long long)has);
}

TEST_CASE(nowait_empty, "N01 RWF_NOWAIT on a blocking file with nothing pending is EAGAIN",
	  NEW)
{
	unsigned int port;
	struct pair p;

	pair_open(&p);
	EXPECT_ERR(read_nowait(p.b.fd, &port, 4), EAGAIN);
	set_nonblock(p.b.fd, true);
	EXPECT_ERR(read_nowait(p.b.fd, &port, 4), EAGAIN);
}

TEST_CASE(nowait_pending, "N01 RWF_NOWAIT takes what is pending, and writes it back", NEW)
{
	unsigned int list[4];
	struct iovec iov = { list, 4 };
	struct pair p[2];

	queue_pairs(p, 2);
	EXPECT_RET(read_nowait(p[0].b.fd, list, 4), 4);
	EXPECT_EQ(list[0], p[0].b.port);
	EXPECT_RET(pwritev2(p[0].b.fd, &iov, 1, -1, RWF_NOWAIT), 4);
	EXPECT_RET(read_nowait(p[0].b.fd, list, sizeof(list)), 4);
	EXPECT_EQ(list[0], p[1].b.port);
	EXPECT_ERR(read_nowait(p[0].b.fd, list, 4), EAGAIN);
	expect_delivery(&p[0].a, &p[0].b);
}

TEST_CASE(nowait_seek, "N01 a file that can be asked not to wait can still not seek", NEW)
{
	struct iovec iov = { &(unsigned int){ 0 }, 4 };
	int fd = raw_open(O_RDWR);

	EXPECT_ERR(preadv2(fd, &iov, 1, 0, RWF_NOWAIT), ESPIPE);
	EXPECT_ERR(lseek(fd, 0, SEEK_SET), ESPIPE);
}

TEST_CASE(readv_some, "N01 a readv does not sleep for its second piece", NEW)
{
	unsigned int list[2] = {};
	struct iovec iov[2] = { { &list[0], 4 }, { &list[1], 4 } };
	struct pair p;

	queue_pairs(&p, 1);
	EXPECT_RET(readv(p.b.fd, iov, 2), 4);
	EXPECT_EQ(list[0], p.b.port);
	EXPECT_EQ(list[1], 0);
}

/* Pieces of three bytes, each followed by one that is nobody's. */
static void odd_pieces(unsigned char *buf, struct iovec *iov)
{
	int i;

	for (i = 0; i < PIECES; i++) {
		iov[i].iov_base = buf + 4 * i;
		iov[i].iov_len = 3;
	}
}

TEST_CASE(readv_odd, "N01 readv goes on from piece to piece in the midst of a number",
	  NEW)
{
	unsigned char buf[4 * PIECES] = {};
	struct iovec iov[PIECES];
	unsigned int list[4];
	struct pair p[5];
	int i;

	queue_pairs(p, 5);
	odd_pieces(buf, iov);
	EXPECT_RET(readv(p[0].b.fd, iov, PIECES), 16);
	for (i = 0; i < 16; i++)
		((unsigned char *)list)[i] = buf[i / 3 * 4 + i % 3];
	for (i = 0; i < 4; i++)
		EXPECT_EQ(list[i], p[i].b.port);
	for (i = 0; i < PIECES; i++)
		EXPECT_EQ(buf[4 * i + 3], 0);
	expect_event(&p[4].b);
}

TEST_CASE(writev_odd, "N01 writev gathers numbers that are cut between its pieces", NEW)
{
	unsigned char buf[4 * PIECES] = {};
	struct iovec iov[PIECES];
	unsigned int list[5];
	struct pair p[5];
	int i;

	queue_pairs(p, 5);
	EXPECT_RET(read(p[0].b.fd, list, sizeof(list)), sizeof(list));
	odd_pieces(buf, iov);
	for (i = 0; i < 18; i++)
		buf[i / 3 * 4 + i % 3] = ((unsigned char *)list)[i];
	EXPECT_RET(writev(p[0].b.fd, iov, PIECES), 16);
	for (i = 0; i < 4; i++)
		expect_delivery(&p[i].a, &p[i].b);
	/* There were two bytes of the fifth: it is masked still. */
	notify(&p[4].a);
	expect_silence(p[4].b.fd);
}

TEST_CASE(iov_short, "N01 readv and writev of less than a number return 0 and do not wait",
	  NEW)
{
	unsigned char buf[4];
	struct iovec iov[2] = { { buf, 1 }, { buf + 2, 2 } };
	int fd = raw_open(O_RDWR);

	EXPECT_RET(readv(fd, iov, 2), 0);
	EXPECT_RET(writev(fd, iov, 2), 0);
}

TEST_CASE(iov_page, "N01 writev takes a page of numbers at most, as write does", NEW)
{
	static unsigned int list[3 * 1024];
	struct iovec iov[3] = {
		{ list, 3 * 1024 }, { list + 1024, 4096 }, { list + 2048, 4096 },
	};

	EXPECT_RET(writev(raw_open(O_RDWR), iov, 3), 4096);
}

TEST_CASE(readv_fault, "N01 a readv to unmapped memory is EFAULT and keeps the event",
	  NEW)
{
	unsigned char *edge = page_edge();
	struct iovec iov[2] = { { edge - 2, 2 }, { edge, 2 } };
	struct pair p[2];

	queue_pairs(p, 2);
	EXPECT_ERR(readv(p[0].b.fd, iov, 2), EFAULT);
	EXPECT_ERR(writev(p[0].b.fd, iov, 2), EFAULT);
	/* The first fits. */
	iov[0].iov_base = edge - 4;
	iov[0].iov_len = 4;
	iov[1].iov_len = 4;
	EXPECT_RET(readv(p[0].b.fd, iov, 2), 4);
	EXPECT_EQ(*(unsigned int *)(void *)(edge - 4), p[0].b.port);
	expect_event(&p[1].b);
	expect_silence(p[1].b.fd);
}

static void *readv_later(void *arg)
{
	struct pair *p = arg;
	unsigned int port;
	struct iovec iov = { &port, 4 };

	EXPECT_RET(readv(p->b.fd, &iov, 1), 4);
	EXPECT_EQ(port, p->b.port);
	return NULL;
}

TEST_CASE(readv_sleeps, "N01 a readv on a blocking file sleeps until an event comes", NEW)
{
	pthread_t thread;
	struct pair p;

	pair_open(&p);
	EXPECT_RET(pthread_create(&thread, NULL, readv_later, &p), 0);
	sleep_ms(SETTLE_MS);
	notify(&p.a);
	EXPECT_RET(pthread_join(thread, NULL), 0);
}

static void on_signal(int sig)
{
	(void)sig;
}

TEST_CASE(readv_signal, "N01 a readv that sleeps is ended by a signal, and loses no event",
	  NEW)
{
	struct sigaction sa = { .sa_handler = on_signal };
	unsigned int port;
	struct iovec iov = { &port, 4 };
	struct pair p;

	pair_open(&p);
	EXPECT_RET(sigaction(SIGALRM, &sa, NULL), 0);
	/* Again and again, lest it comes before the sleep. */
	ualarm(50000, 50000);
	EXPECT_ERR(readv(p.b.fd, &iov, 1), EINTR);
	ualarm(0, 0);
	expect_delivery(&p.a, &p.b);
}
