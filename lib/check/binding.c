/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "check/binding.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

const struct hk_member *hk_binding_member(const struct hk_binding *binding, size_t target)
{
	return &binding->offer->targets[target].members[binding->members[target]];
}

void hk_binding_first(struct hk_binding_cursor *cursor, const struct hk_check *check, const struct hk_earlier_list *earlier)
{
	*cursor = (struct hk_binding_cursor){ .check = check, .earlier = earlier };
}

/* The next combination of members; false behind the last. */
static bool advance(struct hk_binding *b)
{
	for (size_t t = b->offer->n_targets; t-- > 0;) {
		if (++b->members[t] < b->offer->targets[t].n_members) {
			b->index++;
			return true;
		}
		b->members[t] = 0;
	}
	return false;
}

static void fill(struct hk_binding_cursor *cursor)
{
	struct hk_binding *b = &cursor->binding;
	const struct hk_earlier_list *earlier = cursor->earlier;
	const struct hk_earlier *before = NULL;

	b->combination = 0;
	for (size_t t = 0; t < b->offer->n_targets; t++)
		b->combination = b->combination * b->offer->targets[t].n_groups + b->offer->targets[t].members[b->members[t]].group;
	b->state = (enum hk_state)b->offer->states[b->combination];
	b->verdicts = &b->offer->verdicts[b->combination * b->offer->n_rules];
	while (earlier && cursor->next_earlier < earlier->list.n) {
		const struct hk_earlier *e = &earlier->list.v[cursor->next_earlier];
		if (e->offer > cursor->offer || (e->offer == cursor->offer && e->index > b->index))
			break;
		if (e->offer == cursor->offer && e->index == b->index)
			before = e;
		cursor->next_earlier++;
	}
	/* the time is that of the state: another reason for the same state is no change */
	b->changed = !before || before->state != b->state;
	b->since = b->changed || isnan(before->since) ? cursor->check->now : before->since;
	b->mitigated = !b->changed && b->state == HK_STATE_VIOLATION ? before->mitigated : (double)NAN;
}

bool hk_binding_next(struct hk_binding_cursor *cursor)
{
	const struct hk_check *check = cursor->check;

	if (cursor->started && advance(&cursor->binding)) {
		fill(cursor);
		return true;
	}
	if (cursor->started)
		cursor->offer++;
	for (; cursor->offer < check->n_offers; cursor->offer++) {
		const struct hk_check_offer *offer = &check->offers[cursor->offer];
		cursor->started = true;
		if (!offer->n_bindings)
			continue;
		cursor->binding = (struct hk_binding){ .offer = offer };
		fill(cursor);
		return true;
	}
	cursor->started = false;
	cursor->offer = check->n_offers;
	return false;
}

/* ---- names ---- */

static uint32_t hash32_of(uint32_t hash, const char *text)
{
	for (const unsigned char *s = (const unsigned char *)text; *s; s++)
		hash = (hash ^ *s) * 16777619u;
	return hash;
}

/* The last member is another in each binding, those in front of it seldom are: their part of the hash is kept. */
static uint32_t hash32(struct hk_binding_names *names, const struct hk_binding *b)
{
	size_t last = b->offer->n_targets ? b->offer->n_targets - 1 : 0;

	if (!names->begun || memcmp(names->front, b->members, last * sizeof b->members[0]) != 0) {
		names->begun = true;
		names->hash = 2166136261u;
		for (size_t t = 0; t < last; t++)
			names->hash = hash32_of(names->hash, hk_binding_member(b, t)->reference);
		memcpy(names->front, b->members, last * sizeof b->members[0]);
	}
	return b->offer->n_targets ? hash32_of(names->hash, hk_binding_member(b, last)->reference) : names->hash;
}

static uint64_t hash64(const struct hk_binding *b)
{
	uint64_t hash = 14695981039346656037u;

	for (size_t t = 0; t < b->offer->n_targets; t++)
		for (const unsigned char *s = (const unsigned char *)hk_binding_member(b, t)->reference; *s; s++)
			hash = (hash ^ *s) * 1099511628211u;
	return hash;
}

static int compare_hashes(const void *a, const void *b)
{
	uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;

	return (left > right) - (left < right);
}

void hk_binding_names_open(struct hk_binding_names *names, const struct hk_check *check, const struct hk_check_offer *offer)
{
	struct hk_binding b = { .offer = offer };

	size_t n = 0;

	(void)check;
	*names = (struct hk_binding_names){ .hashes = hk_calloc((size_t)offer->n_bindings + 1, sizeof *names->hashes) };
	if (!offer->n_bindings)
		return;
	do
		names->hashes[n++] = hash32(names, &b);
	while (advance(&b));
	qsort(names->hashes, n, sizeof *names->hashes, compare_hashes);
	/* only those that several have matter, and they are so few that looking one up costs nothing */
	for (size_t i = 1; i < n; i++)
		if (names->hashes[i] == names->hashes[i - 1] && (!names->n || names->hashes[names->n - 1] != names->hashes[i]))
			names->hashes[names->n++] = names->hashes[i];
	names->hashes = hk_realloc(names->hashes, (names->n + 1) * sizeof *names->hashes);
}

void hk_binding_names_close(struct hk_binding_names *names)
{
	free(names->hashes);
	*names = (struct hk_binding_names){ 0 };
}

static bool collides(const struct hk_binding_names *names, uint32_t hash)
{
	size_t low = 0, high = names->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (names->hashes[middle] < hash)
			low = middle + 1;
		else
			high = middle;
	}
	return low < names->n && names->hashes[low] == hash;
}

/* Letters for the decimal digits: what Kubernetes' "safe encoding" makes of them, which can spell no word. */
static void add_safe(uint64_t number, struct hk_buf *out)
{
	static const char letters[] = "456789bcdf";
	char digits[24];
	size_t n = 0;

	do
		digits[n++] = letters[number % 10];
	while (number /= 10);
	while (n)
		hk_buf_addch(out, digits[--n]);
}

void hk_binding_name(struct hk_binding_names *names, const struct hk_binding *b, struct hk_buf *out)
{
	uint32_t hash = hash32(names, b);

	hk_buf_addstr(out, b->offer->name);
	hk_buf_addch(out, '-');
	add_safe(collides(names, hash) ? hash64(b) : hash, out);
}
