/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Why a cluster cannot hold what it should: as few replicas of as few workloads as possible that already cannot be held. */
#include "place/pack_internal.h"

#include <string.h>

struct filter { struct hk_pack *pack; uint32_t *demand; bool needs; uint64_t steps; };

static bool still_unpackable(struct filter *f)
{
	return f->steps && hk_pack_try(f->pack, f->demand, f->needs, &f->steps, NULL) == HK_UNPACKABLE;
}

/* With required together, fewer of a workload that others need may be harder, not easier: such counts stay. */
static bool may_change(const struct filter *f, uint32_t part)
{
	if (!f->needs || !f->pack->parts[part].is_needed)
		return true;
	for (uint32_t i = 0; i < f->pack->n_parts; i++) {
		const struct hk_pack_list *needs = &f->pack->parts[i].needs;

		for (uint32_t k = 0; f->demand[i] && k < needs->n; k++)
			if (needs->v[k] == part)
				return false;
	}
	return true;
}

/* Leave out the parts at [first, first + count) of by_size, counted from the smallest; put them back when the rest can be packed. */
static void try_without(struct filter *f, uint32_t first, uint32_t count, uint32_t *kept)
{
	uint32_t n = f->pack->n_parts, changed = 0;

	memcpy(kept, f->demand, n * sizeof *kept);
	for (uint32_t k = first; k < first + count && k < n; k++) {
		uint32_t i = f->pack->by_size[n - 1 - k];

		if (f->demand[i] && may_change(f, i)) {
			f->demand[i] = 0;
			changed++;
		}
	}
	if (changed && !still_unpackable(f))
		memcpy(f->demand, kept, n * sizeof *kept);
}

/* The least count of the part with which the demand is unpackable, by halving. */
static void lower(struct filter *f, uint32_t part)
{
	uint32_t packable = 0, unpackable = f->demand[part];

	while (unpackable - packable > 1) {
		f->demand[part] = packable + (unpackable - packable) / 2;
		if (still_unpackable(f))
			unpackable = f->demand[part];
		else
			packable = f->demand[part];
	}
	f->demand[part] = unpackable;
}

bool hk_pack_minimise(struct hk_pack *pack, uint32_t *demand, uint64_t step_limit)
{
	struct filter f = { pack, demand, false, step_limit < UINT64_MAX / 8 ? 8 * step_limit : step_limit };
	uint32_t n = pack->n_parts, *kept = hk_arena_array(&pack->arena, n, sizeof *kept), size = n;

	/* When it cannot be packed even without required together, that is the better reason: it holds for all larger counts too. */
	f.needs = pack->any_needs && !still_unpackable(&f);
	/* Large pieces first: most of many workloads have nothing to do with it. */
	while (size > 1) {
		size = (size + 1) / 2;
		for (uint32_t first = 0; first < n; first += size)
			try_without(&f, first, size, kept);
	}
	for (uint32_t k = n; k-- > 0;)
		if (demand[pack->by_size[k]] && may_change(&f, pack->by_size[k]))
			lower(&f, pack->by_size[k]);
	/* Lower counts of one may have made another one superfluous only when a test was undecided; a second look is cheap. */
	for (uint32_t k = 0; k < n; k++)
		try_without(&f, k, 1, kept);
	return !f.needs;
}
