/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Matching: the program as a set of threads that go through the text together (Pike). For small programs and ASCII texts, which is nearly all there is, the
 * sets are remembered as states with a row of followers each, made when first needed (as RE2 and others do): a character then costs one look-up.
 */
#include "schema/pattern_internal.h"
#include <string.h>

/* Threads waiting at one place of the text: a set of instruction numbers in order of arrival. */
struct threads {
	uint16_t at[HK_PATTERN_MAX], slot[HK_PATTERN_MAX];
	size_t count;
};

static bool is_waiting(const struct threads *threads, size_t at)
{
	return threads->slot[at] < threads->count && threads->at[threads->slot[at]] == at;
}

/* Add an instruction and all it reaches without reading a character. */
static void add_thread(const struct hk_pattern *pattern, struct threads *threads, size_t start, bool at_begin, bool at_end)
{
	uint16_t stack[HK_PATTERN_MAX + 2];
	size_t height = 0;

	stack[height++] = (uint16_t)start;
	while (height) {
		size_t at = stack[--height];
		const struct instruction *op = &pattern->code[at];
		if (is_waiting(threads, at))
			continue;
		threads->slot[at] = (uint16_t)threads->count;
		threads->at[threads->count++] = (uint16_t)at;
		if (op->operation == OP_SPLIT)
			stack[height++] = (uint16_t)((int)at + op->second);
		if (op->operation == OP_SPLIT || op->operation == OP_JUMP)
			stack[height++] = (uint16_t)((int)at + op->first);
		else if ((op->operation == OP_BEGIN && at_begin) || (op->operation == OP_END && at_end))
			stack[height++] = (uint16_t)(at + 1);
	}
}

static bool accepts(const struct instruction *op, uint32_t cp)
{
	if (op->operation == OP_CHAR)
		return op->code_point == cp;
	if (op->operation == OP_ANY)
		return cp != '\n';
	if (op->operation != OP_CLASS)
		return false;
	for (size_t i = 0; i < op->n_spans; i++)
		if (cp >= op->spans[i].low && cp <= op->spans[i].high)
			return !op->negated;
	return op->negated;
}

#define MAX_STATES 24u
#define UNKNOWN 0xffu
#define ASCII 128u

struct state {
	uint64_t waiting;           /* instructions, a bit each */
	bool matches, matches_at_end;
};

struct hk_pattern_states {
	struct state of[MAX_STATES];        /* the first is where a text begins */
	unsigned count;
	uint8_t next[MAX_STATES][ASCII];
};

void hk_pattern_prepare(struct hk_pattern *pattern, struct hk_arena *arena)
{
	if (pattern->size > 64)
		return;
	pattern->states = hk_arena_alloc(arena, sizeof *pattern->states);
	memset(pattern->states->next, UNKNOWN, sizeof pattern->states->next);
}

static uint64_t bits_of(const struct threads *threads)
{
	uint64_t bits = 0;

	for (size_t i = 0; i < threads->count; i++)
		bits |= UINT64_C(1) << threads->at[i];
	return bits;
}

/* Would the text match if it ended here? */
static bool matches_at_end(const struct hk_pattern *pattern, uint64_t waiting, bool begin)
{
	struct threads threads;

	threads.count = 0;
	memset(threads.slot, 0, pattern->size * sizeof threads.slot[0]);
	for (size_t at = 0; at < pattern->size; at++)
		if (waiting >> at & 1)
			add_thread(pattern, &threads, at, begin, true);
	return is_waiting(&threads, pattern->size - 1);
}

/* The state of a set of threads, new or known; UNKNOWN when there are too many. */
static unsigned state_of(const struct hk_pattern *pattern, const struct threads *threads, bool begin)
{
	struct hk_pattern_states *states = pattern->states;
	uint64_t waiting = bits_of(threads);

	for (unsigned i = 1; i < states->count && !begin; i++)
		if (states->of[i].waiting == waiting)
			return i;
	if (states->count == MAX_STATES)
		return UNKNOWN;
	states->of[states->count] = (struct state){ waiting, waiting >> (pattern->size - 1) & 1, matches_at_end(pattern, waiting, begin) };
	return states->count++;
}

static void begin_states(const struct hk_pattern *pattern)
{
	struct threads threads;

	threads.count = 0;
	memset(threads.slot, 0, pattern->size * sizeof threads.slot[0]);
	add_thread(pattern, &threads, 0, true, false);
	state_of(pattern, &threads, true);
}

static unsigned follow(const struct hk_pattern *pattern, unsigned from, unsigned char byte)
{
	uint64_t waiting = pattern->states->of[from].waiting;
	struct threads threads;

	threads.count = 0;
	memset(threads.slot, 0, pattern->size * sizeof threads.slot[0]);
	for (size_t at = 0; at < pattern->size; at++)
		if (waiting >> at & 1 && accepts(&pattern->code[at], byte))
			add_thread(pattern, &threads, at + 1, false, false);
	add_thread(pattern, &threads, 0, false, false);
	return pattern->states->next[from][byte] = (uint8_t)state_of(pattern, &threads, false);
}

/* 1 or 0; -1 when the table does not do: a character beyond ASCII, or too many states. */
static int match_states(const struct hk_pattern *pattern, struct hk_str text)
{
	struct hk_pattern_states *states = pattern->states;
	unsigned state = 0;

	if (!states->count)
		begin_states(pattern);
	for (size_t at = 0; at < text.n; at++) {
		unsigned char byte = (unsigned char)text.s[at];
		if (states->of[state].matches)
			return 1;
		if (byte >= ASCII)
			return -1;
		unsigned next = states->next[state][byte];
		state = next != UNKNOWN ? next : follow(pattern, state, byte);
		if (state == UNKNOWN)
			return -1;
	}
	return states->of[state].matches_at_end;
}

static bool match_threads(const struct hk_pattern *pattern, struct hk_str text)
{
	struct threads lists[2];
	struct threads *now = &lists[0], *next = &lists[1];

	/* only as much as this pattern uses: clearing all of both took longer than matching short texts */
	now->count = next->count = 0;
	memset(now->slot, 0, pattern->size * sizeof now->slot[0]);
	memset(next->slot, 0, pattern->size * sizeof next->slot[0]);
	for (size_t at = 0;;) {
		add_thread(pattern, now, 0, at == 0, at == text.n);
		if (is_waiting(now, pattern->size - 1))
			return true;
		if (at == text.n)
			return false;
		size_t length;
		uint32_t cp = hk_pattern_code_point((struct hk_str){ text.s + at, text.n - at }, &length);
		at += length;
		next->count = 0;
		for (size_t i = 0; i < now->count; i++)
			if (accepts(&pattern->code[now->at[i]], cp))
				add_thread(pattern, next, now->at[i] + 1u, false, at == text.n);
		struct threads *swap = now;
		now = next;
		next = swap;
	}
}

bool hk_pattern_matches(const struct hk_pattern *pattern, struct hk_str text)
{
	int known = pattern->states ? match_states(pattern, text) : -1;

	return known >= 0 ? known : match_threads(pattern, text);
}
