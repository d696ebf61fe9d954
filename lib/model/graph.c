/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The graph of a pipeline: topological order, rates, cycles, what no message reaches, paths that do not exist. */
#include "model/graph.h"
#include "model/build.h"
#include <math.h>
#include <string.h>

void hk_successors_build(const struct hk_pipeline *p, struct hk_successors *s)
{
	size_t n = p->n_workloads;

	s->first = hk_calloc(n + 2, sizeof *s->first);
	s->next = hk_calloc(p->n_connections + 1, sizeof *s->next);
	for (size_t i = 0; i < p->n_connections; i++)
		if (p->connections[i].from_workload != HK_NO_INDEX)
			s->first[p->connections[i].from_workload + 2]++;
	for (size_t w = 1; w < n + 2; w++)
		s->first[w] += s->first[w - 1];
	for (size_t i = 0; i < p->n_connections; i++)
		if (p->connections[i].from_workload != HK_NO_INDEX)
			s->next[s->first[p->connections[i].from_workload + 1]++] = (uint32_t)i;
}

void hk_successors_release(struct hk_successors *s)
{
	hk_cleanup_free(&s->first);
	hk_cleanup_free(&s->next);
}

/* Binary heap of workload indices: the least name first, because workloads are sorted by name. */
static void heap_push(uint32_t *heap, size_t *n, uint32_t value)
{
	size_t i = (*n)++;

	for (; i > 0 && heap[(i - 1) / 2] > value; i = (i - 1) / 2)
		heap[i] = heap[(i - 1) / 2];
	heap[i] = value;
}

static uint32_t heap_pop(uint32_t *heap, size_t *n)
{
	uint32_t top = heap[0], last = heap[--*n];
	size_t i = 0;

	for (;;) {
		size_t child = 2 * i + 1;
		if (child >= *n)
			break;
		if (child + 1 < *n && heap[child + 1] < heap[child])
			child++;
		if (heap[child] >= last)
			break;
		heap[i] = heap[child];
		i = child;
	}
	heap[i] = last;
	return top;
}

/* Kahn's algorithm. waiting: connections from workloads not yet ordered that enter each workload; above 0 afterwards only on and behind cycles. */
static size_t order_workloads(struct hk_pipeline *p, const struct hk_successors *s, uint32_t *waiting)
{
	HK_AUTO_FREE uint32_t *heap = hk_calloc(p->n_workloads + 1, sizeof *heap);
	size_t n_heap = 0, ordered = 0;

	for (size_t i = 0; i < p->n_connections; i++)
		if (p->connections[i].from_workload != HK_NO_INDEX && p->connections[i].to_workload != HK_NO_INDEX)
			waiting[p->connections[i].to_workload]++;
	for (size_t w = 0; w < p->n_workloads; w++)
		if (!waiting[w])
			heap_push(heap, &n_heap, (uint32_t)w);
	while (n_heap) {
		uint32_t w = heap_pop(heap, &n_heap);
		p->order[ordered++] = w;
		for (uint32_t i = s->first[w]; i < s->first[w + 1]; i++) {
			uint32_t to = p->connections[s->next[i]].to_workload;
			if (to != HK_NO_INDEX && --waiting[to] == 0)
				heap_push(heap, &n_heap, to);
		}
	}
	return ordered;
}

/* Any connection into w from a workload that is still waiting. */
static const struct hk_connection *waiting_predecessor(const struct hk_pipeline *p, const uint32_t *waiting, uint32_t w)
{
	for (size_t i = 0; i < p->n_connections; i++) {
		const struct hk_connection *c = &p->connections[i];
		if (c->to_workload == w && c->from_workload != HK_NO_INDEX && waiting[c->from_workload])
			return c;
	}
	return NULL;
}

/* Walk backwards from a workload that waits: every one that waits has a predecessor that waits, so the walk must come to a cycle. */
static void report_cycle(struct hk_build *b, const struct hk_pipeline *p, const uint32_t *waiting)
{
	HK_AUTO_FREE uint32_t *seen_at = hk_calloc(p->n_workloads, sizeof *seen_at), *walk = hk_calloc(p->n_workloads + 1, sizeof *walk);
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	const struct hk_connection *closing = NULL;
	uint32_t w = 0, n = 0, start;

	while (!waiting[w])
		w++;
	while (!seen_at[w]) {
		walk[n] = w;
		seen_at[w] = ++n;
		closing = waiting_predecessor(p, waiting, w);
		w = closing->from_workload;
	}
	start = seen_at[w] - 1;
	/* the walk went against the messages: print it from its end, starting with the least name */
	for (uint32_t i = start; i < n; i++)
		if (walk[i] < walk[start])
			start = i;
	w = seen_at[w] - 1;
	for (uint32_t i = 0; i < n - w && i < 20; i++)
		hk_buf_addf(&text, "%s -> ", p->workloads[walk[w + (start - w + (n - w) - i) % (n - w)]].name);
	hk_buf_addf(&text, "%s%s", n - w > 20 ? "... -> " : "", p->workloads[walk[start]].name);
	/* of its connections the one written last is the likely mistake */
	for (uint32_t i = w; i < n; i++) {
		const struct hk_connection *c = waiting_predecessor(p, waiting, walk[i]);
		if (c->where.node->start > closing->where.node->start)
			closing = c;
	}
	hk_diag_help(b->diags, hk_node_diag(b->diags, closing->where.doc, closing->where.node, HK0401, "connections form a cycle: %s", text.s),
		     "a pipeline is a directed acyclic graph; remove one of these connections");
}

static void compute_rates(struct hk_pipeline *p, const struct hk_successors *s, size_t ordered)
{
	for (size_t i = 0; i < p->n_connections; i++) {
		const struct hk_connection *c = &p->connections[i];
		if (c->from_input == HK_NO_INDEX)
			continue;
		p->connection_rate[i] = c->fanout * p->inputs[c->from_input].rate;
		if (c->to_workload != HK_NO_INDEX)
			p->rate[c->to_workload] += p->connection_rate[i];
	}
	for (size_t k = 0; k < ordered; k++) {
		uint32_t w = p->order[k];
		for (uint32_t i = s->first[w]; i < s->first[w + 1]; i++) {
			const struct hk_connection *c = &p->connections[s->next[i]];
			p->connection_rate[s->next[i]] = c->fanout * p->rate[w];
			if (c->to_workload != HK_NO_INDEX)
				p->rate[c->to_workload] += p->connection_rate[s->next[i]];
		}
	}
}

/* Fanouts multiply along the way, so even bounded values can overflow: such a rate is a mistake, not a number to plan with. */
static void check_rates(struct hk_build *b, struct hk_pipeline *p)
{
	for (size_t w = 0; w < p->n_workloads; w++) {
		if (p->rate[w] <= 1e15)
			continue;
		hk_node_diag(b->diags, p->workloads[w].where.doc, p->workloads[w].where.node, HK0405, "fanouts make more than 1e15 messages/s arrive at '%s'",
			     p->workloads[w].name);
		p->rate[w] = 1e15;
	}
	for (size_t i = 0; i < p->n_connections; i++)
		if (p->connection_rate[i] > 1e15)
			p->connection_rate[i] = 1e15;
}

/* Mark what messages can reach from the marked workloads. */
static void spread_marks(const struct hk_pipeline *p, const struct hk_successors *s, bool *marked)
{
	HK_AUTO_FREE uint32_t *stack = hk_calloc(p->n_workloads + 1, sizeof *stack);
	size_t n = 0;

	for (size_t w = 0; w < p->n_workloads; w++)
		if (marked[w])
			stack[n++] = (uint32_t)w;
	while (n) {
		uint32_t w = stack[--n];
		for (uint32_t i = s->first[w]; i < s->first[w + 1]; i++) {
			uint32_t to = p->connections[s->next[i]].to_workload;
			if (to != HK_NO_INDEX && !marked[to]) {
				marked[to] = true;
				stack[n++] = to;
			}
		}
	}
}

static void check_reached(struct hk_build *b, const struct hk_pipeline *p, const struct hk_successors *s)
{
	HK_AUTO_FREE bool *reached = hk_calloc(p->n_workloads + 1, sizeof *reached);

	for (size_t i = 0; i < p->n_connections; i++)
		if (p->connections[i].from_input != HK_NO_INDEX && p->connections[i].to_workload != HK_NO_INDEX)
			reached[p->connections[i].to_workload] = true;
	spread_marks(p, s, reached);
	for (size_t w = 0; w < p->n_workloads; w++) {
		if (reached[w])
			continue;
		hk_diag_help(b->diags, hk_node_diag(b->diags, p->workloads[w].where.doc, hk_node_get(p->workloads[w].where.node, "name"), HK0403,
						    "no message of any input reaches '%s'", p->workloads[w].name),
			     "connect it, or it gets its least number of replicas and no load");
	}
}

/* Is there a chain of connections from the path's start to its end? */
static bool has_way(const struct hk_pipeline *p, const struct hk_successors *s, const struct hk_path *path)
{
	HK_AUTO_FREE bool *reached = hk_calloc(p->n_workloads + 1, sizeof *reached);

	if (path->from_workload != HK_NO_INDEX)
		reached[path->from_workload] = true;
	for (size_t i = 0; path->from_input != HK_NO_INDEX && i < p->n_connections; i++) {
		const struct hk_connection *c = &p->connections[i];
		if (c->from_input != path->from_input)
			continue;
		if (c->to_workload != HK_NO_INDEX)
			reached[c->to_workload] = true;
		else if (c->to_output == path->to_output)
			return true;
	}
	spread_marks(p, s, reached);
	if (path->to_workload != HK_NO_INDEX)
		return path->to_workload != path->from_workload && reached[path->to_workload];
	for (size_t i = 0; i < p->n_connections; i++)
		if (p->connections[i].to_output == path->to_output && p->connections[i].from_workload != HK_NO_INDEX &&
		    reached[p->connections[i].from_workload])
			return true;
	return false;
}

static void check_paths(struct hk_build *b, const struct hk_pipeline *p, const struct hk_successors *s)
{
	for (size_t i = 0; i < p->n_paths; i++)
		if (!has_way(p, s, &p->paths[i]))
			hk_node_diag(b->diags, p->paths[i].where.doc, p->paths[i].where.node, HK0407, "no chain of connections leads from '%s' to '%s'",
				     hk_path_from(p, &p->paths[i]), hk_path_to(p, &p->paths[i]));
}

static void build_pipeline_rates(struct hk_build *b, struct hk_pipeline *p)
{
	HK_AUTO_FREE uint32_t *waiting = hk_calloc(p->n_workloads + 1, sizeof *waiting);
	struct hk_successors s;
	size_t ordered;

	p->order = hk_arena_array(b->arena, p->n_workloads, sizeof *p->order);
	p->rate = hk_arena_array(b->arena, p->n_workloads, sizeof *p->rate);
	p->connection_rate = hk_arena_array(b->arena, p->n_connections, sizeof *p->connection_rate);
	hk_successors_build(p, &s);
	ordered = order_workloads(p, &s, waiting);
	if (ordered < p->n_workloads)
		report_cycle(b, p, waiting);
	compute_rates(p, &s, ordered);
	check_rates(b, p);
	for (size_t w = 0; ordered < p->n_workloads; w++)
		if (waiting[w])
			p->order[ordered++] = (uint32_t)w;
	if (!b->drafts[p - b->model->pipelines].partial) {
		check_reached(b, p, &s);
		check_paths(b, p, &s);
	}
	hk_successors_release(&s);
}

void hk_build_rates(struct hk_build *b)
{
	for (size_t i = 0; i < b->model->n_pipelines; i++)
		build_pipeline_rates(b, &b->model->pipelines[i]);
}
