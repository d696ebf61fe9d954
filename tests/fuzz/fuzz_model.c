/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any text as the documents of "fuzz.yaml", which may name itself as manifest, node list or pod list. A model without errors must be safe to use. */
#include "base/vec.h"
#include "model/load.h"
#include <math.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static void require(bool condition)
{
	if (!condition)
		abort();
}

static void check_workload(const struct hk_model *m, const struct hk_pipeline *p, const struct hk_workload *w)
{
	require(w->min_replicas <= w->max_replicas && w->capacity > 0);
	for (size_t r = 0; r < m->n_resources; r++)
		require(isfinite(w->request[r]) && w->request[r] >= 0);
	for (size_t i = 0; i < w->n_together; i++)
		require(w->together[i].with < p->n_workloads);
	for (size_t i = 0; i < w->n_apart; i++)
		require(w->apart[i].with < p->n_workloads);
	for (size_t i = 0; i < w->n_prefer; i++)
		require(!w->prefer[i].has_when || w->prefer[i].from_input < p->n_inputs || w->prefer[i].from_cluster < m->n_clusters);
	for (size_t c = 0; c < m->n_clusters; c++)
		for (size_t n = 0; n < m->clusters[c].n_nodes; n++)
			hk_node_group_accepts(m, &m->clusters[c].nodes[n], w);
}

static void check_pipeline(const struct hk_model *m, const struct hk_pipeline *p)
{
	for (size_t i = 0; i < p->n_inputs; i++)
		require(p->inputs[i].cluster < m->n_clusters);
	for (size_t i = 0; i < p->n_outputs; i++)
		require(p->outputs[i].cluster < m->n_clusters);
	for (size_t i = 0; i < p->n_workloads; i++) {
		check_workload(m, p, &p->workloads[i]);
		require(isfinite(p->rate[i]) && p->rate[i] >= 0 && p->order[i] < p->n_workloads);
	}
	for (size_t i = 0; i < p->n_connections; i++) {
		require(hk_connection_from(p, &p->connections[i]) && hk_connection_to(p, &p->connections[i]));
		require(isfinite(p->connection_rate[i]));
	}
	for (size_t i = 0; i < p->n_paths; i++)
		require(hk_path_from(p, &p->paths[i]) && hk_path_to(p, &p->paths[i]));
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	struct hk_workspace workspace = { 0 };
	struct hk_model model = { 0 };
	struct hk_diags diags = HK_DIAGS_INIT;
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;

	if (hk_workspace_add_text(&workspace, "fuzz.yaml", (struct hk_str){ (const char *)data, size }, size % 2, &diags, &err) == 0 &&
	    hk_model_load(&model, &workspace, &diags, &err) == 0) {
		for (size_t i = 0; i < model.n_links; i++)
			require(model.links[i].from < model.n_clusters && model.links[i].to < model.n_clusters && model.links[i].from != model.links[i].to);
		for (size_t i = 0; i < model.n_sites; i++)
			require(model.sites[i].cluster < model.n_clusters);
		for (size_t i = 0; i < model.n_pipelines && !diags.errors; i++)
			check_pipeline(&model, &model.pipelines[i]);
	}
	hk_model_release(&model);
	hk_workspace_release(&workspace);
	hk_diags_release(&diags);
	return 0;
}
