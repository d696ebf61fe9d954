/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model_of.h"
#include "base/buf.h"
#include "base/file.h"
#include "model/classify.h"
#include <sys/stat.h>
#include <unistd.h>

static char directory[] = "/tmp/hk-t-workspace-XXXXXX";

static int make_directory(void **state)
{
	(void)state;
	return mkdtemp(directory) ? 0 : -1;
}

static const char *path_of(const char *name)
{
	static char path[128];

	snprintf(path, sizeof path, "%s/%s", directory, name);
	return path;
}

static int remove_directory(void **state)
{
	static const char *const files[] = { "a.yaml", "b.yaml", "c.json", "d.yaml" };

	(void)state;
	for (size_t i = 0; i < HK_COUNT(files); i++)
		unlink(path_of(files[i]));
	return rmdir(directory);
}

static void write_file(const char *name, const char *text)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;

	if (hk_file_write(path_of(name), text, strlen(text), &err))
		fail_msg("%s", err.message);
}

#define POD(name) "apiVersion: v1\nkind: Pod\nmetadata: {name: " name "}\nspec: {}\n---\n"

static void load(struct loaded *l, bool keep, size_t count, const char *const *paths)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;

	memset(l, 0, sizeof *l);
	assert_int_equal(hk_workspace_load(&l->workspace, paths, count, keep, &l->diags, &err), 0);
}

static void release(struct loaded *l)
{
	hk_workspace_release(&l->workspace);
	hk_diags_release(&l->diags);
}

static void kinds_are_counted_and_kept(void **state)
{
	HK_AUTO_BUF struct hk_buf again = HK_BUF_INIT;
	const char *paths[] = { directory, directory, NULL };
	struct loaded l;
	(void)state;

	write_file("b.yaml", POD("one") TOPOLOGY("  clusters: [{name: a}]\n") POD("two"));
	write_file("a.yaml", POD("three") "apiVersion: v1\nkind: List\nitems: []\n---\n");
	write_file("c.json", "{\"apiVersion\": \"hkctl.dev/v1alpha1\", \"kind\": \"Metrics\", \"metadata\": {\"name\": \"m\"}, \"spec\": {\"values\": []}}\n");
	hk_buf_addf(&again, "%s/./x/../b.yaml", directory);
	paths[2] = again.s;
	mkdir(path_of("x"), 0700);
	load(&l, false, 3, paths);
	rmdir(path_of("x"));
	assert_int_equal(l.diags.errors + l.diags.warnings, 0);
	assert_int_equal(l.workspace.n_inputs, 3);
	assert_int_equal(l.workspace.n_documents, 2);
	assert_int_equal(l.workspace.count_by_kind[HK_KIND_KUBERNETES], 4);
	assert_int_equal(l.workspace.count_by_kind[HK_KIND_TOPOLOGY], 1);
	assert_int_equal(l.workspace.count_by_kind[HK_KIND_METRICS], 1);
	assert_string_equal(l.workspace.documents[0]->name, "t");
	assert_string_equal(l.workspace.inputs[1]->path, path_of("a.yaml"));
	assert_int_equal(l.workspace.inputs[1]->source.text.len, 0);
	assert_int_equal(strlen(hk_input_digest(l.workspace.inputs[1])), 64);
	release(&l);
	load(&l, true, 1, paths);
	assert_int_equal(l.workspace.n_documents, 6);
	assert_string_equal(l.workspace.documents[0]->name, "three");
	release(&l);
}

static void what_is_no_document_is_said(void **state)
{
	static const struct { const char *yaml; enum hk_rule_id rule; const char *part, *fix; } cases[] = {
		{ "a: 1\n", HK0301, "neither", NULL }, { "- a\n", HK0301, "neither", NULL }, { "text\n", HK0301, "neither", NULL },
		{ "kind: Topology\n", HK0302, "no apiVersion", NULL }, { "apiVersion: v1\n", HK0302, "no kind", NULL },
		{ "apiVersion: hkctl.dev/v1alpha1\nkind: Topologie\n", HK0303, "'Topologie'", "Topology" },
		{ "apiVersion: hkctl.dev/v1alpha1\nkind: Wombat\n", HK0303, "'Wombat'", NULL },
		{ "apiVersion: hkctl.dev/v1\nkind: Pipeline\n", HK0303, "version 'hkctl.dev/v1' of Pipeline", "hkctl.dev/v1alpha1" },
		{ "apiVersion: hkctl.io/v1alpha1\nkind: Pipeline\n", HK0303, "'hkctl.io/v1alpha1'", "hkctl.dev/v1alpha1" },
		{ "apiVersion: constraint.ciena.com/v1\nkind: ConstraintPolicy\n", HK0303, "version", "constraint.ciena.com/v1alpha1" },
		{ "apiVersion: v1\nkind: Pod\n", HK0310, "Pod has no metadata.name", NULL },
		{ "apiVersion: v1\nkind: Pod\nmetadata: {name: []}\n", HK0310, "Pod has no metadata.name", NULL },
		{ "# first\n%YAML 1.2\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: a}\n", HK0610, "directive", NULL },
		{ "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n...\n%TAG ! tag:x,2000:\n--- # %\n# % no directive\napiVersion: v1\nkind: Pod\nmetadata: {name: b}\n",
		  HK0610, "directive", NULL },
		{ "# nothing\n", HK0010, "", NULL },
	};
	(void)state;

	for (size_t i = 0; i < HK_COUNT(cases); i++) {
		const char *paths[] = { path_of("d.yaml") };
		struct loaded l;
		write_file("d.yaml", cases[i].yaml);
		load(&l, true, 1, paths);
		expect_one(&l, cases[i].rule, cases[i].part);
		assert_int_equal(l.diags.list.n, 1);
		if (cases[i].fix)
			expect_fix(finding(&l, cases[i].rule), cases[i].fix);
		release(&l);
	}
}

static void some_objects_need_no_name(void **state)
{
	const char *paths[] = { path_of("d.yaml") };
	struct loaded l;
	(void)state;

	write_file("d.yaml", "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n---\napiVersion: batch/v1\nkind: Job\nmetadata: {generateName: x-}\n---\napiVersion: v1\nkind: PodList\nitems: []\n");
	load(&l, false, 1, paths);
	assert_int_equal(l.diags.list.n, 0);
	assert_int_equal(l.workspace.count_by_kind[HK_KIND_KUBERNETES], 3);
	release(&l);
}

static void unreadable_files_are_findings(void **state)
{
	const char *paths[] = { "/nonexistent/hk.yaml" };
	struct loaded l;
	(void)state;

	load(&l, false, 1, paths);
	assert_int_equal(count_of(&l, HK0001), 1);
	assert_int_equal(l.diags.list.n, 1);
	assert_string_equal(l.diags.list.v[0].range.file, paths[0]);
	release(&l);
}

/* A manifest in a file of the workspace whose trees were dropped is read again, and its file is listed once. */
static void dropped_trees_come_back_when_named(void **state)
{
	const char *paths[] = { directory };
	struct loaded l;
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	(void)state;

	unlink(path_of("b.yaml"));
	unlink(path_of("c.json"));
	write_file("a.yaml", "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: w}\nspec: {template: {spec: {containers: [{resources: {requests: {cpu: 3}}}]}}}\n");
	write_file("d.yaml", TOPOLOGY("  clusters: [{name: c}]\n")
		   PIPELINE("  inputs: [{name: i, cluster: c, rate: 1/s}]\n  workloads: [{name: w, manifest: {file: ./a.yaml}}]\n  connections: [{from: i, to: w}]\n"));
	load(&l, false, 1, paths);
	assert_int_equal(hk_model_load(&l.model, &l.workspace, &l.diags, &err), 0);
	expect_clean(&l);
	assert_int_equal(l.workspace.n_inputs, 2);
	assert_true(l.model.pipelines[0].workloads[0].request[0] == 3);
	hk_model_release(&l.model);
	release(&l);
}

static void documents_that_break_the_schema_are_left_out(void **state)
{
	struct loaded *l = model_of(TOPOLOGY("  clusters: [{name: a, tier: [edge]}]\n") TOPOLOGY("  clusters: [{name: b}]\n"));
	(void)state;

	assert_int_equal(l->model.n_clusters, 1);
	assert_string_equal(l->model.clusters[0].name, "b");
	assert_true(l->workspace.documents[0]->invalid && !l->workspace.documents[1]->invalid);
	loaded_free(l);
}

/* The order of documents and files decides nothing but which of two equal names is the first. */
static void order_does_not_matter(void **state)
{
	static const char *const one = TOPOLOGY("  clusters: [{name: a}, {name: b}]\n  links: [{from: a, to: c}]\n");
	static const char *const two = "apiVersion: hkctl.dev/v1alpha1\nkind: Topology\nmetadata: {name: u}\nspec:\n  clusters: [{name: c}]\n  links: [{from: c, to: b, latency: 1ms}]\n---\n";
	HK_AUTO_BUF struct hk_buf forward = HK_BUF_INIT, backward = HK_BUF_INIT;
	struct loaded *l, *m;
	(void)state;

	hk_buf_addf(&forward, "%s%s", one, two);
	hk_buf_addf(&backward, "%s%s", two, one);
	l = model_of(forward.s);
	m = model_of(backward.s);
	expect_clean(l);
	expect_clean(m);
	assert_int_equal(l->model.n_links, m->model.n_links);
	for (size_t i = 0; i < l->model.n_links; i++) {
		assert_true(l->model.links[i].from == m->model.links[i].from && l->model.links[i].to == m->model.links[i].to &&
			    l->model.links[i].latency == m->model.links[i].latency);
	}
	for (size_t i = 0; i < 3; i++)
		assert_string_equal(l->model.clusters[i].name, m->model.clusters[i].name);
	loaded_free(l);
	loaded_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kinds_are_counted_and_kept), cmocka_unit_test(what_is_no_document_is_said), cmocka_unit_test(some_objects_need_no_name),
		cmocka_unit_test(unreadable_files_are_findings), cmocka_unit_test(dropped_trees_come_back_when_named),
		cmocka_unit_test(documents_that_break_the_schema_are_left_out), cmocka_unit_test(order_does_not_matter),
	};

	return cmocka_run_group_tests_name("model/workspace", tests, make_directory, remove_directory);
}
