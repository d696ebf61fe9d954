/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "import/pipeline.h"
#include "import/standin.h"
#include "model/sort.h"
#include <stdlib.h>
#include <string.h>

size_t hk_draft_workload(struct hk_import *import, struct hk_draft_pipeline *pipeline, const char *name)
{
	const char *legal = hk_import_name(&import->arena, name, "workload");
	size_t known = hk_map_put(&pipeline->names, hk_str_of(legal), pipeline->workloads.n);

	if (known != HK_MAP_NONE)
		return known;
	hk_vec_add(&pipeline->workloads)->name = legal;
	return pipeline->workloads.n - 1;
}

void hk_draft_remark(struct hk_draft_workload *workload, const char *text)
{
	hk_vec_push(&workload->remarks, text);
}

void hk_draft_connect(struct hk_import *import, struct hk_draft_pipeline *pipeline, size_t from, size_t to, double latency, double bandwidth, const char *note)
{
	struct hk_draft_connection *connection;
	HK_AUTO_BUF struct hk_buf key = HK_BUF_INIT;
	size_t known;

	if (from == to)
		return;
	hk_buf_addf(&key, "%zu %zu", from, to);
	known = hk_map_get(&pipeline->pairs, (struct hk_str){ key.s, key.len });
	if (known == HK_MAP_NONE) {
		hk_map_put(&pipeline->pairs, hk_str_of(hk_arena_strdup(&import->arena, key.s)), pipeline->connections.n);
		hk_vec_push(&pipeline->connections,
			    (struct hk_draft_connection){ .from = from, .to = to, .latency = latency, .bandwidth = bandwidth, .note = note });
		return;
	}
	connection = &pipeline->connections.v[known];
	if (latency >= 0 && (connection->latency < 0 || latency < connection->latency))
		connection->latency = latency;
	if (bandwidth > connection->bandwidth)
		connection->bandwidth = bandwidth;
}

/* ---- order ---- */

struct named { const char *name; size_t was; };

static int compare_connections(const void *a, const void *b)
{
	const struct hk_draft_connection *left = a, *right = b;

	if (left->from != right->from)
		return left->from < right->from ? -1 : 1;
	return (left->to > right->to) - (left->to < right->to);
}

/* Workloads by name, connections by the names of their ends. */
static void sort(struct hk_draft_pipeline *pipeline)
{
	size_t n = pipeline->workloads.n, *now = hk_calloc(n + 1, sizeof *now);
	struct named *order = hk_calloc(n + 1, sizeof *order);
	struct hk_draft_workload *sorted = hk_calloc(n + 1, sizeof *sorted);

	for (size_t i = 0; i < n; i++)
		order[i] = (struct named){ pipeline->workloads.v[i].name, i };
	hk_sort(order, n, sizeof *order, hk_sort_by_text);
	for (size_t i = 0; i < n; i++) {
		sorted[i] = pipeline->workloads.v[order[i].was];
		now[order[i].was] = i;
	}
	if (n)
		memcpy(pipeline->workloads.v, sorted, n * sizeof *sorted);
	for (size_t i = 0; i < pipeline->connections.n; i++) {
		pipeline->connections.v[i].from = now[pipeline->connections.v[i].from];
		pipeline->connections.v[i].to = now[pipeline->connections.v[i].to];
	}
	if (pipeline->connections.n)
		hk_sort(pipeline->connections.v, pipeline->connections.n, sizeof *pipeline->connections.v, compare_connections);
	free(now);
	free(order);
	free(sorted);
}

/* ---- circles: messages must not go round, so a connection that leads back to where the walk came from is cut ---- */

struct walk { struct hk_draft_pipeline *pipeline; size_t *first, *next, *stack; enum { NEW, OPEN, DONE } *state; };

static void walk_from(struct walk *walk, size_t start)
{
	size_t depth = 0;

	if (walk->state[start] != NEW)
		return;
	walk->state[start] = OPEN;
	walk->stack[depth++] = start;
	while (depth) {
		size_t at = walk->stack[depth - 1];
		struct hk_draft_connection *connection;

		if (walk->next[at] == walk->first[at + 1]) {
			walk->state[at] = DONE;
			depth--;
			continue;
		}
		connection = &walk->pipeline->connections.v[walk->next[at]++];
		if (walk->state[connection->to] == OPEN) {
			connection->cut = true;
		} else if (walk->state[connection->to] == NEW) {
			walk->state[connection->to] = OPEN;
			walk->stack[depth++] = connection->to;
		}
	}
}

static void mark_called(struct hk_draft_pipeline *pipeline)
{
	for (size_t i = 0; i < pipeline->workloads.n; i++)
		pipeline->workloads.v[i].called = false;
	for (size_t i = 0; i < pipeline->connections.n; i++)
		if (!pipeline->connections.v[i].cut)
			pipeline->workloads.v[pipeline->connections.v[i].to].called = true;
}

static void cut_circles(struct hk_draft_pipeline *pipeline)
{
	size_t n = pipeline->workloads.n;
	struct walk walk = { pipeline, hk_calloc(n + 2, sizeof(size_t)), hk_calloc(n + 2, sizeof(size_t)), hk_calloc(n + 1, sizeof(size_t)),
			     hk_calloc(n + 1, sizeof *walk.state) };

	for (size_t i = 0; i < pipeline->connections.n; i++)
		walk.first[pipeline->connections.v[i].from + 1]++;
	for (size_t i = 0; i < n; i++)
		walk.next[i] = walk.first[i + 1] += walk.first[i];
	for (size_t i = 0; i < n; i++)
		walk.next[i] = walk.first[i];
	mark_called(pipeline);
	for (size_t i = 0; i < n; i++)          /* from where calls come in, so that it is the way back that is cut */
		if (pipeline->workloads.v[i].entry)
			walk_from(&walk, i);
	for (size_t i = 0; i < n; i++)
		if (!pipeline->workloads.v[i].called)
			walk_from(&walk, i);
	for (size_t i = 0; i < n; i++)
		walk_from(&walk, i);
	free(walk.first);
	free(walk.next);
	free(walk.stack);
	free(walk.state);
	mark_called(pipeline);
}

/* ---- text ---- */

static void write_field(struct hk_buf *out, const char *before, const char *text)
{
	if (!text)
		return;
	hk_buf_addstr(out, before);
	hk_write_text(out, text);
}

static void write_selector(struct hk_buf *out, const struct hk_selector *selector)
{
	static const char *const operators[] = { [HK_OP_IN] = "In", [HK_OP_NOT_IN] = "NotIn", [HK_OP_EXISTS] = "Exists", [HK_OP_NOT_EXISTS] = "DoesNotExist",
						 [HK_OP_GREATER] = "Gt", [HK_OP_LESS] = "Lt" };

	hk_buf_addstr(out, "      require:\n        matchExpressions:\n");
	for (size_t i = 0; i < selector->n_terms; i++) {
		const struct hk_selector_term *term = &selector->terms[i];

		write_field(out, "        - {key: ", term->key);
		hk_buf_addf(out, ", operator: %s", operators[term->op]);
		for (size_t v = 0; v < term->n_values; v++)
			write_field(out, v ? ", " : ", values: [", term->values[v]);
		hk_buf_addstr(out, term->n_values ? "]}\n" : "}\n");
	}
}

static void write_placement(struct hk_buf *out, const struct hk_draft_workload *workload)
{
	if (!workload->require.n_terms && !workload->prefer.n && !workload->spread_over)
		return;
	hk_buf_addstr(out, "    placement:\n");
	if (workload->require.n_terms)
		write_selector(out, &workload->require);
	if (workload->prefer.n)
		hk_buf_addstr(out, "      prefer:\n");
	for (size_t i = 0; i < workload->prefer.n; i++) {
		hk_buf_addstr(out, "      - {weight: ");
		hk_buf_addnum(out, workload->prefer.v[i].weight);
		write_field(out, ", matchLabels: {", workload->prefer.v[i].key);
		write_field(out, ": ", workload->prefer.v[i].value);
		hk_buf_addstr(out, "}}\n");
	}
	if (workload->spread_over) {
		write_field(out, "      spread: {over: ", workload->spread_over);
		hk_buf_addf(out, ", min: %u}\n", workload->spread_min);
	}
}

static void write_workload(struct hk_buf *out, const struct hk_draft_workload *workload)
{
	write_field(out, "  - name: ", workload->name);
	hk_buf_addch(out, '\n');
	for (size_t i = 0; i < workload->remarks.n; i++)
		hk_write_comment(out, 4, "%s", workload->remarks.v[i]);
	if (workload->file) {
		write_field(out, "    manifest: {file: ", workload->file);
		write_field(out, ", kind: ", workload->kind);
		write_field(out, ", name: ", workload->object);
		write_field(out, ", namespace: ", workload->object_namespace);
		hk_buf_addstr(out, "}\n");
	} else {
		hk_write_comment(out, 4, "fill in: manifest: {file: ..., kind: %s, name: %s}", workload->kind ? workload->kind : "Deployment",
				 workload->object ? workload->object : workload->name);
	}
	if (workload->requests.list.n) {
		hk_buf_addstr(out, "    requests: ");
		hk_write_amounts(out, &workload->requests);
		hk_buf_addch(out, '\n');
	} else if (workload->guess_requests) {
		hk_buf_addstr(out, "    requests: {cpu: 100m, memory: 128Mi}   # guess: fill in what one replica needs\n");
	}
	hk_write_comment(out, 4, "fill in: capacity (messages/s one replica carries), serviceTime, availability");
	if (workload->min || workload->max) {
		hk_buf_addstr(out, "    replicas: {");
		if (workload->min)
			hk_buf_addf(out, "min: %u", workload->min);
		if (workload->max)
			hk_buf_addf(out, "%smax: %u", workload->min ? ", " : "", workload->max);
		hk_buf_addch(out, '}');
		hk_write_note(out, workload->replicas_note);
	}
	write_placement(out, workload);
}

static void write_connection(struct hk_buf *out, const struct hk_draft_pipeline *pipeline, const struct hk_draft_connection *connection)
{
	hk_buf_addstr(out, connection->cut ? "  # left out, it closes a circle: " : "  - ");
	write_field(out, "{from: ", pipeline->workloads.v[connection->from].name);
	write_field(out, ", to: ", pipeline->workloads.v[connection->to].name);
	if (connection->latency >= 0) {
		hk_buf_addstr(out, ", latency: {limit: ");
		hk_write_duration(out, connection->latency);
		hk_buf_addch(out, '}');
	}
	if (connection->bandwidth >= 0) {
		hk_buf_addstr(out, ", bandwidth: {limit: ");
		hk_write_bitrate(out, connection->bandwidth);
		hk_buf_addch(out, '}');
	}
	hk_buf_addch(out, '}');
	hk_write_note(out, connection->note);
}

/* A name for the input that no workload has. */
static const char *input_name(const struct hk_draft_pipeline *pipeline)
{
	static const char *const candidates[] = { "clients", "callers", "outside", "clients-of-all", "imported-input" };

	for (size_t i = 0; i < HK_COUNT(candidates); i++)
		if (hk_map_get(&pipeline->names, hk_str_of(candidates[i])) == HK_MAP_NONE)
			return candidates[i];
	return "input-of-the-pipeline";
}

static bool is_entry(const struct hk_draft_workload *workload)
{
	return workload->entry || !workload->called;
}

static void write_input(struct hk_import *import, const struct hk_draft_pipeline *pipeline, const char *cluster)
{
	struct hk_buf *out = import->out;

	hk_buf_addstr(out, "  inputs:\n");
	hk_write_comment(out, 2, "fill in: where calls come in, how many, how large (guessed: one place, one call a second)");
	write_field(out, "  - {name: ", input_name(pipeline));
	if (import->options->n_sites)
		write_field(out, ", site: ", import->options->sites[0]);
	else
		write_field(out, ", cluster: ", cluster);
	hk_buf_addstr(out, ", rate: 1/s, size: 1kB}\n");
}

static void write_connections(struct hk_import *import, const struct hk_draft_pipeline *pipeline)
{
	struct hk_buf *out = import->out;

	hk_buf_addstr(out, "  connections:\n");
	hk_write_comment(out, 2, "fill in for each: fanout (messages sent per message received), size, latency and other limits");
	for (size_t i = 0; i < pipeline->workloads.n; i++) {
		const struct hk_draft_workload *workload = &pipeline->workloads.v[i];

		if (!is_entry(workload))
			continue;
		write_field(out, "  - {from: ", input_name(pipeline));
		write_field(out, ", to: ", workload->name);
		hk_buf_addch(out, '}');
		hk_write_note(out, workload->entry ? "guess: it is reachable from outside" : "guess: no other workload calls it");
	}
	for (size_t i = 0; i < pipeline->connections.n; i++)
		write_connection(out, pipeline, &pipeline->connections.v[i]);
	for (size_t i = 0; i < pipeline->outside.n; i++)
		hk_write_comment(out, 2, "%s", pipeline->outside.v[i]);
}

void hk_draft_pipeline_write(struct hk_import *import, struct hk_draft_pipeline *pipeline, const struct hk_draft_topology *topology)
{
	struct hk_draft_topology standin = { .name = "stand-in" };
	const char *cluster;

	sort(pipeline);
	cut_circles(pipeline);
	if (import->options->n_clusters)
		cluster = import->options->clusters[0];
	else if (topology && topology->clusters.n)
		cluster = topology->clusters.v[0].name;
	else
		cluster = hk_draft_standin(import, pipeline, &standin);
	import->known_cluster = cluster;
	for (size_t i = 0; i < pipeline->remarks.n; i++)
		hk_write_comment(import->out, 0, "%s", pipeline->remarks.v[i]);
	hk_write_head(import->out, "Pipeline", pipeline->name, pipeline->name_space);
	write_input(import, pipeline, cluster);
	hk_buf_addstr(import->out, "  workloads:\n");
	for (size_t i = 0; i < pipeline->workloads.n; i++)
		write_workload(import->out, &pipeline->workloads.v[i]);
	write_connections(import, pipeline);
	if (standin.clusters.n) {
		hk_buf_addstr(import->out, "---\n");
		hk_draft_topology_write(import->out, &standin);
	}
	hk_draft_topology_release(&standin);
}

void hk_draft_pipeline_release(struct hk_draft_pipeline *pipeline)
{
	for (size_t i = 0; i < pipeline->workloads.n; i++) {
		hk_amounts_release(&pipeline->workloads.v[i].requests);
		hk_vec_release(&pipeline->workloads.v[i].prefer);
		hk_vec_release(&pipeline->workloads.v[i].remarks);
	}
	hk_vec_release(&pipeline->workloads);
	hk_vec_release(&pipeline->connections);
	hk_vec_release(&pipeline->outside);
	hk_vec_release(&pipeline->remarks);
	hk_map_release(&pipeline->names);
	hk_map_release(&pipeline->pairs);
}
