/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a pod asks of a node, by Kubernetes' rules (component-helpers, "resource" package): requests of containers add up with those of sidecars (init
 * containers that restart always); an init container needs its own requests beside the sidecars started before it; the larger of the two counts, plus the
 * overhead. Where a request is missing its limit stands in.
 */
#include "model/build.h"
#include "base/vec.h"
#include <string.h>

static bool is_sidecar(const struct hk_node *container)
{
	const char *policy = hk_node_string(hk_node_get(container, "restartPolicy"));

	return policy && strcmp(policy, "Always") == 0;
}

/* Requests of one container; limits where a resource has no request. */
static void container_requests(struct hk_build *b, const struct hk_node *container, struct hk_amounts *out)
{
	const struct hk_node *requests = hk_node_at(container, "resources.requests"), *limits = hk_node_at(container, "resources.limits");
	struct hk_amounts stated = { { NULL, 0, 0 } };

	hk_read_amounts(b, requests, HK0605, out);
	hk_read_amounts(b, limits, HK0605, &stated);
	for (size_t i = 0; i < stated.list.n; i++)
		if (hk_node_is_null(hk_node_get(requests, stated.list.v[i].name)))
			hk_amounts_add(out, stated.list.v[i].name, stated.list.v[i].value);
	hk_amounts_release(&stated);
}

static void add_all(struct hk_amounts *to, const struct hk_amounts *from)
{
	for (size_t i = 0; i < from->list.n; i++)
		hk_amounts_add(to, from->list.v[i].name, from->list.v[i].value);
}

static void raise_to(struct hk_amounts *to, const struct hk_amounts *from)
{
	for (size_t i = 0; i < from->list.n; i++)
		hk_amounts_raise(to, from->list.v[i].name, from->list.v[i].value);
}

void hk_read_pod_requests(struct hk_build *b, const struct hk_node *spec, struct hk_amounts *requests)
{
	struct hk_amounts sidecars = { { NULL, 0, 0 } }, starting = { { NULL, 0, 0 } }, overhead = { { NULL, 0, 0 } };

	hk_for_each_item(container, hk_node_get(spec, "initContainers")) {
		struct hk_amounts own = { { NULL, 0, 0 } };

		container_requests(b, container, &own);
		if (is_sidecar(container)) {
			add_all(&sidecars, &own);
			raise_to(&starting, &sidecars);
		} else {
			add_all(&own, &sidecars);
			raise_to(&starting, &own);
		}
		hk_amounts_release(&own);
	}
	hk_for_each_item(container, hk_node_get(spec, "containers"))
		container_requests(b, container, requests);
	add_all(requests, &sidecars);
	raise_to(requests, &starting);
	hk_read_amounts(b, hk_read_map(b, spec, "overhead"), HK0605, &overhead);
	add_all(requests, &overhead);
	hk_amounts_release(&sidecars);
	hk_amounts_release(&starting);
	hk_amounts_release(&overhead);
}

/* KubeVirt: requests as stated, memory.guest and the cores of the CPU topology where they are not. */
void hk_read_machine_requests(struct hk_build *b, const struct hk_node *spec, struct hk_amounts *requests)
{
	const struct hk_node *domain = hk_node_get(spec, "domain"), *cpu = hk_node_get(domain, "cpu");
	const struct hk_node *stated = hk_node_at(domain, "resources.requests"), *guest = hk_node_at(domain, "memory.guest");
	double memory, cores = 1, sockets = 1, threads = 1;

	container_requests(b, domain, requests);
	if (hk_node_is_null(hk_node_get(stated, "memory")) && !hk_node_is_null(guest) && hk_read_unit_node(b, guest, HK0605, HK_UNIT_QUANTITY, &memory))
		hk_amounts_raise(requests, "memory", memory);
	if (!hk_node_is_null(hk_node_get(stated, "cpu")) || !cpu)
		return;
	hk_read_unit(b, cpu, "cores", HK_UNIT_COUNT, &cores);
	hk_read_unit(b, cpu, "sockets", HK_UNIT_COUNT, &sockets);
	hk_read_unit(b, cpu, "threads", HK_UNIT_COUNT, &threads);
	hk_amounts_raise(requests, "cpu", cores * sockets * threads);
}

/* requiredDuringScheduling...: terms are ORed, what is inside a term ANDed. */
static void read_node_affinity(struct hk_build *b, const struct hk_node *spec, struct hk_pod *pod)
{
	const struct hk_node *terms = hk_node_at(spec, "affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms");

	if (!terms || terms->kind != HK_SEQUENCE)
		return;
	pod->node_terms = hk_arena_array(b->arena, terms->count, sizeof *pod->node_terms);
	hk_for_each_item(item, terms) {
		struct hk_selector *term = &pod->node_terms[pod->n_node_terms++];
		term->where = hk_where_of(b, item);
		hk_read_expressions(b, hk_read_list(b, item, "matchExpressions"), false, term);
		hk_read_expressions(b, hk_read_list(b, item, "matchFields"), true, term);
	}
}

/* Ports of the node: hostPort, and with hostNetwork every port, as the API server fills them in. */
static void read_host_ports(struct hk_build *b, const struct hk_node *spec, struct hk_pod *pod)
{
	HK_VEC(struct hk_host_port) ports = { NULL, 0, 0 };
	bool host_network = false;

	hk_node_bool(hk_node_get(spec, "hostNetwork"), &host_network);
	hk_for_each_item(container, hk_node_get(spec, "containers")) {
		hk_for_each_item(item, hk_node_get(container, "ports")) {
			struct hk_host_port port = { 0, hk_read_text(b, item, "protocol") };

			if (!hk_read_count(b, item, "hostPort", &port.number) && host_network)
				hk_read_count(b, item, "containerPort", &port.number);
			if (!port.protocol)
				port.protocol = "TCP";
			if (port.number)
				hk_vec_push(&ports, port);
		}
	}
	pod->ports = hk_keep(b, ports.v, ports.n, sizeof *ports.v);
	pod->n_ports = ports.n;
	hk_vec_release(&ports);
}

static bool is_zone(const char *key)
{
	static const char *const keys[] = { "topology.kubernetes.io/zone", "topology.kubernetes.io/region", "failure-domain.beta.kubernetes.io/zone",
					    "failure-domain.beta.kubernetes.io/region" };
	for (size_t i = 0; i < HK_COUNT(keys); i++)
		if (strcmp(key, keys[i]) == 0)
			return true;
	return false;
}

/* Nodes, zones and regions are taken over; other topology keys are not the plan's. */
static void read_anti_affinity(struct hk_build *b, const struct hk_node *spec, struct hk_pod *pod)
{
	const struct hk_node *terms = hk_node_at(spec, "affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution");

	if (!terms || terms->kind != HK_SEQUENCE)
		return;
	pod->repels = hk_arena_array(b->arena, terms->count, sizeof *pod->repels);
	pod->repels_zone = hk_arena_array(b->arena, terms->count + 1, sizeof *pod->repels_zone);
	hk_for_each_item(item, terms) {
		const char *key = hk_read_text(b, item, "topologyKey");
		const struct hk_node *selector = hk_read_map(b, item, "labelSelector");
		/* without a selector a term matches no pod; other namespaces are not the pipeline's */
		if (!key || !(strcmp(key, "kubernetes.io/hostname") == 0 || is_zone(key)) || !selector || hk_node_get(item, "namespaces") ||
		    hk_node_get(item, "namespaceSelector"))
			continue;
		pod->repels_zone[pod->n_repels] = is_zone(key);
		hk_read_selector(b, selector, &pod->repels[pod->n_repels++]);
	}
}

void hk_read_pod(struct hk_build *b, const struct hk_node *metadata, const struct hk_node *spec, struct hk_pod *pod)
{
	hk_read_labels(b, hk_read_map(b, metadata, "labels"), &pod->labels);
	hk_read_labels(b, hk_read_map(b, spec, "nodeSelector"), &pod->node_selector);
	hk_read_tolerations(b, hk_read_list(b, spec, "tolerations"), &pod->tolerations, &pod->n_tolerations);
	read_node_affinity(b, spec, pod);
	read_anti_affinity(b, spec, pod);
	read_host_ports(b, spec, pod);
}
