/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a pod template gets so that its pods are part of a chain; what the user has there already stays. */
#include "render/job.h"
#include "render/script.h"
#include "render/value.h"
#include <string.h>

#define NSM_ANNOTATION "networkservicemesh.io"
#define MULTUS_ANNOTATION "k8s.v1.cni.cncf.io/networks"

/* Multus takes names separated by commas, or JSON; what is there decides. */
static void add_multus(struct hk_buf *text, const struct hk_chain_end *end)
{
	const char *slash = strchr(end->text, '/');
	size_t n = text->len;
	while (n > 0 && strchr(" \t\r\n", text->s[n - 1]))
		n--;
	if (n == 0 || text->s[0] != '[' || text->s[n - 1] != ']') {
		hk_buf_addf(text, "%s%s@%s", n ? "," : "", end->text, end->interface);
		return;
	}
	text->s[text->len = n - 1] = '\0';
	bool empty = strspn(text->s + 1, " \t\r\n") == text->len - 1;
	hk_buf_addf(text, "%s{\"name\": \"%s\", ", empty ? "" : ", ", slash ? slash + 1 : end->text);
	if (slash)
		hk_buf_addf(text, "\"namespace\": \"%.*s\", ", (int)(slash - end->text), end->text);
	hk_buf_addf(text, "\"interface\": \"%s\"}]", end->interface);
}

static bool is_of_name(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (c && strchr("-._/", c));
}

/* Does the annotation name it, rather than something whose name only contains it? */
static bool mentions(const char *annotation, const char *text)
{
	size_t n = strlen(text);
	for (const char *at = strstr(annotation, text); at; at = strstr(at + 1, text))
		if ((at == annotation || !is_of_name(at[-1])) && !is_of_name(at[n]))
			return true;
	return false;
}

static const char *annotation(struct hk_script *script, const struct hk_entry *entry, enum hk_chain chain, const char *old)
{
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	hk_buf_addstr(&text, old ? old : "");
	size_t before = text.len;
	for (size_t i = 0; i < entry->chain.n; i++) {
		const struct hk_chain_end *end = &entry->chain.v[i];
		/* What an earlier rendering wrote into the user's own manifest is there already. */
		if (end->chain != chain || (old && mentions(old, end->text)))
			continue;
		if (chain == HK_CHAIN_MULTUS)
			add_multus(&text, end);
		else
			hk_buf_addf(&text, "%s%s", text.len ? "," : "", end->text);
	}
	return text.len == before ? NULL : hk_arena_slicedup(script->arena, (struct hk_str){ text.s, text.len });
}

struct annotations { struct hk_value *fresh; const char *keys[2], *texts[2]; size_t n; };

static void collect(struct hk_script *script, const struct hk_entry *entry, const struct hk_node *template, const char *key, enum hk_chain chain,
		    struct annotations *all)
{
	const struct hk_node *old = hk_node_get(hk_node_get(hk_node_get(template, "metadata"), "annotations"), key);
	const char *text = annotation(script, entry, chain, hk_node_string(old));
	if (!text)
		return;
	hk_value_put_str(script->arena, all->fresh, key, text);
	all->keys[all->n] = key;
	all->texts[all->n++] = text;
}

static void annotate(struct hk_script *script, const struct hk_node *template, const struct annotations *all)
{
	struct hk_value *metadata_value = hk_value_put(script->arena, hk_value_map(script->arena), "annotations", all->fresh);
	const struct hk_node *metadata = all->n ? hk_script_descend(script, template, "metadata", HK_MAPPING, metadata_value) : NULL;
	const struct hk_node *annotations = metadata ? hk_script_descend(script, metadata, "annotations", HK_MAPPING, all->fresh) : NULL;
	for (size_t i = 0; annotations && i < all->n; i++)
		hk_script_set(script, annotations, all->keys[i], hk_value_str(script->arena, all->texts[i]));
}

static bool has_named(const struct hk_node *list, const char *name)
{
	hk_for_each_item(item, list) {
		const char *own = hk_node_string(hk_node_get(item, "name"));
		if (own && strcmp(own, name) == 0)
			return true;
	}
	return false;
}

static void push_named(struct hk_script *script, const struct hk_node *list, struct hk_value *fresh, const char *name, const char *key,
		       const struct hk_value *value)
{
	struct hk_value *item = hk_value_put(script->arena, hk_value_put_str(script->arena, hk_value_map(script->arena), "name", name), key, value);
	if (list && !has_named(list, name))
		hk_script_add_item(script, list, item);
	else if (!list)
		hk_value_push(script->arena, fresh, item);
}

/* The items go behind those of a list that is there, or into a new one; a machine without any interface would lose the one it gets by default. */
static void add_interfaces(struct hk_script *script, const struct hk_entry *entry, const struct hk_node *parent, const char *key, bool networks,
			   bool with_default)
{
	struct hk_arena *arena = script->arena;
	const struct hk_node *list = hk_node_get(parent, key);
	struct hk_value *fresh = hk_value_seq(arena);
	list = list && list->kind == HK_SEQUENCE ? list : NULL;
	if (with_default)
		push_named(script, list, fresh, "default", networks ? "pod" : "masquerade", hk_value_map(arena));
	for (size_t i = 0; i < entry->chain.n; i++) {
		const struct hk_chain_end *end = &entry->chain.v[i];
		if (end->chain == HK_CHAIN_MULTUS)
			push_named(script, list, fresh, end->interface, networks ? "multus" : "bridge",
				   networks ? hk_value_put_str(arena, hk_value_map(arena), "networkName", end->text) : hk_value_map(arena));
	}
	if (!list && fresh->count)
		hk_script_descend(script, parent, key, HK_SEQUENCE, fresh);
}

static void add_machine(struct hk_script *script, const struct hk_entry *entry, const struct hk_node *pod_spec)
{
	const struct hk_node *domain = hk_node_get(pod_spec, "domain"), *devices = hk_node_get(domain, "devices");
	bool chained = false, attach = true;
	for (size_t i = 0; i < entry->chain.n; i++)
		chained = chained || entry->chain.v[i].chain == HK_CHAIN_MULTUS;
	if (!chained)
		return;
	if (!devices || devices->kind != HK_MAPPING) {
		hk_script_refuse(script, pod_spec, "has no domain.devices to add an interface to");
		return;
	}
	hk_node_bool(hk_node_get(devices, "autoattachPodInterface"), &attach);
	const struct hk_node *networks = hk_node_get(pod_spec, "networks"), *interfaces = hk_node_get(devices, "interfaces");
	bool bare = attach && (!networks || networks->count == 0) && (!interfaces || interfaces->count == 0);
	add_interfaces(script, entry, pod_spec, "networks", true, bare);
	add_interfaces(script, entry, devices, "interfaces", false, bare);
}

void hk_chain_edit(struct hk_script *script, const struct hk_entry *entry, const struct hk_node *template, const struct hk_node *pod_spec)
{
	if (entry->chain.n == 0)
		return;
	struct annotations all = { .fresh = hk_value_map(script->arena) };
	bool machine = entry->workload->manifest.kind == HK_VIRTUAL_MACHINE;
	collect(script, entry, template, NSM_ANNOTATION, HK_CHAIN_NSM, &all);
	if (!machine)
		collect(script, entry, template, MULTUS_ANNOTATION, HK_CHAIN_MULTUS, &all);
	annotate(script, template, &all);
	if (machine)
		add_machine(script, entry, pod_spec);
}
