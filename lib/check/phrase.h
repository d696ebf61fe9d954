/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A million bindings share some hundred verdicts. What was written of a verdict is kept and copied when the same verdict comes again; the newest of those that
 * share a slot stays.
 */
#ifndef HK_CHECK_PHRASE_H
#define HK_CHECK_PHRASE_H

#include "check/check.h"

struct hk_phrase;
struct hk_phrases { struct hk_phrase *slots; };     /* zero it before use */

/* True: *text is what was kept for this verdict of the offer's rule. False: *text is empty, and what is added to it is kept. */
bool hk_phrases_find(struct hk_phrases *phrases, const struct hk_check_offer *offer, size_t rule, const struct hk_verdict *verdict, struct hk_buf **text);
/* Keep the JSON value that was added to `out` from `start` on, without the comma and blanks in front of it. */
void hk_phrases_keep(struct hk_buf *text, const struct hk_buf *out, size_t start);
void hk_phrases_release(struct hk_phrases *phrases);

#endif
