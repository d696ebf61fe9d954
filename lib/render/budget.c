/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * PodDisruptionBudgets. One that states a number means all replicas of the workload; each cluster counts its own pods only, so each gets its share. A share
 * that leaves nothing to evict would block every drain for ever, and is made one smaller. Percentages mean the same everywhere and stay. maxUnavailable 0 and
 * minAvailable 100% say that nothing is ever to be evicted, and stay too.
 */
#include "render/apportion.h"
#include "render/job.h"
#include "render/script.h"
#include "render/value.h"
#include <inttypes.h>
#include <string.h>

static bool read_amount(const struct hk_node *node, struct hk_budget *budget)
{
	const char *text = hk_node_string(node);
	int64_t value = 0;
	size_t digits = 0;
	if (!node || node->kind != HK_SCALAR || !text)
		return false;
	if (hk_node_int(node, &value)) {
		budget->form = HK_BUDGET_NUMBER;
	} else {
		for (; text[digits] >= '0' && text[digits] <= '9' && digits < 9; digits++)
			value = value * 10 + (text[digits] - '0');
		if (digits == 0 || strcmp(text + digits, "%") != 0)
			return false;
		budget->form = HK_BUDGET_PERCENT;
	}
	budget->value = value;
	if (value < 0 || value > INT32_MAX)
		budget->form = HK_BUDGET_NONE;
	return budget->form != HK_BUDGET_NONE;
}

void hk_budget_read(const struct hk_node *spec, struct hk_budget *budget)
{
	if (!read_amount(hk_node_get(spec, "minAvailable"), budget))
		budget->unavailable = read_amount(hk_node_get(spec, "maxUnavailable"), budget);
}

/* Replicas the budget protects, by cluster: an autoscaler may go down to its least. */
struct protection { int64_t *replicas; double *shares; size_t n; uint32_t *clusters; int64_t total; };

static int64_t replicas_at(const struct hk_entry *workload, size_t at)
{
	int64_t least = -1, most = -1, replicas = workload->planned->placements[at].replicas;
	if (!workload->scaler)
		return replicas;
	hk_autoscaler_bounds(workload->scaler, at, &least, &most);
	return least < 1 ? 1 : least;
}

static void count(struct hk_job *job, const struct hk_entry *entry, struct protection *all)
{
	int64_t *by_cluster = hk_arena_array(&job->arena, job->model->n_clusters + 1, sizeof *by_cluster);
	for (size_t link = hk_pods_first(job, entry); link != HK_INDEX_END; link = job->pods.links.v[link].next) {
		const struct hk_entry *workload = job->entries.v[job->pods.links.v[link].value];
		for (size_t i = 0; hk_pods_selected(entry, workload) && i < workload->planned->n_placements; i++) {
			uint32_t cluster = hk_model_cluster(job->model, workload->planned->placements[i].cluster);
			if (cluster != HK_NO_INDEX && workload->planned->placements[i].replicas > 0)
				by_cluster[cluster] += replicas_at(workload, i);
		}
	}
	all->replicas = hk_arena_array(&job->arena, job->model->n_clusters + 1, sizeof *all->replicas);
	all->shares = hk_arena_array(&job->arena, job->model->n_clusters + 1, sizeof *all->shares);
	all->clusters = hk_arena_array(&job->arena, job->model->n_clusters + 1, sizeof *all->clusters);
	for (uint32_t i = 0; i < job->model->n_clusters; i++) {
		if (!entry->clusters[i] || by_cluster[i] == 0)
			continue;
		all->clusters[all->n] = i;
		all->shares[all->n] = (double)by_cluster[i];
		all->replicas[all->n++] = by_cluster[i];
		all->total += by_cluster[i];
	}
}

static void tell_smaller(struct hk_job *job, const struct hk_entry *entry, const char *asked, const char *cluster, int64_t replicas, int64_t given)
{
	struct hk_diag *diag = hk_job_diag(job, HK0930, &entry->range,
					   "PodDisruptionBudget '%s' asks for minAvailable %s, which leaves none of the %" PRId64 " replica%s in cluster '%s' "
					   "to evict: minAvailable %" PRId64 " there", entry->name, asked, replicas, replicas == 1 ? "" : "s", cluster, given);
	hk_diag_help(job->diags, diag, "plan more replicas or lower it; say maxUnavailable: 0 if replicas are never to be evicted");
}

/* Less protection than was asked for is a warning, more evictions at a time than asked for a note. */
static void tell_sum(struct hk_job *job, const struct hk_entry *entry, const char *field, int64_t sum)
{
	struct hk_diag *diag = hk_job_diag(job, entry->budget.unavailable ? HK0931 : HK0930, &entry->range,
					   "PodDisruptionBudget '%s' asks for %s %" PRId64 "; its shares in the clusters add up to %" PRId64, entry->name,
					   field, entry->budget.value, sum);
	hk_diag_help(job->diags, diag, "clusters evict without asking each other, and each must be able to evict one pod, else it could never be drained");
}

static int64_t sum_of(const int64_t *parts, size_t n)
{
	int64_t sum = 0;
	for (size_t i = 0; i < n; i++)
		sum += parts[i];
	return sum;
}

/* minAvailable as a number: together what was asked for, in each cluster at least one less than its replicas. */
static void share_available(struct hk_job *job, const struct hk_entry *entry, const struct protection *all, int64_t *parts)
{
	int64_t *most = hk_arena_array(&job->arena, all->n, sizeof *most);
	for (size_t i = 0; i < all->n; i++)
		most[i] = all->replicas[i] - 1;
	hk_apportion(all->shares, all->n, entry->budget.value, 0, most, parts);
	if (sum_of(parts, all->n) == entry->budget.value)
		return;
	if (all->n == 1)
		tell_smaller(job, entry, hk_arena_printf(&job->arena, "%" PRId64, entry->budget.value), job->model->clusters[all->clusters[0]].name,
			     all->replicas[0], parts[0]);
	else
		tell_sum(job, entry, "minAvailable", sum_of(parts, all->n));
}

/* A percentage is rounded up by Kubernetes: of few replicas even a small one is all of them. */
static void share_percent(struct hk_job *job, const struct hk_entry *entry, const struct protection *all, int64_t *parts)
{
	for (size_t i = 0; i < all->n; i++) {
		int64_t needed = (entry->budget.value * all->replicas[i] + 99) / 100;
		parts[i] = -1;
		if (needed < all->replicas[i])
			continue;
		parts[i] = all->replicas[i] - 1;
		tell_smaller(job, entry, hk_arena_printf(&job->arena, "%" PRId64 "%%", entry->budget.value), job->model->clusters[all->clusters[i]].name,
			     all->replicas[i], parts[i]);
	}
}

static void add_item(struct hk_job *job, struct hk_entry *entry, uint32_t cluster, int64_t part)
{
	const char *suffix = hk_item_suffix(job, entry, entry->kind, entry->name);
	struct hk_item item = { .suffix = suffix, .cluster = cluster, .entry = entry };
	if (part >= 0 && !(entry->budget.form == HK_BUDGET_NUMBER && part == entry->budget.value)) {
		struct hk_variant *variant = hk_arena_alloc(&job->arena, sizeof *variant);
		variant->least = entry->budget.unavailable ? -1 : part;
		variant->most = entry->budget.unavailable ? part : -1;
		item.variant = variant;
	}
	if (suffix)
		hk_vec_push(&job->items, item);
}

bool hk_budget_plan(struct hk_job *job, struct hk_entry *entry)
{
	const struct hk_budget *budget = &entry->budget;
	struct protection all = { 0 };
	if (budget->form == HK_BUDGET_NONE || !entry->has_selector || budget->value == 0 ||
	    (budget->form == HK_BUDGET_PERCENT && (budget->unavailable || budget->value >= 100)))
		return false;
	count(job, entry, &all);
	if (all.n == 0)
		return false;
	int64_t *parts = hk_arena_array(&job->arena, all.n, sizeof *parts);
	if (budget->form == HK_BUDGET_PERCENT) {
		share_percent(job, entry, &all, parts);
	} else if (budget->unavailable) {
		hk_apportion(all.shares, all.n, budget->value, 1, NULL, parts);
		if (sum_of(parts, all.n) != budget->value)
			tell_sum(job, entry, "maxUnavailable", sum_of(parts, all.n));
	} else {
		share_available(job, entry, &all, parts);
	}
	for (size_t i = 0; i < all.n; i++)
		add_item(job, entry, all.clusters[i], parts[i]);
	return true;
}

void hk_budget_edit(struct hk_script *script, const struct hk_variant *variant)
{
	const struct hk_node *spec = hk_node_get(script->doc->root, "spec");
	if (variant->least >= 0)
		hk_script_set(script, spec, "minAvailable", hk_value_int(script->arena, variant->least));
	if (variant->most >= 0)
		hk_script_set(script, spec, "maxUnavailable", hk_value_int(script->arena, variant->most));
}
