/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/graph.h"
#include "model/units.h"
#include "report/facts.h"
#include <string.h>

/*
 * Both views become the same small graph first. Nodes are numbered, so hostile names only ever stand inside quoted labels.
 */
struct vertex { char *name; char *label; bool end; };        /* end: an input or output */
struct arrow { size_t from, to; char *label; };
struct drawing {
	struct hk_arena arena;
	HK_VEC(struct vertex) vertices;
	HK_VEC(struct arrow) arrows;
};

static size_t vertex_of(struct drawing *drawing, const char *name, const char *label, bool end)
{
	for (size_t i = 0; i < drawing->vertices.n; i++)
		if (strcmp(drawing->vertices.v[i].name, name) == 0)
			return i;
	struct vertex vertex = { hk_arena_strdup(&drawing->arena, name), hk_arena_strdup(&drawing->arena, label ? label : name), end };
	hk_vec_push(&drawing->vertices, vertex);
	return drawing->vertices.n - 1;
}

static void arrow(struct drawing *drawing, size_t from, size_t to, const struct hk_buf *label)
{
	struct arrow a = { from, to, hk_arena_strdup(&drawing->arena, label->s) };
	hk_vec_push(&drawing->arrows, a);
}

/* A label's lines are separated by '\n' here and by what the format wants in the output. Text is scrubbed, then quoted for the format. */
static void add_label(struct hk_buf *out, const char *label, enum hk_graph_format format)
{
	for (const char *line = label; line;) {
		const char *end = strchr(line, '\n');
		struct hk_str piece = { line, end ? (size_t)(end - line) : strlen(line) };
		HK_AUTO_BUF struct hk_buf clean = HK_BUF_INIT;
		hk_buf_addscrubbed(&clean, piece);
		for (size_t i = 0; i < clean.len; i++) {
			char c = clean.s[i];
			if (format == HK_GRAPH_MERMAID && strchr("\"<>&#`{}[]|", c))
				hk_buf_addf(out, "#%d;", c);
			else if (format == HK_GRAPH_DOT && (c == '"' || c == '\\'))
				hk_buf_addf(out, "\\%c", c);
			else
				hk_buf_addch(out, c);
		}
		if (end)
			hk_buf_addstr(out, format == HK_GRAPH_DOT ? "\\n" : "<br/>");
		line = end ? end + 1 : NULL;
	}
}

static void draw_mermaid(const struct drawing *drawing, size_t base, struct hk_buf *out)
{
	for (size_t i = 0; i < drawing->vertices.n; i++) {
		const struct vertex *v = &drawing->vertices.v[i];
		hk_buf_addf(out, "    n%zu%s\"", base + i, v->end ? "([" : "[");
		add_label(out, v->label, HK_GRAPH_MERMAID);
		hk_buf_addf(out, "\"%s\n", v->end ? "])" : "]");
	}
	for (size_t i = 0; i < drawing->arrows.n; i++) {
		const struct arrow *a = &drawing->arrows.v[i];
		hk_buf_addf(out, "    n%zu -->", base + a->from);
		if (*a->label) {
			hk_buf_addstr(out, "|\"");
			add_label(out, a->label, HK_GRAPH_MERMAID);
			hk_buf_addstr(out, "\"|");
		}
		hk_buf_addf(out, " n%zu\n", base + a->to);
	}
}

static void draw_dot(const struct drawing *drawing, size_t base, struct hk_buf *out)
{
	for (size_t i = 0; i < drawing->vertices.n; i++) {
		const struct vertex *v = &drawing->vertices.v[i];
		hk_buf_addf(out, "    n%zu [shape=%s, label=\"", base + i, v->end ? "oval" : "box");
		add_label(out, v->label, HK_GRAPH_DOT);
		hk_buf_addstr(out, "\"];\n");
	}
	for (size_t i = 0; i < drawing->arrows.n; i++) {
		const struct arrow *a = &drawing->arrows.v[i];
		hk_buf_addf(out, "    n%zu -> n%zu [label=\"", base + a->from, base + a->to);
		add_label(out, a->label, HK_GRAPH_DOT);
		hk_buf_addstr(out, "\"];\n");
	}
}

/* One pipeline as a cluster (DOT) or subgraph (Mermaid); returns the next free number. */
static size_t draw(struct drawing *drawing, const char *title, size_t index, size_t base, enum hk_graph_format format, struct hk_buf *out)
{
	hk_buf_addf(out, format == HK_GRAPH_DOT ? "  subgraph cluster_%zu {\n    label=\"" : "  subgraph p%zu[\"", index);
	add_label(out, title, format);
	hk_buf_addstr(out, format == HK_GRAPH_DOT ? "\";\n" : "\"]\n");
	if (format == HK_GRAPH_DOT)
		draw_dot(drawing, base, out);
	else
		draw_mermaid(drawing, base, out);
	hk_buf_addstr(out, format == HK_GRAPH_DOT ? "  }\n" : "  end\n");
	size_t next = base + drawing->vertices.n;
	hk_vec_release(&drawing->vertices);
	hk_vec_release(&drawing->arrows);
	hk_arena_release(&drawing->arena);
	return next;
}

static void open_graph(enum hk_graph_format format, struct hk_buf *out)
{
	hk_buf_addstr(out, format == HK_GRAPH_DOT ? "digraph hkctl {\n  rankdir=LR;\n  node [fontname=\"sans-serif\"];\n" : "flowchart LR\n");
}

static void close_graph(enum hk_graph_format format, struct hk_buf *out)
{
	hk_buf_addstr(out, format == HK_GRAPH_DOT ? "}\n" : "");
}

static void draw_model_pipeline(struct drawing *drawing, const struct hk_pipeline *pipeline)
{
	for (size_t i = 0; i < pipeline->n_inputs; i++)
		vertex_of(drawing, pipeline->inputs[i].name, NULL, true);
	for (size_t i = 0; i < pipeline->n_workloads; i++)
		vertex_of(drawing, pipeline->workloads[i].name, NULL, false);
	for (size_t i = 0; i < pipeline->n_outputs; i++)
		vertex_of(drawing, pipeline->outputs[i].name, NULL, true);
	for (size_t i = 0; i < pipeline->n_connections; i++) {
		const struct hk_connection *connection = &pipeline->connections[i];
		HK_AUTO_BUF struct hk_buf label = HK_BUF_INIT;
		hk_unit_print(HK_UNIT_RATE, pipeline->connection_rate[i], &label);
		if (connection->bounds.latency.has_limit) {
			hk_buf_addstr(&label, "\nmax ");
			hk_unit_print(HK_UNIT_DURATION, connection->bounds.latency.limit, &label);
		}
		arrow(drawing, vertex_of(drawing, hk_connection_from(pipeline, connection), NULL, true),
		      vertex_of(drawing, hk_connection_to(pipeline, connection), NULL, true),
		      &label);
	}
}

void hk_graph_model(const struct hk_model *model, enum hk_graph_format format, struct hk_buf *out)
{
	size_t base = 0;
	open_graph(format, out);
	for (size_t i = 0; i < model->n_pipelines; i++) {
		struct drawing drawing = { 0 };
		draw_model_pipeline(&drawing, &model->pipelines[i]);
		base = draw(&drawing, model->pipelines[i].name, i, base, format, out);
	}
	close_graph(format, out);
}

static void draw_plan_pipeline(struct drawing *drawing, const struct hk_plan_pipeline *pipeline)
{
	for (size_t i = 0; i < pipeline->n_workloads; i++) {
		const struct hk_plan_workload *workload = &pipeline->workloads[i];
		HK_AUTO_BUF struct hk_buf label = HK_BUF_INIT;
		hk_buf_addstr(&label, workload->name);
		for (size_t p = 0; p < workload->n_placements; p++)
			hk_buf_addf(&label, "\n%s x%u", workload->placements[p].cluster, workload->placements[p].replicas);
		vertex_of(drawing, workload->name, label.s, false);
	}
	for (size_t i = 0; i < pipeline->n_connections; i++) {
		const struct hk_plan_connection *connection = &pipeline->connections[i];
		HK_AUTO_BUF struct hk_buf label = HK_BUF_INIT;
		for (size_t r = 0; r < connection->n_routes; r++) {
			hk_buf_addf(&label, "%s%s:", label.len ? "\n" : "", connection->routes[r].cluster);
			for (size_t t = 0; t < connection->routes[r].n_targets; t++)
				hk_buf_addf(&label, " %s %u%%", connection->routes[r].targets[t].cluster, connection->routes[r].targets[t].weight);
		}
		arrow(drawing, vertex_of(drawing, connection->from, NULL, true), vertex_of(drawing, connection->to, NULL, true), &label);
	}
}

/* What is bought, as arrows between clusters. */
static void draw_network(struct drawing *drawing, const struct hk_plan *plan)
{
	for (size_t i = 0; i < plan->n_network_changes; i++) {
		const struct hk_plan_network_change *change = &plan->network_changes[i];
		HK_AUTO_BUF struct hk_buf label = HK_BUF_INIT;
		hk_network_change_print(change, &label);
		arrow(drawing, vertex_of(drawing, change->from, NULL, false), vertex_of(drawing, change->to, NULL, false), &label);
	}
}

void hk_graph_plan(const struct hk_plan *plan, enum hk_graph_format format, struct hk_buf *out)
{
	size_t base = 0;
	open_graph(format, out);
	for (size_t i = 0; i < plan->n_pipelines; i++) {
		struct drawing drawing = { 0 };
		draw_plan_pipeline(&drawing, &plan->pipelines[i]);
		base = draw(&drawing, plan->pipelines[i].name, i, base, format, out);
	}
	if (plan->n_network_changes) {
		struct drawing drawing = { 0 };
		draw_network(&drawing, plan);
		draw(&drawing, "network changes", plan->n_pipelines, base, format, out);
	}
	close_graph(format, out);
}
