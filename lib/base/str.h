/* SPDX-License-Identifier: GPL-3.0-or-later */
/* String slices: pointer and length, not NUL-terminated, never owning. All comparisons are bytewise (no locale). */
#ifndef HK_BASE_STR_H
#define HK_BASE_STR_H

#include <stdbool.h>
#include <stddef.h>

struct hk_str {
	const char *s;
	size_t n;
};

#define HK_STR(literal) ((struct hk_str){ "" literal, sizeof(literal) - 1 })
/* For "%.*s": printf("%.*s", HK_STR_ARG(slice)). */
#define HK_STR_ARG(slice) (int)(slice).n, (slice).s

struct hk_str hk_str_of(const char *text);                       /* NULL gives the empty slice */
bool hk_str_eq(struct hk_str a, struct hk_str b);
bool hk_str_is(struct hk_str a, const char *text);
int hk_str_cmp(struct hk_str a, struct hk_str b);                 /* memcmp order, shorter first on a tie */
bool hk_str_starts(struct hk_str a, const char *prefix);
bool hk_str_ends(struct hk_str a, const char *suffix);
struct hk_str hk_str_trim(struct hk_str a);                       /* spaces and tabs at both ends */
struct hk_str hk_str_cut(struct hk_str *rest, char separator);    /* text before separator; *rest moves behind it (empty at the end) */

/* Edit distance of Damerau-Levenshtein with adjacent transpositions, capped: returns at most limit + 1. Case-insensitive. */
unsigned hk_str_distance(struct hk_str a, struct hk_str b, unsigned limit);
/* Nearest of candidates within a third of the length (at least 1, at most 3 edits), else NULL. Ties: first in order. */
const char *hk_str_nearest(struct hk_str word, const char *const *candidates, size_t count);

/* Length of the valid UTF-8 sequence at s (1 to 4), or 0: overlong, surrogate, truncated and > U+10FFFF are invalid (RFC 3629). */
unsigned hk_utf8_length(const char *s, size_t available);
/* Columns a terminal needs for the text: combining marks 0, East Asian wide 2, others 1; invalid bytes 1. */
size_t hk_utf8_width(struct hk_str text);

#endif
