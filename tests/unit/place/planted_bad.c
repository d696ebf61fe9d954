/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Demands that cannot hold together, each in a pipeline beside good ones. Every line of the set ends in "# planted". */
#include "planted.h"

#include <math.h>

#define HEAD "---\napiVersion: hkctl.dev/v1alpha1\nkind: Pipeline\nmetadata: {name: bad-%u}\nspec:\n"
#define HERE " # planted\n"

struct conflict { struct planted *world; struct hk_buf *out; uint32_t edge, n; struct hk_buf edge_name; };

static void head(struct conflict *c, double rate, uint32_t kilobytes, bool marked)
{
	hk_buf_addf(c->out, HEAD "  inputs:\n  - {name: a, cluster: %s, rate: %.0f/s, size: %ukB}%s", c->n++, c->edge_name.s, rate, kilobytes,
		    marked ? HERE : "\n");
	hk_buf_addstr(c->out, "  outputs:\n  - {name: out, cluster: cloud-1}\n  workloads:\n");
}

static void tail(struct conflict *c, const char *limit)
{
	hk_buf_addf(c->out, "  connections:\n  - {from: a, to: w%s}%s  - {from: w, to: out, fanout: 0.1, size: 1kB}\n", limit, limit[0] ? HERE : "\n");
}

/* All of it must stay in the edge cluster, which is too small. */
static void too_much_for_a_cluster(struct conflict *c)
{
	double cores = c->world->clusters.v[c->edge].nodes * c->world->clusters.v[c->edge].node_cores;

	c->world->clusters.v[c->edge].mark_nodes = true;
	head(c, ceil(12.5 * cores), 2, true);
	hk_buf_addstr(c->out, "  - name: w\n    requests: {cpu: 1000m, memory: 256Mi}\n    capacity: 10/s\n");
	tail(c, ", latency: {limit: 500us}");
}

/* The same by two pipelines, each of which would find room. */
static void too_much_of_two(struct conflict *c)
{
	double cores = c->world->clusters.v[c->edge].nodes * c->world->clusters.v[c->edge].node_cores;

	c->world->clusters.v[c->edge].mark_nodes = true;
	for (int i = 0; i < 2; i++) {
		head(c, ceil(6.5 * cores), 2, true);
		hk_buf_addstr(c->out, "  - name: w\n    requests: {cpu: 1000m, memory: 256Mi}\n    capacity: 10/s\n");
		tail(c, ", latency: {limit: 500us}");
	}
}

static void cloud_within_milliseconds(struct conflict *c)
{
	head(c, 50, 2, false);
	hk_buf_addstr(c->out, "  - name: w\n    requests: {cpu: 250m, memory: 256Mi}\n    placement: {require: {matchLabels: {tier: cloud}}}" HERE);
	tail(c, ", latency: {limit: 5ms}");
}

static void path_shorter_than_the_way(struct conflict *c)
{
	head(c, 50, 2, false);
	hk_buf_addstr(c->out, "  - {name: w, requests: {cpu: 250m, memory: 256Mi}, serviceTime: 4ms}\n");
	tail(c, "");
	hk_buf_addstr(c->out, "  paths:\n  - {from: a, to: out, latency: {limit: 10ms}}" HERE);
}

static void nines_in_one_place(struct conflict *c)
{
	uint32_t metro = planted_above(c->world, c->edge, PLANTED_METRO);

	head(c, 50, 2, false);
	hk_buf_addf(c->out, "  - name: w\n    requests: {cpu: 250m, memory: 256Mi}\n    availability: 99.99%%" HERE "    placement: {require: {matchLabels: {tier: metro, zone: area-%03u}}}" HERE,
		    c->world->clusters.v[metro].number);
	tail(c, "");
}

/* No other area is that near. */
static void spread_within_one_area(struct conflict *c)
{
	head(c, 50, 2, false);
	hk_buf_addstr(c->out, "  - name: w\n    requests: {cpu: 250m, memory: 256Mi}\n    placement: {spread: {over: zone, min: 2}}" HERE);
	tail(c, ", latency: {limit: 5ms}");
}

/* 12 Gbit/s over an uplink of 4; the next ones carry 40. */
static void more_than_the_link_carries(struct conflict *c)
{
	c->world->clusters.v[c->edge].mark_link = true;
	head(c, 75, 20000, true);
	hk_buf_addstr(c->out, "  - name: w\n    requests: {cpu: 250m, memory: 256Mi}\n    placement: {require: {matchLabels: {tier: cloud}}}" HERE);
	tail(c, "");
}

void planted_conflict(struct planted *world, uint64_t seed, struct hk_buf *out)
{
	static void (*const kinds[])(struct conflict *) = {
		too_much_for_a_cluster, cloud_within_milliseconds, path_shorter_than_the_way, nines_in_one_place, spread_within_one_area,
		more_than_the_link_carries, too_much_of_two,
	};
	struct conflict c = { .world = world, .out = out, .edge = planted_any_edge(world), .edge_name = HK_BUF_INIT };

	planted_name(world, c.edge, &c.edge_name);
	kinds[seed % HK_COUNT(kinds)](&c);
	hk_buf_release(&c.edge_name);
}
