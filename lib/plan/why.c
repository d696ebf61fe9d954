/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plan/why.h"
#include "base/vec.h"
#include "model/units.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_REASONS = 5 };

const char *hk_why_name(enum hk_why_code code)
{
	static const char *const names[HK_WHY_COUNT] = {
		"pipeline-new", "pipeline-gone", "left-out", "workload-new", "workload-gone", "cluster-new", "cluster-gone", "load", "target",
		"limit", "link", "capacity", "neighbour", "network", "replicas", "stated", "inputs", "unknown",
	};
	return names[code];
}

void hk_why_release(struct hk_why_list *list)
{
	hk_vec_release(list);
}

__attribute__((format(printf, 4, 5))) static void add(const struct hk_why_world *world, struct hk_why_list *out, enum hk_why_code code, const char *format, ...)
{
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	va_list args;
	va_start(args, format);
	hk_buf_vaddf(&text, format, args);
	va_end(args);
	for (size_t i = 0; i < out->n; i++)
		if (strcmp(out->v[i].text, text.s) == 0)
			return;
	if (out->n < MOST_REASONS)
		hk_vec_push(out, (struct hk_why){ code, hk_arena_strdup(world->arena, text.s) });
}

static const struct hk_plan_pipeline *find_pipeline(const struct hk_plan *plan, const char *name)
{
	for (size_t i = 0; plan && i < plan->n_pipelines; i++)
		if (strcmp(plan->pipelines[i].name, name) == 0)
			return &plan->pipelines[i];
	return NULL;
}

static const struct hk_plan_connection *find_connection(const struct hk_plan_pipeline *pipeline, const char *from, const char *to)
{
	for (size_t i = 0; pipeline && i < pipeline->n_connections; i++)
		if (strcmp(pipeline->connections[i].from, from) == 0 && strcmp(pipeline->connections[i].to, to) == 0)
			return &pipeline->connections[i];
	return NULL;
}

static const struct hk_plan_cluster *find_cluster(const struct hk_plan *plan, const char *name)
{
	for (size_t i = 0; plan && i < plan->n_clusters; i++)
		if (strcmp(plan->clusters[i].name, name) == 0)
			return &plan->clusters[i];
	return NULL;
}

static bool differ(double a, double b)
{
	if (isnan(a) || isnan(b))
		return isnan(a) != isnan(b);
	return fabs(a - b) > 1e-9 * fmax(fabs(a), fabs(b));
}

static void add_value(struct hk_buf *out, enum hk_unit unit, double value)
{
	if (isnan(value))
		hk_buf_addstr(out, "none");
	else if (isinf(value))
		hk_buf_addstr(out, "unlimited");
	else
		hk_unit_print(unit, value, out);
}

/* "was 300/s, is 400/s": what is the same in few digits is told as more or less. */
static const char *step(const struct hk_why_world *world, enum hk_unit unit, double before, double after)
{
	HK_AUTO_BUF struct hk_buf old = HK_BUF_INIT, new = HK_BUF_INIT;
	add_value(&old, unit, before);
	add_value(&new, unit, after);
	return strcmp(old.s, new.s) == 0 ? hk_arena_printf(world->arena, "%s than %s", after > before ? "slightly more" : "slightly less", old.s) :
					   hk_arena_printf(world->arena, "%s -> %s", old.s, new.s);
}

/* Names that came or went. True when that says it all. */
static bool tell_names(const struct hk_why_world *world, const struct hk_plan_replica_change *change, struct hk_why_list *out)
{
	bool old_pipeline = find_pipeline(world->before, change->pipeline), new_pipeline = find_pipeline(world->after, change->pipeline);
	for (size_t i = 0; !new_pipeline && i < world->after->n_left_out; i++)
		if (strcmp(world->after->left_out[i].pipeline, change->pipeline) == 0)
			add(world, out, HK_WHY_LEFT_OUT, "pipeline %s was left out: %s", change->pipeline, world->after->left_out[i].why);
	if (!old_pipeline)
		add(world, out, HK_WHY_PIPELINE_NEW, "pipeline %s is new", change->pipeline);
	else if (!new_pipeline && !out->n)
		add(world, out, HK_WHY_PIPELINE_GONE, "pipeline %s is no longer in the plan", change->pipeline);
	else if (!new_pipeline)
		return true;
	else if (!hk_plan_workload(world->before, change->pipeline, change->workload))
		add(world, out, HK_WHY_WORKLOAD_NEW, "workload %s is new", change->workload);
	else if (!hk_plan_workload(world->after, change->pipeline, change->workload))
		add(world, out, HK_WHY_WORKLOAD_GONE, "workload %s is no longer in the pipeline", change->workload);
	return out->n > 0;
}

static bool is_declared(const struct hk_why_world *world, const char *cluster)
{
	for (size_t i = 0; i < world->n_clusters; i++)
		if (strcmp(world->clusters[i], cluster) == 0)
			return true;
	return false;
}

/* A cluster that went takes replicas away from itself, and brings them to the others. */
static void tell_clusters(const struct hk_why_world *world, const struct hk_plan_replica_change *change, struct hk_why_list *out)
{
	for (size_t i = 0; i < world->diff->n_replicas; i++) {
		const struct hk_plan_replica_change *other = &world->diff->replicas[i];
		if (strcmp(other->pipeline, change->pipeline) != 0 || strcmp(other->workload, change->workload) != 0 || other->after)
			continue;
		if (world->clusters && !is_declared(world, other->cluster))
			add(world, out, HK_WHY_CLUSTER_GONE, "cluster %s is no longer in the topology", other->cluster);
	}
	if (change->after > change->before && find_cluster(world->after, change->cluster) && !find_cluster(world->before, change->cluster))
		add(world, out, HK_WHY_CLUSTER_NEW, "cluster %s was not used before", change->cluster);
}

static void tell_workload(const struct hk_why_world *world, const struct hk_plan_workload *before, const struct hk_plan_workload *after,
			  struct hk_why_list *out)
{
	if (differ(before->rate, after->rate))
		add(world, out, HK_WHY_LOAD, "load %s", step(world, HK_UNIT_RATE, before->rate, after->rate));
	if (differ(before->availability_target, after->availability_target))
		add(world, out, HK_WHY_TARGET, "availability asked for: %s",
		    step(world, HK_UNIT_PROBABILITY, before->availability_target, after->availability_target));
}

static void tell_bound(const struct hk_why_world *world, const struct hk_plan_connection *connection, enum hk_unit unit, const char *what, double before,
		       double after, struct hk_why_list *out)
{
	if (differ(before, after))
		add(world, out, HK_WHY_LIMIT, "%s of %s -> %s: %s", what, connection->from, connection->to, step(world, unit, before, after));
}

static void tell_bounds(const struct hk_why_world *world, const struct hk_plan_connection *before, const struct hk_plan_connection *after,
			struct hk_why_list *out)
{
	tell_bound(world, after, HK_UNIT_DURATION, "latency limit", before->latency_limit, after->latency_limit, out);
	tell_bound(world, after, HK_UNIT_DURATION, "latency request", before->latency_request, after->latency_request, out);
	tell_bound(world, after, HK_UNIT_DURATION, "jitter limit", before->jitter_limit, after->jitter_limit, out);
	tell_bound(world, after, HK_UNIT_RATIO, "loss limit", before->loss_limit, after->loss_limit, out);
	tell_bound(world, after, HK_UNIT_BITRATE, "bandwidth limit", before->bandwidth_limit, after->bandwidth_limit, out);
}

static const struct hk_plan_target *find_target(const struct hk_plan_connection *connection, const char *source, const char *target)
{
	for (size_t r = 0; r < connection->n_routes; r++)
		for (size_t t = 0; strcmp(connection->routes[r].cluster, source) == 0 && t < connection->routes[r].n_targets; t++)
			if (strcmp(connection->routes[r].targets[t].cluster, target) == 0)
				return &connection->routes[r].targets[t];
	return NULL;
}

static void tell_pair(const struct hk_why_world *world, const char *source, const struct hk_plan_target *before, const struct hk_plan_target *after,
		      struct hk_why_list *out)
{
	if (differ(before->latency, after->latency))
		add(world, out, HK_WHY_LINK, "latency from %s to %s: %s", source, after->cluster,
		    step(world, HK_UNIT_DURATION, before->latency, after->latency));
	if (differ(before->jitter, after->jitter))
		add(world, out, HK_WHY_LINK, "jitter from %s to %s: %s", source, after->cluster, step(world, HK_UNIT_DURATION, before->jitter, after->jitter));
	if (differ(before->loss, after->loss))
		add(world, out, HK_WHY_LINK, "loss from %s to %s: %s", source, after->cluster, step(world, HK_UNIT_RATIO, before->loss, after->loss));
}

/* Pairs of clusters that both plans use. */
static void tell_pairs(const struct hk_why_world *world, const struct hk_plan_connection *before, const struct hk_plan_connection *after,
		       struct hk_why_list *out)
{
	for (size_t r = 0; r < after->n_routes; r++)
		for (size_t t = 0; t < after->routes[r].n_targets; t++) {
			const struct hk_plan_target *old = find_target(before, after->routes[r].cluster, after->routes[r].targets[t].cluster);
			if (old)
				tell_pair(world, after->routes[r].cluster, old, &after->routes[r].targets[t], out);
		}
}

/* Limits of its connections first, then what the network does on them. */
static void tell_connections(const struct hk_why_world *world, const char *pipeline, const char *workload, struct hk_why_list *out)
{
	const struct hk_plan_pipeline *old = find_pipeline(world->before, pipeline), *new = find_pipeline(world->after, pipeline);
	for (int pass = 0; new && pass < 2; pass++)
		for (size_t i = 0; i < new->n_connections; i++) {
			const struct hk_plan_connection *after = &new->connections[i], *before = find_connection(old, after->from, after->to);
			if (!before || (strcmp(after->from, workload) != 0 && strcmp(after->to, workload) != 0))
				continue;
			if (pass == 0)
				tell_bounds(world, before, after, out);
			else
				tell_pairs(world, before, after, out);
		}
}

static void tell_links(const struct hk_why_world *world, const char *cluster, struct hk_why_list *out)
{
	for (size_t i = 0; i < world->after->n_links; i++) {
		const struct hk_plan_link *after = &world->after->links[i];
		bool touches = strcmp(after->from, cluster) == 0 || strcmp(after->to, cluster) == 0;
		for (size_t j = 0; touches && j < world->before->n_links; j++) {
			const struct hk_plan_link *before = &world->before->links[j];
			if (strcmp(before->from, after->from) == 0 && strcmp(before->to, after->to) == 0 && differ(before->capacity, after->capacity))
				add(world, out, HK_WHY_LINK, "bandwidth of link %s -> %s: %s", after->from, after->to,
				    step(world, HK_UNIT_BITRATE, before->capacity, after->capacity));
		}
	}
}

static void tell_capacity(const struct hk_why_world *world, const char *name, struct hk_why_list *out)
{
	const struct hk_plan_cluster *before = find_cluster(world->before, name), *after = find_cluster(world->after, name);
	for (size_t i = 0; before && after && i < after->n_resources; i++)
		for (size_t j = 0; j < before->n_resources; j++)
			if (strcmp(before->resources[j].name, after->resources[i].name) == 0 &&
			    differ(before->resources[j].capacity, after->resources[i].capacity))
				add(world, out, HK_WHY_CAPACITY, "%s of %s: %s", after->resources[i].name, name,
				    step(world, HK_UNIT_QUANTITY, before->resources[j].capacity, after->resources[i].capacity));
}

/* Workloads it talks with that moved. */
static void tell_neighbours(const struct hk_why_world *world, const struct hk_plan_replica_change *change, struct hk_why_list *out)
{
	const struct hk_plan_pipeline *pipeline = find_pipeline(world->after, change->pipeline);
	for (size_t i = 0; pipeline && i < pipeline->n_connections; i++) {
		const struct hk_plan_connection *connection = &pipeline->connections[i];
		const char *other = strcmp(connection->from, change->workload) == 0 ? connection->to : strcmp(connection->to, change->workload) == 0
		    ? connection->from : NULL;
		for (size_t d = 0; other && d < world->diff->n_replicas; d++) {
			const struct hk_plan_replica_change *its = &world->diff->replicas[d];
			if (strcmp(its->pipeline, change->pipeline) == 0 && strcmp(its->workload, other) == 0 && strcmp(its->cluster, change->cluster) == 0 &&
			    (its->after > its->before) == (change->after > change->before) && (its->kind == HK_CHANGE_MOVED || !its->after || !its->before))
				add(world, out, HK_WHY_NEIGHBOUR, "%s, which it talks with, %s %s", other, its->after > its->before ? "comes to" : "leaves",
				    change->cluster);
		}
	}
}

/* What the new plan says about this workload and this cluster. */
static void tell_stated(const struct hk_why_world *world, const struct hk_plan_replica_change *change, const struct hk_plan_workload *after,
			struct hk_why_list *out)
{
	for (size_t i = 0; i < after->n_reasons; i++) {
		const char *at = strstr(after->reasons[i], change->cluster);
		bool names = at && (at == after->reasons[i] || at[-1] == ' ') && strchr(" :,", at[strlen(change->cluster)]);
		if (names)
			add(world, out, HK_WHY_STATED, "%s", after->reasons[i]);
	}
	if (!out->n && after->n_reasons)
		add(world, out, HK_WHY_STATED, "%s", after->reasons[0]);
}

/* Nothing in the plans themselves: the documents. */
static void tell_inputs(const struct hk_why_world *world, struct hk_why_list *out)
{
	HK_AUTO_BUF struct hk_buf names = HK_BUF_INIT;
	for (size_t i = 0; i < world->after->n_inputs; i++) {
		const struct hk_plan_input *now = &world->after->inputs[i];
		bool same = false;
		for (size_t j = 0; j < world->before->n_inputs && !same; j++)
			same = strcmp(world->before->inputs[j].path, now->path) == 0 && strcmp(world->before->inputs[j].digest, now->digest) == 0;
		if (!same) {
			hk_buf_addstr(&names, names.len ? ", " : "");
			hk_buf_addscrubbed(&names, hk_str_of(now->path));
		}
	}
	if (names.len)
		add(world, out, HK_WHY_INPUTS, "these inputs changed: %s", names.s);
	else
		add(world, out, HK_WHY_UNKNOWN, "the inputs are the same; the search ended elsewhere");
}

static int by_code(const void *a, const void *b)
{
	return (int)((const struct hk_why *)a)->code - (int)((const struct hk_why *)b)->code;
}

/* Reasons come in order of code already but for those of several clusters; there are five at most, so a stable sort by insertion does. */
static void sort(struct hk_why_list *out)
{
	for (size_t i = 1; i < out->n; i++)
		for (size_t j = i; j > 0 && by_code(&out->v[j - 1], &out->v[j]) > 0; j--) {
			struct hk_why swap = out->v[j];
			out->v[j] = out->v[j - 1];
			out->v[j - 1] = swap;
		}
}

void hk_why_replicas(const struct hk_why_world *world, const struct hk_plan_replica_change *change, struct hk_why_list *out)
{
	if (tell_names(world, change, out))
		return;
	const struct hk_plan_workload *before = hk_plan_workload(world->before, change->pipeline, change->workload);
	const struct hk_plan_workload *after = hk_plan_workload(world->after, change->pipeline, change->workload);
	tell_clusters(world, change, out);
	tell_workload(world, before, after, out);
	tell_connections(world, change->pipeline, change->workload, out);
	tell_links(world, change->cluster, out);
	tell_capacity(world, change->cluster, out);
	tell_neighbours(world, change, out);
	if (!out->n || (out->n == 1 && out->v[0].code == HK_WHY_CLUSTER_NEW))
		tell_stated(world, change, after, out);
	if (!out->n)
		tell_inputs(world, out);
	sort(out);
}

void hk_why_route(const struct hk_why_world *world, const struct hk_plan_route_change *change, struct hk_why_list *out)
{
	const struct hk_plan_connection *before = find_connection(find_pipeline(world->before, change->pipeline), change->from, change->to);
	const struct hk_plan_connection *after = find_connection(find_pipeline(world->after, change->pipeline), change->from, change->to);
	if (!after)
		add(world, out, HK_WHY_WORKLOAD_GONE, "the connection %s -> %s is no longer in the plan", change->from, change->to);
	if (!before)
		add(world, out, HK_WHY_WORKLOAD_NEW, "the connection %s -> %s is new", change->from, change->to);
	for (size_t i = 0; before && after && i < world->diff->n_replicas; i++) {
		const struct hk_plan_replica_change *replicas = &world->diff->replicas[i];
		bool ends = strcmp(replicas->workload, change->from) == 0 || strcmp(replicas->workload, change->to) == 0;
		if (ends && strcmp(replicas->pipeline, change->pipeline) == 0)
			add(world, out, HK_WHY_REPLICAS, "replicas of %s in %s: %u -> %u", replicas->workload, replicas->cluster, replicas->before,
			    replicas->after);
	}
	if (before && after) {
		tell_bounds(world, before, after, out);
		tell_pairs(world, before, after, out);
		if (differ(before->rate, after->rate))
			add(world, out, HK_WHY_LOAD, "messages %s", step(world, HK_UNIT_RATE, before->rate, after->rate));
	}
	if (!out->n)
		tell_inputs(world, out);
	sort(out);
}

void hk_why_network(const struct hk_why_world *world, const struct hk_plan_network_diff *change, struct hk_why_list *out)
{
	for (size_t i = 0; i < world->after->n_network_changes; i++) {
		const struct hk_plan_network_change *bought = &world->after->network_changes[i];
		if (strcmp(bought->from, change->from) == 0 && strcmp(bought->to, change->to) == 0)
			for (size_t w = 0; w < bought->n_why; w++)
				add(world, out, HK_WHY_NETWORK, "%s", bought->why[w]);
	}
	if (!out->n && !(change->after > 0))
		add(world, out, HK_WHY_NETWORK, "nobody needs it any more");
	if (!out->n)
		tell_inputs(world, out);
}
