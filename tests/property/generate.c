/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "generate.h"

#include "base/vec.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static const char *const cluster_names[] = { "cloud", "edge-a", "edge-b", "metro" };
static const char *const tiers[] = { "cloud", "edge", "edge", "metro" };
static const char *const workload_names[] = { "decode", "detect", "label", "store" };

struct world { struct instance *out; struct hk_rng *rng; unsigned n_clusters; };

static uint64_t below(struct world *world, uint64_t bound)
{
	return hk_rng_below(world->rng, bound);
}

static bool one_in(struct world *world, unsigned n)
{
	return below(world, n) == 0;
}

static void __attribute__((format(printf, 3, 4))) put(struct world *world, bool optional, const char *format, ...)
{
	struct hk_buf text = HK_BUF_INIT;
	va_list args;

	va_start(args, format);
	hk_buf_vaddf(&text, format, args);
	va_end(args);
	hk_vec_push(world->out, (struct line){ hk_buf_detach(&text, NULL), optional });
}

static const char *pick(struct world *world, const char *const *texts, size_t count)
{
	return texts[below(world, count)];
}

#define PICK(world, ...) pick(world, (const char *const[]){ __VA_ARGS__ }, sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(char *))

static const char *any_cluster(struct world *world)
{
	return cluster_names[below(world, world->n_clusters)];
}

static void put_nodes(struct world *world, const char *cluster)
{
	unsigned groups = 1 + (unsigned)below(world, 2);

	put(world, false, "    nodes:");
	for (unsigned g = 0; g < groups; g++) {
		struct hk_buf more HK_AUTO_BUF = HK_BUF_INIT;

		if (one_in(world, 3))
			hk_buf_addstr(&more, ", labels: {accelerator: \"yes\"}");
		if (one_in(world, 8))
			hk_buf_addstr(&more, ", taints: [{key: reserved, effect: NoSchedule}]");
		if (one_in(world, 12))
			hk_buf_addstr(&more, ", unschedulable: true");
		put(world, groups > 1, "    - {name: %s-n%u, count: %u, allocatable: {cpu: \"%u\", memory: %uGi}%s}", cluster, g, 1 + (unsigned)below(world, 2),
		    2 + (unsigned)below(world, 5), 4 + (unsigned)below(world, 12), more.s);
	}
}

static void put_cluster(struct world *world, unsigned index)
{
	put(world, false, "  - name: %s", cluster_names[index]);
	put(world, false, "    tier: %s", tiers[index]);
	if (one_in(world, 2))
		put(world, true, "    zone: %s", PICK(world, "z1", "z2"));
	if (one_in(world, 2))
		put(world, true, "    region: %s", PICK(world, "r1", "r2"));
	if (one_in(world, 4))
		put(world, true, "    failureDomain: %s", PICK(world, "power-1", "power-2"));
	if (!one_in(world, 3))
		put(world, true, "    availability: %s", PICK(world, "99%", "99.5%", "99.9%", "95%"));
	if (one_in(world, 3))
		put(world, true, "    nodeAvailability: %s", PICK(world, "99%", "99.9%"));
	if (one_in(world, 5))
		put(world, true, "    reserve: {cpu: 10%%}");
	put(world, true, "    prices: {cpu: 0.0%u/h, memory: 0.00%u/GiB/h}", 1 + (unsigned)below(world, 9), (unsigned)below(world, 9));
	if (!one_in(world, 4))
		put_nodes(world, cluster_names[index]);
}

static void put_link(struct world *world, const char *from, const char *to)
{
	struct hk_buf more HK_AUTO_BUF = HK_BUF_INIT;

	if (one_in(world, 2))
		hk_buf_addf(&more, ", jitter: %uus", 100 * (unsigned)below(world, 20));
	if (one_in(world, 3))
		hk_buf_addf(&more, ", loss: 0.%u%%", 1 + (unsigned)below(world, 9));
	if (one_in(world, 2))
		hk_buf_addf(&more, ", bandwidth: %uMbps", 1 + (unsigned)below(world, 40));
	if (one_in(world, 2))
		hk_buf_addf(&more, ", price: 0.0%u/GB", 1 + (unsigned)below(world, 9));
	if (one_in(world, 6))
		hk_buf_addstr(&more, ", both: false");
	put(world, true, "  - {from: %s, to: %s, latency: %ums%s}", from, to, 1 + (unsigned)below(world, 20), more.s);
}

static void put_topology(struct world *world)
{
	put(world, false, "apiVersion: hkctl.dev/v1alpha1");
	put(world, false, "kind: Topology");
	put(world, false, "metadata: {name: world}");
	put(world, false, "spec:");
	put(world, false, "  clusters:");
	for (unsigned c = 0; c < world->n_clusters; c++)
		put_cluster(world, c);
	put(world, false, "  sites:");
	put(world, false, "  - {name: here, cluster: %s%s%s}", any_cluster(world), one_in(world, 2) ? ", latency: 1ms" : "",
	    one_in(world, 3) ? ", bandwidth: 30Mbps" : "");
	put(world, false, "  - {name: there, cluster: %s%s}", any_cluster(world), one_in(world, 3) ? ", jitter: 200us, loss: 0.1%" : "");
	put(world, false, "  links:");
	for (unsigned a = 0; a < world->n_clusters; a++)
		for (unsigned b = a + 1; b < world->n_clusters; b++)
			if (!one_in(world, 4) || b == a + 1)
				put_link(world, cluster_names[a], cluster_names[b]);
	put(world, false, "---");
}

static void put_metrics(struct world *world)
{
	put(world, true, "apiVersion: hkctl.dev/v1alpha1\nkind: Metrics\nmetadata: {name: seen}\nspec:\n  pairs:\n  - {from: %s, to: %s, latency: %ums}\n---",
	    cluster_names[0], cluster_names[1], 1 + (unsigned)below(world, 30));
}

static void put_pairing(struct world *world, const char *key, unsigned self, unsigned first, unsigned count, bool can_be_self)
{
	unsigned with = first + (unsigned)below(world, count);

	if (with == self && !can_be_self)
		return;
	put(world, true, "      %s: [{with: %s, level: %s, required: %s%s}]", key, workload_names[with],
	    PICK(world, "node", "cluster", "cluster", "zone", "region", "failureDomain"), PICK(world, "true", "false"), one_in(world, 2) ? ", weight: 3" : "");
}

static void put_placement(struct world *world, unsigned self, unsigned first, unsigned count)
{
	put(world, true, "    placement:");
	put(world, true, "      require: {}");
	if (one_in(world, 5)) {
		free(world->out->v[--world->out->n].text);
		put(world, true, "      require: {matchExpressions: [{key: tier, operator: %s, values: [%s]}]}", PICK(world, "In", "NotIn"),
		    PICK(world, "edge", "cloud", "edge, cloud"));
	}
	if (one_in(world, 4))
		put(world, true, "      prefer: [{weight: %d, matchLabels: {tier: %s}%s}]", (int)below(world, 20) - 8, PICK(world, "edge", "cloud", "metro"),
		    one_in(world, 2) ? ", when: {metric: latency, from: cloud, below: 10ms}" : "");
	if (one_in(world, 5))
		put(world, true, "      spread: {over: %s, min: 2}", PICK(world, "cluster", "cluster", "failureDomain", "tier", "zone"));
	if (one_in(world, 4))
		put_pairing(world, "together", self, first, count, false);
	if (one_in(world, 4))
		put_pairing(world, "apart", self, first, count, true);
}

static void put_workload(struct world *world, unsigned self, unsigned first, unsigned count)
{
	unsigned most = 2 + (unsigned)below(world, 3);

	put(world, false, "  - name: %s", workload_names[self]);
	put(world, true, "    requests: {cpu: %s, memory: %s}", PICK(world, "500m", "\"1\"", "1500m", "\"2\"", "\"3\""), PICK(world, "1Gi", "2Gi", "3Gi"));
	put(world, false, "    replicas: {min: %u, max: %u}", 1 + (unsigned)one_in(world, 5), most);
	if (!one_in(world, 4))
		put(world, true, "    capacity: %u/s", 25 + 5 * (unsigned)below(world, 12));
	if (one_in(world, 2))
		put(world, true, "    serviceTime: %ums", 1 + (unsigned)below(world, 5));
	if (one_in(world, 3))
		put(world, true, "    availability: %s", PICK(world, "98%", "99%", "99.5%", "99.9%", "99.99%"));
	if (one_in(world, 8))
		put(world, true, "    features: {accelerator: \"yes\"}");
	if (one_in(world, 2))
		put_placement(world, self, first, count);
}

static void put_connection(struct world *world, const char *from, const char *to)
{
	put(world, false, "  - from: %s", from);
	put(world, false, "    to: %s", to);
	put(world, true, "    fanout: %s", PICK(world, "0.5", "1", "1", "2"));
	put(world, true, "    size: %ukB", 1 + (unsigned)below(world, 60));
	if (one_in(world, 3))
		put(world, true, "    latency: {request: %ums, limit: %ums}", 1 + (unsigned)below(world, 6), 7 + (unsigned)below(world, 25));
	if (one_in(world, 6))
		put(world, true, "    jitter: {limit: %uus}", 500 + 100 * (unsigned)below(world, 20));
	if (one_in(world, 8))
		put(world, true, "    loss: {request: 0.1%%, limit: 1%%}");
	if (one_in(world, 8))
		put(world, true, "    bandwidth: {request: 20Mbps, limit: 2Mbps}");
	if (one_in(world, 4))
		put(world, true, "    affinity: %u", 1 + (unsigned)below(world, 30));
}

static void put_connections(struct world *world, unsigned first, unsigned count, bool has_input, bool has_output)
{
	put(world, false, "  connections:");
	if (has_input)
		put_connection(world, "cameras", workload_names[first]);
	/* With three or more a diamond or a second entrance now and then. */
	bool is_chain = count < 3 || one_in(world, 2);

	for (unsigned w = first + 1; w < first + count; w++)
		put_connection(world, workload_names[is_chain ? w - 1 : first + below(world, w - first)], workload_names[w]);
	if (is_chain && count > 2)
		put(world, true, "  - {from: %s, to: %s, fanout: 0.5, size: 5kB}", has_input ? "cameras" : workload_names[first], workload_names[first + 2]);
	if (has_output)
		put_connection(world, workload_names[first + count - 1], "screen");
}

static void put_paths(struct world *world, unsigned first, unsigned count, bool has_input, bool has_output)
{
	const char *from = has_input ? "cameras" : workload_names[first], *to = has_output ? "screen" : workload_names[first + count - 1];

	if (!strcmp(from, to))
		return;
	put(world, true, "  paths:\n  - {from: %s, to: %s, %s}", from, to,
	    PICK(world, "latency: {limit: 25ms}", "latency: {request: 12ms, limit: 40ms}", "jitter: {limit: 2ms}", "loss: {limit: 1%, request: 0.2%}",
		 "latency: {request: 8ms}"));
}

static void put_pipeline(struct world *world, const char *name, unsigned first, unsigned count)
{
	bool has_input = !one_in(world, 8), has_output = one_in(world, 2);

	put(world, false, "apiVersion: hkctl.dev/v1alpha1");
	put(world, false, "kind: Pipeline");
	put(world, false, "metadata: {name: %s}", name);
	put(world, false, "spec:");
	if (has_input)
		put(world, false, "  inputs: [{name: cameras, %s, rate: %u/s, size: %ukB}]", PICK(world, "site: here", "site: there", "cluster: cloud"),
		    5 + 5 * (unsigned)below(world, 12), 1 + (unsigned)below(world, 60));
	if (has_output)
		put(world, false, "  outputs: [{name: screen, %s}]", PICK(world, "site: here", "site: there", "cluster: cloud"));
	put(world, false, "  workloads:");
	for (unsigned w = first; w < first + count; w++)
		put_workload(world, w, first, count);
	if (count > 1 || has_input || has_output)
		put_connections(world, first, count, has_input, has_output);
	if (one_in(world, 3))
		put_paths(world, first, count, has_input, has_output);
	if (one_in(world, 2))
		put(world, true, "  objective: {cost: %u, latency: 0.%u, request: %u, affinity: 0.0%u, moves: 0.0%u}", 1 + (unsigned)below(world, 2),
		    (unsigned)below(world, 5), (unsigned)below(world, 12), (unsigned)below(world, 5), (unsigned)below(world, 9));
	put(world, false, "---");
}

void instance_generate(struct instance *instance, struct hk_rng *rng)
{
	struct world world = { instance, rng, 2 + (unsigned)hk_rng_below(rng, 3) };
	unsigned workloads = 1 + (unsigned)below(&world, 4), first = workloads > 1 &&
	    one_in(&world, 4) ? 1 + (unsigned)below(&world, workloads - 1) : workloads;

	*instance = (struct instance){ 0 };
	put_topology(&world);
	if (one_in(&world, 6))
		put_metrics(&world);
	put_pipeline(&world, "first", 0, first);
	if (first < workloads)
		put_pipeline(&world, "second", first, workloads - first);
}

/* One link's line with an offer; the link keeps what it has. */
static void offer_link(struct line *line, struct hk_rng *rng)
{
	struct hk_buf text HK_AUTO_BUF = HK_BUF_INIT;
	unsigned latency = (unsigned)strtoul(strstr(line->text, "latency: ") + 9, NULL, 10);
	const char *given = strstr(line->text, "bandwidth: ");
	unsigned bandwidth = given ? (unsigned)strtoul(given + 11, NULL, 10) : 0, step = 1 + (unsigned)hk_rng_below(rng, 20),
	    kind = (unsigned)hk_rng_below(rng, 3);

	hk_buf_addf(&text, "%.*s, controller: wan, ", (int)strlen(line->text) - 1, line->text);
	if (!bandwidth && kind != 1) {
		bandwidth = 1 + (unsigned)hk_rng_below(rng, 6);
		hk_buf_addf(&text, "bandwidth: %uMbps, ", bandwidth);
	}
	hk_buf_addstr(&text, "adjustable: {");
	if (bandwidth && kind != 1) {
		hk_buf_addf(&text, "bandwidth: {max: %uMbps, ", bandwidth + step * (1 + (unsigned)hk_rng_below(rng, 2)));
		if (!(hk_rng_below(rng, 4) == 0))
			hk_buf_addf(&text, "step: %uMbps, ", step);
		hk_buf_addf(&text, "price: 0.000%u/Mbps/h}%s", (unsigned)hk_rng_below(rng, 10), kind == 2 ? ", " : "");
	}
	if (!bandwidth || kind != 0)
		hk_buf_addf(&text, "latency: {min: %uus, price: 0.000%u/ms/h}", (unsigned)hk_rng_below(rng, 1000 * latency), (unsigned)hk_rng_below(rng, 10));
	hk_buf_addstr(&text, "}}");
	free(line->text);
	line->text = hk_buf_detach(&text, NULL);
}

void instance_offer(struct instance *instance, struct hk_rng *rng)
{
	unsigned wanted = 1 + (unsigned)hk_rng_below(rng, 2), links = 0;

	for (size_t i = 0; i < instance->n; i++)
		links += strstr(instance->v[i].text, "  - {from: ") == instance->v[i].text && strstr(instance->v[i].text, ", latency: ") != NULL;
	for (size_t i = 0; i < instance->n; i++) {
		char *text = instance->v[i].text;

		if (!strcmp(text, "  links:")) {
			struct hk_buf both HK_AUTO_BUF = HK_BUF_INIT;

			hk_buf_addstr(&both, "  controllers: [{name: wan}]\n  links:");
			free(text);
			instance->v[i].text = hk_buf_detach(&both, NULL);
		} else if (strstr(text, "  - {from: ") == text && strstr(text, ", latency: ") && links > 0) {
			if (wanted > 0 && hk_rng_below(rng, links) < wanted) {
				offer_link(&instance->v[i], rng);
				wanted--;
			}
			links--;
		}
	}
}

/* Links all of the same latency, and most of them share traffic: rings and meshes with many ties. */
void instance_even(struct instance *instance, struct hk_rng *rng)
{
	for (size_t i = 0; i < instance->n; i++) {
		struct hk_buf text HK_AUTO_BUF = HK_BUF_INIT;
		const char *line = instance->v[i].text, *latency = strstr(line, ", latency: "), *rest = latency ? strstr(latency + 1, "ms") : NULL;

		if (strstr(line, "  - {from: ") != line || !latency || !rest || !strstr(rest, "}"))
			continue;
		hk_buf_addf(&text, "%.*s, latency: 4%.*s%s", (int)(latency - line), line, (int)strlen(rest) - 1, rest,
			    hk_rng_below(rng, 4) > 0 ? ", equalCost: true}" : "}");
		free(instance->v[i].text);
		instance->v[i].text = hk_buf_detach(&text, NULL);
		/* now and then a second link beside it */
		if (hk_rng_below(rng, 4) == 0) {
			struct line copy = { hk_strdup(instance->v[i].text), true };

			hk_vec_push(instance, copy);
			memmove(&instance->v[i + 2], &instance->v[i + 1], (instance->n - i - 2) * sizeof copy);
			instance->v[++i] = copy;
		}
	}
}

/* Replace the first number behind `key` by another one of as many digits. */
static void disturb_number(struct line *line, const char *key, struct hk_rng *rng)
{
	char *at = strstr(line->text, key);

	if (!at || hk_rng_below(rng, 2))
		return;
	at += strlen(key);
	if (*at >= '1' && *at <= '9')
		*at = (char)('1' + hk_rng_below(rng, 9));
}

void instance_disturb(struct instance *instance, struct hk_rng *rng)
{
	for (size_t i = 0; i < instance->n; i++) {
		disturb_number(&instance->v[i], "rate: ", rng);
		disturb_number(&instance->v[i], "latency: ", rng);
		disturb_number(&instance->v[i], "cpu: 0.0", rng);
	}
}

void instance_text(const struct instance *instance, struct hk_buf *out)
{
	for (size_t i = 0; i < instance->n; i++) {
		hk_buf_addstr(out, instance->v[i].text);
		hk_buf_addch(out, '\n');
	}
}

void instance_copy(struct instance *to, const struct instance *from)
{
	*to = (struct instance){ 0 };
	for (size_t i = 0; i < from->n; i++)
		hk_vec_push(to, (struct line){ hk_strdup(from->v[i].text), from->v[i].optional });
}

bool instance_drop(struct instance *instance, size_t first, size_t count)
{
	size_t kept = 0;
	bool dropped = false;

	for (size_t i = 0; i < instance->n; i++) {
		if (i >= first && i - first < count && instance->v[i].optional) {
			free(instance->v[i].text);
			dropped = true;
		} else {
			instance->v[kept++] = instance->v[i];
		}
	}
	instance->n = kept;
	return dropped;
}

void instance_release(struct instance *instance)
{
	for (size_t i = 0; i < instance->n; i++)
		free(instance->v[i].text);
	hk_vec_release(instance);
}
