// SPDX-License-Identifier: GPL-2.0
/*
 * Data over a libxenvchan, 512 KiB each way in pieces of odd sizes, by the calls for
 * packets and those for streams in turn. Each byte is compared.
 */
#include <stdio.h>

#include "stream.h"
#include "vchan.h"

#define BYTES		(512 * 1024)
#define PIECE		3000
#define SEED_SIZES	3

/* One direction of a channel. */
struct half {
	struct stream data, sizes;
	unsigned char piece[PIECE];
	size_t len;	/* of the piece, */
	size_t sent;	/* of which so many went */
};

static void half_begin(struct half *half, unsigned int seed)
{
	stream_begin(&half->data, seed);
	stream_begin(&half->sizes, seed + SEED_SIZES);
	half->len = 0;
	half->sent = 0;
}

static size_t next_size(struct half *half)
{
	size_t size = stream_chunk(&half->sizes, PIECE);
	size_t left = BYTES - half->data.at;

	return size < left ? size : left;
}

/*
 * With packets beyond half of the ring the two could wait for each other: one for more
 * data than there are, one for more room.
 */
static bool as_packet(struct half *half, size_t size, int order)
{
	return size <= 1U << (order - 1) && stream_chunk(&half->sizes, 2) == 1;
}

/* Sends what there is room for; 0 if there is none, if it does not block. */
static int send_some(struct channel *channel, struct half *half)
{
	struct libxenvchan *vchan = channel->vchan;
	size_t size;
	int n;

	if (half->sent == half->len) {
		half->len = next_size(half);
		half->sent = 0;
		stream_take(&half->data, half->piece, half->len);
	}
	size = half->len - half->sent;
	if (as_packet(half, size, vchan->write.order))
		n = libxenvchan_send(vchan, half->piece + half->sent, size);
	else
		n = libxenvchan_write(vchan, half->piece + half->sent, size);
	check(n >= 0, "sending");
	half->sent += (size_t)n;
	return n;
}

static bool all_sent(const struct half *half)
{
	return half->data.at == BYTES && half->sent == half->len;
}

static int receive_some(struct channel *channel, struct half *half)
{
	struct libxenvchan *vchan = channel->vchan;
	size_t size = next_size(half);
	int n;

	if (as_packet(half, size, vchan->read.order))
		n = libxenvchan_recv(vchan, half->piece, size);
	else
		n = libxenvchan_read(vchan, half->piece, size);
	check(n >= 0, "receiving");
	stream_check(&half->data, half->piece, (size_t)n);
	return n;
}

static void in_turns(struct channel *channel, struct half *out, struct half *in)
{
	channel->vchan->blocking = 1;
	if (channel->server) {
		while (!all_sent(out))
			send_some(channel, out);
	}
	while (in->data.at < BYTES)
		receive_some(channel, in);
	while (!all_sent(out))
		send_some(channel, out);
}

static void at_once(struct channel *channel, struct half *out, struct half *in)
{
	int moved;

	while (!all_sent(out) || in->data.at < BYTES) {
		moved = 0;
		if (!all_sent(out))
			moved += send_some(channel, out);
		if (in->data.at < BYTES)
			moved += receive_some(channel, in);
		if (!moved)
			channel_wait(channel);
	}
}

void channel_exchange(struct channel *channel)
{
	struct libxenvchan *vchan = channel->vchan;
	static struct half out, in;

	half_begin(&out, channel->server ? 1 : 2);
	half_begin(&in, channel->server ? 2 : 1);
	if (channel->way == POLL || channel->way == SELECT)
		at_once(channel, &out, &in);
	else
		in_turns(channel, &out, &in);
	/* The one who closes has to know that the other has everything. */
	if (channel->server) {
		while (libxenvchan_buffer_space(vchan) < 1 << vchan->write.order)
			channel_wait(channel);
	} else {
		while (libxenvchan_is_open(vchan))
			channel_wait(channel);
	}
	libxenvchan_close(vchan);
	printf("%zu bytes sent, %zu came as they were\n", out.data.at, in.data.at);
}
