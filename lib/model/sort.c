/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/sort.h"
#include "base/mem.h"
#include <string.h>

/* Merge the sorted runs [low, middle) and [middle, high) of `from` into `to`. */
static void merge(const char *from, char *to, size_t low, size_t middle, size_t high, size_t size, int (*compare)(const void *, const void *))
{
	size_t left = low, right = middle;

	for (size_t i = low; i < high; i++) {
		int take_left = left < middle && (right >= high || compare(from + left * size, from + right * size) <= 0);
		memcpy(to + i * size, from + (take_left ? left++ : right++) * size, size);
	}
}

void hk_sort(void *base, size_t count, size_t size, int (*compare)(const void *a, const void *b))
{
	HK_AUTO_FREE char *scratch = NULL;
	char *from = base, *to;

	if (count < 2)
		return;
	scratch = hk_reallocarray(NULL, count, size);
	to = scratch;
	for (size_t width = 1; width < count; width *= 2) {
		char *swap = from;
		for (size_t low = 0; low < count; low += 2 * width) {
			size_t middle = low + width < count ? low + width : count;
			size_t high = low + 2 * width < count ? low + 2 * width : count;
			merge(from, to, low, middle, high, size, compare);
		}
		from = to;
		to = swap;
	}
	if (from != (char *)base)
		memcpy(base, from, count * size);
}

int hk_sort_by_text(const void *a, const void *b)
{
	const char *const *left = a, *const *right = b;

	return strcmp(*left, *right);
}
