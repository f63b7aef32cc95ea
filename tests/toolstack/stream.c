// SPDX-License-Identifier: GPL-2.0
/* Bytes of a seed: one who knows the seed knows them, and sees a wrong one. */
#include <stdio.h>
#include <stdlib.h>

#include "stream.h"

#define LINE 72		/* bytes of a line of text, its end among them */

void stream_begin(struct stream *stream, unsigned int seed)
{
	stream->state = 0x9e3779b97f4a7c15ULL * (2 * (uint64_t)seed + 1);
	stream->at = 0;
}

static unsigned int next(struct stream *stream)
{
	uint64_t x = stream->state;

	x ^= x >> 12;
	x ^= x << 25;
	x ^= x >> 27;
	stream->state = x;
	return (unsigned int)((x * 0x2545f4914f6cdd1dULL) >> 32);
}

size_t stream_chunk(struct stream *stream, size_t most)
{
	return 1 + next(stream) % most;
}

void stream_take(struct stream *stream, unsigned char *data, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		data[i] = (unsigned char)next(stream);
	stream->at += len;
}

void stream_check(struct stream *stream, const unsigned char *data, size_t len)
{
	unsigned char want;
	size_t i;

	for (i = 0; i < len; i++) {
		want = (unsigned char)next(stream);
		if (data[i] == want)
			continue;
		printf("byte %zu is %02x instead of %02x\n",
		       stream->at + i, data[i], want);
		exit(1);
	}
	stream->at += len;
}

int stream_text(unsigned int seed, size_t len)
{
	struct stream stream;
	char line[LINE];
	size_t i, part;

	stream_begin(&stream, seed);
	for (; len; len -= part) {
		part = len < LINE ? len : LINE;
		for (i = 0; i < part; i++)
			line[i] = (char)(' ' + next(&stream) % ('~' - ' ' + 1));
		line[part - 1] = '\n';
		if (fwrite(line, 1, part, stdout) != part) {
			perror("stdout");
			return 1;
		}
	}
	return fflush(stdout) ? 1 : 0;
}
