/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who calls whom: a host named in a variable, an argument or a configuration, found among the services, leads to the workloads the service selects. */
#include "import/manifests.h"
#include <string.h>

/* Where a text stands, for the remark beside the connection. */
struct saying { const struct hk_manifest_workload *caller; const char *variable; bool configuration; };

/* Of several services of one name the one in the namespace; without a namespace that fits, the only one. */
static const struct hk_manifest_service *service_in(const struct hk_manifests *m, struct hk_str name, struct hk_str name_space, bool strict)
{
	size_t first = hk_map_get(&m->service_names, name);

	for (size_t at = first; at != HK_MAP_NONE; at = m->services.v[at].next)
		if (hk_str_is(name_space, hk_manifest_namespace(m->services.v[at].object)))
			return &m->services.v[at];
	if (first == HK_MAP_NONE || m->services.v[first].next != HK_MAP_NONE || (strict && m->services.v[first].object->name_space))
		return NULL;
	return &m->services.v[first];
}

/* "name", "name.namespace...", "pod.name.namespace..." (of a headless service). */
static const struct hk_manifest_service *find_service(const struct hk_manifests *m, struct hk_str host, const char *own)
{
	struct hk_str rest = host, first = hk_str_cut(&rest, '.'), second = hk_str_cut(&rest, '.'), third = hk_str_cut(&rest, '.');
	const struct hk_manifest_service *service;

	if (!second.n)
		return service_in(m, first, hk_str_of(own), true);
	service = service_in(m, first, second, true);
	return service ? service : service_in(m, second, third.n ? third : hk_str_of(own), true);
}

static void connect_service(struct hk_manifests *m, const struct hk_manifest_service *service, const struct saying *saying, const char *note)
{
	for (size_t i = 0; i < m->workloads.n; i++) {
		const struct hk_manifest_workload *to = &m->workloads.v[i];

		if (service->selector.n && hk_labels_include(&to->labels, &service->selector) &&
		    strcmp(hk_manifest_namespace(to->object), hk_manifest_namespace(service->object)) == 0)
			hk_draft_connect(m->import, &m->pipeline, saying->caller->draft, to->draft, -1, -1, note);
	}
}

/* An address no service of these files has: a database elsewhere, another team's service. */
static void tell_outside(struct hk_manifests *m, const struct hk_host *host, const struct saying *saying)
{
	struct hk_arena *arena = &m->import->arena;
	const char *line = hk_arena_printf(arena, "not in these files: %s calls %.*s%s%.*s (%s)", m->pipeline.workloads.v[saying->caller->draft].name,
					   HK_STR_ARG(host->name), host->port.n ? ":" : "", HK_STR_ARG(host->port), saying->variable);
	struct hk_diag *diag;

	if (hk_map_put(&m->told, hk_str_of(line), 0) != HK_MAP_NONE)
		return;
	hk_vec_push(&m->pipeline.outside, line);
	diag = hk_import_diag(m->import, saying->caller->object, NULL, HK1101, "%s", line);
	hk_diag_help(m->import->diags, diag, "give the manifests of both, or add an output for it");
}

static void read_text(struct hk_manifests *m, const char *text, const struct saying *saying)
{
	const char *own = hk_manifest_namespace(saying->caller->object);
	struct hk_str rest = hk_str_of(text);
	bool address = !saying->configuration && hk_is_address_variable(saying->variable);
	struct hk_host host;

	while (hk_host_next(&rest, &host)) {
		const struct hk_manifest_service *service;

		if (!address && !host.scheme && !host.port.n && !memchr(host.name.s, '.', host.name.n))
			continue;
		service = find_service(m, host.name, own);
		if (service)
			connect_service(m, service, saying,
					hk_arena_printf(&m->import->arena, "guess: %s names %.*s%s%.*s", saying->variable, HK_STR_ARG(host.name),
							host.port.n ? ":" : "", HK_STR_ARG(host.port)));
		else if (!saying->configuration && (host.scheme || host.port.n) && !hk_str_is(host.name, "localhost"))
			tell_outside(m, &host, saying);
	}
}

static const struct hk_import_object *config_map(const struct hk_manifests *m, const struct hk_manifest_workload *w, const char *name)
{
	size_t at = name ? hk_map_get(&m->config_names, hk_str_of(hk_arena_printf(&m->import->arena, "%s/%s", hk_manifest_namespace(w->object), name)))
	    : HK_MAP_NONE;

	return at == HK_MAP_NONE ? NULL : m->config_maps.v[at];
}

static void read_config(struct hk_manifests *m, const struct hk_manifest_workload *w, const char *name, bool as_variables)
{
	const struct hk_import_object *map = config_map(m, w, name);

	if (!map)
		return;
	hk_for_each_pair(key, hk_node_get(map->node, "data")) {
		struct saying saying = { w, as_variables ? key->text.s : hk_arena_printf(&m->import->arena, "ConfigMap %s, %s", name, key->text.s),
					 !as_variables };

		if (hk_node_string(key->next))
			read_text(m, key->next->text.s, &saying);
	}
}

static void read_variable(struct hk_manifests *m, const struct hk_manifest_workload *w, const struct hk_node *variable)
{
	const char *name = hk_node_string(hk_node_get(variable, "name")), *value = hk_node_string(hk_node_get(variable, "value"));
	const struct hk_node *from = hk_node_at(variable, "valueFrom.configMapKeyRef");
	const struct hk_import_object *map = from ? config_map(m, w, hk_node_string(hk_node_get(from, "name"))) : NULL;
	struct saying saying = { w, name, false };

	if (map && hk_node_string(hk_node_get(from, "key")))
		value = hk_node_string(hk_node_get(hk_node_get(map->node, "data"), hk_node_string(hk_node_get(from, "key"))));
	if (name && value)
		read_text(m, value, &saying);
}

static void read_container(struct hk_manifests *m, const struct hk_manifest_workload *w, const struct hk_node *container)
{
	static const char *const lists[] = { "command", "args" };

	hk_for_each_item(variable, hk_node_get(container, "env"))
		read_variable(m, w, variable);
	hk_for_each_item(from, hk_node_get(container, "envFrom"))
		read_config(m, w, hk_node_string(hk_node_at(from, "configMapRef.name")), true);
	for (size_t i = 0; i < HK_COUNT(lists); i++) {
		struct saying saying = { w, lists[i], true };

		hk_for_each_item(word, hk_node_get(container, lists[i]))
			if (hk_node_string(word))
				read_text(m, word->text.s, &saying);
	}
}

static void read_calls(struct hk_manifests *m, const struct hk_manifest_workload *w)
{
	hk_for_each_item(container, hk_node_get(w->pod, "initContainers"))
		read_container(m, w, container);
	hk_for_each_item(container, hk_node_get(w->pod, "containers"))
		read_container(m, w, container);
	hk_for_each_item(volume, hk_node_get(w->pod, "volumes"))
		read_config(m, w, hk_node_string(hk_node_at(volume, "configMap.name")), false);
}

static void mark_entry(struct hk_manifests *m, const struct hk_manifest_service *service, const char *why)
{
	for (size_t i = 0; i < m->workloads.n; i++) {
		struct hk_manifest_workload *w = &m->workloads.v[i];
		struct hk_draft_workload *draft = &m->pipeline.workloads.v[w->draft];

		if (!service->selector.n || !hk_labels_include(&w->labels, &service->selector) ||
		    strcmp(hk_manifest_namespace(w->object), hk_manifest_namespace(service->object)) != 0)
			continue;
		if (!draft->entry)
			hk_draft_remark(draft, why);
		draft->entry = true;
	}
}

static void read_backend(struct hk_manifests *m, const struct hk_import_object *object, const struct hk_node *name)
{
	const char *text = hk_node_string(name);
	const struct hk_manifest_service *service = text ? service_in(m, hk_str_of(text), hk_str_of(hk_manifest_namespace(object)), true) : NULL;

	if (service)
		mark_entry(m, service, hk_arena_printf(&m->import->arena, "reachable from outside: %s %s", object->kind, object->name));
}

static void read_ingress(struct hk_manifests *m, struct hk_import_object *object)
{
	object->taken = true;
	read_backend(m, object, hk_node_at(object->node, "spec.defaultBackend.service.name"));
	hk_for_each_item(rule, hk_node_at(object->node, "spec.rules")) {
		hk_for_each_item(path, hk_node_at(rule, "http.paths"))
			read_backend(m, object, hk_node_at(path, "backend.service.name"));
		hk_for_each_item(backend, hk_node_get(rule, "backendRefs"))
			read_backend(m, object, hk_node_get(backend, "name"));
	}
}

void hk_manifests_wire(struct hk_manifests *m)
{
	for (size_t i = 0; i < m->services.n; i++)
		if (m->services.v[i].outside)
			mark_entry(m, &m->services.v[i],
				   hk_arena_printf(&m->import->arena, "reachable from outside: Service %s", m->services.v[i].object->name));
	for (size_t i = 0; i < m->import->objects.n; i++) {
		struct hk_import_object *object = &m->import->objects.v[i];

		if (hk_import_is(object, "networking.k8s.io", "Ingress") || hk_import_is(object, "gateway.networking.k8s.io", "HTTPRoute") ||
		    hk_import_is(object, "gateway.networking.k8s.io", "GRPCRoute"))
			read_ingress(m, object);
	}
	for (size_t i = 0; i < m->workloads.n; i++)
		read_calls(m, &m->workloads.v[i]);
}
