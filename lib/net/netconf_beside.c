/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What an edit does beside what it says: a node of one case of a YANG choice removes those of the others (RFC 7950 section 7.9), and a `when` that does not
 * hold any more removes what it guards. Nobody planned that and no journal knows of it, so it is found before it counts: what lies around nodes that come into
 * being is read before and after the edit.
 */
#include "net/netconf_device.h"
#include "base/map.h"
#include <string.h>

#define MOST_SAID 3u
#define MOST_COMPARED 1000000u

static bool comes_into_being(const struct hk_change *change)
{
	return !change->from && change->to;
}

/* It comes into being beside what is there already: what it is in is not among the objects that are made. */
static bool is_beside(const struct hk_netconf_device *d, size_t i, const struct hk_map *made)
{
	const struct hk_change *change = &d->device.request->changes[i];
	const struct hk_object_path *path = &d->paths[i];
	/* an entry comes beside others of its list, which may be thousands, and displaces none of them */
	if (!comes_into_being(change) || path->n < 2 || path->steps[path->n - 1].n_keys)
		return false;
	return hk_map_get(made, (struct hk_str){ change->object, path->steps[path->n - 2].end }) == HK_MAP_NONE;
}

/* How many parents there are. */
static size_t add_parents(const struct hk_netconf_device *d, struct hk_tree *tree)
{
	const struct hk_request *request = d->device.request;
	struct hk_map made = HK_MAP_INIT;
	size_t parents = 0;
	for (size_t i = 0; i < request->n_changes; i++)
		if (comes_into_being(&request->changes[i]))
			hk_map_put(&made, hk_str_of(request->changes[i].object), i);
	for (size_t i = 0; i < d->n_paths && parents < HK_NETCONF_MOST_PARENTS; i++)
		if (is_beside(d, i, &made)) {
			const struct hk_object_path parent = { d->paths[i].steps, d->paths[i].n - 1 };
			hk_tree_add(tree, &parent, HK_EDIT_SET, NULL);
			parents++;
		}
	hk_map_release(&made);
	return parents;
}

bool hk_netconf_get_around(struct hk_netconf_device *d, enum hk_datastore source, hk_netconf_next *next)
{
	HK_AUTO_BUF struct hk_buf body = HK_BUF_INIT;
	struct hk_tree *tree = hk_tree_new();
	size_t parents = add_parents(d, tree);
	hk_buf_addf(&body, "<get-config><source><%s/></source><filter type=\"subtree\">", hk_netconf_datastore_name(source));
	hk_tree_filter(tree, SIZE_MAX, &body);
	hk_buf_addstr(&body, "</filter></get-config>");
	hk_tree_free(tree);
	if (parents)
		hk_netconf_rpc(d, (struct hk_str){ body.s, body.len }, d->outcome, next);
	return parents > 0;
}

void hk_netconf_keep(struct hk_netconf_device *d, const struct hk_netconf_reply *reply)
{
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	hk_xml_free(d->running);
	d->running = NULL;
	if (!reply->ok)
		return;
	hk_xml_write(&text, reply->root);
	d->running = hk_xml_parse((struct hk_str){ text.s, text.len }, NULL);
}

/* ---- what is gone ---- */

struct losing {
	const struct hk_xml_node *const *own;      /* what the request changes; ended by NULL */
	struct hk_buf path, *out;
	size_t said, compared;
};

static bool is_own(const struct losing *l, const struct hk_xml_node *node)
{
	for (size_t i = 0; l->own[i]; i++)
		if (l->own[i] == node)
			return true;
	return false;
}

static void say_lost(struct losing *l)
{
	if (l->said++ < MOST_SAID)
		hk_buf_addf(l->out, "%s%s", l->said > 1 ? ", " : "", l->path.s);
}

/* Keys stand first. */
static bool may_be_same_entry(const struct hk_xml_node *a, const struct hk_xml_node *b)
{
	return a->first && b->first && strcmp(a->first->name, b->first->name) == 0 && strcmp(a->first->text, b->first->text) == 0;
}

static size_t lost_below(struct losing *l, const struct hk_xml_node *a, const struct hk_xml_node *b, bool tell);

/* How much of one node is not below `b`. The same server has written both, so texts are compared as such. */
static size_t lost_of(struct losing *l, const struct hk_xml_node *node, const struct hk_xml_node *b, bool tell)
{
	const struct hk_xml_node *nearest = NULL;
	for (const struct hk_xml_node *other = hk_xml_child(b, node->name_space, node->name); other; other = hk_xml_next(other, node->name_space, node->name)) {
		bool there = node->first ? lost_below(l, node, other, false) == 0 : !*node->text ? true : !other->first && strcmp(node->text, other->text) == 0;
		if (there || ++l->compared > MOST_COMPARED)      /* too much to tell */
			return 0;
		if (!nearest && may_be_same_entry(node, other))
			nearest = other;
	}
	if (node->first && nearest)
		return lost_below(l, node, nearest, tell);
	if (tell)
		say_lost(l);
	return 1;
}

static size_t lost_below(struct losing *l, const struct hk_xml_node *a, const struct hk_xml_node *b, bool tell)
{
	size_t lost = 0;
	for (const struct hk_xml_node *child = a->first; child && (tell || !lost); child = child->next) {
		size_t before = l->path.len;
		if (is_own(l, child))
			continue;
		hk_buf_addf(&l->path, "/%s", child->name);
		lost += lost_of(l, child, b, tell);
		l->path.len = before;
		l->path.s[before] = '\0';
	}
	return lost;
}

bool hk_netconf_loses(struct hk_netconf_device *d, const struct hk_netconf_reply *reply, struct hk_err *err)
{
	const struct hk_xml_node *before = d->running ? hk_xml_child(d->running->root, NULL, "data") : NULL,
	    *after = reply->ok ? hk_xml_child(reply->root, NULL, "data") : NULL;
	HK_VEC(const struct hk_xml_node *) own = { 0 };
	HK_AUTO_BUF struct hk_buf where = HK_BUF_INIT;
	if (!before || !after)
		return false;
	for (size_t i = 0; i < d->n_paths; i++) {
		const struct hk_xml_node *node = hk_object_find(before, &d->paths[i], d->paths[i].n);
		if (node)
			hk_vec_push(&own, node);
	}
	hk_vec_push(&own, NULL);
	struct losing l = { own.v, HK_BUF_INIT, &where, 0, 0 };
	size_t lost = lost_below(&l, before, after, true);
	hk_vec_release(&own);
	hk_buf_release(&l.path);
	if (lost)
		hk_err_set(err, HK_FAILED,
			   "the device would also remove or change %s, which could not be brought back: say what is wanted of it too, for example absent: true",
			   where.s);
	return lost > 0;
}
