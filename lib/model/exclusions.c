/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Pods that cannot share a node whatever the pipeline says: they ask for the same port of the node, or a manifest has required anti-affinity. Kubernetes would leave one of
 * them pending, so the plan must keep them apart.
 */
#include "model/build.h"
#include <string.h>

static bool share_port(const struct hk_pod *a, const struct hk_pod *b)
{
	for (size_t i = 0; i < a->n_ports; i++)
		for (size_t k = 0; k < b->n_ports; k++)
			if (a->ports[i].number == b->ports[k].number && strcmp(a->ports[i].protocol, b->ports[k].protocol) == 0)
				return true;
	return false;
}

static bool repels(const struct hk_pod *a, const struct hk_pod *b)
{
	for (size_t i = 0; i < a->n_repels; i++)
		if (hk_selector_matches(&a->repels[i], &b->labels))
			return true;
	return false;
}

/* Required at node level, unless the pipeline asks for as much or more. */
static void keep_apart(struct hk_build *b, struct hk_workload *w, uint32_t with)
{
	struct hk_pairing *apart;
	size_t at = 0;

	for (size_t i = 0; i < w->n_apart; i++)
		if (w->apart[i].with == with && w->apart[i].required)
			return;
	apart = hk_arena_array(b->arena, w->n_apart + 1, sizeof *apart);
	while (at < w->n_apart && w->apart[at].with < with)
		at++;
	if (at)
		memcpy(apart, w->apart, at * sizeof *apart);
	apart[at] = (struct hk_pairing){ .with = with, .level = HK_LEVEL_NODE, .required = true, .weight = 1, .where = w->manifest.where };
	if (at < w->n_apart)
		memcpy(apart + at + 1, w->apart + at, (w->n_apart - at) * sizeof *apart);
	w->apart = apart;
	w->n_apart++;
}

void hk_build_exclusions(struct hk_build *b, struct hk_pipeline *pipeline, const struct hk_pod *pods)
{
	for (uint32_t i = 0; i < pipeline->n_workloads; i++) {
		if (!pods[i].n_ports && !pods[i].n_repels)
			continue;
		for (uint32_t k = 0; k < pipeline->n_workloads; k++) {
			/* ports are mutual: once per pair is enough */
			if ((k >= i && share_port(&pods[i], &pods[k])) || (pods[k].labels.n && repels(&pods[i], &pods[k])))
				keep_apart(b, &pipeline->workloads[i], k);
		}
	}
}
