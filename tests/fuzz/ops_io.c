// SPDX-License-Identifier: GPL-2.0
/* read, write, their vectors, and calls of that kind that the device has not. */
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#include "model.h"
#include "ops.h"

#define POISON		0xa5
#define MAX_SEGMENTS	5
#define BLOCKED_MS	3	/* so long a call may sleep for nothing */

static size_t pick_size(unsigned int ports)
{
	static const size_t sizes[] = {
		0, 1, 2, 3, 4, 4, 5, 7, 8, 12, 63, 64, 252, 256, 260, 1024, 2048,
		4092, 4095, 4096, 4097, 4100, 8192, 12289, ROOM, 0x7fffffff,
	};

	switch (below(4)) {
	case 0:
		return PICK(sizes);
	case 1:
		return (ports + below(3)) * 4;
	case 2:
		return 4 * (1 + below(16));
	default:
		return below(600);
	}
}

/* How many ports a call of this size is about. */
static size_t in_ports(size_t size)
{
	return (size < PAGE ? size : PAGE) / 4;
}

/* What a read returns, or -EINTR where it sleeps until a signal comes. */
static long foresee_read(const struct file *f, const struct span *span,
			 unsigned int pending)
{
	size_t n = in_ports(span->size);

	if (!f->can_read)
		return -EBADF;
	if (!span->user)
		return -EFAULT;
	if (!n)
		return 0;
	if (f->mapped.at)
		return -EBUSY;
	if (!pending)
		return f->nonblock ? -EAGAIN : -EINTR;
	n = n < pending ? n : pending;
	return n * 4 <= span->writable ? (long)n * 4 : -EFAULT;
}

/*
 * A fault ends a read. The ports before it may be handed out, if all of them fit into
 * what can be written; the driver does so by batches, and others may do it
 * one by one, or not at all. What was not counted stays in the ring.
 */
static void judge_read(const struct span *span, long got, long want)
{
	if (want != -EFAULT || got <= 0) {
		expect_result(got, want);
		return;
	}
	EXPECT(got % 4 == 0 && (size_t)got <= span->writable,
	       "read of %s with a fault: %ld", span_name(span), got);
}

static void check_untouched(const struct span *span, size_t from)
{
	size_t i;

	for (i = from; i < span->writable && i < ROOM; i++)
		EXPECT(span->at[i] == POISON, "read of %zu: byte %zu was touched",
		       from, i);
}

static void take_ports(int slot, const struct span *span, long got)
{
	unsigned int ports[PAGE / 4];

	memcpy(ports, span->at, (size_t)got);
	model_read(slot, ports, (unsigned int)got / 4);
}

static enum outcome read_ports(void)
{
	int slot = pick_file();
	struct span span;
	struct file *f;
	long got, want;

	if (slot == NO_FILE)
		return NOT_NOW;
	f = &world->files[slot];
	if (!f->nr_ring && chance(70))
		return NOT_NOW;
	span = span_any(pick_size(f->nr_ring), 25);
	want = foresee_read(f, &span, f->nr_ring);
	memset(span.at, POISON, span.writable);
	if (want == -EINTR) {
		if (!chance(20))
			return NOT_NOW;
		alarm_every(BLOCKED_MS);
	}
	got = result_of(read(pick_fd(slot), span.at, span.size));
	alarm_every(0);
	say(" of %s from file %d with %u pending: %ld", span_name(&span), slot,
	    f->nr_ring, got);
	judge_read(&span, got, want);
	/* A reader that fails wakes the next one, if there is a port to read. */
	if (got < 0)
		f->edges_free = true;
	else
		take_ports(slot, &span, got);
	if (want >= 0)
		check_untouched(&span, (size_t)got);
	return got > 0 ? DONE : REFUSED;
}

/*
 * Numbers for a write: of our ports, mostly those that wait for it, and of all kinds
 * else. None comes twice that has another event waiting: whether that event is
 * there before the second one is written depends on the CPUs. What is in a mapped ring
 * is not written back before it was taken.
 */
static void fill_ports(int slot, unsigned int *ports, size_t n)
{
	struct channel *ch;
	unsigned int port;
	size_t i;

	for (i = 0; i < n; i++) {
		port = chance(90) ? pick_own(slot) : pick_port(slot);
		ch = is_bound_on(port, slot) ? channel(port) : NULL;
		if (ch && ((ch->pending && ch->raised == world->step) ||
			   !may_write_back(port)))
			port = 0;
		else if (ch && ch->pending)
			ch->raised = world->step;
		ports[i] = port;
	}
}

/* fill_ports() has marked them, for want of a better place. */
static void unmark_ports(int slot)
{
	const struct file *f = &world->files[slot];
	unsigned int i;

	for (i = 0; i < f->nr_ports; i++)
		if (channel(f->ports[i])->raised == world->step)
			channel(f->ports[i])->raised = 0;
}

static void put_ports(const struct span *span, const unsigned int *ports,
		      size_t n)
{
	if (span->readable == span->writable && span->user)
		memcpy(span->at, ports, n * 4 < span->readable ? n * 4 : span->readable);
}

static long foresee_write(const struct file *f, const struct span *span)
{
	size_t n = in_ports(span->size);

	if (!f->can_write)
		return -EBADF;
	if (!span->user)
		return -EFAULT;
	if (n && span->readable < 4)
		return -EFAULT;
	return (long)(n * 4 < span->readable ? n * 4 : span->readable / 4 * 4);
}

/* What was counted was written back, also if a fault came after it. */
static void written(int slot, const unsigned int *ports, long bytes)
{
	long i;

	for (i = 0; i < bytes / 4; i++)
		model_write_back(slot, ports[i]);
}

static enum outcome write_ports(void)
{
	unsigned int ports[PAGE / 4];
	int slot = pick_file();
	struct span span;
	long got, want;

	if (slot == NO_FILE)
		return NOT_NOW;
	do {
		span = span_any(pick_size(world->files[slot].nr_ports), 15);
	} while (span.readable != span.writable);
	fill_ports(slot, ports, in_ports(span.size));
	unmark_ports(slot);
	put_ports(&span, ports, in_ports(span.size));
	want = foresee_write(&world->files[slot], &span);
	got = result_of(write(pick_fd(slot), span.at, span.size));
	say(" of %s to file %d with %u ports: %ld", span_name(&span), slot,
	    world->files[slot].nr_ports, got);
	expect_result(got, want);
	if (got > 0)
		written(slot, ports, got);
	return got > 0 ? DONE : REFUSED;
}

/* All that has fired, by as many calls as it likes. */
static enum outcome write_fired(void)
{
	int slot = pick_file();
	struct channel *ch;
	unsigned int i, n = 0;
	struct file *f;

	if (slot == NO_FILE || !world->files[slot].can_write)
		return NOT_NOW;
	f = &world->files[slot];
	for (i = 0; i < f->nr_ports; i++) {
		ch = channel(f->ports[i]);
		if (ch->armed || ch->queued || chance(15))
			continue;
		n++;
		EXPECT_RET(write(pick_fd(slot), &f->ports[i], 4), 4);
		model_write_back(slot, f->ports[i]);
	}
	say(" %u ports of file %d", n, slot);
	return n ? DONE : NOT_NOW;
}

/* Buffers of a vector, each in a part of the arena of its own. */
static unsigned int make_vector(struct span *spans, struct iovec *iov,
				unsigned int ports)
{
	static const enum place bad[] = { NOTHING, FORBIDDEN, UNMAPPED, READONLY };
	unsigned int i, n = 1 + below(MAX_SEGMENTS);
	size_t size;

	for (i = 0; i < n; i++) {
		size = chance(50) ? 4 * below(ports / n + 3) : below(64);
		spans[i] = chance(10) ? span_at(PICK(bad), size) :
			span_at(PLAIN, ROOM);
		if (spans[i].writable) {
			spans[i].at += i * PAGE;
			size = size < PAGE ? size : PAGE;
			spans[i].readable = size;
			spans[i].writable = size;
		}
		spans[i].size = size;
		iov[i] = (struct iovec){ spans[i].at, size };
	}
	return n;
}

/* A vector is one stream of bytes: so many there are, up to the first that is bad. */
static size_t in_vector(const struct span *spans, unsigned int n, size_t *good)
{
	size_t total = 0;
	bool bad = false;
	unsigned int i;

	*good = 0;
	for (i = 0; i < n; i++) {
		total += spans[i].size;
		bad |= spans[i].size && !spans[i].writable;
		if (!bad)
			*good += spans[i].size;
	}
	return total;
}

/* What a call returns that is about so many ports, if so many bytes can be had. */
static long foresee_vector(size_t ports, size_t good)
{
	if (ports && good < 4)
		return -EFAULT;
	return (long)(ports * 4 < good ? ports * 4 : good / 4 * 4);
}

static long foresee_readv(const struct file *f, const struct span *spans,
			  unsigned int n)
{
	size_t good, ports = in_ports(in_vector(spans, n, &good));

	if (!f->can_read)
		return -EBADF;
	if (!ports)
		return 0;
	if (f->mapped.at)
		return -EBUSY;
	if (!f->nr_ring)
		return f->nonblock ? -EAGAIN : -EINTR;
	return foresee_vector(ports < f->nr_ring ? ports : f->nr_ring, good);
}

/* To or from the segments, what is or will be one piece. */
static void copy_vector(const struct span *spans, unsigned char *bytes, long left,
			bool into)
{
	size_t part;

	for (; left > 0; spans++, bytes += part, left -= (long)part) {
		part = (size_t)left < spans->size ? (size_t)left : spans->size;
		if (into && spans->writable)
			memcpy(spans->at, bytes, part);
		else if (!into)
			memcpy(bytes, spans->at, part);
	}
}

static enum outcome readv_ports(void)
{
	unsigned int ports[PAGE / 4], n;
	struct span spans[MAX_SEGMENTS];
	struct iovec iov[MAX_SEGMENTS];
	int slot = pick_file();
	long got, want;

	if (slot == NO_FILE)
		return NOT_NOW;
	n = make_vector(spans, iov, world->files[slot].nr_ring);
	want = foresee_readv(&world->files[slot], spans, n);
	if (want == -EINTR && !chance(30))
		return NOT_NOW;
	if (want == -EINTR)
		alarm_every(BLOCKED_MS);
	got = result_of(readv(pick_fd(slot), iov, (int)n));
	alarm_every(0);
	say(" of %u parts from file %d with %u pending: %ld", n, slot,
	    world->files[slot].nr_ring, got);
	expect_result(got, want);
	world->files[slot].edges_free = true;
	if (got > 0) {
		copy_vector(spans, (unsigned char *)ports, got, false);
		model_read(slot, ports, (unsigned int)got / 4);
	}
	return got > 0 ? DONE : REFUSED;
}

static long foresee_writev(const struct file *f, const struct span *spans,
			   unsigned int n)
{
	size_t good, ports = in_ports(in_vector(spans, n, &good));

	return f->can_write ? foresee_vector(ports, good) : -EBADF;
}

static enum outcome writev_ports(void)
{
	static unsigned int ports[MAX_SEGMENTS * PAGE / 4];
	struct span spans[MAX_SEGMENTS];
	struct iovec iov[MAX_SEGMENTS];
	int slot = pick_file();
	size_t good, total;
	unsigned int i, n;
	long got;

	if (slot == NO_FILE)
		return NOT_NOW;
	n = make_vector(spans, iov, world->files[slot].nr_ports);
	total = in_vector(spans, n, &good);
	memset(ports, 0, sizeof(ports));
	fill_ports(slot, ports, in_ports(total));
	unmark_ports(slot);
	copy_vector(spans, (unsigned char *)ports, (long)good, true);
	for (i = 0; i < n; i++)
		if (!spans[i].writable)
			iov[i].iov_base = span_at(FORBIDDEN, 0).at;
	got = result_of(writev(pick_fd(slot), iov, (int)n));
	say(" of %u parts to file %d with %u ports: %ld", n, slot,
	    world->files[slot].nr_ports, got);
	expect_result(got, foresee_writev(&world->files[slot], spans, n));
	if (got > 0)
		written(slot, ports, got);
	return got > 0 ? DONE : REFUSED;
}

/* The device is a stream; a mapped ring is not of one page, nor private. */
static enum outcome not_a_stream(void)
{
	int slot = pick_file(), fd;
	struct iovec iov;
	char byte[8] = "";

	if (slot == NO_FILE)
		return NOT_NOW;
	fd = pick_fd(slot);
	iov = (struct iovec){ byte, sizeof(byte) };
	EXPECT_ERR(pread(fd, byte, below(9), below(9)), ESPIPE);
	EXPECT_ERR(pwrite(fd, byte, below(9), below(9)), ESPIPE);
	EXPECT_ERR(preadv(fd, &iov, 1, 0), ESPIPE);
	EXPECT_ERR(pwritev(fd, &iov, 1, 4), ESPIPE);
	EXPECT_ERR(lseek(fd, 0, (int)below(3)), ESPIPE);
	EXPECT_ERR(fsync(fd), EINVAL);
	EXPECT_ERR(ftruncate(fd, 0), EINVAL);
	errno = 0;
	EXPECT(mmap(NULL, PAGE, PROT_NONE, MAP_SHARED, fd, 0) == MAP_FAILED,
	       "it can be mapped");
	EXPECT(errno == EINVAL || errno == EACCES, "mmap: %s", errno_name(errno));
	errno = 0;
	EXPECT(mmap(NULL, 2 * PAGE, PROT_NONE, MAP_PRIVATE, fd, 0) == MAP_FAILED,
	       "it can be mapped for oneself");
	EXPECT(errno == EINVAL || errno == EACCES, "mmap: %s", errno_name(errno));
	return DONE;
}

const struct op io_ops[] = {
	{ "read", 90, read_ports },
	{ "write", 60, write_ports },
	{ "write-fired", 25, write_fired },
	{ "readv", 20, readv_ports },
	{ "writev", 20, writev_ports },
	{ "not-a-stream", 5, not_a_stream },
	{ }
};
