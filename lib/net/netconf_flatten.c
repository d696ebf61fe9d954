/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Configuration as a list of leaves, without knowing its YANG modules. */
#include "net/netconf_device.h"
#include <stdlib.h>
#include <string.h>

struct flattener {
	struct hk_observation *observation;
	struct hk_buf path;                  /* of the element at hand */
	const struct hk_xml_node *const *without;      /* ended by NULL; or NULL */
	const struct hk_controller *controller;        /* whose prefixes are written; NULL: local names */
	const char *unknown;                           /* a namespace that was left out, because it has no prefix */
};

/* skip: leaves at the front that are keys, which the path has said already. */
static void flatten_children(struct flattener *f, const struct hk_xml_node *node, size_t skip);

static size_t same_named(const struct hk_xml_node *node)
{
	size_t n = 0;
	for (const struct hk_xml_node *other = hk_xml_child(node->parent, node->name_space, node->name); other;
	     other = hk_xml_next(other, node->name_space, node->name))
		n++;
	return n;
}

/* Is there another entry with the same first n leaves? */
static bool is_shared(const struct hk_xml_node *node, size_t n)
{
	for (const struct hk_xml_node *other = hk_xml_child(node->parent, node->name_space, node->name); other;
	     other = hk_xml_next(other, node->name_space, node->name)) {
		const struct hk_xml_node *a = node->first, *b = other->first;
		size_t same = 0;
		for (; a && b && same < n && strcmp(a->name, b->name) == 0 && strcmp(a->text, b->text) == 0; a = a->next, b = b->next)
			same++;
		if (other != node && same == n)
			return true;
	}
	return false;
}

/*
 * Keys of a list are not told without its YANG module, but they stand first (RFC 7950 section 7.8.5): as many leaves from the front as tell the entry from the
 * others. An only entry needs none.
 */
static size_t add_guessed_keys(struct hk_buf *path, const struct hk_xml_node *node)
{
	size_t n = 0;
	for (const struct hk_xml_node *key = node->first; key && !key->first && (!n || is_shared(node, n)); key = key->next, n++)
		hk_object_add_key(path, key->name, hk_str_of(key->text));
	return n;
}

static const char *prefix_of(const struct flattener *f, const struct hk_xml_node *node)
{
	if (!f->controller || strcmp(node->name_space, node->parent->name_space) == 0)
		return NULL;
	for (size_t i = 0; i < f->controller->n_models; i++)
		if (strcmp(f->controller->models[i].name_space, node->name_space) == 0)
			return f->controller->models[i].prefix;
	return NULL;
}

static void flatten(struct flattener *f, const struct hk_xml_node *node)
{
	size_t before = f->path.len;
	const char *prefix = prefix_of(f, node);
	hk_buf_addf(&f->path, "/%s%s%s", prefix ? prefix : "", prefix ? ":" : "", node->name);
	bool repeated = same_named(node) > 1;
	if (node->first) {
		size_t keys = repeated ? add_guessed_keys(&f->path, node) : 0;
		flatten_children(f, node, keys);
	} else {
		if (repeated)
			hk_object_add_key(&f->path, ".", hk_str_of(node->text));
		struct hk_setting *setting = hk_vec_add(&f->observation->settings);
		setting->object = hk_arena_strdup(&f->observation->arena, f->path.s);
		setting->value = repeated ? "" : hk_arena_strdup(&f->observation->arena, node->text);
	}
	f->path.len = before;
	f->path.s[before] = '\0';
}

static bool is_left_out(const struct flattener *f, const struct hk_xml_node *node)
{
	for (size_t i = 0; f->without && f->without[i]; i++)
		if (f->without[i] == node)
			return true;
	return false;
}

static void flatten_children(struct flattener *f, const struct hk_xml_node *node, size_t skip)
{
	size_t i = 0;
	for (const struct hk_xml_node *child = node->first; child; child = child->next) {
		if (i++ < skip || is_left_out(f, child))
			continue;
		/* what other modules add there */
		if (f->controller && strcmp(child->name_space, node->name_space) != 0 && !prefix_of(f, child))
			f->unknown = child->name_space;
		else
			flatten(f, child);
	}
}

const char *hk_netconf_flatten(const struct hk_xml_node *node, const char *path, size_t keys, const struct hk_xml_node *const *without,
			       const struct hk_controller *controller, struct hk_observation *out)
{
	struct flattener f = { out, HK_BUF_INIT, without, controller, NULL };
	hk_buf_addstr(&f.path, path);
	flatten_children(&f, node, keys);
	hk_buf_release(&f.path);
	return f.unknown;
}

/* ---- two configurations ---- */

static int by_object(const void *a_, const void *b_)
{
	const struct hk_setting *a = a_, *b = b_;
	int order = strcmp(a->object, b->object);
	return order ? order : strcmp(a->value, b->value);
}

static void flatten_sorted(const struct hk_netconf_device *d, const struct hk_xml_node *data, bool skip_own, struct hk_observation *out)
{
	HK_VEC(const struct hk_xml_node *) own = { 0 };
	for (size_t i = 0; skip_own && i < d->n_paths; i++) {
		const struct hk_xml_node *node = hk_object_find(data, &d->paths[i], d->paths[i].n);
		if (node)
			hk_vec_push(&own, node);
	}
	hk_vec_push(&own, NULL);
	if (data)
		(void)hk_netconf_flatten(data, "", 0, own.v, NULL, out);
	hk_vec_release(&own);
	if (out->settings.n)
		qsort(out->settings.v, out->settings.n, sizeof *out->settings.v, by_object);
}

size_t hk_netconf_differences(const struct hk_netconf_device *d, const struct hk_xml_node *a, const struct hk_xml_node *b, bool skip_own, size_t most,
			      struct hk_buf *out)
{
	struct hk_observation lists[2] = { { .arena = HK_ARENA_INIT }, { .arena = HK_ARENA_INIT } };
	size_t i = 0, k = 0, found = 0;
	const char *last = "";
	flatten_sorted(d, a, skip_own, &lists[0]);
	flatten_sorted(d, b, skip_own, &lists[1]);
	while (i < lists[0].settings.n || k < lists[1].settings.n) {
		const struct hk_setting *left = i < lists[0].settings.n ? &lists[0].settings.v[i] : NULL,
		    *right = k < lists[1].settings.n ? &lists[1].settings.v[k] : NULL;
		int order = !left ? 1 : !right ? -1 : by_object(left, right);
		const char *object = order <= 0 ? left->object : right->object;
		i += order <= 0;
		k += order >= 0;
		if (!order || strcmp(object, last) == 0)      /* an old and a new value are one difference */
			continue;
		if (found++ < most)
			hk_buf_addf(out, "%s%s", found > 1 ? ", " : "", object);
		last = object;
	}
	hk_observation_release(&lists[0]);
	hk_observation_release(&lists[1]);
	return found;
}
