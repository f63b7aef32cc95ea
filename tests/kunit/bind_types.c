// SPDX-License-Identifier: GPL-2.0
/*
 * One channel of each kind, to bind.
 */

#include <linux/string.h>

#include "bind_types.h"
#include "fixture.h"

const struct evtchn_channel bind_types[BIND_TYPES] = {
	{ .type = EVTCHN_CHANNEL_UNBOUND, .remote_domain = 7 },
	{ .type = EVTCHN_CHANNEL_INTERDOMAIN, .remote_domain = 8,
	  .remote_port = 77 },
	{ .type = EVTCHN_CHANNEL_VIRQ, .virq = 3 },
	{ .type = EVTCHN_CHANNEL_STATIC, .port = BIND_STATIC_PORT },
};

void bind_type_desc(const struct evtchn_channel *ch, char *desc)
{
	static const char * const names[] = {
		[EVTCHN_CHANNEL_UNBOUND] = "unbound",
		[EVTCHN_CHANNEL_INTERDOMAIN] = "interdomain",
		[EVTCHN_CHANNEL_VIRQ] = "VIRQ",
		[EVTCHN_CHANNEL_STATIC] = "static",
	};

	strscpy(desc, names[ch->type], KUNIT_PARAM_DESC_SIZE);
}

/* A static channel has to be there before. */
void bind_type_prepare(const struct evtchn_channel *ch)
{
	if (ch->type == EVTCHN_CHANNEL_STATIC)
		fake_make_foreign(ch->port, FAKE_INTERDOMAIN);
}

/* Bind it, and return the port, which for a static channel the caller knows. */
u32 bind_type_bind(struct kunit *test, struct evtchn_file *f,
		   const struct evtchn_channel *ch)
{
	int rc = fixture_bind(f, ch);

	if (ch->type == EVTCHN_CHANNEL_STATIC) {
		KUNIT_ASSERT_EQ(test, rc, 0);
		return ch->port;
	}
	KUNIT_ASSERT_GT(test, rc, 0);
	return rc;
}

/* It has to be there after, whatever was done with it. */
void bind_type_finish(const struct evtchn_channel *ch)
{
	if (ch->type == EVTCHN_CHANNEL_STATIC)
		fake_close_foreign(ch->port);
}
