/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a plan document says is bought from the network. */
#include "plan/read_field.h"

#include <math.h>
#include <string.h>

#define MOST_NUMBER 1e300
#define MOST_PARALLEL 1000000

static void read_change(struct hk_plan_reader *reader, const struct hk_node *item, const char *key, double *before, double *after)
{
	const struct hk_node *map = hk_node_get(item, key) ? hk_plan_field_map(reader, item, key) : NULL;

	*before = *after = (double)NAN;
	if (!map)
		return;
	*before = hk_plan_field_number(reader, map, "from", 0, MOST_NUMBER);
	*after = hk_plan_field_number(reader, map, "to", 0, MOST_NUMBER);
}

static int compare(const struct hk_plan_network_change *a, const struct hk_plan_network_change *b)
{
	int order = strcmp(a->from, b->from);

	if (!order)
		order = strcmp(a->to, b->to);
	return order ? order : (a->parallel > b->parallel) - (a->parallel < b->parallel);
}

void hk_plan_read_network_changes(struct hk_plan_reader *reader, const struct hk_node *spec)
{
	struct hk_plan *plan = reader->plan;
	const struct hk_node *changes;
	size_t i = 0;

	plan->assumed_at = hk_plan_field_time(reader, spec, "assumedAt");
	plan->network_changes = hk_plan_field_list(reader, spec, "networkChanges", sizeof *plan->network_changes, &plan->n_network_changes, &changes);
	hk_for_each_item(item, changes) {
		struct hk_plan_network_change *change = &plan->network_changes[i];

		change->from = hk_plan_field_text(reader, item, "from");
		change->to = hk_plan_field_text(reader, item, "to");
		change->controller = hk_plan_field_optional_text(reader, item, "controller");
		if (hk_node_get(item, "parallel"))
			change->parallel = (uint32_t)hk_plan_field_count(reader, item, "parallel", 0, MOST_PARALLEL);
		read_change(reader, item, "bandwidth", &change->bandwidth_before, &change->bandwidth_after);
		read_change(reader, item, "latency", &change->latency_before, &change->latency_after);
		change->price = hk_plan_field_number(reader, item, "price", 0, MOST_NUMBER);
		change->expires = hk_plan_field_time(reader, item, "expires");
		change->why = hk_plan_field_sentences(reader, item, "why", &change->n_why);
		if (i > 0 && !reader->broken && compare(&plan->network_changes[i - 1], change) >= 0)
			hk_plan_field_complain(reader, item, HK0805, "the changes of the network are not sorted, or one is there twice");
		i++;
	}
}
