/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Regular expressions for the keyword `pattern`: the part that ECMA-262 (with the u flag) and the usual engines of editors and validators understand in the
 * same way. Matching takes time proportional to text length times pattern length, whatever the text.
 *
 * Supported: literals, '.', [...] and [^...] with ranges, ( ), (?: ), |, *, +, ?, {m}, {m,}, {m,n}, ^, $, and '\' before a punctuation character. Not
 * supported, and refused when compiled: \d, \w, \s, \b, back references, look-around, lazy quantifiers, classes inside classes. '$' is the end of
 * the text only. Characters are Unicode code points; invalid UTF-8 never matches anything but a negated class or '.'.
 */
#ifndef HK_SCHEMA_PATTERN_H
#define HK_SCHEMA_PATTERN_H

#include "base/arena.h"
#include "base/err.h"
#include <stdint.h>

struct hk_pattern;

/* Lives in the arena. NULL with HK_FAILED when the expression is malformed, not supported or too large. */
const struct hk_pattern *hk_pattern_compile(struct hk_str expression, struct hk_arena *arena, struct hk_err *err);
/* Does it match anywhere in the text (unless anchored)? */
bool hk_pattern_matches(const struct hk_pattern *pattern, struct hk_str text);

/* Code point at the start of the text, and its length in *length; U+FFFD and 1 for an invalid byte. The text must not be empty. */
uint32_t hk_pattern_code_point(struct hk_str text, size_t *length);

#endif
