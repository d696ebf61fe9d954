/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Limits that no placement can keep, because what is fixed breaks them already: the access hop of a site, the service times along a path. */
#include "model/build.h"
#include "model/graph.h"
#include <math.h>

/* One value of a site against one bound. lower: smaller is better. */
static void check_value(struct hk_build *b, const struct hk_bound *bound, double value, enum hk_unit unit, bool lower, const char *what, const char *site)
{
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;

	if (!bound->has_limit || !bound->limit_at.node || (lower ? value <= bound->limit * (1 + 1e-9) : value >= bound->limit * (1 - 1e-9)))
		return;
	hk_unit_print(unit, value, &text);
	hk_diag_help(b->diags, hk_node_diag(b->diags, bound->limit_at.doc, bound->limit_at.node, HK0412, "site '%s' alone has a %s of %s", site, what, text.s),
		     "no placement can keep this limit; the site's access hop counts");
}

static void check_site(struct hk_build *b, const struct hk_bounds *bounds, uint32_t index)
{
	const struct hk_site *site;

	if (index == HK_NO_INDEX)
		return;
	site = &b->model->sites[index];
	check_value(b, &bounds->latency, site->latency, HK_UNIT_DURATION, true, "latency", site->name);
	check_value(b, &bounds->jitter, site->jitter, HK_UNIT_DURATION, true, "jitter", site->name);
	check_value(b, &bounds->loss, site->loss, HK_UNIT_RATIO, true, "loss", site->name);
	check_value(b, &bounds->bandwidth, site->bandwidth, HK_UNIT_BITRATE, false, "bandwidth", site->name);
}

static double site_latency(const struct hk_model *model, const struct hk_endpoint *end)
{
	return end->site == HK_NO_INDEX ? 0 : model->sites[end->site].latency;
}

static void raise_to(double *value, double other)
{
	if (other > *value)
		*value = other;
}

/* Where the ways of a path begin: what is known of the latency when a message leaves that workload; -1 where no way leads. */
static void start_ways(const struct hk_model *model, const struct hk_pipeline *p, const struct hk_path *path, double *longest)
{
	for (size_t w = 0; w < p->n_workloads; w++)
		longest[w] = w == path->from_workload ? p->workloads[w].service_time : -1;
	for (size_t i = 0; path->from_input != HK_NO_INDEX && i < p->n_connections; i++) {
		const struct hk_connection *c = &p->connections[i];
		if (c->from_input == path->from_input && c->to_workload != HK_NO_INDEX)
			longest[c->to_workload] = site_latency(model, &p->inputs[path->from_input]) + p->workloads[c->to_workload].service_time;
	}
}

/* Longest sum of service times and site latencies over the ways of a path. All of them are in use, so the longest must keep the limit. */
static double longest_way(const struct hk_model *model, const struct hk_pipeline *p, const struct hk_successors *s, const struct hk_path *path)
{
	HK_AUTO_FREE double *longest = hk_calloc(p->n_workloads + 1, sizeof *longest);
	double end = -1;

	start_ways(model, p, path, longest);
	for (size_t k = 0; k < p->n_workloads; k++) {
		uint32_t w = p->order[k];
		for (uint32_t i = s->first[w]; longest[w] >= 0 && i < s->first[w + 1]; i++) {
			const struct hk_connection *c = &p->connections[s->next[i]];
			if (c->to_workload != HK_NO_INDEX)
				raise_to(&longest[c->to_workload], longest[w] + p->workloads[c->to_workload].service_time);
			else if (c->to_output == path->to_output)
				raise_to(&end, longest[w] + site_latency(model, &p->outputs[c->to_output]));
		}
	}
	return path->to_workload != HK_NO_INDEX ? longest[path->to_workload] : end;
}

static void check_path(struct hk_build *b, const struct hk_pipeline *p, const struct hk_successors *s, const struct hk_path *path)
{
	const struct hk_bound *latency = &path->bounds.latency;
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	double least;

	if (!latency->has_limit)
		return;
	least = longest_way(b->model, p, s, path);
	if (least <= latency->limit * (1 + 1e-9))
		return;
	hk_unit_print(HK_UNIT_DURATION, least, &text);
	hk_diag_help(b->diags, hk_node_diag(b->diags, latency->limit_at.doc, latency->limit_at.node, HK0412,
					    "service times and sites alone take %s from '%s' to '%s'", text.s, hk_path_from(p, path), hk_path_to(p, path)),
		     "no placement can keep this limit; shorten the service times or raise it");
}

/* Traffic of all inputs (or outputs) at each site against its bandwidth, one direction at a time. */
static void add_traffic(const struct hk_pipeline *p, double *in, double *out)
{
	for (size_t i = 0; i < p->n_connections; i++) {
		const struct hk_connection *c = &p->connections[i];
		double bits = 8 * c->size * p->connection_rate[i];
		if (c->from_input != HK_NO_INDEX && p->inputs[c->from_input].site != HK_NO_INDEX)
			in[p->inputs[c->from_input].site] += bits;
		if (c->to_output != HK_NO_INDEX && p->outputs[c->to_output].site != HK_NO_INDEX)
			out[p->outputs[c->to_output].site] += bits;
	}
}

static void check_site_traffic(struct hk_build *b)
{
	const struct hk_model *model = b->model;
	HK_AUTO_FREE double *in = hk_calloc(model->n_sites + 1, sizeof *in), *out = hk_calloc(model->n_sites + 1, sizeof *out);

	for (size_t i = 0; i < model->n_pipelines; i++)
		add_traffic(&model->pipelines[i], in, out);
	for (size_t i = 0; i < model->n_sites; i++) {
		const struct hk_site *site = &model->sites[i];
		HK_AUTO_BUF struct hk_buf traffic = HK_BUF_INIT, bandwidth = HK_BUF_INIT;

		if (in[i] <= site->bandwidth * (1 + 1e-9) && out[i] <= site->bandwidth * (1 + 1e-9))
			continue;
		hk_unit_print(HK_UNIT_BITRATE, in[i] > site->bandwidth ? in[i] : out[i], &traffic);
		hk_unit_print(HK_UNIT_BITRATE, site->bandwidth, &bandwidth);
		hk_diag_help(b->diags, hk_node_diag(b->diags, site->where.doc, hk_node_get(site->where.node, "bandwidth"), HK0413,
						    "%s at site '%s' need %s, but it has %s", in[i] > site->bandwidth ? "inputs" : "outputs", site->name,
						    traffic.s, bandwidth.s),
			     "lower the rates or sizes there, or give the site more bandwidth");
	}
}

static void check_pipeline_limits(struct hk_build *b, const struct hk_pipeline *p)
{
	struct hk_successors s;

	for (size_t i = 0; i < p->n_connections; i++) {
		const struct hk_connection *c = &p->connections[i];
		if (c->from_input != HK_NO_INDEX)
			check_site(b, &c->bounds, p->inputs[c->from_input].site);
		if (c->to_output != HK_NO_INDEX)
			check_site(b, &c->bounds, p->outputs[c->to_output].site);
	}
	hk_successors_build(p, &s);
	for (size_t i = 0; i < p->n_paths; i++)
		check_path(b, p, &s, &p->paths[i]);
	hk_successors_release(&s);
}

void hk_build_limit_checks(struct hk_build *b)
{
	for (size_t i = 0; i < b->model->n_pipelines; i++)
		check_pipeline_limits(b, &b->model->pipelines[i]);
	check_site_traffic(b);
}
