/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/sort.h"

#include "base/mem.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum { FEW = 24, DIGIT_BITS = 8, DIGITS = 1 << DIGIT_BITS, LARGEST_ITEM = 64 };

static uint32_t key_of(const char *item, size_t key)
{
	uint32_t value;

	memcpy(&value, item + key, sizeof value);
	return value;
}

static void insert_each(char *items, size_t n, size_t size, size_t key)
{
	char held[LARGEST_ITEM];

	for (size_t i = 1; i < n; i++) {
		uint32_t value = key_of(items + i * size, key);
		size_t at = i;

		while (at > 0 && key_of(items + (at - 1) * size, key) > value)
			at--;
		if (at == i)
			continue;
		memcpy(held, items + i * size, size);
		memmove(items + (at + 1) * size, items + at * size, (i - at) * size);
		memcpy(items + at * size, held, size);
	}
}

/* One digit: from one array into the other, in order. */
static void deal(const char *from, char *to, size_t n, size_t size, size_t key, unsigned shift)
{
	size_t first[DIGITS + 1] = { 0 };

	for (size_t i = 0; i < n; i++)
		first[(key_of(from + i * size, key) >> shift & (DIGITS - 1)) + 1]++;
	for (size_t d = 1; d <= DIGITS; d++)
		first[d] += first[d - 1];
	for (size_t i = 0; i < n; i++)
		memcpy(to + first[key_of(from + i * size, key) >> shift & (DIGITS - 1)]++ * size, from + i * size, size);
}

void hk_sort_by_number(void *items, size_t n, size_t size, size_t key)
{
	char *from = items, *spare, *to;
	uint32_t largest = 0;
	bool sorted = true;

	for (size_t i = 0; i < n; i++) {
		uint32_t value = key_of(from + i * size, key);

		sorted = sorted && (i == 0 || value >= key_of(from + (i - 1) * size, key));
		largest = value > largest ? value : largest;
	}
	if (sorted)
		return;
	if (n <= FEW && size <= LARGEST_ITEM) {
		insert_each(from, n, size, key);
		return;
	}
	to = spare = hk_reallocarray(NULL, n, size);
	for (unsigned shift = 0; shift < 32 && largest >> shift > 0; shift += DIGIT_BITS) {
		char *swap = from;

		deal(from, to, n, size, key, shift);
		from = to;
		to = swap;
	}
	if (from != items)
		memcpy(items, from, n * size);
	hk_cleanup_free(&spare);
}
