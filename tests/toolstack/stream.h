/* SPDX-License-Identifier: GPL-2.0 */
/* Bytes of a seed: one who knows the seed knows them, and sees a wrong one. */
#ifndef TOOLSTACK_STREAM_H
#define TOOLSTACK_STREAM_H

#include <stddef.h>
#include <stdint.h>

struct stream {
	uint64_t state;
	size_t at;	/* so many bytes were taken or checked */
};

void stream_begin(struct stream *stream, unsigned int seed);

/* One to most, another number each time. */
size_t stream_chunk(struct stream *stream, size_t most);

void stream_take(struct stream *stream, unsigned char *data, size_t len);

/* Ends the program if the data are not those of the seed. */
void stream_check(struct stream *stream, const unsigned char *data, size_t len);

/* So many bytes in printable lines to stdout. */
int stream_text(unsigned int seed, size_t len);

#endif
