/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "render/compare.h"
#include "base/base64.h"
#include "base/map.h"
#include "base/mem.h"
#include "model/units.h"
#include "out/ser.h"
#include <stdlib.h>
#include <string.h>

enum { MOST_CHANGES = 1000, MOST_VALUE = 200 };

struct comparison {
	const struct hk_compare_options *options;
	struct hk_arena *arena;
	struct hk_field_changes *changes;
	struct hk_field_path path;
	struct hk_buf shown;               /* the path as people read it */
	const struct hk_node *rendered, *live;   /* the whole objects */
	bool secret;
};

/* Paths */

static bool is_plain_key(const char *key)
{
	if (!*key)
		return false;
	for (; *key; key++)
		if (!((*key >= 'a' && *key <= 'z') || (*key >= 'A' && *key <= 'Z') || (*key >= '0' && *key <= '9') || *key == '_' || *key == '-'))
			return false;
	return true;
}

/* Go down to a part; the length of the shown path before it goes to hk_leave. */
static size_t enter_key(struct comparison *all, const char *key, const struct hk_node *live)
{
	size_t before = all->shown.len;
	all->path.holder[all->path.n] = live;
	all->path.part[all->path.n++] = key;
	if (is_plain_key(key)) {
		hk_buf_addstr(&all->shown, before ? "." : "");
		hk_buf_addstr(&all->shown, key);
	} else {
		hk_buf_addstr(&all->shown, "[\"");
		hk_buf_addscrubbed(&all->shown, hk_str_of(key));
		hk_buf_addstr(&all->shown, "\"]");
	}
	return before;
}

static size_t enter_item(struct comparison *all, const char *name, size_t index)
{
	size_t before = all->shown.len;
	all->path.holder[all->path.n] = NULL;
	all->path.part[all->path.n++] = "*";
	hk_buf_addch(&all->shown, '[');
	if (name)
		hk_buf_addscrubbed(&all->shown, hk_str_of(name));
	else
		hk_buf_addf(&all->shown, "%zu", index);
	hk_buf_addch(&all->shown, ']');
	return before;
}

static void leave(struct comparison *all, size_t before)
{
	all->path.n--;
	all->shown.len = before;
	if (all->shown.cap)
		all->shown.s[before] = '\0';
}

/* "spec.template" covers itself and "spec.template.spec", but not "spec.templates". */
static bool is_ignored(const struct comparison *all)
{
	const struct hk_compare_options *options = all->options;
	for (size_t i = 0; i < options->n_ignored; i++) {
		size_t n = strlen(options->ignored[i]);
		char next = n < all->shown.len ? all->shown.s[n] : '.';
		if (n <= all->shown.len && memcmp(options->ignored[i], all->shown.s, n) == 0 && (n == all->shown.len || next == '.' || next == '['))
			return true;
	}
	return options->autoscaled && strcmp(all->shown.s, "spec.replicas") == 0;
}

/* Values */

static void write_value(struct hk_ser *ser, const struct hk_node *node)
{
	bool flag;
	if (node->kind == HK_MAPPING) {
		hk_ser_map(ser);
		hk_for_each_pair(key, node) {
			hk_ser_key(ser, key->text.s);
			write_value(ser, key->next);
		}
		hk_ser_end(ser);
	} else if (node->kind == HK_SEQUENCE) {
		hk_ser_seq(ser);
		hk_for_each_item(item, node)
			write_value(ser, item);
		hk_ser_end(ser);
	} else {
		enum hk_scalar_type type = hk_node_type(node);
		int64_t whole;
		if (type == HK_TYPE_NULL)
			hk_ser_null(ser);
		else if (type == HK_TYPE_BOOL && hk_node_bool(node, &flag))
			hk_ser_bool(ser, flag);
		else if (type == HK_TYPE_INT && hk_node_int(node, &whole))
			hk_ser_int(ser, whole);
		else
			hk_ser_slice(ser, node->text);
	}
}

/* Whole UTF-8 sequences only. */
static void shorten(struct hk_buf *text)
{
	size_t n = 0;
	if (text->len <= MOST_VALUE)
		return;
	for (unsigned step; n < MOST_VALUE; n += step)
		if (!(step = hk_utf8_length(text->s + n, text->len - n)) || n + step > MOST_VALUE)
			break;
	text->len = n;
	hk_buf_addstr(text, "...");
}

static bool is_secret(const struct comparison *all)
{
	return all->secret && all->path.n > 0 && (strcmp(all->path.part[0], "data") == 0 || strcmp(all->path.part[0], "stringData") == 0);
}

static const char *show_value(const struct comparison *all, const struct hk_node *node)
{
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	if (!node)
		return NULL;
	if (is_secret(all))
		return "(secret)";
	struct hk_ser *ser = hk_ser_open(HK_SER_JSON_COMPACT, &text);
	write_value(ser, node);
	if (hk_ser_close(ser, NULL))
		return "(cannot be shown)";
	while (text.len && text.s[text.len - 1] == '\n')
		text.s[--text.len] = '\0';
	shorten(&text);
	return hk_arena_strdup(all->arena, text.s);
}

static void add_change(struct comparison *all, const struct hk_node *before, const struct hk_node *after)
{
	if (all->changes->n < MOST_CHANGES)
		hk_vec_push(all->changes,
			    (struct hk_field_change){ hk_arena_strdup(all->arena, all->shown.s), show_value(all, before), show_value(all, after) });
}

/* To the API absent, null, {}, [], "" and false say the same; also {resources: {}}. */
static bool is_nothing(const struct hk_node *node)
{
	bool flag = true;
	if (!node || (node->kind == HK_SCALAR && hk_node_is_null(node)))
		return true;
	if (node->kind == HK_SCALAR)
		return hk_node_type(node) == HK_TYPE_STRING ? node->text.n == 0 : hk_node_bool(node, &flag) && !flag;
	hk_for_each_pair(key, node)
		if (!is_nothing(key->next))
			return false;
	return node->kind == HK_MAPPING || node->count == 0;
}

/* The server leaves out zeros; what it fills in where a field was left out is never zero. */
static bool is_left_out(const struct hk_node *before, const struct hk_node *after)
{
	double value;
	return is_nothing(after) && (is_nothing(before) || (before->kind == HK_SCALAR && hk_node_float(before, &value) && !(value < 0) && !(value > 0)));
}

static bool is_same_scalar(const struct comparison *all, const struct hk_node *a, const struct hk_node *b)
{
	enum hk_scalar_type a_type = hk_node_type(a), b_type = hk_node_type(b);
	double x, y;
	if (a_type == b_type && hk_str_eq(a->text, b->text))
		return true;
	if (a_type == HK_TYPE_BOOL && b_type == HK_TYPE_BOOL) {
		bool p = false, q = true;
		return hk_node_bool(a, &p) && hk_node_bool(b, &q) && p == q;
	}
	if (a_type != HK_TYPE_STRING && b_type != HK_TYPE_STRING && hk_node_float(a, &x) && hk_node_float(b, &y))
		return !(x < y) && !(x > y);
	if (hk_compare_is_quantity(&all->path)) {
		HK_AUTO_BUF struct hk_buf why = HK_BUF_INIT;
		double gap, size;
		if (hk_unit_parse(HK_UNIT_QUANTITY, a->text, &x, &why) || hk_unit_parse(HK_UNIT_QUANTITY, b->text, &y, &why))
			return false;
		gap = x > y ? x - y : y - x;
		size = x > y ? x : y;
		return gap <= 1e-12 * size;
	}
	return false;
}

/* Trees */

/* A Job without labels gets those of its pods. */
static bool is_label_of_pods(const struct comparison *all, const struct hk_node *live)
{
	const struct hk_field_path *path = &all->path;
	const char *kind = hk_node_string(hk_node_get(all->rendered, "kind"));
	if (path->n != 3 || strcmp(path->part[0], "metadata") != 0 || strcmp(path->part[1], "labels") != 0 || !kind || strcmp(kind, "Job") != 0 ||
	    hk_node_at(all->rendered, "metadata.labels"))
		return false;
	const struct hk_node *label = hk_node_get(hk_node_at(all->rendered, "spec.template.metadata.labels"), path->part[2]);
	return label && label->kind == HK_SCALAR && live->kind == HK_SCALAR && hk_str_eq(label->text, live->text);
}

static bool is_at(const struct comparison *all, const char *first, size_t parts)
{
	return all->path.n == parts && strcmp(all->path.part[0], first) == 0;
}

/* The server keeps stringData of a Secret as data, in base64; what both have is taken from stringData. */
static bool is_string_data(const struct comparison *all)
{
	return all->secret && all->options->live && is_at(all, "data", 2) && hk_node_get(hk_node_get(all->rendered, "stringData"), all->path.part[1]);
}

static bool is_kept_as_data(const struct comparison *all, const struct hk_node *before)
{
	const struct hk_node *kept = hk_node_get(hk_node_get(all->live, "data"), all->path.part[1]);
	if (!kept || kept->kind != HK_SCALAR || before->kind != HK_SCALAR)
		return false;
	char *text = hk_malloc(4 * ((before->text.n + 2) / 3) + 1);
	hk_base64_write(before->text, text);
	bool same = hk_str_is(kept->text, text);
	free(text);
	return same;
}

/* What only the live object has: a difference unless everything in it is nothing or filled in. */
static bool is_filled_in(struct comparison *all, const struct hk_node *live)
{
	if (is_nothing(live) || is_ignored(all) || hk_compare_is_server_owned(&all->path) || hk_compare_is_default(&all->path, live) ||
	    is_label_of_pods(all, live) || is_string_data(all))
		return true;
	if (live->kind == HK_SCALAR)
		return false;
	hk_for_each_pair(key, live) {
		size_t mark = enter_key(all, key->text.s, live);
		bool filled = is_filled_in(all, key->next);
		leave(all, mark);
		if (!filled)
			return false;
	}
	size_t index = 0;
	hk_for_each_item(item, live) {
		size_t mark = enter_item(all, NULL, index++);
		bool filled = is_filled_in(all, item);
		leave(all, mark);
		if (!filled)
			return false;
	}
	return true;
}

static void compare_nodes(struct comparison *all, const struct hk_node *before, const struct hk_node *after);

static void compare_maps(struct comparison *all, const struct hk_node *before, const struct hk_node *after)
{
	hk_for_each_pair(key, before) {
		size_t mark = enter_key(all, key->text.s, after);
		compare_nodes(all, key->next, hk_node_get(after, key->text.s));
		leave(all, mark);
	}
	hk_for_each_pair(key, after) {
		if (hk_node_get(before, key->text.s))
			continue;
		size_t mark = enter_key(all, key->text.s, after);
		compare_nodes(all, NULL, key->next);
		leave(all, mark);
	}
}

/* The name by which an item of this list is known, NULL when it has none. `ports` have numbers, mounts paths, all else names. */
static const char *name_of(const struct comparison *all, const struct hk_node *item)
{
	static const char *const keys[] = { "mountPath", "devicePath", "containerPort", "port", "name" };
	const char *list = all->path.n ? all->path.part[all->path.n - 1] : "";
	size_t first = strcmp(list, "volumeMounts") == 0 ? 0 : strcmp(list, "volumeDevices") == 0 ? 1 : strcmp(list, "ports") == 0 ? 2 : 4;
	if (item->kind != HK_MAPPING)
		return NULL;
	for (size_t i = first; i < HK_COUNT(keys); i++) {
		const char *name = hk_node_string(hk_node_get(item, keys[i]));
		if (!name)
			continue;
		const char *protocol = first == 2 ? hk_node_string(hk_node_get(item, "protocol")) : NULL;
		return protocol && strcmp(protocol, "TCP") != 0 ? hk_arena_printf(all->arena, "%s/%s", name, protocol) : name;
	}
	return NULL;
}

/* Every item has a name and no name is there twice. */
static bool index_names(const struct comparison *all, const struct hk_node *list, struct hk_map *names, const struct hk_node **items)
{
	size_t at = 0;
	hk_for_each_item(item, list) {
		const char *name = name_of(all, item);
		items[at] = item;
		if (!name || hk_map_put(names, hk_str_of(name), at++) != HK_MAP_NONE)
			return false;
	}
	return true;
}

static void compare_named(struct comparison *all, const struct hk_node *before, const struct hk_node *after, const struct hk_map *old_names,
			  const struct hk_map *new_names, const struct hk_node **new_items)
{
	hk_for_each_item(item, before) {
		const char *name = name_of(all, item);
		size_t at = hk_map_get(new_names, hk_str_of(name)), mark = enter_item(all, name, 0);
		compare_nodes(all, item, at == HK_MAP_NONE ? NULL : new_items[at]);
		leave(all, mark);
	}
	hk_for_each_item(item, after) {
		const char *name = name_of(all, item);
		if (hk_map_get(old_names, hk_str_of(name)) != HK_MAP_NONE)
			continue;
		size_t mark = enter_item(all, name, 0);
		compare_nodes(all, NULL, item);
		leave(all, mark);
	}
}

static void compare_by_position(struct comparison *all, const struct hk_node *before, const struct hk_node *after)
{
	const struct hk_node *a = before->first, *b = after->first;
	for (size_t i = 0; a || b; i++) {
		size_t mark = enter_item(all, NULL, i);
		compare_nodes(all, a, b);
		leave(all, mark);
		a = a ? a->next : NULL;
		b = b ? b->next : NULL;
	}
}

static void compare_lists(struct comparison *all, const struct hk_node *before, const struct hk_node *after)
{
	struct hk_map old_names = HK_MAP_INIT, new_names = HK_MAP_INIT;
	const struct hk_node **old_items = hk_arena_array(all->arena, (size_t)before->count + 1, sizeof *old_items);
	const struct hk_node **new_items = hk_arena_array(all->arena, (size_t)after->count + 1, sizeof *new_items);
	if (index_names(all, before, &old_names, old_items) && index_names(all, after, &new_names, new_items))
		compare_named(all, before, after, &old_names, &new_names, new_items);
	else
		compare_by_position(all, before, after);
	hk_map_release(&old_names);
	hk_map_release(&new_names);
}

static void compare_nodes(struct comparison *all, const struct hk_node *before, const struct hk_node *after)
{
	if (is_ignored(all))
		return;
	if (all->options->live && (hk_compare_is_server_owned(&all->path) || is_left_out(before, after)))
		return;
	if (is_string_data(all))
		return;
	if (all->secret && all->options->live && is_at(all, "stringData", 1) && before && before->kind == HK_MAPPING) {
		compare_maps(all, before, after);
	} else if (all->secret && all->options->live && is_at(all, "stringData", 2) && before) {
		if (!is_kept_as_data(all, before))
			add_change(all, before, after);
	} else if (!before && all->options->live) {
		if (!is_filled_in(all, after))
			add_change(all, NULL, after);
	} else if (!before || !after || before->kind != after->kind) {
		add_change(all, before, after);
	} else if (before->kind == HK_MAPPING) {
		compare_maps(all, before, after);
	} else if (before->kind == HK_SEQUENCE) {
		compare_lists(all, before, after);
	} else if (!is_same_scalar(all, before, after)) {
		add_change(all, before, after);
	}
}

void hk_objects_compare(const struct hk_node *before, const struct hk_node *after, const struct hk_compare_options *options, struct hk_arena *arena,
			struct hk_field_changes *changes)
{
	struct comparison all = { .options = options, .arena = arena, .changes = changes, .shown = HK_BUF_INIT, .rendered = before, .live = after };
	const char *kind = hk_node_string(hk_node_get(before, "kind"));
	all.secret = kind && strcmp(kind, "Secret") == 0;
	compare_nodes(&all, before, after);
	hk_buf_release(&all.shown);
}
