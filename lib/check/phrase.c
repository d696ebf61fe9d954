/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "check/phrase.h"
#include "base/mem.h"
#include <stdlib.h>
#include <string.h>

#define SLOTS 2048u      /* with some hundred bytes each */

struct hk_phrase {
	const struct hk_check_offer *offer;     /* NULL: empty */
	size_t rule;
	struct hk_verdict verdict;
	struct hk_buf text;
};

/* Equal bits, so that no value equals what is not a number. */
static uint64_t bits_of(double value)
{
	uint64_t bits;

	memcpy(&bits, &value, sizeof bits);
	return bits;
}

static bool is_same(const struct hk_verdict *a, const struct hk_verdict *b)
{
	return a->state == b->state && a->evidence == b->evidence && a->detail == b->detail && bits_of(a->value) == bits_of(b->value);
}

static size_t slot_of(size_t rule, const struct hk_verdict *verdict)
{
	uint64_t mixed = (bits_of(verdict->value) + rule) * UINT64_C(0x9e3779b97f4a7c15);

	mixed = (mixed ^ mixed >> 32 ^ verdict->detail ^ (uint64_t)verdict->evidence << 8 ^ verdict->state) * UINT64_C(0x9e3779b97f4a7c15);
	return (size_t)(mixed >> 40) % SLOTS;
}

bool hk_phrases_find(struct hk_phrases *phrases, const struct hk_check_offer *offer, size_t rule, const struct hk_verdict *verdict, struct hk_buf **text)
{
	struct hk_phrase *phrase;

	if (!phrases->slots) {
		phrases->slots = hk_calloc(SLOTS, sizeof *phrases->slots);
		for (size_t i = 0; i < SLOTS; i++)
			hk_buf_init(&phrases->slots[i].text);
	}
	phrase = &phrases->slots[slot_of(rule, verdict)];
	*text = &phrase->text;
	if (phrase->offer == offer && phrase->rule == rule && is_same(&phrase->verdict, verdict))
		return true;
	phrase->offer = offer;
	phrase->rule = rule;
	phrase->verdict = *verdict;
	hk_buf_reset(&phrase->text);
	return false;
}

void hk_phrases_keep(struct hk_buf *text, const struct hk_buf *out, size_t start)
{
	while (start < out->len && (out->s[start] == ',' || out->s[start] == ' ' || out->s[start] == '\n'))
		start++;
	hk_buf_add(text, out->s + start, out->len - start);
}

void hk_phrases_release(struct hk_phrases *phrases)
{
	for (size_t i = 0; phrases->slots && i < SLOTS; i++)
		hk_buf_release(&phrases->slots[i].text);
	free(phrases->slots);
	phrases->slots = NULL;
}
