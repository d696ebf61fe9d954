/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Disruption budgets as the eviction API counts them: what the cluster last allowed, or, from a manifest alone, what healthy pods leave; both kinds of
 * percentage are rounded up.
 */
#include "base/num.h"
#include "check/action.h"
#include <string.h>

static bool covers(const struct hk_check_budget *budget, const struct hk_check_pod *pod)
{
	return (budget->cluster == HK_NO_INDEX || budget->cluster == pod->cluster) && strcmp(budget->name_space, pod->name_space) == 0 &&
	    hk_selector_matches(&budget->selector, &pod->labels);
}

/* "2" or "50%" of so many; -1 when it is neither. */
static int64_t amount(const char *text, int64_t of)
{
	struct hk_str s = hk_str_of(text);
	int64_t value;

	if (!hk_str_ends(s, "%"))
		return hk_num_parse_int(s, &value) && value >= 0 ? value : -1;
	s.n--;
	if (!hk_num_parse_int(s, &value) || value < 0 || value > 100)
		return -1;
	return (value * of + 99) / 100;
}

/* A budget that cannot be read allows nothing. */
static int64_t allowed(const struct hk_inventory *inventory, const struct hk_check_budget *budget)
{
	int64_t expected = 0, healthy = 0, bound;

	if (budget->has_allowed)
		return budget->allowed;
	for (size_t i = 0; i < inventory->pods.n; i++) {
		if (!covers(budget, &inventory->pods.v[i]))
			continue;
		expected++;
		healthy += (inventory->pods.v[i].flags & HK_POD_READY) != 0;
	}
	if (budget->min_available) {
		bound = amount(budget->min_available, expected);
		return bound < 0 ? 0 : healthy - bound;
	}
	bound = budget->max_unavailable ? amount(budget->max_unavailable, expected) : -1;
	return bound < 0 ? 0 : healthy - (expected - bound);
}

void hk_budgets_open(struct hk_budgets *budgets, struct hk_inventory *inventory, struct hk_arena *arena)
{
	*budgets = (struct hk_budgets){ inventory, hk_arena_array(arena, inventory->budgets.n, sizeof *budgets->left) };
	for (size_t i = 0; i < inventory->budgets.n; i++)
		budgets->left[i] = allowed(inventory, &inventory->budgets.v[i]);
}

bool hk_budgets_allow(struct hk_budgets *budgets, const struct hk_check_pod *pod, bool take, struct hk_arena *arena, const char **why)
{
	size_t found = HK_MAP_NONE;

	for (size_t i = 0; i < budgets->inventory->budgets.n; i++) {
		const struct hk_check_budget *budget = &budgets->inventory->budgets.v[i];
		if (!covers(budget, pod))
			continue;
		if (found != HK_MAP_NONE) {
			*why = hk_arena_printf(arena, "disruption budgets %s and %s both cover it, which the eviction API refuses",
					       budgets->inventory->budgets.v[found].name, budget->name);
			return false;
		}
		found = i;
	}
	if (found == HK_MAP_NONE)
		return true;
	if (budgets->left[found] <= 0) {
		*why = hk_arena_printf(arena, "disruption budget %s allows no more", budgets->inventory->budgets.v[found].name);
		return false;
	}
	budgets->left[found] -= take;
	return true;
}
