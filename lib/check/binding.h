/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bindings one by one, in the order of offers and, within, of the members of their targets (the last target's fastest). Nothing is allocated for a binding. */
#ifndef HK_CHECK_BINDING_H
#define HK_CHECK_BINDING_H

#include "check/check.h"

/* What an earlier check, or turnbuckle's controller, wrote about a binding. */
struct hk_earlier { uint32_t offer; uint64_t index; enum hk_state state; double since, mitigated; /* NaN: not stated */ };
struct hk_earlier_list { HK_VEC(struct hk_earlier) list; /* by offer, index */ size_t unknown; /* bindings of nothing there is now */ };

struct hk_binding {
	const struct hk_check_offer *offer;
	uint64_t index, combination;
	uint32_t members[HK_CHECK_MOST_TARGETS];
	enum hk_state state;
	const struct hk_verdict *verdicts;      /* per rule of the offer */
	double since;                           /* of the state; NaN when no input says when it is */
	double mitigated;                       /* when a network change was asked for; NaN: never */
	bool changed;                           /* another state than before, or none before */
};

struct hk_binding_cursor { const struct hk_check *check; const struct hk_earlier_list *earlier; size_t offer, next_earlier; bool started;
			   struct hk_binding binding; };

/* From ConstraintPolicyBinding objects among the inputs. They are found by offer and references, not by name, because names of 32 bits collide. */
void hk_earlier_open(struct hk_earlier_list *earlier, const struct hk_check *check);
void hk_earlier_close(struct hk_earlier_list *earlier);

void hk_binding_first(struct hk_binding_cursor *cursor, const struct hk_check *check, const struct hk_earlier_list *earlier);
bool hk_binding_next(struct hk_binding_cursor *cursor);        /* false behind the last */

const struct hk_member *hk_binding_member(const struct hk_binding *binding, size_t target);

/*
 * Names as turnbuckle makes them: the offer's, "-", and the FNV-1a hash of 32 bits of all references in its safe alphabet. Of 1,000,000 bindings some hundred
 * pairs share such a hash; these have one of 64 bits.
 */
struct hk_binding_names {
	uint32_t *hashes; size_t n;             /* that more than one binding has; sorted */
	bool begun; uint32_t hash;              /* of the members in front of the last one, and which they were */
	uint32_t front[HK_CHECK_MOST_TARGETS];
};
void hk_binding_names_open(struct hk_binding_names *names, const struct hk_check *check, const struct hk_check_offer *offer);
void hk_binding_names_close(struct hk_binding_names *names);
void hk_binding_name(struct hk_binding_names *names, const struct hk_binding *binding, struct hk_buf *out);

#endif
