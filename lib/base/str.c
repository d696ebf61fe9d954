/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/str.h"

#include <stdint.h>
#include <string.h>

struct hk_str hk_str_of(const char *text)
{
	return (struct hk_str){ text ? text : "", text ? strlen(text) : 0 };
}

bool hk_str_eq(struct hk_str a, struct hk_str b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.s, b.s, a.n) == 0);
}

bool hk_str_is(struct hk_str a, const char *text)
{
	return hk_str_eq(a, hk_str_of(text));
}

int hk_str_cmp(struct hk_str a, struct hk_str b)
{
	size_t common = a.n < b.n ? a.n : b.n;
	int order = common ? memcmp(a.s, b.s, common) : 0;

	if (order)
		return order;
	return (a.n > b.n) - (a.n < b.n);
}

bool hk_str_starts(struct hk_str a, const char *prefix)
{
	size_t n = strlen(prefix);

	return n == 0 || (a.n >= n && memcmp(a.s, prefix, n) == 0);
}

bool hk_str_ends(struct hk_str a, const char *suffix)
{
	size_t n = strlen(suffix);

	return n == 0 || (a.n >= n && memcmp(a.s + (a.n - n), suffix, n) == 0);
}

static bool is_blank(char byte)
{
	return byte == ' ' || byte == '\t';
}

struct hk_str hk_str_trim(struct hk_str a)
{
	while (a.n && is_blank(a.s[0])) {
		a.s++;
		a.n--;
	}
	while (a.n && is_blank(a.s[a.n - 1]))
		a.n--;
	return a;
}

struct hk_str hk_str_cut(struct hk_str *rest, char separator)
{
	const char *at = rest->n ? memchr(rest->s, separator, rest->n) : NULL;
	struct hk_str head = *rest;

	if (!at) {
		*rest = (struct hk_str){ rest->n ? rest->s + rest->n : "", 0 };
		return head;
	}
	head.n = (size_t)(at - rest->s);
	*rest = (struct hk_str){ at + 1, rest->n - head.n - 1 };
	return head;
}

/* Longer words are not worth a suggestion, and a fixed row keeps hostile input from costing time. */
#define WORD_MAX 127u

static unsigned char lower(char byte)
{
	unsigned char c = (unsigned char)byte;

	return c >= 'A' && c <= 'Z' ? (unsigned char)(c + ('a' - 'A')) : c;
}

static bool equal_ignoring_case(struct hk_str a, struct hk_str b)
{
	if (a.n != b.n)
		return false;
	for (size_t i = 0; i < a.n; i++)
		if (lower(a.s[i]) != lower(b.s[i]))
			return false;
	return true;
}

static unsigned least(unsigned a, unsigned b, unsigned c)
{
	unsigned m = a < b ? a : b;

	return m < c ? m : c;
}

/* Optimal string alignment over three rolling rows: rows[i % 3][j] is the distance of the first i of a and the first j of b. */
static unsigned alignment_distance(struct hk_str a, struct hk_str b, unsigned limit)
{
	unsigned rows[3][WORD_MAX + 1];

	for (unsigned j = 0; j <= b.n; j++)
		rows[0][j] = j;
	for (unsigned i = 1; i <= a.n; i++) {
		unsigned *row = rows[i % 3], *above = rows[(i + 2) % 3], *two_above = rows[(i + 1) % 3];
		unsigned best = i;

		row[0] = i;
		for (unsigned j = 1; j <= b.n; j++) {
			unsigned char ca = lower(a.s[i - 1]), cb = lower(b.s[j - 1]);

			row[j] = least(above[j] + 1, row[j - 1] + 1, above[j - 1] + (ca != cb));
			if (i > 1 && j > 1 && ca == lower(b.s[j - 2]) && cb == lower(a.s[i - 2]) && two_above[j - 2] + 1 < row[j])
				row[j] = two_above[j - 2] + 1;
			best = row[j] < best ? row[j] : best;
		}
		/* A transposition reaches one row back, so only a margin of one makes it safe to stop early. */
		if (best > limit + 1)
			return limit + 1;
	}
	return rows[a.n % 3][b.n] > limit ? limit + 1 : rows[a.n % 3][b.n];
}

unsigned hk_str_distance(struct hk_str a, struct hk_str b, unsigned limit)
{
	size_t gap = a.n > b.n ? a.n - b.n : b.n - a.n;

	if (equal_ignoring_case(a, b))
		return 0;
	if (limit > WORD_MAX)
		limit = WORD_MAX;
	if (gap > limit || a.n > WORD_MAX || b.n > WORD_MAX)
		return limit + 1;
	return alignment_distance(a, b, limit);
}

const char *hk_str_nearest(struct hk_str word, const char *const *candidates, size_t count)
{
	unsigned limit = word.n < 6 ? 1 : word.n < 9 ? 2 : 3;
	const char *nearest = NULL;

	for (size_t i = 0; i < count; i++) {
		unsigned distance = hk_str_distance(word, hk_str_of(candidates[i]), limit);

		if (distance <= limit) {
			nearest = candidates[i];
			if (distance == 0)
				break;
			/* Only something strictly nearer may replace it, so that ties go to the first. */
			limit = distance - 1;
		}
	}
	return nearest;
}
