/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The steps of a script as a JSON patch (RFC 6902), which kustomize applies: the same edits, said by path instead of by byte. */
#include "render/script.h"
#include "render/value.h"
#include "yaml/emit.h"
#include <string.h>

/* One part of a JSON pointer (RFC 6901). */
static void add_part(struct hk_buf *path, struct hk_str part)
{
	hk_buf_addch(path, '/');
	for (size_t i = 0; i < part.n; i++) {
		if (part.s[i] == '~')
			hk_buf_addstr(path, "~0");
		else if (part.s[i] == '/')
			hk_buf_addstr(path, "~1");
		else
			hk_buf_addch(path, part.s[i]);
	}
}

/* Find `wanted` below `node` and leave its pointer in path. Aliases are not entered: what they share is edited where it is written. */
static bool find(const struct hk_node *node, const struct hk_node *wanted, struct hk_buf *path)
{
	size_t before = path->len, index = 0;
	if (node == wanted)
		return true;
	if (node->from_alias)
		return false;
	hk_for_each_pair(key, node) {
		add_part(path, key->text);
		if (find(key->next, wanted, path))
			return true;
		path->s[path->len = before] = '\0';
	}
	hk_for_each_item(item, node) {
		hk_buf_addf(path, "/%zu", index++);
		if (find(item, wanted, path))
			return true;
		path->s[path->len = before] = '\0';
	}
	return false;
}

static struct hk_value *operation(struct hk_arena *arena, const struct hk_step *step, struct hk_buf *path)
{
	/* What is null may be missing by the time the patch is applied; "add" sets it either way. */
	const char *op = step->kind == HK_STEP_REMOVE_KEY ? "remove" : step->kind == HK_STEP_REPLACE && !hk_node_is_null(step->node) ? "replace" : "add";
	if (step->kind == HK_STEP_ADD_KEY || step->kind == HK_STEP_REMOVE_KEY)
		add_part(path, hk_str_of(step->key));
	else if (step->kind == HK_STEP_ADD_ITEM)
		hk_buf_addstr(path, "/-");
	struct hk_value *map = hk_value_put_str(arena, hk_value_map(arena), "op", op);
	hk_value_put_str(arena, map, "path", hk_arena_slicedup(arena, (struct hk_str){ path->s, path->len }));
	return step->value ? hk_value_put(arena, map, "value", step->value) : map;
}

int hk_script_patch(const struct hk_script *script, struct hk_buf *out, struct hk_err *err)
{
	HK_AUTO_BUF struct hk_buf path = HK_BUF_INIT;
	struct hk_value *list = hk_value_seq(script->arena);
	for (size_t i = 0; i < script->steps.n; i++) {
		hk_buf_reset(&path);
		if (!find(script->doc->root, script->steps.v[i].node, &path))
			return hk_err_set(err, HK_FAILED, "an edit has no path of its own, so no patch can say it");
		hk_value_push(script->arena, list, operation(script->arena, &script->steps.v[i], &path));
	}
	return hk_value_emit(list, out, err);
}
