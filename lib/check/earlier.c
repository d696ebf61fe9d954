/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bindings as they were written before: whose they are, their state, and since when. */
#include "base/time.h"
#include "check/binding.h"
#include "check/reference.h"
#include "model/sort.h"
#include <math.h>
#include <string.h>

struct index { struct hk_map members[HK_CHECK_MOST_TARGETS]; bool built; };

static double time_of(const struct hk_node *node)
{
	double seconds = NAN;

	if (node && node->kind == HK_SCALAR)
		(void)hk_time_parse(node->text, &seconds);
	return seconds;
}

static void build(struct index *index, const struct hk_check_offer *offer)
{
	for (size_t t = 0; t < offer->n_targets && !index->built; t++)
		for (size_t i = 0; i < offer->targets[t].n_members; i++)
			hk_map_put(&index->members[t], hk_str_of(offer->targets[t].members[i].reference), i);
	index->built = true;
}

/* Position of the binding among the offer's; false when one of its objects is not there any more. */
static bool locate(const struct index *index, const struct hk_check_offer *offer, const struct hk_node *object, uint64_t *position)
{
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;

	*position = 0;
	for (size_t t = 0; t < offer->n_targets; t++) {
		size_t member;
		hk_buf_reset(&text);
		if (!hk_reference_read(object, offer->targets[t].name, &text))
			return false;
		member = hk_map_get(&index->members[t], (struct hk_str){ text.s, text.len });
		if (member == HK_MAP_NONE)
			return false;
		*position = *position * offer->targets[t].n_members + member;
	}
	return true;
}

static size_t find_offer(const struct hk_check *check, const char *name_space, const char *name)
{
	for (size_t i = 0; i < check->n_offers; i++)
		if (strcmp(check->offers[i].name, name) == 0 && strcmp(check->offers[i].name_space, name_space) == 0)
			return i;
	return HK_MAP_NONE;
}

static int compare(const void *a, const void *b)
{
	const struct hk_earlier *left = a, *right = b;

	if (left->offer != right->offer)
		return left->offer < right->offer ? -1 : 1;
	return (left->index > right->index) - (left->index < right->index);
}

void hk_earlier_open(struct hk_earlier_list *earlier, const struct hk_check *check)
{
	struct index *indexes = hk_calloc(check->n_offers + 1, sizeof *indexes);

	*earlier = (struct hk_earlier_list){ .unknown = 0 };
	for (size_t i = 0; i < check->inventory.bindings.n; i++) {
		const struct hk_node *object = check->inventory.bindings.v[i], *status = hk_node_get(object, "status"),
		    *state = hk_node_get(status, "compliance");
		const char *name = hk_node_string(hk_node_at(object, "spec.offer")), *name_space = hk_node_string(hk_node_at(object, "metadata.namespace"));
		size_t offer = name ? find_offer(check, name_space ? name_space : "default", name) : HK_MAP_NONE;
		struct hk_earlier e = { .since = time_of(hk_node_get(status, "lastComplianceChangeTimestamp")),
					.mitigated = time_of(hk_node_get(status, "lastMitigatedTimestamp")) };

		if (offer != HK_MAP_NONE)
			build(&indexes[offer], &check->offers[offer]);
		if (offer == HK_MAP_NONE || !check->offers[offer].n_bindings || !locate(&indexes[offer], &check->offers[offer], object, &e.index)) {
			earlier->unknown++;
			continue;
		}
		e.offer = (uint32_t)offer;
		if (state && state->kind == HK_SCALAR && hk_state_parse(state->text, &e.state))
			hk_vec_push(&earlier->list, e);
	}
	if (earlier->list.n)
		hk_sort(earlier->list.v, earlier->list.n, sizeof *earlier->list.v, compare);
	for (size_t i = 0; i < check->n_offers; i++)
		for (size_t t = 0; t < HK_CHECK_MOST_TARGETS; t++)
			hk_map_release(&indexes[i].members[t]);
	hk_cleanup_free(&indexes);
}

void hk_earlier_close(struct hk_earlier_list *earlier)
{
	hk_vec_release(&earlier->list);
}
