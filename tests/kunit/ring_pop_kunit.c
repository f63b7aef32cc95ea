// SPDX-License-Identifier: GPL-2.0
/*
 * The ring, from a reader's look to its pop: what may happen in between, as the
 * numbers are copied to user space. A pop takes all that was seen or nothing.
 */

#include <kunit/test.h>

#include "ring_fixture.h"

/* A reader has seen [0] -> [1] -> [2]. */
static void ring_pop_seen(struct ring_fixture *rf)
{
	ring_push_many(rf, 3, 0, 1, 2);
	ring_peek_all(rf);
}

static bool ring_pop(struct ring_fixture *rf)
{
	return evtchn_ring_pop(&rf->ring, rf->peeked, rf->nr_peeked);
}

static void ring_pop_all(struct kunit *test)
{
	struct ring_fixture *rf = test->priv;

	ring_pop_seen(rf);
	KUNIT_EXPECT_TRUE(test, ring_pop(rf));
	RING_EXPECT_EMPTY(test, rf);
}

static void ring_pop_of_batch(struct kunit *test)
{
	struct ring_fixture *rf = test->priv;

	ring_push_many(rf, 4, 0, 1, 2, 3);
	ring_pop_expect(test, rf, 2, true);
	RING_EXPECT(test, rf, 2, 3);
	ring_pop_expect(test, rf, 1, true);
	RING_EXPECT(test, rf, 3);
}

static void ring_pop_after_push(struct kunit *test)
{
	struct ring_fixture *rf = test->priv;

	ring_pop_seen(rf);
	evtchn_ring_push(&rf->ring, &rf->entry[3]);
	KUNIT_EXPECT_TRUE(test, ring_pop(rf));
	RING_EXPECT(test, rf, 3);
}

static void ring_pop_after_merge(struct kunit *test)
{
	struct ring_fixture *rf = test->priv;

	ring_pop_seen(rf);
	evtchn_ring_push(&rf->ring, &rf->entry[1]);
	KUNIT_EXPECT_TRUE(test, ring_pop(rf));
	RING_EXPECT_EMPTY(test, rf);
}

/**
 * struct ring_change - what happens between peek and pop
 * @name: of the case
 * @dropped: bits of the entries that are dropped
 * @closed: bits of those that are closed
 * @requeued: bits of those that are pushed then
 * @left: what is pending after the pop that refused, as digits
 */
struct ring_change {
	const char *name;
	unsigned int dropped;
	unsigned int closed;
	unsigned int requeued;
	const char *left;
};

static const struct ring_change ring_changes[] = {
	{ "first dropped", 0x1, 0, 0, "12" },
	{ "middle dropped", 0x2, 0, 0, "02" },
	{ "last dropped", 0x4, 0, 0, "01" },
	{ "first closed", 0, 0x1, 0, "12" },
	{ "middle closed", 0, 0x2, 0, "02" },
	{ "last closed", 0, 0x4, 0, "01" },
	{ "all dropped", 0x7, 0, 0, "" },
	{ "all closed", 0, 0x7, 0, "" },
	{ "first requeued", 0x1, 0, 0x1, "120" },
	{ "middle requeued", 0x2, 0, 0x2, "021" },
	{ "closed one pushed", 0, 0x1, 0x1, "12" },
	{ "last dropped, another pushed", 0x4, 0, 0x8, "013" },
	{ "one dropped, one closed", 0x1, 0x4, 0, "1" },
};

static void ring_change_desc(const struct ring_change *change, char *desc)
{
	strscpy(desc, change->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(ring_change, ring_changes, ring_change_desc);

static void ring_pop_after_change(struct kunit *test)
{
	const struct ring_change *change = test->param_value;
	struct ring_fixture *rf = test->priv;
	int entries[RING_ENTRIES];
	unsigned int count;
	int i;

	ring_pop_seen(rf);
	for (i = 0; i < RING_ENTRIES; i++) {
		if (change->dropped & BIT(i))
			evtchn_ring_drop(&rf->ring, &rf->entry[i]);
		if (change->closed & BIT(i))
			evtchn_ring_close(&rf->ring, &rf->entry[i]);
	}
	for (i = 0; i < RING_ENTRIES; i++) {
		if (change->requeued & BIT(i))
			evtchn_ring_push(&rf->ring, &rf->entry[i]);
	}

	KUNIT_EXPECT_FALSE(test, ring_pop(rf));

	count = strlen(change->left);
	for (i = 0; i < count; i++)
		entries[i] = change->left[i] - '0';
	ring_expect(test, rf, count, entries);

	/* The reader looks once more, and gets the rest. */
	ring_peek_all(rf);
	KUNIT_EXPECT_EQ(test, rf->nr_peeked, count);
	KUNIT_EXPECT_TRUE(test, ring_pop(rf));
	RING_EXPECT_EMPTY(test, rf);
}

/* A number that Xen gave out anew while the reader copied: another entry. */
static void ring_pop_number_of_another(struct kunit *test)
{
	struct ring_fixture *rf = test->priv;
	struct evtchn_ring_entry again;

	ring_push_many(rf, 2, 0, 1);
	ring_peek_all(rf);
	evtchn_ring_close(&rf->ring, &rf->entry[0]);
	evtchn_ring_entry_init(&again, RING_PORT(0));
	evtchn_ring_push(&rf->ring, &again);

	KUNIT_EXPECT_FALSE(test, ring_pop(rf));
	RING_EXPECT(test, rf, 1, 0);
	evtchn_ring_close(&rf->ring, &again);
}

static struct kunit_case ring_pop_cases[] = {
	KUNIT_CASE(ring_pop_all),
	KUNIT_CASE(ring_pop_of_batch),
	KUNIT_CASE(ring_pop_after_push),
	KUNIT_CASE(ring_pop_after_merge),
	KUNIT_CASE_PARAM(ring_pop_after_change, ring_change_gen_params),
	KUNIT_CASE(ring_pop_number_of_another),
	{}
};

static struct kunit_suite ring_pop_suite = {
	.name = "xen_evtchn_ring_pop",
	.init = ring_fixture_init,
	.exit = ring_fixture_exit,
	.test_cases = ring_pop_cases,
};

kunit_test_suite(ring_pop_suite);
