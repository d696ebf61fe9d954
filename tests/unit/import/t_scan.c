/* SPDX-License-Identifier: GPL-3.0-or-later */
/* JSON as bytes, names, quantities and hosts: what the importers stand on. */
#include "../test.h"
#include "import/calls.h"
#include "import/reading.h"
#include <string.h>

static void values_behind_each_other(void **state)
{
	struct hk_str text = hk_str_of(" {\"a\": \"}\\\"\"}\n[1,[2]] {\"items\": [{}, {\"x\": [1, 2");
	struct hk_json_span span;
	size_t at = 0;

	(void)state;
	assert_true(hk_json_next(text, &at, &span));
	assert_int_equal(span.start, 1);
	assert_true(span.complete);
	assert_memory_equal(text.s + span.end - 1, "}", 1);
	assert_true(hk_json_next(text, &at, &span));
	assert_true(span.complete);
	assert_true(hk_json_next(text, &at, &span));
	assert_false(span.complete);
	assert_int_equal(span.items, 1);
	assert_string_equal(span.closers, "]}");
	assert_memory_equal(text.s + span.cut - 2, "{}", 2);
	assert_false(hk_json_next(text, &at, &span));
}

static void pruning_keeps_lengths_and_lines(void **state)
{
	static const char *const keys[] = { "images" };
	char text[] = "{\"images\": [{\"a\":\n \"]\"}], \"b\": \"images\", \"c\": {\"images\":\"x\"}}";

	(void)state;
	hk_json_prune(text, strlen(text), keys, 1);
	assert_string_equal(text, "{\"images\": 0     \n      , \"b\": \"images\", \"c\": {\"images\":0  }}");
}

static void names(void **state)
{
	struct hk_arena arena = HK_ARENA_INIT;

	(void)state;
	assert_string_equal(hk_import_name(&arena, "_Us West/1!", "x"), "us-west-1");
	assert_string_equal(hk_import_name(&arena, "---", "x"), "x");
	assert_string_equal(hk_import_stem(&arena, "a/b.c/nodes.json"), "nodes");
	assert_string_equal(hk_import_relative(&arena, "x/app.yaml", "x/y/p.yaml"), "../app.yaml");
	assert_string_equal(hk_import_relative(&arena, "app.yaml", "y/p.yaml"), "../app.yaml");
	assert_string_equal(hk_import_relative(&arena, "./x/app.yaml", NULL), "x/app.yaml");
	assert_true(hk_is_label_key("a.b/C_d") && !hk_is_label_key("/a") && !hk_is_label_key("A.b/c"));
	assert_true(hk_is_object_name("a.b-c") && !hk_is_object_name("a..b") && !hk_is_object_name("a."));
	hk_arena_release(&arena);
}

static void expect_quantity(const char *resource, double value, bool up, const char *expected)
{
	HK_AUTO_BUF struct hk_buf out = HK_BUF_INIT;

	hk_write_quantity(&out, resource, value, up);
	assert_string_equal(out.s, expected);
}

static void quantities(void **state)
{
	(void)state;
	expect_quantity("cpu", 4, false, "\"4\"");
	expect_quantity("cpu", 15.89 - 0.1 - 0.1 - 0.1, false, "15590m");
	expect_quantity("cpu", 0.0005, false, "\"0\"");
	expect_quantity("cpu", 0.0005, true, "1m");
	expect_quantity("memory", 64.0 * 1024 * 1024 * 1024, false, "64Gi");
	expect_quantity("memory", 1000, false, "\"1000\"");
	expect_quantity("pods", 108, false, "\"108\"");
	expect_quantity("cpu", -1, false, "\"0\"");
}

static void hosts(void **state)
{
	struct hk_str rest = hk_str_of("--db=postgres://u:p@db.shop.svc:5432/x?y=1, cart:7070 8.8.8.8:53 plain");
	struct hk_host host;

	(void)state;
	bool db = false, cart = false;
	while (hk_host_next(&rest, &host)) {
		db = db || (hk_str_is(host.name, "db.shop.svc") && host.scheme && hk_str_is(host.port, "5432"));
		cart = cart || (hk_str_is(host.name, "cart") && !host.scheme && hk_str_is(host.port, "7070"));
		assert_false(hk_str_is(host.name, "8.8.8.8"));
	}
	assert_true(db && cart);
	assert_true(hk_is_address_variable("CART_SERVICE_ADDR") && hk_is_address_variable("dbHost") && !hk_is_address_variable("MODE"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_behind_each_other), cmocka_unit_test(pruning_keeps_lengths_and_lines), cmocka_unit_test(names),
		cmocka_unit_test(quantities), cmocka_unit_test(hosts),
	};

	return cmocka_run_group_tests_name("import/scan", tests, NULL, NULL);
}
