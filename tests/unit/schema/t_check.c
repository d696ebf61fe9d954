/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Verdicts of every keyword, with and without findings, and what is refused when a schema is loaded. */
#include "schema/schema.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

static struct hk_schema *load(const char *json)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	struct hk_schema *schema = hk_schema_load("test", hk_str_of(json), &err);

	if (!schema)
		fail_msg("%s: %s", json, err.message);
	return schema;
}

/* Number of findings of the document, which must agree with the mere verdict. */
static size_t findings(const struct hk_schema *schema, const char *yaml)
{
	struct hk_source source = { 0 };
	struct hk_doc doc = { 0 };
	struct hk_diags diags = HK_DIAGS_INIT;

	hk_source_from_text(&source, "test.yaml", yaml, strlen(yaml));
	if (hk_yaml_read_one(&source, false, &doc, &diags) < 0)
		fail_msg("%s: %s", yaml, diags.list.v[0].summary);
	size_t warnings = diags.list.n;
	size_t count = hk_schema_check(schema, &doc, doc.root, &diags);
	assert_int_equal(diags.errors + diags.warnings + diags.notes - warnings, count);
	assert_int_equal(hk_schema_check(schema, &doc, doc.root, NULL) != 0, count != 0);
	hk_doc_release(&doc);
	hk_source_release(&source);
	hk_diags_release(&diags);
	return count;
}

/* The documents of `yes` are valid, those of `no` are not. */
static void expect(const char *json, const char *const *yes, const char *const *no)
{
	struct hk_schema *schema = load(json);

	for (; *yes; yes++)
		if (findings(schema, *yes) != 0)
			fail_msg("%s should be valid for %s", *yes, json);
	for (; *no; no++)
		if (findings(schema, *no) == 0)
			fail_msg("%s should not be valid for %s", *no, json);
	hk_schema_free(schema);
}

#define LIST(...) (const char *const[]){ __VA_ARGS__, NULL }
#define NOTHING (const char *const[]){ NULL }

static void test_types(void **state)
{
	(void)state;
	expect("true", LIST("1", "{a: 1}", "~"), NOTHING);
	expect("false", NOTHING, LIST("1", "~", "{}"));
	expect("{}", LIST("1", "[]", "~", ".nan"), NOTHING);
	expect("{\"type\": \"null\"}", LIST("~", "null"), LIST("''", "0", "[]"));
	expect("{\"type\": \"boolean\"}", LIST("true", "False"), LIST("yes", "'true'", "1"));
	expect("{\"type\": \"integer\"}", LIST("1", "-3", "1.0", "1e3", "0x1F", "0o17"), LIST("1.5", "'1'", "true", ".inf", "~"));
	expect("{\"type\": \"number\"}", LIST("1", "1.5", "-1e-3"), LIST(".nan", "-.inf", "1e400", "'1'", "1_000"));
	expect("{\"type\": \"string\"}", LIST("a", "'1'", "2026-01-31", "yes", "!!str 1"), LIST("1", "true", "~"));
	expect("{\"type\": [\"string\", \"array\"]}", LIST("a", "[]"), LIST("1", "{}"));
	expect("{\"type\": \"object\"}", LIST("{}", "a: 1"), LIST("[]", "a"));
}

static void test_values(void **state)
{
	(void)state;
	expect("{\"enum\": [\"a\", 1, null, [1, {\"x\": 2}]]}", LIST("a", "1", "1.0", "~", "[1, {x: 2}]"), LIST("b", "'1'", "[1]", "true", "[1, {x: 3}]"));
	expect("{\"const\": {\"a\": 1, \"b\": true}}", LIST("{b: true, a: 1.0}"), LIST("{a: 1}", "{a: 1, b: 1}", "{a: '1', b: true}"));
	expect("{\"const\": 9007199254740993}", LIST("9007199254740993"), LIST("9007199254740992"));
	expect("{\"minimum\": 1, \"maximum\": 10}", LIST("1", "10", "5.5", "a"), LIST("0", "0.999", "10.001", "99999999999999999999", "-99999999999999999999"));
	expect("{\"exclusiveMinimum\": 0, \"exclusiveMaximum\": 1}", LIST("0.5", "1e-300"), LIST("0", "1", "-1"));
	expect("{\"minLength\": 2, \"maxLength\": 3}", LIST("ab", "'\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e'", "1"), LIST("a", "abcd", "''"));
	expect("{\"pattern\": \"^a+$\"}", LIST("a", "aaa", "1"), LIST("b", "''", "ab"));
}

static void test_mappings(void **state)
{
	(void)state;
	expect("{\"properties\": {\"a\": {\"type\": \"integer\"}}}", LIST("{}", "{a: 1}", "{b: x}", "[1]"), LIST("{a: x}"));
	expect("{\"properties\": {\"a\": true}, \"additionalProperties\": false}", LIST("{}", "{a: x}"), LIST("{b: 1}", "{a: 1, b: 1}"));
	expect("{\"additionalProperties\": {\"type\": \"integer\"}}", LIST("{a: 1}", "{}"), LIST("{a: x}"));
	expect("{\"patternProperties\": {\"^x-\": {\"type\": \"string\"}}, \"additionalProperties\": false}", LIST("{x-a: b}"), LIST("{x-a: 1}", "{y: b}"));
	expect("{\"patternProperties\": {\"^x\": true, \"y$\": {\"type\": \"string\"}}}", LIST("{xy: a}", "{x: 1}"), LIST("{xy: 1}"));
	expect("{\"propertyNames\": {\"type\": \"string\", \"maxLength\": 4}}", LIST("{ab: 1}", "{1: 1}", "{true: 1}"), LIST("{abcde: 1}"));
	expect("{\"required\": [\"a\", \"b\"]}", LIST("{a: 1, b: ~}", "[]"), LIST("{a: 1}", "{}"));
	expect("{\"minProperties\": 1, \"maxProperties\": 2}", LIST("{a: 1}", "{a: 1, b: 2}"), LIST("{}", "{a: 1, b: 2, c: 3}"));
	expect("{\"dependentRequired\": {\"a\": [\"b\", \"c\"]}}", LIST("{}", "{b: 1}", "{a: 1, b: 1, c: 1}"), LIST("{a: 1}", "{a: 1, b: 1}"));
}

static void test_lists(void **state)
{
	(void)state;
	expect("{\"items\": {\"type\": \"integer\"}}", LIST("[]", "[1, 2]", "{a: x}"), LIST("[1, x]"));
	expect("{\"prefixItems\": [{\"type\": \"string\"}, {\"type\": \"integer\"}], \"items\": false}", LIST("[]", "[a]", "[a, 1]"),
	       LIST("[1]", "[a, b]", "[a, 1, 2]"));
	expect("{\"minItems\": 1, \"maxItems\": 2}", LIST("[1]", "[1, 2]"), LIST("[]", "[1, 2, 3]"));
	expect("{\"uniqueItems\": true}", LIST("[]", "[1, 2, '1', true, [1], {a: 1}]", "[ab, a, b]"),
	       LIST("[1, 1.0]", "[a, b, a]", "[{a: 1, b: 2}, {b: 2, a: 1}]", "[[1, 2], [1, 2]]", "[~, ~]"));
	expect("{\"uniqueItems\": false}", LIST("[1, 1]"), NOTHING);
}

static void test_combinations(void **state)
{
	(void)state;
	expect("{\"allOf\": [{\"minimum\": 1}, {\"maximum\": 3}]}", LIST("2"), LIST("0", "4"));
	expect("{\"anyOf\": [{\"type\": \"string\"}, {\"minimum\": 10}]}", LIST("a", "10", "[]"), LIST("9"));
	expect("{\"oneOf\": [{\"minimum\": 1}, {\"maximum\": 3}]}", LIST("0", "4"), LIST("2", "a"));
	expect("{\"oneOf\": [{\"required\": [\"a\"]}, {\"required\": [\"b\"]}]}", LIST("{a: 1}", "{b: 1}"), LIST("{}", "{a: 1, b: 1}"));
	expect("{\"not\": {\"type\": \"string\"}}", LIST("1"), LIST("a"));
	expect("{\"if\": {\"minimum\": 10}, \"then\": {\"maximum\": 20}, \"else\": {\"minimum\": 0}}", LIST("0", "15"), LIST("21", "-1"));
	expect("{\"if\": {\"minimum\": 10}, \"then\": false}", LIST("9"), LIST("10"));
	expect("{\"if\": false, \"else\": false}", NOTHING, LIST("1"));
	expect("{\"then\": false, \"else\": false}", LIST("1"), NOTHING);
}

static void test_references(void **state)
{
	(void)state;
	expect("{\"$ref\": \"#/$defs/a\", \"maximum\": 5, \"$defs\": {\"a\": {\"$ref\": \"#/$defs/b\"}, \"b\": {\"minimum\": 1}}}", LIST("1", "5"),
	       LIST("0", "6"));
	expect("{\"properties\": {\"next\": {\"$ref\": \"#\"}}, \"additionalProperties\": false}", LIST("{next: {next: {}}}"), LIST("{next: {nxt: 1}}"));
	expect("{\"$ref\": \"#/$defs/tree\", \"$defs\": {\"tree\": {\"type\": \"array\", \"items\": {\"$ref\": \"#/$defs/tree\"}}}}", LIST("[[[]], []]"),
	       LIST("[[1]]"));
}

static void test_refused_schemas(void **state)
{
	(void)state;
	static const struct { const char *json, *says; } BAD[] = {
		{ "", "" }, { "{", "" }, { "[]", "object" }, { "1", "object" }, { "{\"type\": \"text\"}", "type" }, { "{\"type\": []}", "type" },
		{ "{\"format\": \"date\"}", "keyword" }, { "{\"contains\": {}}", "keyword" }, { "{\"properties\": {\"a\": {\"typ\": 1}}}", "keyword" },
		{ "{\"properties\": []}", "object" }, { "{\"required\": \"a\"}", "array" }, { "{\"minLength\": -1}", "whole" },
		{ "{\"minItems\": 1.5}", "whole" }, { "{\"minimum\": \"1\"}", "number" }, { "{\"pattern\": \"(\"}", "pattern" },
		{ "{\"pattern\": \"\\\\d\"}", "escape" }, { "{\"patternProperties\": {\"[\": {}}}", "pattern" }, { "{\"allOf\": []}", "empty" },
		{ "{\"enum\": 1}", "array" }, { "{\"uniqueItems\": 1}", "true or false" }, { "{\"title\": 1}", "string" },
		{ "{\"$ref\": \"other.json\"}", "$defs" }, { "{\"$ref\": \"#/$defs/a\"}", "$defs" }, { "{\"$ref\": \"#\"}", "without end" },
		{ "{\"$defs\": {\"a\": {\"$ref\": \"#/$defs/b\"}, \"b\": {\"anyOf\": [{\"$ref\": \"#/$defs/a\"}]}}}", "without end" },
		{ "{\"if\": {\"not\": {\"$ref\": \"#\"}}}", "without end" }, { "{\"$defs\": {\"a\": 1}}", "object" },
	};

	for (size_t i = 0; i < sizeof BAD / sizeof BAD[0]; i++) {
		HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
		if (hk_schema_load("test", hk_str_of(BAD[i].json), &err))
			fail_msg("%s should be refused", BAD[i].json);
		assert_int_equal(err.status, HK_FAILED);
		if (!strstr(err.message, BAD[i].says) || !strstr(err.message, "'test'"))
			fail_msg("%s: %s", BAD[i].json, err.message);
	}
}

/* A mapping with very many unknown keys must not take quadratic time, nor a deep one the stack. */
static void test_hostile_documents(void **state)
{
	(void)state;
	struct hk_schema *schema = load("{\"properties\": {\"alpha\": true, \"beta\": {\"$ref\": \"#\"}}, \"required\": [\"alpha\"], \"additionalProperties\": false}");
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;

	for (unsigned i = 0; i < 20000; i++)
		hk_buf_addf(&text, "k%u: 1\n", i);
	assert_int_equal(findings(schema, text.s), 20001);
	hk_buf_reset(&text);
	for (unsigned i = 0; i < 60; i++)
		hk_buf_addstr(&text, "{beta: ");
	hk_buf_addstr(&text, "{}");
	hk_buf_addchn(&text, '}', 60);
	assert_int_equal(findings(schema, text.s), 61);
	hk_schema_free(schema);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_types), cmocka_unit_test(test_values), cmocka_unit_test(test_mappings), cmocka_unit_test(test_lists),
		cmocka_unit_test(test_combinations), cmocka_unit_test(test_references), cmocka_unit_test(test_refused_schemas),
		cmocka_unit_test(test_hostile_documents),
	};
	return cmocka_run_group_tests_name("schema check", tests, NULL, NULL);
}
