/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who is who: entries that are workloads of the plan, what scales them, and into which clusters everything goes. */
#include "render/job.h"
#include <string.h>

const struct hk_plan_placement *hk_placement_in(const struct hk_plan_workload *planned, const char *cluster)
{
	const struct hk_plan_placement *placement = hk_plan_placement(planned, cluster);
	return placement && placement->replicas > 0 ? placement : NULL;
}

static const struct hk_pipeline *pipeline_named(const struct hk_model *model, const char *name)
{
	size_t low = 0, high = model->n_pipelines;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strcmp(model->pipelines[middle].name, name);
		if (order == 0)
			return &model->pipelines[middle];
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

static void stale(struct hk_job *job, const char *what, const char *name, const char *of)
{
	struct hk_diag *diag = hk_job_diag(job, HK0901, NULL, "the plan has %s '%s'%s%s%s, which the documents do not have", what, name, of ? " of '" : "",
					   of ? of : "", of ? "'" : "");
	hk_diag_help(job->diags, diag, "the plan was made from other documents; run hkctl plan again");
}

static struct hk_range range_of(const struct hk_where *where)
{
	struct hk_range range = { 0 };
	if (where->doc)
		hk_node_range(where->doc, where->node, &range);
	return range;
}

static void add_claim(struct hk_job *job, const struct hk_pipeline *pipeline, const struct hk_plan_workload *planned)
{
	uint32_t index = hk_pipeline_workload(pipeline, planned->name);
	if (index == HK_NO_INDEX) {
		stale(job, "workload", planned->name, pipeline->name);
		return;
	}
	const struct hk_workload *workload = &pipeline->workloads[index];
	if (!workload->manifest.file) {
		struct hk_range range = range_of(&workload->where);
		hk_job_diag(job, HK0922, &range, "workload '%s' names no manifest, so nothing is rendered for it", workload->name);
		return;
	}
	const struct hk_manifest_ref *ref = &workload->manifest;
	hk_index_add(&job->claimed, ref->file, hk_manifest_kind_name(ref->kind), ref->name, job->claims.n);
	hk_vec_push(&job->claims, (struct hk_claim){ pipeline, workload, planned, NULL });
}

void hk_claims_list(struct hk_job *job)
{
	for (size_t i = 0; i < job->plan->n_pipelines; i++) {
		const struct hk_plan_pipeline *planned = &job->plan->pipelines[i];
		const struct hk_pipeline *pipeline = pipeline_named(job->model, planned->name);
		if (!pipeline)
			stale(job, "pipeline", planned->name, NULL);
		for (size_t j = 0; pipeline && j < planned->n_workloads; j++)
			add_claim(job, pipeline, &planned->workloads[j]);
	}
}

/* Where its replicas run, and who owns their number. */
static void place(struct hk_job *job, struct hk_entry *entry)
{
	for (size_t i = 0; i < entry->planned->n_placements; i++) {
		const struct hk_plan_placement *placement = &entry->planned->placements[i];
		uint32_t cluster = hk_model_cluster(job->model, placement->cluster);
		if (cluster == HK_NO_INDEX)
			stale(job, "cluster", placement->cluster, NULL);
		else if (placement->replicas > 0)
			entry->clusters[cluster] = true;
	}
	hk_index_each(link, &job->scaled, entry->folder, entry->kind, entry->name) {
		struct hk_entry *scaler = job->scalers.v[job->scaled.links.v[link].value];
		scaler->planned = entry->planned;
		entry->scaler = scaler;
	}
	if (entry->has_node_name) {
		struct hk_diag *diag = hk_job_diag(job, HK0905, &entry->range, "the pod template of %s '%s' sets nodeName, which bypasses the scheduler",
						   entry->kind, entry->name);
		hk_diag_help(job->diags, diag, "remove nodeName: the plan decides where replicas run, and the scheduler checks that they fit");
	}
}

bool hk_entry_claim(struct hk_job *job, struct hk_entry *entry)
{
	hk_index_each(link, &job->claimed, entry->file, entry->kind, entry->name) {
		struct hk_claim *claim = &job->claims.v[job->claimed.links.v[link].value];
		const char *name_space = claim->workload->manifest.name_space;
		if (claim->entry || (name_space && (!entry->name_space || strcmp(name_space, entry->name_space) != 0)))
			continue;
		claim->entry = entry;
		if (entry->workload) {
			struct hk_range range = range_of(&claim->workload->manifest.where);
			struct hk_diag *diag = hk_job_diag(job, HK0919, &range, "%s '%s' is the manifest of two workloads: '%s' and '%s'", entry->kind,
							   entry->name, entry->workload->name, claim->workload->name);
			hk_diag_help(job->diags, diag, "one object can have one number of replicas; give each workload an object of its own");
			continue;
		}
		entry->role = HK_ENTRY_WORKLOAD;
		entry->pipeline = claim->pipeline;
		entry->workload = claim->workload;
		entry->planned = claim->planned;
	}
	if (entry->workload) {
		place(job, entry);
		hk_chain_attach(job, entry);
	}
	return entry->workload != NULL;
}

static void check_claims(struct hk_job *job)
{
	for (size_t i = 0; i < job->claims.n; i++) {
		const struct hk_workload *workload = job->claims.v[i].workload;
		struct hk_range range = range_of(&workload->manifest.where);
		if (!job->claims.v[i].entry)
			hk_job_diag(job, HK0902, &range, "no %s '%s' in %s", hk_manifest_kind_name(workload->manifest.kind), workload->manifest.name,
				    workload->manifest.file);
	}
}

static void add_clusters(struct hk_job *job, struct hk_entry *to, const struct hk_entry *from)
{
	for (size_t i = 0; i < job->model->n_clusters; i++)
		to->clusters[i] |= from->clusters[i];
}

static void link_autoscaler(struct hk_job *job, const struct hk_index *placed, struct hk_entry *scaler)
{
	if (!scaler->target_kind || !scaler->target_name)
		return;
	hk_index_each(link, placed, scaler->folder, scaler->target_kind, scaler->target_name) {
		struct hk_entry *entry = job->entries.v[placed->links.v[link].value];
		add_clusters(job, scaler, entry);
		scaler->workload = entry->workload;
		scaler->planned = entry->planned;
		if (!entry->scaler) {
			hk_job_diag(job, HK0918, &scaler->range, "%s '%s' hides its scaleTargetRef behind escapes", scaler->kind, scaler->name);
			return;
		}
		struct hk_diag *diag = hk_job_diag(job, HK0906, &entry->range, "replicas of %s '%s' are owned by %s '%s'", entry->kind, entry->name,
						   scaler->kind, scaler->name);
		hk_diag_help(job->diags, diag,
			     "spec.replicas is left out and the autoscaler gets bounds per cluster; where the object runs already, run 'kubectl apply edit-last-applied' first and remove replicas "
					 "there, else the next apply resets it to 1");
	}
}

static void link_autoscalers(struct hk_job *job)
{
	struct hk_index placed = HK_INDEX_INIT;
	for (size_t i = 0; i < job->entries.n; i++)
		if (job->entries.v[i]->role == HK_ENTRY_WORKLOAD)
			hk_index_add(&placed, job->entries.v[i]->folder, job->entries.v[i]->kind, job->entries.v[i]->name, i);
	for (size_t i = 0; i < job->entries.n; i++)
		if (job->entries.v[i]->role == HK_ENTRY_AUTOSCALER)
			link_autoscaler(job, &placed, job->entries.v[i]);
	hk_index_release(&placed);
}

/* Pods by one label, so that thousands of selectors need not look at thousands of workloads each. */
static void index_pods(struct hk_job *job)
{
	for (size_t i = 0; i < job->entries.n; i++) {
		const struct hk_entry *entry = job->entries.v[i];
		if (entry->role != HK_ENTRY_WORKLOAD)
			continue;
		const struct hk_labels *labels = &entry->workload->manifest.pod_labels;
		hk_index_add(&job->pods, entry->folder, "", "", i);
		for (size_t j = 0; j < labels->n; j++)
			hk_index_add(&job->pods, entry->folder, labels->v[j].key, labels->v[j].value, i);
	}
}

size_t hk_pods_first(const struct hk_job *job, const struct hk_entry *selecting)
{
	const struct hk_selector *selector = &selecting->selector;
	for (size_t i = 0; i < selector->n_terms; i++)
		if (selector->terms[i].op == HK_OP_IN && selector->terms[i].n_values == 1)
			return hk_index_first(&job->pods, selecting->folder, selector->terms[i].key, selector->terms[i].values[0]);
	return hk_index_first(&job->pods, selecting->folder, "", "");
}

bool hk_pods_selected(const struct hk_entry *selecting, const struct hk_entry *workload)
{
	return selecting->has_selector && hk_selector_matches(&selecting->selector, &workload->workload->manifest.pod_labels);
}

static bool link_selecting(struct hk_job *job, struct hk_entry *entry)
{
	bool any = false;
	for (size_t link = hk_pods_first(job, entry); entry->has_selector && link != HK_INDEX_END; link = job->pods.links.v[link].next) {
		const struct hk_entry *workload = job->entries.v[job->pods.links.v[link].value];
		if (!hk_pods_selected(entry, workload))
			continue;
		add_clusters(job, entry, workload);
		any = true;
	}
	return any;
}

/* Everything else goes wherever a workload of its file goes. */
static void link_file(struct hk_job *job)
{
	for (size_t first = 0, end; first < job->entries.n; first = end) {
		bool *there = hk_arena_array(&job->arena, job->model->n_clusters + 1, sizeof *there);
		for (end = first; end < job->entries.n && job->entries.v[end]->file == job->entries.v[first]->file; end++)
			for (size_t i = 0; i < job->model->n_clusters; i++)
				there[i] |= job->entries.v[end]->role == HK_ENTRY_WORKLOAD && job->entries.v[end]->clusters[i];
		for (size_t i = first; i < end; i++) {
			struct hk_entry *entry = job->entries.v[i];
			bool placed = entry->role == HK_ENTRY_WORKLOAD || (entry->role == HK_ENTRY_AUTOSCALER && entry->workload) ||
				      ((entry->role == HK_ENTRY_SERVICE || entry->role == HK_ENTRY_SELECTING) && link_selecting(job, entry));
			if (!placed)
				memcpy(entry->clusters, there, job->model->n_clusters * sizeof *there);
			if (entry->role != HK_ENTRY_STRANGER)
				continue;
			struct hk_diag *diag = hk_job_diag(job, HK0908, &entry->range, "%s '%s' belongs to no pipeline and is carried unchanged", entry->kind,
							   entry->name);
			hk_diag_help(job->diags, diag,
				     "every cluster that gets a workload of this file gets it too; add it to the pipeline or move it to another file");
		}
	}
}

void hk_entries_link(struct hk_job *job)
{
	check_claims(job);
	link_autoscalers(job);
	index_pods(job);
	link_file(job);
}
