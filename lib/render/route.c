/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "render/route.h"
#include "render/apportion.h"
#include "render/value.h"
#include <stdlib.h>
#include <string.h>

enum hk_port_class hk_port_classify(const struct hk_service_port *port)
{
	static const struct { const char *prefix; enum hk_port_class class; } known[] = {
		{ "http", HK_PORT_HTTP }, { "http2", HK_PORT_HTTP }, { "grpc", HK_PORT_HTTP }, { "grpc-web", HK_PORT_HTTP },
		{ "kubernetes.io/h2c", HK_PORT_HTTP },
		{ "kubernetes.io/ws", HK_PORT_HTTP }, { "tcp", HK_PORT_TCP }, { "mongo", HK_PORT_TCP }, { "mysql", HK_PORT_TCP }, { "redis", HK_PORT_TCP },
		{ "https", HK_PORT_OTHER }, { "tls", HK_PORT_OTHER }, { "kubernetes.io/wss", HK_PORT_OTHER }, { "udp", HK_PORT_OTHER },
	};
	if (port->protocol && strcmp(port->protocol, "TCP") != 0)
		return HK_PORT_OTHER;
	const char *text = port->app_protocol ? port->app_protocol : port->name ? port->name : "";
	struct hk_str word = hk_str_of(text);
	if (!port->app_protocol)
		word = hk_str_starts(word, "grpc-web") ? HK_STR("grpc-web") : hk_str_cut(&word, '-');
	for (size_t i = 0; i < HK_COUNT(known); i++)
		if (hk_str_is(word, known[i].prefix))
			return known[i].class;
	return HK_PORT_AUTO;
}

const char *hk_route_label(struct hk_arena *arena, const char *text, size_t budget)
{
	char *label = hk_arena_strdup(arena, text);
	for (char *c = label; *c; c++) {
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c - 'A' + 'a');
		else if (!((*c >= 'a' && *c <= 'z') || (*c >= '0' && *c <= '9')))
			*c = '-';
	}
	bool same = strcmp(label, text) == 0 && strlen(label) <= budget && label[0] != '-' && label[0] != '\0' && label[strlen(label) - 1] != '-';
	if (same)
		return label;
	return hk_hashed_name(arena, label[0] == '-' || label[0] == '\0' ? "x" : label, text, budget, NULL);
}

struct hk_value *hk_route_object(struct hk_job *job, const struct hk_entry *service, const char *api_version, const char *kind, const char *name)
{
	struct hk_arena *arena = &job->arena;
	struct hk_value *metadata = hk_value_put_str(arena, hk_value_map(arena), "name", name), *object = hk_value_map(arena);
	if (service->name_space)
		hk_value_put_str(arena, metadata, "namespace", service->name_space);
	hk_value_put(arena, metadata, "labels", hk_value_put_str(arena, hk_value_map(arena), HK_MANAGED_BY, "hkctl"));
	hk_value_put_str(arena, object, "apiVersion", api_version);
	hk_value_put_str(arena, object, "kind", kind);
	return hk_value_put(arena, object, "metadata", metadata);
}

void hk_route_add(struct hk_job *job, const struct hk_entry *service, uint32_t cluster, const struct hk_value *object)
{
	const char *suffix = hk_item_suffix(job, service, hk_value_get(object, "kind")->text, hk_value_get(hk_value_get(object, "metadata"), "name")->text);
	if (suffix)
		hk_vec_push(&job->items, (struct hk_item){ .suffix = suffix, .cluster = cluster, .object = object });
}

/* Weights for shares; who is live and gets none is told. */
static void divide(struct hk_job *job, const struct hk_route_group *group, const double *shares, int64_t *weights)
{
	hk_apportion(shares, job->model->n_clusters, 100, 0, NULL, weights);
	for (size_t c = 0; c < job->model->n_clusters; c++)
		if (shares[c] > 0 && weights[c] == 0)
			hk_job_diag(job, HK0911, &group->service->range,
				    "callers of '%s' in cluster '%s' reach cluster '%s' so rarely that the weight rounds to 0", group->service->name,
				    job->model->clusters[group->source].name, job->model->clusters[c].name);
}

const int64_t *hk_route_mean(struct hk_job *job, const struct hk_route_group *group, bool only_entering)
{
	size_t n = job->model->n_clusters, rows = 0;
	double *shares = hk_arena_array(&job->arena, n + 1, sizeof *shares);
	int64_t *mean = hk_arena_array(&job->arena, n + 1, sizeof *mean);
	for (size_t i = 0; i < group->n; i++) {
		if (only_entering && group->rows[i].caller)
			continue;
		rows++;
		for (size_t c = 0; c < n; c++)
			shares[c] += group->rows[i].shares[c];
	}
	if (rows == 0)
		return NULL;
	divide(job, group, shares, mean);
	return mean;
}

bool hk_route_needless(const struct hk_route_set *set, const struct hk_route_group *group)
{
	return set->n_hosts == 1 && set->hosts[group->source];
}

const int64_t *hk_route_single(struct hk_job *job, const struct hk_route_group *group, const char *what)
{
	if (!group->differ)
		return group->rows[0].weights;
	hk_job_diag(job, HK0912, &group->service->range,
		    "callers of '%s' in cluster '%s' have different probabilities; %s cannot tell them apart and gets the mean by rate", group->service->name,
		    job->model->clusters[group->source].name, what);
	return hk_route_mean(job, group, false);
}

static bool is_one_of(const char *kind, const char *const *kinds, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(kinds[i], kind) == 0)
			return true;
	return false;
}

bool hk_route_ruled(struct hk_job *job, const struct hk_entry *service, const char *const *kinds, size_t n_kinds, const char *what)
{
	size_t n = strlen(service->name);
	for (size_t i = 0; i < job->ruling.n; i++) {
		const struct hk_entry *entry = job->ruling.v[i];
		if (strcmp(entry->folder, service->folder) != 0 || strncmp(entry->host, service->name, n) != 0 || (entry->host[n] && entry->host[n] != '.') ||
		    !is_one_of(entry->kind, kinds, n_kinds))
			continue;
		struct hk_diag *diag = hk_job_diag(job, HK0920, &entry->range, "%s '%s' already rules the traffic to Service '%s'; no %s written for it",
						   entry->kind, entry->name, service->name, what);
		hk_diag_help(job->diags, diag, "remove it to let the plan decide, or add the plan's weights to it by hand");
		return true;
	}
	return false;
}

/* From the plan to rows */

static struct hk_route_row *row_of(struct hk_job *job, struct hk_route_group *group, const char *from)
{
	size_t at = 0;
	while (at < group->n && strcmp(group->rows[at].from, from) < 0)
		at++;
	if (at < group->n && strcmp(group->rows[at].from, from) == 0)
		return &group->rows[at];
	struct hk_route_row *rows = hk_arena_array(&job->arena, group->n + 1, sizeof *rows);
	for (size_t i = 0; i < group->n; i++)
		rows[i + (i >= at)] = group->rows[i];
	rows[at].from = from;
	rows[at].shares = hk_arena_array(&job->arena, job->model->n_clusters + 1, sizeof *rows[at].shares);
	rows[at].weights = hk_arena_array(&job->arena, job->model->n_clusters + 1, sizeof *rows[at].weights);
	group->rows = rows;
	group->n++;
	return &rows[at];
}

static struct hk_route_group *group_of(struct hk_route_set *set, uint32_t source)
{
	for (size_t i = 0; i < set->n; i++)
		if (set->groups[i].source == source)
			return &set->groups[i];
	struct hk_route_group *group = &set->groups[set->n++];
	*group = (struct hk_route_group){ .service = set->service, .source = source };
	return group;
}

/* A service may select two workloads that one caller reaches by connections of their own: their weights are averaged by rate. */
static void fill_row(struct hk_job *job, struct hk_route_row *row, const struct hk_plan_route *route, double rate)
{
	for (size_t i = 0; i < route->n_targets; i++) {
		uint32_t cluster = hk_model_cluster(job->model, route->targets[i].cluster);
		if (cluster != HK_NO_INDEX)      /* else its weight is 0: check_route */
			row->shares[cluster] += (double)route->targets[i].weight * (rate > 0 ? rate : 1e-9);
	}
	row->rate += rate;
}

static void add_routes_to(struct hk_job *job, struct hk_route_set *set, const struct hk_entry *workload)
{
	hk_each_call(connection, job, workload) {
		uint32_t caller = hk_pipeline_workload(workload->pipeline, connection->from);
		for (size_t j = 0; j < connection->n_routes; j++) {
			const struct hk_plan_route *route = &connection->routes[j];
			uint32_t source = hk_model_cluster(job->model, route->cluster);
			if (source == HK_NO_INDEX || route->n_targets == 0)
				continue;
			struct hk_route_row *row = row_of(job, group_of(set, source), connection->from);
			row->caller = caller == HK_NO_INDEX ? NULL : &workload->pipeline->workloads[caller];
			fill_row(job, row, route, connection->rate * route->share);
		}
	}
}

static int by_source(const void *a, const void *b)
{
	const struct hk_route_group *left = a, *right = b;
	return left->source < right->source ? -1 : left->source > right->source;
}

static void finish_rows(struct hk_job *job, struct hk_route_group *group)
{
	for (size_t i = 0; i < group->n; i++)
		divide(job, group, group->rows[i].shares, group->rows[i].weights);
	for (size_t i = 1; i < group->n; i++)
		if (memcmp(group->rows[0].weights, group->rows[i].weights, job->model->n_clusters * sizeof(int64_t)) != 0)
			group->differ = true;
}

static void write_routes(struct hk_job *job, const struct hk_route_set *set)
{
	struct hk_mcs_use use = { hk_arena_array(&job->arena, job->model->n_clusters + 1, sizeof(bool)),
				  hk_arena_array(&job->arena, job->model->n_clusters + 1, sizeof(bool)) };
	if (job->options->mesh & HK_MESH_ISTIO)
		hk_istio_plan(job, set);
	if (job->options->mesh & HK_MESH_GATEWAY)
		hk_gateway_plan(job, set, &use);
	if (job->options->mesh & HK_MESH_SMI)
		hk_smi_plan(job, set, &use);
	if (job->options->mesh & (HK_MESH_GATEWAY | HK_MESH_SMI | HK_MESH_MCS))
		hk_mcs_plan(job, set, &use);
}

static void plan_service(struct hk_job *job, struct hk_entry *service, bool *reached)
{
	size_t n = job->model->n_clusters;
	struct hk_route_set set = { .service = service, .groups = hk_arena_array(&job->arena, n + 1, sizeof *set.groups) };
	bool *hosts = hk_arena_array(&job->arena, n + 1, sizeof *hosts);
	for (size_t link = hk_pods_first(job, service); link != HK_INDEX_END; link = job->pods.links.v[link].next) {
		size_t at = job->pods.links.v[link].value;
		if (!hk_pods_selected(service, job->entries.v[at]))
			continue;
		reached[at] = true;
		for (size_t c = 0; c < n; c++)
			hosts[c] |= job->entries.v[at]->clusters[c];
		add_routes_to(job, &set, job->entries.v[at]);
	}
	for (size_t c = 0; c < n; c++)
		set.n_hosts += hosts[c];
	set.hosts = hosts;
	if (set.n == 0)
		return;
	qsort(set.groups, set.n, sizeof *set.groups, by_source);
	for (size_t i = 0; i < set.n; i++)
		finish_rows(job, &set.groups[i]);
	write_routes(job, &set);
}

/* The plan's weights are trusted no further than that they sum to 100 and lead to replicas. */
static void check_route(struct hk_job *job, const struct hk_plan_connection *connection, const struct hk_plan_route *route, const struct hk_plan_workload *to)
{
	uint64_t sum = 0;
	for (size_t i = 0; i < route->n_targets; i++) {
		const struct hk_plan_target *target = &route->targets[i];
		sum += target->weight;
		if (target->weight > 0 && (!hk_placement_in(to, target->cluster) || hk_model_cluster(job->model, target->cluster) == HK_NO_INDEX))
			hk_job_diag(job, HK0910, NULL, "the plan sends %u of 100 messages from '%s' in '%s' to '%s' in '%s', where no replica runs",
				    target->weight, connection->from, route->cluster, connection->to, target->cluster);
		if (target->weight == 0 && target->probability > 0)
			hk_job_diag(job, HK0911, NULL, "messages from '%s' in '%s' reach '%s' in '%s' so rarely that the weight rounds to 0", connection->from,
				    route->cluster, connection->to, target->cluster);
	}
	if (sum > 100 && route->n_targets > 100)
		hk_diag_help(job->diags, hk_job_diag(job, HK0910, NULL,
						     "messages from '%s' in '%s' to '%s' go to %zu clusters, and the weights of a mesh are hundredths: at most 100 can have one",
						     connection->from, route->cluster, connection->to, route->n_targets),
			     "let it run in fewer clusters (placement.require), or write no routes (--mesh none)");
	else if (route->n_targets > 0 && sum != 100)
		hk_job_diag(job, HK0910, NULL, "weights from '%s' in '%s' to '%s' sum to %llu instead of 100", connection->from, route->cluster, connection->to,
			    (unsigned long long)sum);
}

static void check_routes(struct hk_job *job)
{
	for (size_t i = 0; i < job->plan->n_pipelines; i++) {
		const struct hk_plan_pipeline *pipeline = &job->plan->pipelines[i];
		for (size_t j = 0; j < pipeline->n_connections; j++) {
			const struct hk_plan_connection *connection = &pipeline->connections[j];
			const struct hk_plan_workload *to = hk_planned_named(job, pipeline->name, connection->to);
			for (size_t k = 0; to && k < connection->n_routes; k++)
				check_route(job, connection, &connection->routes[k], to);
		}
	}
}

/* Interfaces between the pods, and no Service, join the two. */
static bool is_chained(const struct hk_job *job, const struct hk_plan_connection *connection, const struct hk_entry *to)
{
	const struct hk_pipeline *pipeline = to->pipeline;
	hk_index_each(at, &job->chained, pipeline->name, to->workload->name, "") {
		const struct hk_chain_link *link = &job->chains.v[job->chained.links.v[at].value];
		if (&pipeline->workloads[link->connection->to_workload] == to->workload &&
		    strcmp(pipeline->workloads[link->connection->from_workload].name, connection->from) == 0)
			return true;
	}
	return false;
}

static void note_unreached(struct hk_job *job, const struct hk_entry *workload)
{
	hk_each_call(connection, job, workload) {
		if (is_chained(job, connection, workload))
			continue;
		struct hk_diag *diag = hk_job_diag(job, HK0913, &workload->range, "no Service selects the pods of %s '%s', so no routes to it are written",
						   workload->kind, workload->name);
		hk_diag_help(job->diags, diag, "add a Service with a selector that matches the pod labels, in the same namespace and not headless");
		return;
	}
}

void hk_routes_plan(struct hk_job *job)
{
	if (!job->options->mesh)
		return;
	check_routes(job);
	if (job->failed)
		return;
	bool *reached = hk_arena_array(&job->arena, job->entries.n + 1, sizeof *reached);
	for (size_t i = 0; i < job->entries.n; i++) {
		struct hk_entry *entry = job->entries.v[i];
		if (entry->role == HK_ENTRY_SERVICE && entry->has_selector && !entry->headless)
			plan_service(job, entry, reached);
	}
	for (size_t i = 0; i < job->entries.n; i++)
		if (job->entries.v[i]->role == HK_ENTRY_WORKLOAD && !reached[i])
			note_unreached(job, job->entries.v[i]);
}
