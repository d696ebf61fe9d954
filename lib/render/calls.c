/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who calls whom in the plan, found by name; and Services brought to where their callers are. */
#include "render/job.h"
#include <string.h>

void hk_calls_index(struct hk_job *job)
{
	for (size_t i = 0; i < job->plan->n_pipelines; i++) {
		const struct hk_plan_pipeline *pipeline = &job->plan->pipelines[i];
		for (size_t j = 0; j < pipeline->n_workloads; j++) {
			hk_index_add(&job->planned, pipeline->name, pipeline->workloads[j].name, "", job->planned_workloads.n);
			hk_vec_push(&job->planned_workloads, &pipeline->workloads[j]);
		}
		for (size_t j = 0; j < pipeline->n_connections; j++) {
			hk_index_add(&job->inbound, pipeline->name, pipeline->connections[j].to, "", job->connections.n);
			hk_vec_push(&job->connections, &pipeline->connections[j]);
		}
	}
}

const struct hk_plan_workload *hk_planned_named(const struct hk_job *job, const char *pipeline, const char *workload)
{
	size_t link = hk_index_first(&job->planned, pipeline, workload, "");
	return link == HK_INDEX_END ? NULL : job->planned_workloads.v[job->planned.links.v[link].value];
}

static void add_cluster(const struct hk_job *job, struct hk_entry *service, const char *name)
{
	uint32_t cluster = hk_model_cluster(job->model, name);
	if (cluster != HK_NO_INDEX)
		service->clusters[cluster] = true;
}

/*
 * Where the caller has replicas, spare ones included: they call too once they are needed. For what enters at a site, where the plan has routes; without a mesh
 * nothing carries that on to another cluster.
 */
static void bring_to_callers(const struct hk_job *job, struct hk_entry *service, const struct hk_entry *workload)
{
	hk_each_call(connection, job, workload) {
		const struct hk_plan_workload *caller = hk_planned_named(job, workload->pipeline->name, connection->from);
		for (size_t i = 0; caller && i < caller->n_placements; i++)
			if (caller->placements[i].replicas > 0)
				add_cluster(job, service, caller->placements[i].cluster);
		for (size_t i = 0; (caller || job->options->mesh) && i < connection->n_routes; i++)
			if (connection->routes[i].n_targets > 0)
				add_cluster(job, service, connection->routes[i].cluster);
	}
}

/*
 * A name means the same in every cluster of a mesh, but it is looked up where the caller runs: the Service, headless or not, must be there too, even when no
 * pod it selects is. Its namespace comes along where the manifests have one.
 */
void hk_services_bring(struct hk_job *job)
{
	struct hk_index spaces = HK_INDEX_INIT;
	for (size_t i = 0; i < job->entries.n; i++)
		if (strcmp(job->entries.v[i]->kind, "Namespace") == 0)
			hk_index_add(&spaces, job->entries.v[i]->name, "", "", i);
	for (size_t i = 0; i < job->entries.n; i++) {
		struct hk_entry *service = job->entries.v[i];
		if (service->role != HK_ENTRY_SERVICE || !service->has_selector)
			continue;
		for (size_t link = hk_pods_first(job, service); link != HK_INDEX_END; link = job->pods.links.v[link].next)
			if (hk_pods_selected(service, job->entries.v[job->pods.links.v[link].value]))
				bring_to_callers(job, service, job->entries.v[job->pods.links.v[link].value]);
		hk_index_each(link, &spaces, service->folder, "", "")
			for (size_t c = 0; c < job->model->n_clusters; c++)
				job->entries.v[spaces.links.v[link].value]->clusters[c] |= service->clusters[c];
	}
	hk_index_release(&spaces);
}
