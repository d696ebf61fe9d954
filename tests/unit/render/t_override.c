/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Differences of objects as JSON patches: known ones, and random ones applied by a patcher of the test's own. */
#include "text.h"
#include "base/rng.h"
#include "render/decide.h"
#include "render/value.h"
#include "yaml/emit.h"

/* "replace /a 2; add /b ...", without values of collections. */
static void assert_diff(const char *from, const char *to, const char *skip, const char *expected)
{
	struct text a, b;
	struct hk_arena arena = HK_ARENA_INIT;
	HK_AUTO_BUF struct hk_buf said = HK_BUF_INIT;
	const struct hk_node *left = text_open(&a, from), *right = text_open(&b, to);
	struct hk_value *ops = hk_value_seq(&arena);
	hk_override_diff(&arena, left, right, &skip, skip ? 1 : 0, ops);
	for (size_t i = 0; i < ops->count; i++) {
		const struct hk_value *value = hk_value_get(ops->items[i], "value");
		hk_buf_addf(&said, "%s%s %s", i ? "; " : "", hk_value_get(ops->items[i], "operator")->text, hk_value_get(ops->items[i], "path")->text);
		if (value)
			hk_buf_addf(&said, " %s", value->kind == HK_SCALAR ? value->text : value->kind == HK_MAPPING ? "{}" : "[]");
	}
	assert_string_equal(said.s ? said.s : "", expected);
	hk_arena_release(&arena);
	text_close(&a);
	text_close(&b);
}

static void known_differences(void **state)
{
	(void)state;
	assert_diff("{a: 1, b: {c: 2}}", "{a: 1, b: {c: 2}}", NULL, "");
	assert_diff("{a: 1, b: {c: 2}}", "{b: {c: 2}, a: 1}", NULL, "");
	assert_diff("{a: 1}", "{a: 2}", NULL, "replace /a 2");
	assert_diff("{a: 1}", "{a: '1'}", NULL, "replace /a 1");
	assert_diff("{a: {b: 1, c: 2}}", "{a: {c: 2, d: 3}}", NULL, "remove /a/b; add /a/d 3");
	assert_diff("{a: [1, 2]}", "{a: [2, 1]}", NULL, "replace /a []");
	assert_diff("{a: [1, 2]}", "{a: [1, 2, 3]}", NULL, "replace /a []");
	assert_diff("{a: [{b: 1}]}", "{a: [{b: 1}]}", NULL, "");
	assert_diff("{a: {}}", "{a: []}", NULL, "replace /a []");
	assert_diff("{a: null}", "{a: {b: 1}}", NULL, "replace /a {}");
	assert_diff("{metadata: {annotations: {x.org/a~b: p}}}", "{metadata: {annotations: {x.org/a~b: q}}}", NULL,
		    "replace /metadata/annotations/x.org~1a~0b q");
	assert_diff("{spec: {replicas: 1, x: 1}}", "{spec: {replicas: 2, x: 2}}", "/spec/replicas", "replace /spec/x 2");
	assert_diff("{spec: {replicas: 1}}", "{spec: {}}", "/spec/replicas", "");
}

/* Random trees: maps of few keys, so that they often differ in depth. */
static struct hk_value *draw(struct hk_arena *arena, struct hk_rng *rng, unsigned depth)
{
	static const char *const keys[] = { "a", "b", "c/d", "e~f" };
	struct hk_value *map = hk_value_map(arena);
	for (size_t i = 0; i < HK_COUNT(keys); i++) {
		switch (hk_rng_below(rng, depth > 0 ? 5 : 3)) {
		case 0:
			break;
		case 1:
			hk_value_put(arena, map, keys[i], hk_value_int(arena, (int64_t)hk_rng_below(rng, 3)));
			break;
		case 2:
			hk_value_put(arena, map, keys[i], hk_value_push(arena, hk_value_seq(arena), hk_value_int(arena, (int64_t)hk_rng_below(rng, 3))));
			break;
		default:
			hk_value_put(arena, map, keys[i], draw(arena, rng, depth - 1));
		}
	}
	return map;
}

/* The part of a pointer in front of its next '/', without escapes. */
static const char *next_part(struct hk_arena *arena, const char **path)
{
	HK_AUTO_BUF struct hk_buf part = HK_BUF_INIT;
	const char *c = *path + 1;
	for (; *c && *c != '/'; c++)
		if (*c == '~')
			hk_buf_addch(&part, *++c == '1' ? '/' : '~');
		else
			hk_buf_addch(&part, *c);
	*path = c;
	return hk_arena_strdup(arena, part.s ? part.s : "");
}

static const struct hk_value *apply(struct hk_arena *arena, const struct hk_value *from, const char *path, const char *operator, const struct hk_value *value)
{
	const char *part = next_part(arena, &path);
	struct hk_value *copy = hk_value_map(arena);
	bool found = false, last = *path == '\0';
	for (size_t i = 0; i < from->count; i++) {
		bool here = strcmp(from->keys[i], part) == 0;
		found = found || here;
		if (!here)
			hk_value_put(arena, copy, from->keys[i], from->items[i]);
		else if (!last)
			hk_value_put(arena, copy, part, apply(arena, from->items[i], path, operator, value));
		else if (value)
			hk_value_put(arena, copy, part, value);
	}
	assert_true(last || found);
	assert_int_equal(found, !last || strcmp(operator, "add") != 0);
	if (last && !found)
		hk_value_put(arena, copy, part, value);
	return copy;
}

static bool same_value(const struct hk_value *a, const struct hk_value *b)
{
	if (a->kind != b->kind || a->count != b->count)
		return false;
	if (a->kind == HK_SCALAR)
		return strcmp(a->text, b->text) == 0;
	for (size_t i = 0; i < a->count; i++) {
		const struct hk_value *other = a->kind == HK_MAPPING ? hk_value_get(b, a->keys[i]) : b->items[i];
		if (!other || !same_value(a->items[i], other))
			return false;
	}
	return true;
}

static char *emitted(const struct hk_value *value)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	struct hk_buf text = HK_BUF_INIT;
	assert_int_equal(hk_value_emit(value, &text, &err), 0);
	return text.s;
}

static void patched_is_equal(void **state)
{
	const uint64_t seed = 11;
	struct hk_rng rng;
	(void)state;
	print_message("seed %llu\n", (unsigned long long)seed);
	hk_rng_seed(&rng, seed);
	for (int round = 0; round < 300; round++) {
		struct hk_arena arena = HK_ARENA_INIT;
		struct text a, b;
		const struct hk_value *from = draw(&arena, &rng, 3), *to = draw(&arena, &rng, 3);
		HK_AUTO_FREE char *left = emitted(from);
		HK_AUTO_FREE char *right = emitted(to);
		struct hk_value *ops = hk_value_seq(&arena);
		hk_override_diff(&arena, text_open(&a, left), text_open(&b, right), NULL, 0, ops);
		for (size_t i = 0; i < ops->count; i++)
			from = apply(&arena, from, hk_value_get(ops->items[i], "path")->text, hk_value_get(ops->items[i], "operator")->text,
				     hk_value_get(ops->items[i], "value"));
		assert_true(same_value(from, to));
		text_close(&a);
		text_close(&b);
		hk_arena_release(&arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(known_differences), cmocka_unit_test(patched_is_equal) };
	return cmocka_run_group_tests_name("render/override", tests, NULL, NULL);
}
