/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Trees of paths, written as filters and as edits. */
#include "net/netconf_path.h"
#include "base/map.h"
#include <stdlib.h>
#include <string.h>

struct branch {
	const struct hk_object_step *step;     /* NULL at the root */
	struct branch *first, *last, *next;
	struct branch *of_name;              /* first of the siblings with this name */
	size_t entries;                      /* there: how many they are */
	size_t number;
	enum hk_edit edit;
	const char *value;
	bool written;                        /* there: the whole list has been asked for */
};
struct hk_tree {
	struct hk_arena arena;
	struct branch root;
	struct hk_map index;                 /* parent's number and step -> branch; so thousands of entries of one list are found at once */
	HK_VEC(struct branch *) all;
};

struct hk_tree *hk_tree_new(void)
{
	struct hk_tree *tree = hk_calloc(1, sizeof *tree);
	hk_vec_push(&tree->all, &tree->root);
	return tree;
}

void hk_tree_free(struct hk_tree *tree)
{
	if (!tree)
		return;
	hk_map_release(&tree->index);
	hk_vec_release(&tree->all);
	hk_arena_release(&tree->arena);
	free(tree);
}

/* What makes a step, unmistakably: no part can hold NUL. */
static struct hk_str step_key(struct hk_tree *tree, const struct branch *parent, const struct hk_object_step *step, bool with_keys)
{
	HK_AUTO_BUF struct hk_buf key = HK_BUF_INIT;
	hk_buf_addf(&key, "%zu %c%s", parent->number, with_keys ? 'k' : 'n', step->name_space);
	hk_buf_addch(&key, '\0');
	hk_buf_addstr(&key, step->name);
	for (size_t i = 0; with_keys && i < step->n_keys; i++) {
		hk_buf_addch(&key, '\0');
		hk_buf_addstr(&key, step->keys[i].name);
		hk_buf_addch(&key, '\0');
		hk_buf_addstr(&key, step->keys[i].value);
	}
	char *copy = hk_arena_alloc(&tree->arena, key.len + 1);
	memcpy(copy, key.s, key.len);
	return (struct hk_str){ copy, key.len };
}

static struct branch *child_of(struct hk_tree *tree, struct branch *parent, const struct hk_object_step *step)
{
	struct hk_str key = step_key(tree, parent, step, true);
	size_t there = hk_map_put(&tree->index, key, tree->all.n);
	if (there != HK_MAP_NONE)
		return tree->all.v[there];
	struct branch *branch = hk_arena_alloc(&tree->arena, sizeof *branch);
	branch->step = step;
	branch->number = tree->all.n;
	size_t same_name = hk_map_put(&tree->index, step_key(tree, parent, step, false), tree->all.n);
	branch->of_name = same_name == HK_MAP_NONE ? branch : tree->all.v[same_name];
	branch->of_name->entries++;
	hk_vec_push(&tree->all, branch);
	*(parent->last ? &parent->last->next : &parent->first) = branch;
	parent->last = branch;
	return branch;
}

void hk_tree_add(struct hk_tree *tree, const struct hk_object_path *path, enum hk_edit edit, const char *value)
{
	struct branch *branch = &tree->root;
	for (size_t i = 0; i < path->n; i++)
		branch = child_of(tree, branch, &path->steps[i]);
	branch->edit = edit;
	branch->value = value;
}

static void open_element(struct hk_buf *out, const struct branch *branch, const char *outer)
{
	hk_buf_addf(out, "<%s", branch->step->name);
	if (strcmp(outer, branch->step->name_space) != 0) {
		hk_buf_addstr(out, " xmlns=\"");
		hk_xml_escape(out, hk_str_of(branch->step->name_space));
		hk_buf_addch(out, '"');
	}
}

static void write_keys(struct hk_buf *out, const struct branch *branch)
{
	for (size_t i = 0; i < branch->step->n_keys; i++) {
		const struct hk_object_key *key = &branch->step->keys[i];
		bool own_text = strcmp(key->name, ".") == 0;
		if (!own_text)
			hk_buf_addf(out, "<%s>", key->name);
		hk_xml_escape(out, hk_str_of(key->value));
		if (!own_text)
			hk_buf_addf(out, "</%s>", key->name);
	}
}

/* An item of a leaf-list. */
static bool is_item(const struct branch *branch)
{
	return branch->step->n_keys && strcmp(branch->step->keys[0].name, ".") == 0;
}

static void write_filter(struct hk_buf *out, struct branch *parent, const char *outer, size_t most_entries)
{
	for (struct branch *branch = parent->first; branch; branch = branch->next) {
		/* the text of a leaf selects its parent (RFC 6241 section 6.2.5), and without this item the parent would be missing too */
		bool whole = branch->of_name->entries > most_entries || is_item(branch);
		if (whole && branch->of_name->written)
			continue;
		branch->of_name->written = whole;
		open_element(out, branch, outer);
		/* a path that goes on narrows what one that ends here asks for, so the latter wins */
		bool narrow = !whole && (branch->step->n_keys || (branch->first && branch->edit == HK_EDIT_NONE));
		hk_buf_addstr(out, narrow ? ">" : "/>");
		if (!narrow)
			continue;
		write_keys(out, branch);
		if (branch->edit == HK_EDIT_NONE)
			write_filter(out, branch, branch->step->name_space, most_entries);
		hk_buf_addf(out, "</%s>", branch->step->name);
	}
}

void hk_tree_filter(const struct hk_tree *tree, size_t most_entries, struct hk_buf *out)
{
	write_filter(out, (struct branch *)(uintptr_t)&tree->root, "", most_entries);
	for (size_t i = 0; i < tree->all.n; i++)
		tree->all.v[i]->written = false;
}

/* Its meaning hangs on a namespace that the text does not have: "acme:fast". */
static bool is_name_with_prefix(const char *text)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789-.";
	size_t prefix = strspn(text, letters);
	return prefix && text[prefix] == ':' && text[prefix + 1] && text[prefix + 1 + strspn(text + prefix + 1, letters)] == '\0';
}

/* A leaf that goes has its value with it: one server takes an empty one for a wrong number. */
static bool has_text(const struct branch *branch, bool gone)
{
	return branch->value && !is_item(branch) && !(gone && (branch->first || branch->step->n_keys || is_name_with_prefix(branch->value)));
}

static void write_edit(struct hk_buf *out, const struct branch *parent, const char *outer)
{
	for (const struct branch *branch = parent->first; branch; branch = branch->next) {
		bool gone = branch->edit == HK_EDIT_DELETE || branch->edit == HK_EDIT_REMOVE;
		open_element(out, branch, outer);
		if (gone)
			hk_buf_addf(out, " xmlns:nc=\"urn:ietf:params:xml:ns:netconf:base:1.0\" nc:operation=\"%s\"",
				    branch->edit == HK_EDIT_DELETE ? "delete" : "remove");
		hk_buf_addch(out, '>');
		write_keys(out, branch);
		if (branch->edit != HK_EDIT_NONE && has_text(branch, gone))
			hk_xml_escape(out, hk_str_of(branch->value));
		if (!gone)
			write_edit(out, branch, branch->step->name_space);
		hk_buf_addf(out, "</%s>", branch->step->name);
	}
}

void hk_tree_edit(const struct hk_tree *tree, struct hk_buf *out)
{
	write_edit(out, &tree->root, "");
}
