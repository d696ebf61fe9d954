/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A model from a YAML text, and questions to the findings it gave. */
#ifndef HK_TEST_MODEL_OF_H
#define HK_TEST_MODEL_OF_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include <stdlib.h>

#include "model/load.h"

struct loaded {
	struct hk_workspace workspace;
	struct hk_model model;
	struct hk_diags diags;
};

/* `path` says where the text pretends to be, so that it can name files beside it. */
static inline struct loaded *model_of_at(const char *path, const char *yaml)
{
	struct loaded *l = calloc(1, sizeof *l);
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;

	if (hk_workspace_add_text(&l->workspace, path, hk_str_of(yaml), true, &l->diags, &err))
		fail_msg("%s", err.message);
	if (hk_model_load(&l->model, &l->workspace, &l->diags, &err))
		fail_msg("%s", err.message);
	hk_diags_sort(&l->diags);
	return l;
}

static inline struct loaded *model_of(const char *yaml)
{
	return model_of_at("test.yaml", yaml);
}

static inline void loaded_free(struct loaded *l)
{
	hk_model_release(&l->model);
	hk_workspace_release(&l->workspace);
	hk_diags_release(&l->diags);
	free(l);
}

static inline void print_findings(const struct loaded *l)
{
	for (size_t i = 0; i < l->diags.list.n; i++)
		print_message("  %s:%u:%u %s %s [%s]\n", l->diags.list.v[i].range.file, l->diags.list.v[i].range.line, l->diags.list.v[i].range.column,
			      l->diags.list.v[i].rule->code, l->diags.list.v[i].summary, l->diags.list.v[i].help ? l->diags.list.v[i].help : "");
}

static inline size_t count_of(const struct loaded *l, enum hk_rule_id rule)
{
	size_t n = 0;

	for (size_t i = 0; i < l->diags.list.n; i++)
		n += l->diags.list.v[i].rule->id == rule;
	return n;
}

static inline const struct hk_diag *finding(const struct loaded *l, enum hk_rule_id rule)
{
	for (size_t i = 0; i < l->diags.list.n; i++)
		if (l->diags.list.v[i].rule->id == rule)
			return &l->diags.list.v[i];
	print_findings(l);
	fail_msg("no finding of rule HK%04d", (int)rule - 10000);
	return NULL;
}

/* Exactly one finding of this rule, and its text contains `part`. */
static inline void expect_one(const struct loaded *l, enum hk_rule_id rule, const char *part)
{
	const struct hk_diag *d = finding(l, rule);

	if (count_of(l, rule) != 1 || !strstr(d->summary, part)) {
		print_findings(l);
		fail_msg("%s: %zu findings, '%s' should contain '%s'", d->rule->code, count_of(l, rule), d->summary, part);
	}
}

static inline void expect_clean(const struct loaded *l)
{
	if (l->diags.errors || l->diags.warnings || l->diags.notes) {
		print_findings(l);
		fail_msg("expected no findings");
	}
}

/* Bytes of the source a finding would replace, and by what. */
static inline void expect_fix(const struct hk_diag *d, const char *text)
{
	assert_true(d->has_fix);
	assert_string_equal(d->fix_text, text);
}

#define TOPOLOGY(spec) "apiVersion: hkctl.dev/v1alpha1\nkind: Topology\nmetadata: {name: t}\nspec:\n" spec "---\n"
#define PIPELINE(spec) "apiVersion: hkctl.dev/v1alpha1\nkind: Pipeline\nmetadata: {name: p}\nspec:\n" spec "---\n"
#define METRICS(spec) "apiVersion: hkctl.dev/v1alpha1\nkind: Metrics\nmetadata: {name: m}\nspec:\n" spec "---\n"

#endif
