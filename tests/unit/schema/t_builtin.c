/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The schemas in the program, and what they say about single places. */
#include "schema/builtin.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

static void test_every_schema_loads(void **state)
{
	(void)state;
	struct hk_schema_set set = { { NULL } };
	size_t count = 0;
	const struct hk_schema_file *file;

	for (; (file = hk_schema_file_at(count)) != NULL; count++) {
		HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
		struct hk_schema *schema = hk_schema_set_get(&set, file->name, &err);
		if (!schema)
			fail_msg("%s", err.message);
		assert_ptr_equal(schema, hk_schema_set_get(&set, file->kind, &err));
		assert_ptr_equal(file, hk_schema_file_find(file->kind));
		struct hk_schema_field field;
		assert_true(hk_schema_field(schema, "kind", &field));
		assert_string_equal(field.type, file->kind);
		assert_true(hk_schema_field(schema, "apiVersion", &field));
		assert_string_equal(field.type, file->api_version);
		assert_true(field.required);
	}
	assert_int_equal(count, HK_SCHEMA_FILES);
	hk_schema_set_release(&set);
}

/* The bytes in the program are those of the files; skipped where the tests run without the source tree. */
static void test_bytes_are_those_of_the_files(void **state)
{
	(void)state;
	const struct hk_schema_file *file;

	for (size_t i = 0; (file = hk_schema_file_at(i)) != NULL; i++) {
		HK_AUTO_BUF struct hk_buf path = HK_BUF_INIT;
		hk_buf_addf(&path, "schemas/%s.schema.json", file->name);
		FILE *stream = fopen(path.s, "rb");
		if (!stream) {
			print_message("schemas/ is not below the current directory\n");
			skip();
		}
		HK_AUTO_BUF struct hk_buf bytes = HK_BUF_INIT;
		for (int ch; (ch = getc(stream)) != EOF;)
			hk_buf_addch(&bytes, (char)ch);
		fclose(stream);
		assert_int_equal(bytes.len, file->json.n);
		assert_memory_equal(bytes.s, file->json.s, bytes.len);
	}
}

static void test_unknown_schema(void **state)
{
	(void)state;
	struct hk_schema_set set = { { NULL } };
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;

	assert_null(hk_schema_set_get(&set, "Deployment", &err));
	assert_int_equal(err.status, HK_FAILED);
	assert_null(hk_schema_file_find(""));
	assert_null(hk_schema_file_at(HK_SCHEMA_FILES));
	hk_schema_set_release(&set);
}

static void test_fields(void **state)
{
	(void)state;
	struct hk_schema_set set = { { NULL } };
	struct hk_schema *topology = hk_schema_set_get(&set, "Topology", NULL), *pipeline = hk_schema_set_get(&set, "Pipeline", NULL);
	struct hk_schema_field field, child;

	assert_true(hk_schema_field(topology, "spec.clusters.nodes.count", &field));
	assert_string_equal(field.name, "count");
	assert_string_equal(field.type, "a whole number");
	assert_string_equal(field.example, "4");
	assert_string_equal(field.description, "How many interchangeable nodes there are.");
	assert_false(field.required);
	assert_true(hk_schema_field(topology, "spec.clusters", &field));
	assert_string_equal(field.type, "a list");
	assert_true(hk_schema_field_at(topology, &field, 0, &child));
	assert_string_equal(child.name, "name");
	assert_true(child.required);
	assert_string_equal(child.example, "\"edge-a\"");
	assert_true(hk_schema_field(pipeline, "spec.workloads.manifest.kind", &field));
	assert_string_equal(field.type, "one of Deployment, StatefulSet, DaemonSet, Job, CronJob, Pod, VirtualMachine, ReplicaSet");
	assert_false(hk_schema_field_at(pipeline, &field, 0, &child));
	assert_true(hk_schema_field(pipeline, "", &field));
	assert_string_equal(field.title, "Pipeline");
	assert_false(hk_schema_field(pipeline, "spec.nothing", &field));
	assert_false(hk_schema_field(pipeline, "spec.workloads.manifest.kind.x", &field));
	assert_false(hk_schema_field(pipeline, "..", &field));
	hk_schema_set_release(&set);
}

/* Schemas that define lists by themselves have no end. */
static void test_fields_of_endless_lists(void **state)
{
	(void)state;
	struct hk_schema *schema = hk_schema_load("t", HK_STR("{\"type\": \"array\", \"items\": {\"$ref\": \"#\"}}"), NULL);
	struct hk_schema_field field;

	assert_non_null(schema);
	assert_true(hk_schema_field(schema, "", &field));
	assert_null(field.example);
	assert_false(hk_schema_field(schema, "a", &field));
	hk_schema_free(schema);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_schema_loads), cmocka_unit_test(test_bytes_are_those_of_the_files), cmocka_unit_test(test_unknown_schema),
		cmocka_unit_test(test_fields), cmocka_unit_test(test_fields_of_endless_lists),
	};
	return cmocka_run_group_tests_name("schema builtin", tests, NULL, NULL);
}
