/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "family.h"

#include "base/rng.h"
#include "planted.h"

#include <string.h>

struct family {
	struct hk_rng rng;
	struct hk_buf *out;
	unsigned clusters, metros;    /* cluster 0 is the cloud, then metros, then edges */
	bool tight, rich, gpus;
	unsigned pipelines;
};

static unsigned below(struct family *f, unsigned bound)
{
	return (unsigned)hk_rng_below(&f->rng, bound);
}

static bool chance(struct family *f, unsigned percent)
{
	return below(f, 100) < percent;
}

static void name_of(const struct family *f, unsigned cluster, struct hk_buf *name)
{
	hk_buf_reset(name);
	if (cluster == 0)
		hk_buf_addstr(name, "cloud");
	else if (cluster <= f->metros)
		hk_buf_addf(name, "metro-%02u", cluster);
	else
		hk_buf_addf(name, "edge-%03u", cluster);
}

static unsigned metro_of(const struct family *f, unsigned edge)
{
	return f->metros == 0 ? 0 : 1 + (edge - 1 - f->metros) % f->metros;
}

static unsigned any_edge(struct family *f)
{
	return f->clusters > f->metros + 1 ? f->metros + 1 + below(f, f->clusters - f->metros - 1) : f->clusters - 1;
}

static void nodes(struct family *f, unsigned cluster)
{
	bool edge = cluster > f->metros;
	unsigned count = edge ? 2 + below(f, 3) : 4 + below(f, 5);

	if (f->tight)
		count = edge ? 1 + below(f, 2) : 2 + below(f, 3);
	hk_buf_addstr(f->out, "    nodes:\n");
	hk_buf_addf(f->out, "    - {name: n%u, count: %u, allocatable: {cpu: \"%u\", memory: %uGi}}\n", cluster, count, edge ? 8 : 16, edge ? 32 : 64);
	if (f->rich && chance(f, 30)) {
		f->gpus = true;
		hk_buf_addf(f->out, "    - {name: g%u, count: 1, allocatable: {cpu: \"%u\", memory: %uGi}, labels: {accelerator: gpu}}\n", cluster,
			    edge ? 4 : 16, edge ? 16 : 64);
	}
}

static void cluster(struct family *f, unsigned index)
{
	struct hk_buf name = HK_BUF_INIT;
	bool edge = index > f->metros;

	name_of(f, index, &name);
	hk_buf_addf(f->out, "  - name: %s\n    tier: %s\n", name.s, index == 0 ? "cloud" : edge ? "edge" : "metro");
	hk_buf_addf(f->out, "    region: region-%u\n", index == 0 ? 0 : (edge ? metro_of(f, index) : index) % 3);
	hk_buf_addf(f->out, "    availability: %s\n", index == 0 ? "99.99%" : edge ? "99.5%" : "99.9%");
	if (f->rich && edge && chance(f, 20))
		hk_buf_addf(f->out, "    failureDomain: power-%u\n", index % 3);
	if (f->rich && chance(f, 50))
		hk_buf_addstr(f->out, "    nodeAvailability: 99.9%\n");
	hk_buf_addf(f->out, "    prices: {cpu: 0.0%02u/h, memory: 0.00%u/GiB/h}\n", index == 0 ? 40 : edge ? 60 + below(f, 20) : 45 + below(f, 15),
		    4 + below(f, 5));
	if (index > 0 || f->tight)
		hk_buf_addstr(f->out, index == 0 ? "    nodes:\n    - {name: c, count: 40, allocatable: {cpu: \"32\", memory: 128Gi}}\n" : "");
	if (index > 0)
		nodes(f, index);
	hk_buf_release(&name);
}

static void link(struct family *f, unsigned from, unsigned to, unsigned latency_us, const char *bandwidth)
{
	struct hk_buf a = HK_BUF_INIT, b = HK_BUF_INIT;

	name_of(f, from, &a);
	name_of(f, to, &b);
	hk_buf_addf(f->out, "  - {from: %s, to: %s, latency: %uus, jitter: %uus, bandwidth: %s, loss: 0.00%u%%, price: 0.0%u/GB}\n", a.s, b.s, latency_us,
		    latency_us / 20, bandwidth, 1 + below(f, 8), 1 + below(f, 4));
	hk_buf_release(&a);
	hk_buf_release(&b);
}

static void topology(struct family *f)
{
	hk_buf_addstr(f->out, "apiVersion: hkctl.dev/v1alpha1\nkind: Topology\nmetadata: {name: world}\nspec:\n  clusters:\n");
	for (unsigned c = 0; c < f->clusters; c++)
		cluster(f, c);
	hk_buf_addstr(f->out, "  links:\n");
	for (unsigned c = 1; c < f->clusters; c++) {
		bool edge = c > f->metros;

		link(f, c, edge ? metro_of(f, c) : 0, edge ? 2000 + 100 * below(f, 40) : 8000 + 500 * below(f, 30),
		     edge ? f->tight ? "300Mbps" : "2Gbps" : "10Gbps");
		if (!edge && c > 1)
			link(f, c - 1, c, 5000 + 500 * below(f, 10), "10Gbps");
		if (edge && c > f->metros + 1 && chance(f, 30))
			link(f, c - 1, c, 1000 + 100 * below(f, 50), "1Gbps");
	}
}

static void pipeline_head(struct family *f, const char *kind)
{
	hk_buf_addf(f->out, "---\napiVersion: hkctl.dev/v1alpha1\nkind: Pipeline\nmetadata: {name: %s-%03u}\nspec:\n", kind, f->pipelines++);
}

static void input(struct family *f, const char *name, unsigned at, unsigned rate, unsigned kilobytes)
{
	struct hk_buf where = HK_BUF_INIT;

	name_of(f, at, &where);
	hk_buf_addf(f->out, "  - {name: %s, cluster: %s, rate: %u/s, size: %ukB}\n", name, where.s, rate, kilobytes);
	hk_buf_release(&where);
}

static void output(struct family *f, unsigned at)
{
	struct hk_buf where = HK_BUF_INIT;

	name_of(f, at, &where);
	hk_buf_addf(f->out, "  outputs:\n  - {name: out, cluster: %s}\n", where.s);
	hk_buf_release(&where);
}

static void rich_workload(struct family *f, unsigned index, unsigned previous)
{
	static const char *const targets[] = { "99.5%", "99.9%", "99.99%", "99.999%" };
	static const char *const levels[] = { "node", "cluster", "region" };

	if (chance(f, 40))
		hk_buf_addf(f->out, "    availability: %s\n", targets[below(f, 4)]);
	if (chance(f, 20))
		hk_buf_addf(f->out, "    replicas: {min: %u, max: %u}\n", 1 + below(f, 3), 40 + below(f, 20));
	if (chance(f, 8) && f->gpus)
		hk_buf_addstr(f->out, "    features: {accelerator: gpu}\n");
	hk_buf_addf(f->out, "    placement:\n      prefer: [{weight: %d, matchLabels: {tier: %s}}]\n", (int)below(f, 10) - 3, chance(f, 50) ? "edge" : "metro");
	if (chance(f, 20))
		hk_buf_addf(f->out, "      spread: {over: %s, min: 2}\n", chance(f, 50) || f->clusters < 6 ? "cluster" : "region");
	if (previous < index && chance(f, 25))
		hk_buf_addf(f->out, "      together: [{with: w%u, level: %s, weight: %u%s}]\n", previous, levels[below(f, 3)], 1 + below(f, 9),
			    chance(f, 30) ? ", required: true" : "");
	else if (previous < index && chance(f, 25))
		hk_buf_addf(f->out, "      apart: [{with: w%u, level: %s, weight: %u%s}]\n", previous, levels[below(f, 3)], 1 + below(f, 9),
			    chance(f, 50) ? ", required: false" : "");
	else if (chance(f, 15))
		hk_buf_addf(f->out, "      apart: [{with: w%u, level: %s, required: %s, weight: 3}]\n", index, levels[below(f, 2)],
			    chance(f, 50) ? "true" : "false");
}

/* previous == index: nothing to pair with. */
static void workload(struct family *f, unsigned index, unsigned previous)
{
	hk_buf_addf(f->out, "  - name: w%u\n    requests: {cpu: \"%u.%u\", memory: %uMi}\n    capacity: %u/s\n    serviceTime: %ums\n", index, below(f, 3),
		    1 + below(f, 9), 256 * (1 + below(f, 12)), 20 + 10 * below(f, 15), 1 + below(f, 5));
	if (f->rich)
		rich_workload(f, index, previous);
	else if (chance(f, 25))
		hk_buf_addstr(f->out, "    availability: 99.99%\n");
}

/* fanout in tenths; limit in ms, 0 for none. */
static void connection(struct family *f, const char *from, const char *to, unsigned tenths, unsigned kilobytes, unsigned limit)
{
	hk_buf_addf(f->out, "  - {from: %s, to: %s, fanout: %u.%u, size: %ukB", from, to, tenths / 10, tenths % 10, kilobytes);
	if (limit > 0)
		hk_buf_addf(f->out, ", latency: {request: %ums, limit: %ums}", limit / 2, limit);
	if (chance(f, 30))
		hk_buf_addf(f->out, ", affinity: %u", 1 + below(f, 8));
	hk_buf_addstr(f->out, "}\n");
}

static void between(struct family *f, unsigned from, unsigned to, unsigned tenths, unsigned limit)
{
	struct hk_buf a = HK_BUF_INIT, b = HK_BUF_INIT;

	hk_buf_addf(&a, "w%u", from);
	hk_buf_addf(&b, "w%u", to);
	connection(f, a.s, b.s, tenths, 1 + below(f, 60), limit);
	hk_buf_release(&a);
	hk_buf_release(&b);
}

static void path(struct family *f, const char *from, const char *to, unsigned request, unsigned limit)
{
	hk_buf_addf(f->out, "  paths:\n  - {from: %s, to: %s, latency: {request: %ums, limit: %ums}}\n", from, to, request, limit);
}

static unsigned load(struct family *f)
{
	return (40 + 10 * below(f, 20)) * (f->tight ? 2 : 1);
}

static unsigned hk4(struct family *f, unsigned budget)
{
	unsigned edge = any_edge(f);

	(void)budget;
	pipeline_head(f, "hk4");
	hk_buf_addstr(f->out, "  inputs:\n");
	input(f, "a", edge, load(f), 20);
	input(f, "b", any_edge(f), load(f), 8);
	output(f, 0);
	hk_buf_addstr(f->out, "  workloads:\n");
	for (unsigned w = 0; w < 4; w++)
		workload(f, w, w == 0 ? w : w - 1);
	hk_buf_addstr(f->out, "  connections:\n");
	connection(f, "a", "w0", 10, 20, 12 + below(f, 12));
	connection(f, "b", "w1", 10, 8, 12 + below(f, 12));
	between(f, 0, 2, 5, 0);
	between(f, 0, 1, 5, 20 + below(f, 20));
	between(f, 1, 3, 8, 0);
	between(f, 2, 3, 10, 0);
	connection(f, "w3", "out", 1, 2, 0);
	if (f->rich || chance(f, 50))
		path(f, "a", "out", 40 + below(f, 20), 60 + below(f, 60));
	return 4;
}

static unsigned mec(struct family *f, unsigned budget)
{
	unsigned n = 2 + below(f, 5);

	n = n > budget ? budget : n;
	pipeline_head(f, "mec");
	hk_buf_addstr(f->out, "  inputs:\n");
	input(f, "users", any_edge(f), load(f), 4 + below(f, 30));
	if (chance(f, 60))
		output(f, chance(f, 50) ? 0 : any_edge(f));
	else
		output(f, f->metros > 0 ? 1 + below(f, f->metros) : 0);
	hk_buf_addstr(f->out, "  workloads:\n");
	for (unsigned w = 0; w < n; w++)
		workload(f, w, w == 0 ? w : w - 1);
	hk_buf_addstr(f->out, "  connections:\n");
	connection(f, "users", "w0", 10, 4, 8 + below(f, 20));
	for (unsigned w = 1; w < n; w++)
		between(f, below(f, 100) < 70 ? w - 1 : below(f, w), w, 3 + below(f, 10), chance(f, 40) ? 10 + below(f, 30) : 0);
	hk_buf_addf(f->out, "  - {from: w%u, to: out, fanout: 0.2, size: 2kB}\n", n - 1);
	if (f->rich && chance(f, 50))
		path(f, "users", "out", 30 + below(f, 20), 45 + below(f, 60));
	return n;
}

static unsigned retail(struct family *f, unsigned budget)
{
	unsigned store = any_edge(f);

	(void)budget;
	pipeline_head(f, "store");
	hk_buf_addstr(f->out, "  inputs:\n");
	input(f, "cameras", store, 20 + below(f, 30), 60);
	output(f, store);
	hk_buf_addstr(f->out, "  workloads:\n");
	for (unsigned w = 0; w < 3; w++)
		workload(f, w, w == 0 ? w : w - 1);
	hk_buf_addstr(f->out, "  connections:\n");
	connection(f, "cameras", "w0", 10, 60, 10);
	between(f, 0, 1, 5, 25);
	between(f, 1, 2, 2, 0);
	connection(f, "w1", "out", 10, 1, 25);
	return 3;
}

static unsigned micro(struct family *f, unsigned budget)
{
	unsigned n = 5 + below(f, 16);

	n = n > budget ? budget : n;
	pipeline_head(f, "micro");
	hk_buf_addstr(f->out, "  inputs:\n");
	input(f, "users", any_edge(f), load(f), 4);
	output(f, 0);
	hk_buf_addstr(f->out, "  workloads:\n");
	for (unsigned w = 0; w < n; w++)
		workload(f, w, w == 0 ? w : below(f, w));
	hk_buf_addstr(f->out, "  connections:\n");
	connection(f, "users", "w0", 10, 4, 20);
	for (unsigned w = 1; w < n; w++) {
		unsigned first = below(f, w), second = below(f, w);

		between(f, first, w, 2 + below(f, 8), chance(f, 30) ? 25 + below(f, 20) : 0);
		if (second != first && chance(f, 30))
			between(f, second, w, 2 + below(f, 8), 0);
	}
	hk_buf_addf(f->out, "  - {from: w%u, to: out, fanout: 0.1, size: 2kB}\n", n - 1);
	return n;
}

bool hk_family_plant(const char *family, unsigned workloads, unsigned clusters, uint64_t seed, bool tight, struct hk_buf *out)
{
	bool bad = strcmp(family, "bad") == 0;
	planted_maker *make = planted_family(bad ? "mec" : family);
	struct hk_buf conflict = HK_BUF_INIT;
	struct planted world;
	uint32_t index = 0;

	if (!make)
		return false;
	planted_open(&world, clusters, workloads, seed, tight);
	for (uint32_t made = 0; made < workloads; index++)
		made += make(&world, index, workloads - made);
	planted_close(&world);
	if (bad)
		planted_conflict(&world, seed, &conflict);
	planted_write(&world, out);
	hk_buf_addstr(out, conflict.s);
	hk_buf_release(&conflict);
	planted_release(&world);
	return true;
}

bool hk_family_generate(const char *family, unsigned workloads, unsigned clusters, uint64_t seed, bool tight, bool rich, struct hk_buf *out)
{
	static const struct { const char *name; unsigned (*make)(struct family *, unsigned); } families[] = {
		{ "hk4", hk4 }, { "mec", mec }, { "retail", retail }, { "micro", micro },
	};
	struct family f = { .out = out, .clusters = clusters < 2 ? 2 : clusters, .tight = tight, .rich = rich };

	if (!rich && (clusters > 20 || strcmp(family, "wide") == 0 || strcmp(family, "bad") == 0))
		return hk_family_plant(family, workloads, clusters, seed, tight, out);
	f.metros = f.clusters >= 5 ? (f.clusters + 4) / 8 + 1 : 0;
	hk_rng_seed(&f.rng, seed);
	for (size_t i = 0; i < sizeof families / sizeof families[0]; i++) {
		if (strcmp(families[i].name, family) != 0)
			continue;
		topology(&f);
		for (unsigned made = 0; made < workloads;)
			made += families[i].make(&f, workloads - made);
		return true;
	}
	return false;
}
