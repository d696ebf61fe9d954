/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Autoscalers keep what they decide, but within bounds that add up over the clusters to those the user gave. */
#include "render/apportion.h"
#include "render/job.h"
#include "render/script.h"
#include "render/value.h"
#include <string.h>

void hk_autoscaler_bounds(const struct hk_entry *scaler, size_t at, int64_t *least, int64_t *most)
{
	size_t n = scaler->planned->n_placements;
	struct hk_arena arena = HK_ARENA_INIT;
	double *shares = hk_arena_array(&arena, n, sizeof *shares);
	int64_t *mosts = hk_arena_array(&arena, n, sizeof *mosts), *leasts = hk_arena_array(&arena, n, sizeof *leasts);
	size_t *index = hk_arena_array(&arena, n, sizeof *index), used = 0, mine = 0;
	for (size_t i = 0; i < n; i++) {
		if (scaler->planned->placements[i].replicas == 0)
			continue;
		mine = i == at ? used : mine;
		index[used] = i;
		shares[used++] = scaler->planned->placements[i].load;
	}
	*least = scaler->least;
	*most = scaler->most;
	if (used > 0 && scaler->most >= 1) {
		hk_apportion(shares, used, scaler->most, 1, NULL, mosts);
		*most = mosts[mine];
	}
	if (used > 0 && scaler->least >= 1) {
		hk_apportion(shares, used, scaler->least, 1, scaler->most >= 1 ? mosts : NULL, leasts);
		*least = leasts[mine];
	}
	hk_arena_release(&arena);
}

void hk_autoscaler_edit(struct hk_script *script, const struct hk_entry *entry, const struct hk_variant *variant)
{
	bool keda = strcmp(entry->kind, "ScaledObject") == 0;
	const struct hk_node *spec = hk_node_get(script->doc->root, "spec");
	if (variant->least >= 0)
		hk_script_set(script, spec, keda ? "minReplicaCount" : "minReplicas", hk_value_int(script->arena, variant->least));
	if (variant->most >= 0)
		hk_script_set(script, spec, keda ? "maxReplicaCount" : "maxReplicas", hk_value_int(script->arena, variant->most));
}
