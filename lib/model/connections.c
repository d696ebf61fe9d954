/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Connections and paths of a pipeline. */
#include "model/build.h"
#include "model/sort.h"
#include <string.h>

/* Names that may stand at an end: workloads, and inputs (from) or outputs (to). */
static uint32_t refer_end(struct hk_build *b, const struct hk_pipeline *p, const struct hk_node *node, bool from, uint32_t *workload)
{
	const char *name = hk_node_string(node);
	const struct hk_endpoint *ends = from ? p->inputs : p->outputs;
	size_t n_ends = from ? p->n_inputs : p->n_outputs;
	uint32_t end = from ? hk_pipeline_input(p, name) : hk_pipeline_output(p, name);
	HK_VEC(const char *) names = { NULL, 0, 0 };
	struct hk_diag *diag;

	*workload = hk_pipeline_workload(p, name);
	if (!name || end != HK_NO_INDEX || *workload != HK_NO_INDEX)
		return end;
	if ((from ? hk_pipeline_output(p, name) : hk_pipeline_input(p, name)) != HK_NO_INDEX) {
		diag = hk_node_diag(b->diags, b->doc, node, HK0307, "'%s' is an %s; nothing can %s it", name, from ? "output" : "input",
				    from ? "come from" : "go to");
		hk_diag_help(b->diags, diag, "'%s' takes a workload or an %s", from ? "from" : "to", from ? "input" : "output");
		return end;
	}
	for (size_t i = 0; i < n_ends; i++)
		hk_vec_push(&names, ends[i].name);
	for (size_t i = 0; i < p->n_workloads; i++)
		hk_vec_push(&names, p->workloads[i].name);
	hk_refer_unknown(b, node, HK0307, from ? "input or workload" : "workload or output", names.v, names.n);
	hk_vec_release(&names);
	return end;
}

/* lower: smaller values are better. */
static void check_bound(struct hk_build *b, const struct hk_bound *bound, const char *what, bool lower)
{
	struct hk_diag *diag;

	if (!bound->has_request || !bound->has_limit)
		return;
	if (lower ? bound->request <= bound->limit : bound->request >= bound->limit)
		return;
	diag = hk_node_diag(b->diags, b->doc, bound->request_at.node, HK0203, "the %s request is worse than the limit", what);
	hk_diag_help(b->diags, diag, "request is the preferred value and must be %s the limit, the worst allowed one", lower ? "at most" : "at least");
}

static void read_bounds(struct hk_build *b, const struct hk_node *node, struct hk_bounds *bounds)
{
	hk_read_bound(b, node, "latency", HK_UNIT_DURATION, &bounds->latency);
	hk_read_bound(b, node, "jitter", HK_UNIT_DURATION, &bounds->jitter);
	hk_read_bound(b, node, "loss", HK_UNIT_RATIO, &bounds->loss);
	hk_read_bound(b, node, "bandwidth", HK_UNIT_BITRATE, &bounds->bandwidth);
	check_bound(b, &bounds->latency, "latency", true);
	check_bound(b, &bounds->jitter, "jitter", true);
	check_bound(b, &bounds->loss, "loss", true);
	check_bound(b, &bounds->bandwidth, "bandwidth", false);
}

static void read_chain(struct hk_build *b, const struct hk_node *node, struct hk_connection *c)
{
	const char *text = hk_read_text(b, node, "chain");

	if (text)
		c->chain = strcmp(text, "nsm") == 0 ? HK_CHAIN_NSM : strcmp(text, "multus") == 0 ? HK_CHAIN_MULTUS : HK_CHAIN_NONE;
	if (!c->chain || (c->from_input == HK_NO_INDEX && c->to_output == HK_NO_INDEX))
		return;
	struct hk_diag *diag = hk_node_diag(b->diags, b->doc, hk_node_get(node, "chain"), HK0415,
					    "only workloads can be chained, and one end of this connection is an input or output");
	hk_diag_help(b->diags, diag, "leave 'chain' out here, or make a workload of what produces or takes the messages");
	c->chain = HK_CHAIN_NONE;
}

static bool read_connection(struct hk_build *b, const struct hk_pipeline *p, const struct hk_node *node, struct hk_connection *c)
{
	c->where = hk_where_of(b, node);
	c->from_input = refer_end(b, p, hk_node_get(node, "from"), true, &c->from_workload);
	c->to_output = refer_end(b, p, hk_node_get(node, "to"), false, &c->to_workload);
	c->fanout = 1;
	hk_read_unit(b, node, "fanout", HK_UNIT_NUMBER, &c->fanout);
	if (c->from_input != HK_NO_INDEX)
		c->size = p->inputs[c->from_input].size;
	if (c->to_output != HK_NO_INDEX && !(c->size > 0))
		c->size = p->outputs[c->to_output].size;
	hk_read_unit(b, node, "size", HK_UNIT_BYTES, &c->size);
	hk_read_unit(b, node, "affinity", HK_UNIT_WEIGHT, &c->affinity);
	if (c->affinity < 0) {
		hk_node_diag(b->diags, b->doc, hk_node_get(node, "affinity"), HK0201, "the affinity of a connection is between 0 and 100");
		c->affinity = 0;
	}
	read_chain(b, node, c);
	read_bounds(b, node, &c->bounds);
	if ((c->from_input == HK_NO_INDEX && c->from_workload == HK_NO_INDEX) || (c->to_output == HK_NO_INDEX && c->to_workload == HK_NO_INDEX))
		return false;
	if (c->from_workload != HK_NO_INDEX && c->from_workload == c->to_workload) {
		hk_node_diag(b->diags, b->doc, hk_node_get(node, "to"), HK0402, "workload '%s' is connected to itself", p->workloads[c->to_workload].name);
		return false;
	}
	return true;
}

/* Inputs and workloads share no names, and so do outputs and workloads. */
struct named_connection { const char *from, *to; struct hk_connection connection; };

static int compare_connections(const void *a, const void *b)
{
	const struct named_connection *left = a, *right = b;
	int order = strcmp(left->from, right->from);

	return order ? order : strcmp(left->to, right->to);
}

static void refuse_duplicate(struct hk_build *b, const struct named_connection *first, const struct named_connection *second)
{
	struct hk_range range;
	struct hk_diag *diag = hk_node_diag(b->diags, b->doc, second->connection.where.node, HK0404, "'%s' and '%s' are connected twice", second->from,
					    second->to);

	hk_diag_help(b->diags, diag, "keep one connection, with the sum of the fanouts and the strictest limits");
	hk_node_range(first->connection.where.doc, first->connection.where.node, &range);
	hk_diag_related(b->diags, diag, &range, "the first one");
}

static void read_connections(struct hk_build *b, struct hk_pipeline *p, const struct hk_node *list)
{
	HK_VEC(struct named_connection) named = { NULL, 0, 0 };

	hk_for_each_item(item, list) {
		struct named_connection one = { .connection = { .fanout = 1 } };
		if (!read_connection(b, p, item, &one.connection)) {
			b->drafts[p - b->model->pipelines].partial = true;
			continue;
		}
		one.from = hk_connection_from(p, &one.connection);
		one.to = hk_connection_to(p, &one.connection);
		hk_vec_push(&named, one);
	}
	hk_sort(named.v, named.n, sizeof *named.v, compare_connections);
	p->connections = hk_arena_array(b->arena, named.n, sizeof *p->connections);
	for (size_t i = 0; i < named.n; i++) {
		if (i && compare_connections(&named.v[i - 1], &named.v[i]) == 0)
			refuse_duplicate(b, &named.v[i - 1], &named.v[i]);
		else
			p->connections[p->n_connections++] = named.v[i].connection;
	}
	hk_vec_release(&named);
}

struct named_path { const char *from, *to; struct hk_path path; };

static int compare_paths(const void *a, const void *b)
{
	const struct named_path *left = a, *right = b;
	int order = strcmp(left->from, right->from);

	return order ? order : strcmp(left->to, right->to);
}

static void read_paths(struct hk_build *b, struct hk_pipeline *p, const struct hk_node *list)
{
	HK_VEC(struct named_path) named = { NULL, 0, 0 };

	hk_for_each_item(item, list) {
		struct hk_path path = { .where = hk_where_of(b, item) };

		path.from_input = refer_end(b, p, hk_node_get(item, "from"), true, &path.from_workload);
		path.to_output = refer_end(b, p, hk_node_get(item, "to"), false, &path.to_workload);
		read_bounds(b, item, &path.bounds);
		if ((path.from_input == HK_NO_INDEX && path.from_workload == HK_NO_INDEX) || (path.to_output == HK_NO_INDEX && path.to_workload == HK_NO_INDEX))
			continue;
		hk_vec_push(&named, (struct named_path){ hk_path_from(p, &path), hk_path_to(p, &path), path });
	}
	hk_sort(named.v, named.n, sizeof *named.v, compare_paths);
	p->paths = hk_arena_array(b->arena, named.n, sizeof *p->paths);
	for (size_t i = 0; i < named.n; i++)
		p->paths[p->n_paths++] = named.v[i].path;
	hk_vec_release(&named);
}

void hk_build_connections(struct hk_build *b, struct hk_pipeline *pipeline, const struct hk_node *spec)
{
	read_connections(b, pipeline, hk_read_list(b, spec, "connections"));
	read_paths(b, pipeline, hk_read_list(b, spec, "paths"));
}
