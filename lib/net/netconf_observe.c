/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From configuration to settings, and back to what differs. */
#include "net/netconf_device.h"
#include "base/map.h"
#include <stdlib.h>
#include <string.h>

/* More than this of one list is fetched as a whole list. */
#define MOST_ENTRIES 64

void hk_netconf_get(struct hk_netconf_device *d, enum hk_datastore source, hk_netconf_next *next)
{
	struct hk_tree *tree = hk_tree_new();
	HK_AUTO_BUF struct hk_buf body = HK_BUF_INIT;
	for (size_t i = 0; i < d->n_paths; i++)
		hk_tree_add(tree, &d->paths[i], HK_EDIT_SET, NULL);
	hk_buf_addf(&body, "<get-config><source><%s/></source><filter type=\"subtree\">", hk_netconf_datastore_name(source));
	hk_tree_filter(tree, MOST_ENTRIES, &body);
	hk_buf_addstr(&body, "</filter></get-config>");
	hk_tree_free(tree);
	hk_netconf_rpc(d, (struct hk_str){ body.s, body.len }, d->outcome, next);
}

/* ---- observation ---- */

static const char *object_of(const struct hk_request *request, size_t i)
{
	return request->n_settings ? request->settings[i].object : request->changes[i].object;
}

static const char *value_of(const struct hk_xml_node *node, const struct hk_object_path *path)
{
	const struct hk_object_step *last = &path->steps[path->n - 1];
	return !node ? NULL : last->n_keys || node->first ? "" : node->text;
}

/* It is to be absent. */
static bool goes(const struct hk_request *request, size_t i)
{
	return request->n_settings ? !request->settings[i].value : !request->changes[i].to;
}

/* Entries of lists above the objects: setting something below one that is not there creates it. */
static void add_implied(const struct hk_netconf_device *d, const struct hk_xml_node *data, struct hk_observation *observation)
{
	struct hk_map seen = HK_MAP_INIT;
	const struct hk_xml_node *hints[HK_OBJECT_MAX_STEPS] = { NULL };
	for (size_t i = 0; i < observation->settings.n; i++)
		hk_map_put(&seen, hk_str_of(observation->settings.v[i].object), 0);
	for (size_t i = 0; i < d->n_paths; i++)
		for (size_t n = 1; n < d->paths[i].n; n++) {
			const struct hk_object_step *step = &d->paths[i].steps[n - 1];
			if (!step->n_keys)
				continue;
			const char *object = hk_arena_slicedup(&observation->arena, (struct hk_str){ object_of(d->device.request, i), step->end });
			if (hk_map_put(&seen, hk_str_of(object), 0) != HK_MAP_NONE)
				continue;
			hk_vec_push(&observation->settings, (struct hk_setting){ object, hk_object_find_near(data, &d->paths[i], n, hints) ? "" : NULL });
		}
	hk_map_release(&seen);
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void digest_of(const struct hk_netconf_device *d, const struct hk_xml_node *const *nodes, struct hk_observation *observation)
{
	HK_VEC(char *) parts = { 0 };
	for (size_t i = 0; i < d->n_paths; i++) {
		struct hk_buf part = HK_BUF_INIT;
		hk_buf_addf(&part, "%s\n", object_of(d->device.request, i));
		if (nodes[i])
			hk_xml_canonical(&part, nodes[i]);
		hk_buf_addch(&part, '\n');
		hk_vec_push(&parts, hk_buf_detach(&part, NULL));
	}
	if (parts.n)
		qsort(parts.v, parts.n, sizeof *parts.v, by_text);
	struct hk_sha256 sha;
	hk_sha256_init(&sha);
	for (size_t i = 0; i < parts.n; i++) {
		hk_sha256_update(&sha, parts.v[i], strlen(parts.v[i]));
		free(parts.v[i]);
	}
	hk_sha256_final(&sha, observation->digest);
	hk_vec_release(&parts);
}

bool hk_netconf_observe(struct hk_netconf_device *d, const struct hk_netconf_reply *reply)
{
	struct hk_observation *observation = &d->device.request->observation;
	if (!reply->ok) {
		HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
		hk_netconf_fail(&err, HK_FAILED, reply, "the configuration cannot be read");
		hk_netconf_finish(d, d->outcome, &err);
		return false;
	}
	const struct hk_xml_node *data = hk_xml_child(reply->root, NULL, "data");
	const struct hk_xml_node **nodes = hk_arena_array(&d->arena, d->n_paths + 1, sizeof(struct hk_xml_node *));
	const struct hk_xml_node *hints[HK_OBJECT_MAX_STEPS] = { NULL };
	hk_observation_release(observation);
	for (size_t i = 0; i < d->n_paths; i++) {
		nodes[i] = hk_object_find_near(data, &d->paths[i], d->paths[i].n, hints);
		const char *value = value_of(nodes[i], &d->paths[i]);
		const struct hk_setting setting = { hk_arena_strdup(&observation->arena, object_of(d->device.request, i)),
						    value ? hk_arena_strdup(&observation->arena, value) : NULL };
		hk_vec_push(&observation->settings, setting);
	}
	add_implied(d, data, observation);
	for (size_t i = 0; i < d->n_paths; i++) {
		const char *unknown = nodes[i] ? hk_netconf_flatten(nodes[i], object_of(d->device.request, i), d->paths[i].steps[d->paths[i].n - 1].n_keys,
								    NULL, d->controller, observation) : NULL;
		if (unknown && d->device.request->operation == HK_READ && goes(d->device.request, i)) {
			HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
			hk_err_set(&err, HK_FAILED,
				   "'%s' has something of the module '%s' in it, which could not be brought back: give it a prefix among the models of the controller",
				   object_of(d->device.request, i), unknown);
			hk_netconf_finish(d, HK_OUTCOME_REFUSED, &err);
			return false;
		}
	}
	digest_of(d, nodes, observation);
	return true;
}

/* ---- diff ---- */

static bool is_below(const char *object, const char *above)
{
	size_t n = strlen(above);
	return strncmp(object, above, n) == 0 && (object[n] == '/' || object[n] == '[');
}

static void add_change(struct hk_changes *changes, const char *object, const char *from, const char *to)
{
	struct hk_change *change = hk_vec_add(&changes->list);
	change->object = hk_arena_strdup(&changes->arena, object);
	change->from = from ? hk_arena_strdup(&changes->arena, from) : NULL;
	change->to = to ? hk_arena_strdup(&changes->arena, to) : NULL;
}

/*
 * An entry that comes into being because something below it is set is a change of its own, and so is everything that disappears with an entry: else the undo
 * would leave an empty entry behind, or bring back an empty one.
 */
void hk_netconf_diff(const struct hk_device *device, const struct hk_setting *wanted, size_t count, const struct hk_observation *observed,
		     struct hk_changes *changes)
{
	(void)device;
	for (size_t i = count; i < observed->settings.n; i++) {
		const struct hk_setting *entry = &observed->settings.v[i];
		bool creates = false;
		for (size_t w = 0; !entry->value && !creates && w < count; w++)
			creates = wanted[w].value && is_below(wanted[w].object, entry->object);
		if (creates)
			add_change(changes, entry->object, NULL, "");
	}
	size_t first = changes->list.n;
	hk_dialect_diff_plain(wanted, count, observed, changes);
	size_t last = changes->list.n;
	for (size_t c = first; c < last; c++) {
		if (changes->list.v[c].to)
			continue;
		for (size_t i = count; i < observed->settings.n; i++)
			if (observed->settings.v[i].value && is_below(observed->settings.v[i].object, changes->list.v[c].object))
				add_change(changes, observed->settings.v[i].object, observed->settings.v[i].value, NULL);
	}
}

bool hk_netconf_is_met(struct hk_netconf_device *d, bool want_old, struct hk_err *err)
{
	const struct hk_request *request = d->device.request;
	const struct hk_change *unmet = hk_changes_unmet(request->changes, request->n_changes, want_old, &request->observation);
	if (!unmet)
		return true;
	const struct hk_setting *now = hk_observation_find(&request->observation, unmet->object);
	const char *wanted = want_old ? unmet->from : unmet->to;
	hk_err_set(err, HK_UNVERIFIED, "'%s' is %s%s%s, not %s%s%s", unmet->object, now && now->value ? "'" : "", now && now->value ? now->value : "absent",
		   now && now->value ? "'" : "", wanted ? "'" : "", wanted ? wanted : "absent", wanted ? "'" : "");
	return false;
}
