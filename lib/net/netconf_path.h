/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Objects of the NETCONF dialect: paths as YANG's instance-identifiers (RFC 7950 section 9.13) with prefixes that the controller's `models` declare.
 *
 *   /wan:links/link[name='edge-a--metro-1']/bandwidth
 *   /sys:system/dns/server[.='10.0.0.1']
 *
 * A step without a prefix is in the namespace of the step before it; the first step may leave it out when there is only one model. Keys are in the namespace of
 * their list. A quote inside a quoted key is written twice. Paths become trees, and trees become filters and edits: no text of a path or a value is ever pasted
 * into XML unescaped.
 */
#ifndef HK_NET_NETCONF_PATH_H
#define HK_NET_NETCONF_PATH_H

#include "net/dialect.h"
#include "net/xml.h"

#define HK_OBJECT_MAX_STEPS 64u
#define HK_OBJECT_MAX_KEYS 16u

struct hk_object_key { const char *name, *value; };      /* name ".": the element's own text */
struct hk_object_step {
	const char *name_space, *name;
	struct hk_object_key *keys; size_t n_keys;
	size_t end;                    /* of the step, in bytes of the object it was read from */
};
struct hk_object_path { struct hk_object_step *steps; size_t n; };

/* -1 with HK_INVALID: what was expected and at which byte. Everything is copied into the arena. */
int hk_object_parse(struct hk_arena *arena, const struct hk_controller *controller, const char *object, struct hk_object_path *path, struct hk_err *err);
/* The first n steps as the text of an object. */
void hk_object_print(struct hk_buf *out, const struct hk_controller *controller, const struct hk_object_path *path, size_t n);
/* For templates: append a key predicate "[name='value']" whatever the value holds. */
void hk_object_add_key(struct hk_buf *object, const char *name, struct hk_str value);

/* The element a path leads to below `data`; NULL when it is not there. */
const struct hk_xml_node *hk_object_find(const struct hk_xml_node *data, const struct hk_object_path *path, size_t n_steps);

/*
 * The same, looking first from where the last search ended: hints are HK_OBJECT_MAX_STEPS pointers, NULL at the beginning. For thousands of entries that are
 * asked for in the order in which they come.
 */
const struct hk_xml_node *hk_object_find_near(const struct hk_xml_node *data, const struct hk_object_path *path, size_t n_steps,
					      const struct hk_xml_node **hints);

/* A tree of what paths name. Elements that paths share are there once. */
struct hk_tree;
enum hk_edit { HK_EDIT_NONE, HK_EDIT_SET, HK_EDIT_DELETE, HK_EDIT_REMOVE };
struct hk_tree *hk_tree_new(void);
void hk_tree_free(struct hk_tree *tree);
/* value: for HK_EDIT_SET. Later additions to one path win. The path and the value must outlive the tree. */
void hk_tree_add(struct hk_tree *tree, const struct hk_object_path *path, enum hk_edit edit, const char *value);
/* Contents of a subtree filter (RFC 6241 section 6). Where more than `most_entries` entries of a list are wanted, the whole list is asked for. */
void hk_tree_filter(const struct hk_tree *tree, size_t most_entries, struct hk_buf *out);
/* Contents of <config> for edit-config, default operation merge. */
void hk_tree_edit(const struct hk_tree *tree, struct hk_buf *out);

#endif
