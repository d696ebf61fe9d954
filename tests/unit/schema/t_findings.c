/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What findings say, where they point, and which fixes they offer. */
#include "schema/builtin.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

struct checked {
	struct hk_schema_set set;
	struct hk_source source;
	struct hk_doc doc;
	struct hk_diags diags;
};

/* Check the text as a document of the kind; fails unless there is exactly one finding. */
static const struct hk_diag *check_one(struct checked *c, const char *kind, const char *yaml)
{
	struct hk_diags warnings = HK_DIAGS_INIT;

	memset(c, 0, sizeof *c);
	hk_source_from_text(&c->source, "test.yaml", yaml, strlen(yaml));
	assert_int_equal(hk_yaml_read_one(&c->source, false, &c->doc, &warnings), 0);
	hk_diags_release(&warnings);
	hk_schema_check(hk_schema_set_get(&c->set, kind, NULL), &c->doc, c->doc.root, &c->diags);
	if (c->diags.list.n != 1) {
		for (size_t i = 0; i < c->diags.list.n; i++)
			print_message("%s\n", c->diags.list.v[i].summary);
		fail_msg("%zu findings: %s", c->diags.list.n, yaml);
	}
	return &c->diags.list.v[0];
}

static void release(struct checked *c)
{
	hk_diags_release(&c->diags);
	hk_doc_release(&c->doc);
	hk_source_release(&c->source);
	hk_schema_set_release(&c->set);
}

#define TOPOLOGY "apiVersion: hkctl.dev/v1alpha1\nkind: Topology\nmetadata: {name: t}\nspec:\n"
#define PIPELINE "apiVersion: hkctl.dev/v1alpha1\nkind: Pipeline\nmetadata: {name: p}\nspec:\n"

struct expectation { const char *kind, *yaml, *rule, *summary, *help, *marked, *fix; };

static void expect(const struct expectation *e)
{
	struct checked c;
	const struct hk_diag *diag = check_one(&c, e->kind, e->yaml);

	assert_string_equal(diag->rule->code, e->rule);
	assert_string_equal(diag->summary, e->summary);
	if (e->help && (!diag->help || !strstr(diag->help, e->help)))
		fail_msg("help is '%s', should have '%s'", diag->help ? diag->help : "(none)", e->help);
	size_t n = diag->range.end_byte - diag->range.start_byte;
	if (n != strlen(e->marked) || memcmp(c.source.text.s + diag->range.start_byte, e->marked, n) != 0)
		fail_msg("'%.*s' is marked, should be '%s'", (int)n, c.source.text.s + diag->range.start_byte, e->marked);
	assert_string_equal(diag->has_fix ? diag->fix_text : "(none)", e->fix ? e->fix : "(none)");
	if (diag->has_fix) {
		assert_int_equal(diag->fix_start, diag->range.start_byte);
		assert_int_equal(diag->fix_end, diag->range.end_byte);
	}
	release(&c);
}

static void test_unknown_keys(void **state)
{
	(void)state;
	static const struct expectation CASES[] = {
		{ "Topology", TOPOLOGY "  clusters: [{name: a, regoin: w}]\n", "HK0101", "unknown key 'regoin' at /spec/clusters/0", "did you mean 'region'?",
		  "regoin", "region" },
		{ "Topology", TOPOLOGY "  clusters: [{name: a, 'Region': w}]\n", "HK0101", "unknown key 'Region' at /spec/clusters/0", "did you mean 'region'?",
		  "'Region'", "'region'" },
		{ "Topology", TOPOLOGY "  clusters: [{\"name\": \"a\", \"tire\": \"w\"}]\n", "HK0101", "unknown key 'tire' at /spec/clusters/0",
		  "did you mean 'tier'?", "\"tire\"", "\"tier\"" },
		/* near enough to ask, too far to be certain */
		{ "Topology", TOPOLOGY "  clusters: [{name: a, avlbility: 99%}]\n", "HK0101", "unknown key 'avlbility' at /spec/clusters/0",
		  "did you mean 'availability'?", "avlbility", NULL },
		{ "Topology", TOPOLOGY "  clusters: [{name: a, colour: w}]\n", "HK0101", "unknown key 'colour' at /spec/clusters/0",
		  "known keys here: name, tier, region", "colour", NULL },
		/* a key that is there already cannot be meant */
		{ "Topology", TOPOLOGY "  clusters: [{name: a, tier: e, teir: w}]\n", "HK0101", "unknown key 'teir' at /spec/clusters/0", "known keys here",
		  "teir", NULL },
		/* the misspelt key is the missing one: one finding, not two */
		{ "Topology", TOPOLOGY "  clusters: [{nmae: a}]\n", "HK0101", "unknown key 'nmae' at /spec/clusters/0", "did you mean 'name'?", "nmae",
		  "name" },
		{ "Topology", TOPOLOGY "  clusters: []\n  a/b~c: 1\n", "HK0101", "unknown key 'a/b~c' at /spec", "known keys here", "a/b~c", NULL },
	};

	for (size_t i = 0; i < HK_COUNT(CASES); i++)
		expect(&CASES[i]);
}

static void test_types(void **state)
{
	(void)state;
	static const struct expectation CASES[] = {
		{ "Topology", TOPOLOGY "  links: [{from: a, to: b, latency: [4ms]}]\n", "HK0103",
		  "expected a text or a number, found a list at /spec/links/0/latency", "For example: latency: 1.5ms", "[4ms]", NULL },
		{ "Topology", TOPOLOGY "  clusters: [{name: a, labels: {gpu: true}}]\n", "HK0103", "expected a text, found true at /spec/clusters/0/labels/gpu",
		  "write it in quotes: \"true\"", "true", "\"true\"" },
		{ "Topology", TOPOLOGY "  clusters: [{name: 0x10}]\n", "HK0103", "expected a text, found the number 0x10 at /spec/clusters/0/name", "in quotes",
		  "0x10", "\"0x10\"" },
		{ "Topology", TOPOLOGY "  clusters: [{name: -1}]\n", "HK0103", "expected a text, found the number -1 at /spec/clusters/0/name",
		  "For example: name: edge-a", "-1", NULL },
		{ "Topology", TOPOLOGY "  clusters: [{name: a, nodes: [{name: n, count: '4', allocatable: {}}]}]\n", "HK0103",
		  "expected a whole number, found the text '4' at /spec/clusters/0/nodes/0/count", "write it without quotes: 4", "'4'", "4" },
		{ "Topology", TOPOLOGY "  links: [{from: a, to: b, both: off}]\n", "HK0103",
		  "expected true or false, found the text 'off' at /spec/links/0/both", "write false", "off", "false" },
		{ "Topology", TOPOLOGY "  clusters:\n  - name: a\n    region:\n", "HK0103",
		  "expected a text, found nothing (the value is empty) at /spec/clusters/0/region", "Give a value or remove the key.", "", NULL },
		{ "Topology", TOPOLOGY "  clusters: [{name: a, region: null}]\n", "HK0103",
		  "expected a text, found nothing (null) at /spec/clusters/0/region", "Give a value or remove the key.", "null", NULL },
		{ "Topology", TOPOLOGY "  clusters: {}\n", "HK0103", "expected a list, found an empty mapping at /spec/clusters",
		  "For example: clusters: [{name: edge-a", "{}", NULL },
		{ "Topology", TOPOLOGY "  clusters: [{name: a, availability: .nan}]\n", "HK0103",
		  "expected a text or a number, found .nan at /spec/clusters/0/availability", "99.99%", ".nan", NULL },
		{ "Topology", "[]\n", "HK0103", "expected a mapping, found an empty list at the top of the document", NULL, "[]", NULL },
	};

	for (size_t i = 0; i < HK_COUNT(CASES); i++)
		expect(&CASES[i]);
}

static void test_values(void **state)
{
	(void)state;
	static const struct expectation CASES[] = {
		{ "Pipeline", PIPELINE "  workloads: [{name: w, manifest: {file: f, kind: deployment}}]\n", "HK0104",
		  "expected one of Deployment, StatefulSet, DaemonSet, Job, CronJob, Pod, VirtualMachine, ReplicaSet, found the text 'deployment' at "
		  "/spec/workloads/0/manifest/kind", "did you mean 'Deployment'?", "deployment", "Deployment" },
		{ "Pipeline", PIPELINE "  workloads: [{name: w, manifest: {file: f, kind: \"Jobs\"}}]\n", "HK0104",
		  "expected one of Deployment, StatefulSet, DaemonSet, Job, CronJob, Pod, VirtualMachine, ReplicaSet, found the text 'Jobs' at "
		  "/spec/workloads/0/manifest/kind", "did you mean 'Job'?", "\"Jobs\"", "\"Job\"" },
		{ "Topology", "apiVersion: hkctl.dev/v1alpha1\nkind: Topologie\nmetadata: {name: t}\nspec: {clusters: []}\n", "HK0104",
		  "expected Topology, found the text 'Topologie' at /kind", NULL, "Topologie", "Topology" },
		{ "Topology", "apiVersion: hkctl.dev/v1alpha1\nkind: Network\nmetadata: {name: t}\nspec: {clusters: []}\n", "HK0104",
		  "expected Topology, found the text 'Network' at /kind", NULL, "Network", NULL },
		{ "Topology", TOPOLOGY "  clusters: [{name: Edge_A}]\n", "HK0105", "the text 'Edge_A' is not a valid name at /spec/clusters/0/name",
		  "Lower-case letters, digits and '-'", "Edge_A", NULL },
		{ "Topology", TOPOLOGY "  clusters: [{name: a, labels: {'x y': z}}]\n", "HK0105",
		  "the text 'x y' is not a valid label key at /spec/clusters/0/labels", "For example: topology.kubernetes.io/zone", "'x y'", NULL },
		{ "Topology", TOPOLOGY "  controllers: [{name: c, ssh: {host: h, port: 70000}}]\n", "HK0106",
		  "70000 is more than the largest value allowed, 65535 at /spec/controllers/0/ssh/port", "port: 830", "70000", NULL },
		{ "Pipeline", PIPELINE "  workloads: []\n", "HK0107", "the list is empty at /spec/workloads", "For example: workloads: [{name: decode",
		  "workloads", NULL },
		{ "Topology", TOPOLOGY "  clusters: [{name: ''}]\n", "HK0105", "the text '' is not a valid name at /spec/clusters/0/name", NULL, "''", NULL },
		{ "Topology", TOPOLOGY "  clusters: [{name: a, region: ''}]\n", "HK0107", "the text is empty at /spec/clusters/0/region", NULL, "''", NULL },
	};

	for (size_t i = 0; i < HK_COUNT(CASES); i++)
		expect(&CASES[i]);
}

static void test_keys_together(void **state)
{
	(void)state;
	static const struct expectation CASES[] = {
		{ "Pipeline", PIPELINE "  workloads: [{name: w}]\n  inputs: [{name: i, site: s}]\n", "HK0102", "missing key 'rate' at /spec/inputs/0",
		  "Add it, for example: rate: 300/s", "name", NULL },
		{ "Pipeline", PIPELINE "  workloads: [{name: w, manifest: {kind: Job}}]\n", "HK0102", "missing key 'file' at /spec/workloads/0/manifest",
		  "file: app.yaml", "manifest", NULL },
		{ "Pipeline", PIPELINE "  workloads: [{name: w}]\n  inputs: [{name: i, rate: 1/s}]\n", "HK0109",
		  "one of the keys 'site' or 'cluster' is needed at /spec/inputs/0", NULL, "name", NULL },
		{ "Pipeline", PIPELINE "  workloads: [{name: w}]\n  inputs: [{name: i, rate: 1/s, site: s, cluster: c}]\n", "HK0109",
		  "the keys 'site' and 'cluster' exclude each other at /spec/inputs/0", NULL, "cluster", NULL },
		{ "Pipeline", PIPELINE "  workloads: [{name: w}]\n  paths: [{from: a, to: b}]\n", "HK0109",
		  "at least one of the keys 'latency', 'jitter' or 'loss' is needed at /spec/paths/0", NULL, "from", NULL },
		{ "Pipeline", PIPELINE "  workloads: [{name: w, placement: {require: {matchExpressions: [{key: k, operator: In}]}}}]\n", "HK0102",
		  "missing key 'values' at /spec/workloads/0/placement/require/matchExpressions/0", "values: [edge, metro]", "key", NULL },
	};

	for (size_t i = 0; i < HK_COUNT(CASES); i++)
		expect(&CASES[i]);
}

/* The place is a JSON pointer, so '/' in keys is escaped; long values are cut between characters, strange ones are scrubbed. */
static void test_text_of_messages(void **state)
{
	(void)state;
	struct checked c;
	const struct hk_diag *diag = check_one(&c, "Topology", TOPOLOGY "  clusters: [{name: a}, {name: b, nodeSelector: {example.com/z: [1]}}]\n");
	assert_string_equal(diag->summary, "expected a text, found a list at /spec/clusters/1/nodeSelector/example.com~1z");
	release(&c);

	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	hk_buf_addstr(&text, TOPOLOGY "  clusters: [{name: a, nodes: ");
	for (unsigned i = 0; i < 100; i++)
		hk_buf_addstr(&text, "\xe6\x97\xa5");
	hk_buf_addstr(&text, "}]\n");
	diag = check_one(&c, "Topology", text.s);
	assert_non_null(strstr(diag->summary, "\xe6\x97\xa5...' at /spec/clusters/0/nodes"));
	assert_true(strlen(diag->summary) < 130);
	release(&c);

	diag = check_one(&c, "Topology", TOPOLOGY "  clusters: [{name: \"a\\e[31m\"}]\n");
	assert_null(strchr(diag->summary, '\033'));
	release(&c);
}

static void test_aliases_get_no_fix(void **state)
{
	(void)state;
	struct checked c;
	const struct hk_diag *diag =
		check_one(&c, "Topology", TOPOLOGY "  clusters: [{name: a, nodes: [{name: n, count: &n 4, allocatable: {}}], labels: {k: *n}}]\n");

	assert_string_equal(diag->summary, "expected a text, found the number 4 at /spec/clusters/0/labels/k");
	assert_false(diag->has_fix);
	release(&c);
}

static void test_limit_of_findings(void **state)
{
	(void)state;
	struct checked c = { 0 };
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;

	hk_buf_addstr(&text, TOPOLOGY "  clusters: []\n");
	for (unsigned i = 0; i < 5000; i++)
		hk_buf_addf(&text, "  k%u: 1\n", i);
	hk_source_from_text(&c.source, "test.yaml", text.s, text.len);
	assert_int_equal(hk_yaml_read_one(&c.source, false, &c.doc, &c.diags), 0);
	c.diags.limit = 10;
	assert_int_equal(hk_schema_check(hk_schema_set_get(&c.set, "Topology", NULL), &c.doc, c.doc.root, &c.diags), 5000);
	assert_int_equal(c.diags.list.n, 10);
	assert_int_equal(c.diags.errors, 5000);
	release(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_unknown_keys), cmocka_unit_test(test_types), cmocka_unit_test(test_values), cmocka_unit_test(test_keys_together),
		cmocka_unit_test(test_text_of_messages), cmocka_unit_test(test_aliases_get_no_fix), cmocka_unit_test(test_limit_of_findings),
	};
	return cmocka_run_group_tests_name("schema findings", tests, NULL, NULL);
}
