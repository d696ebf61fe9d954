/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/controller.h"
#include <stdlib.h>
#include <string.h>

static void read_models(struct hk_controllers *all, struct hk_controller *controller, struct hk_diags *diags)
{
	const struct hk_node *models = hk_node_get(controller->node, "models");
	if (!models || models->kind != HK_MAPPING)
		return;
	controller->models = hk_arena_array(&all->arena, models->count, sizeof *controller->models);
	hk_for_each_pair(key, models) {
		const struct hk_node *value = key->next;
		const char *name_space = hk_node_string(value->kind == HK_MAPPING ? hk_node_get(value, "namespace") : value);
		if (!name_space || !*name_space) {
			struct hk_diag *diag = hk_node_diag(diags, &controller->document->doc, value, HK1301, "model '%s' has no namespace", key->text.s);
			hk_diag_help(diags, diag, "write '%s: <XML namespace of the YANG module>'", key->text.s);
			continue;
		}
		controller->models[controller->n_models++] = (struct hk_net_model){ key->text.s, name_space };
	}
}

static void read_ssh(struct hk_controller *controller)
{
	const struct hk_node *ssh = hk_node_get(controller->node, "ssh");
	int64_t port = 0;
	hk_node_bool(hk_node_get(controller->node, "local"), &controller->local);
	controller->host = hk_node_string(hk_node_get(ssh, "host"));
	controller->user = hk_node_string(hk_node_get(ssh, "user"));
	controller->identity_file = hk_node_string(hk_node_get(ssh, "identityFile"));
	controller->known_hosts = hk_node_string(hk_node_get(ssh, "knownHosts"));
	/* the schema has already refused what is out of range */
	if (hk_node_int(hk_node_get(ssh, "port"), &port) && port > 0 && port <= 65535)
		controller->port = (uint16_t)port;
}

static void read_one(struct hk_controllers *all, const struct hk_document *document, const struct hk_node *node, struct hk_diags *diags)
{
	const struct hk_node *name = hk_node_get(node, "name");
	if (!hk_node_string(name))
		return;
	for (size_t i = 0; i < all->list.n; i++)
		if (strcmp(all->list.v[i].name, name->text.s) == 0) {
			struct hk_range first;
			hk_node_range(&all->list.v[i].document->doc, hk_node_get(all->list.v[i].node, "name"), &first);
			hk_diag_related(diags, hk_node_diag(diags, &document->doc, name, HK1302, "controller '%s' is there twice", name->text.s), &first,
					"first defined here");
			return;
		}
	struct hk_controller *controller = hk_vec_add(&all->list);
	controller->name = name->text.s;
	controller->document = document;
	controller->node = node;
	controller->protocol = hk_node_string(hk_node_get(node, "protocol"));
	if (!controller->protocol)
		controller->protocol = "netconf";
	read_ssh(controller);
	read_models(all, controller, diags);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct hk_controller *)a)->name, ((const struct hk_controller *)b)->name);
}

static void count_links(struct hk_controllers *all, const struct hk_node *spec)
{
	hk_for_each_item(link, hk_node_get(spec, "links")) {
		const char *name = hk_node_string(hk_node_get(link, "controller"));
		for (size_t i = 0; name && i < all->list.n; i++)
			all->list.v[i].links += strcmp(all->list.v[i].name, name) == 0;
	}
}

void hk_controllers_read(struct hk_controllers *controllers, const struct hk_workspace *workspace, struct hk_diags *diags)
{
	*controllers = (struct hk_controllers){ .arena = HK_ARENA_INIT };
	for (int pass = 0; pass < 2; pass++) {
		for (size_t i = 0; i < workspace->n_documents; i++) {
			const struct hk_document *document = workspace->documents[i];
			if (document->kind != HK_KIND_TOPOLOGY || document->invalid)
				continue;
			const struct hk_node *spec = hk_node_get(document->doc.root, "spec");
			if (pass) {
				count_links(controllers, spec);
				continue;
			}
			hk_for_each_item(item, hk_node_get(spec, "controllers"))
				read_one(controllers, document, item, diags);
		}
	}
	if (controllers->list.n)
		qsort(controllers->list.v, controllers->list.n, sizeof *controllers->list.v, by_name);
}

const struct hk_controller *hk_controllers_find(const struct hk_controllers *controllers, const char *name)
{
	for (size_t i = 0; i < controllers->list.n; i++)
		if (strcmp(controllers->list.v[i].name, name) == 0)
			return &controllers->list.v[i];
	return NULL;
}

void hk_controllers_release(struct hk_controllers *controllers)
{
	hk_vec_release(&controllers->list);
	hk_arena_release(&controllers->arena);
}
