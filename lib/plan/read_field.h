/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Typed access to the fields of a plan document, each checked for presence, type and range; every disappointment is a finding at its place and marks the reader
 * as broken. Private to lib/plan.
 */
#ifndef HK_PLAN_READ_FIELD_H
#define HK_PLAN_READ_FIELD_H

#include "plan/plan.h"

struct hk_plan_reader {
	struct hk_plan *plan;
	const struct hk_doc *doc;
	struct hk_diags *diags;
	bool broken;
};

/* Text copied into the plan; NULL after a finding when missing. */
const char *hk_plan_field_text(struct hk_plan_reader *reader, const struct hk_node *map, const char *key);
const char *hk_plan_field_optional_text(struct hk_plan_reader *reader, const struct hk_node *map, const char *key);
/* A finite number in [least, most]; least after a finding. */
double hk_plan_field_number(struct hk_plan_reader *reader, const struct hk_node *map, const char *key, double least, double most);
/* As hk_plan_field_number; `absent` when the key is not there. */
double hk_plan_field_optional_number(struct hk_plan_reader *reader, const struct hk_node *map, const char *key, double least, double most, double absent);
int64_t hk_plan_field_count(struct hk_plan_reader *reader, const struct hk_node *map, const char *key, int64_t least, int64_t most);
/* A moment, s since 1970; 0 when the key is not there. */
double hk_plan_field_time(struct hk_plan_reader *reader, const struct hk_node *map, const char *key);
bool hk_plan_field_flag(struct hk_plan_reader *reader, const struct hk_node *map, const char *key);
/* A mapping, or NULL after a finding. */
const struct hk_node *hk_plan_field_map(struct hk_plan_reader *reader, const struct hk_node *map, const char *key);
/*
 * A list of mappings: an array of *count zeroed elements of `size` bytes in the plan's arena and *items, the list to walk. A missing key is an empty list.
 * Items that are no mappings are findings and make the list empty.
 */
void *hk_plan_field_list(struct hk_plan_reader *reader, const struct hk_node *map, const char *key, size_t size, size_t *count, const struct hk_node **items);
/* A list of texts, copied; a missing key is an empty list. */
const char **hk_plan_field_sentences(struct hk_plan_reader *reader, const struct hk_node *map, const char *key, size_t *count);
/* Finding at a node. */
void hk_plan_field_complain(struct hk_plan_reader *reader, const struct hk_node *node, enum hk_rule_id rule, const char *text);
/* Names that must rise strictly (strict) or not fall; NULL names were complained about before and are passed over. */
void hk_plan_field_order(struct hk_plan_reader *reader, const struct hk_node *item, const char *before, const char *name, bool strict);

/* read_network.c: what the plan buys from the network, into the plan. */
void hk_plan_read_network_changes(struct hk_plan_reader *reader, const struct hk_node *spec);

#endif
