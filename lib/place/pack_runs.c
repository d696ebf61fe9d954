/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "place/pack_internal.h"

#include <string.h>

struct hk_pack_run *hk_pack_run_add(struct hk_pack *pack, struct hk_pack_runs *runs, uint32_t class_index, uint32_t nodes)
{
	struct hk_pack_run *run;

	if (runs->n == runs->cap) {
		size_t cap = runs->cap ? 2 * runs->cap : 16;
		struct hk_pack_run *grown = hk_arena_array(&pack->scratch, cap, sizeof *grown);

		if (runs->n)
			memcpy(grown, runs->v, runs->n * sizeof *grown);
		runs->v = grown;
		runs->cap = cap;
	}
	run = &runs->v[runs->n++];
	*run = (struct hk_pack_run){ .class_index = class_index, .nodes = nodes };
	return run;
}

uint32_t hk_pack_run_count(const struct hk_pack_run *run, uint32_t part)
{
	for (uint32_t k = 0; k < run->n_held; k++)
		if (run->held[k].part == part)
			return run->held[k].count;
	return 0;
}

void hk_pack_run_put(struct hk_pack *pack, struct hk_pack_run *run, uint32_t part, uint32_t count)
{
	for (uint32_t k = 0; k < run->n_held; k++)
		if (run->held[k].part == part) {
			run->held[k].count += count;
			return;
		}
	if (run->n_held == run->cap_held) {
		uint32_t cap = run->cap_held ? 2 * run->cap_held : 4;
		struct hk_pack_held *grown = hk_arena_array(&pack->scratch, cap, sizeof *grown);

		if (run->n_held)
			memcpy(grown, run->held, run->n_held * sizeof *grown);
		run->held = grown;
		run->cap_held = cap;
	}
	run->held[run->n_held++] = (struct hk_pack_held){ part, count };
}

void hk_pack_run_share(struct hk_pack *pack, const struct hk_pack_run *from, struct hk_pack_run *to)
{
	to->n_held = to->cap_held = from->n_held;
	to->held = hk_arena_array(&pack->scratch, from->n_held, sizeof *to->held);
	if (from->n_held)
		memcpy(to->held, from->held, from->n_held * sizeof *to->held);
	to->left = hk_arena_array(&pack->scratch, pack->n_resources, sizeof *to->left);
	if (from->left)
		memcpy(to->left, from->left, pack->n_resources * sizeof *to->left);
}
