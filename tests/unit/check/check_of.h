/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A check of a YAML text, with what is to be done about it. */
#ifndef HK_TEST_CHECK_OF_H
#define HK_TEST_CHECK_OF_H

#include "../test.h"
#include <string.h>
#include <math.h>

#include "check/action.h"

struct checked {
	struct hk_workspace workspace;
	struct hk_model model;
	struct hk_diags diags;
	struct hk_check check;
	struct hk_earlier_list earlier;
	struct hk_actions actions;
};

static const struct hk_check_options plain_options = { .now = NAN, .mitigation_grace = 60, .provider_timeout = 5, .no_grace = true };
static const struct hk_eviction_limits no_limits = { .priority_threshold = 2000000000 };

static inline struct checked *check_of(const char *yaml, const struct hk_check_options *options, const struct hk_eviction_limits *limits)
{
	struct checked *c = calloc(1, sizeof *c);
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;

	hk_diags_disable(&c->diags, HK0506);
	hk_diags_disable(&c->diags, HK0507);
	if (hk_workspace_add_text(&c->workspace, "test.yaml", hk_str_of(yaml), true, &c->diags, &err) ||
	    hk_model_load(&c->model, &c->workspace, &c->diags, &err))
		fail_msg("%s", err.message);
	for (size_t i = 0; i < c->diags.list.n && c->diags.errors; i++)
		print_message("%u: %s\n", c->diags.list.v[i].range.line, c->diags.list.v[i].summary);
	assert_int_equal(c->diags.errors, 0);
	if (hk_check_open(&c->check, &c->model, &c->workspace, NULL, NULL, 0, options ? options : &plain_options, &c->diags, &err))
		fail_msg("%s", err.message);
	hk_earlier_open(&c->earlier, &c->check);
	hk_actions_open(&c->actions, &c->check, &c->earlier, NULL, limits ? limits : &no_limits);
	return c;
}

static inline void checked_free(struct checked *c)
{
	hk_actions_close(&c->actions);
	hk_earlier_close(&c->earlier);
	hk_check_close(&c->check);
	hk_model_release(&c->model);
	hk_workspace_release(&c->workspace);
	hk_diags_release(&c->diags);
	free(c);
}

static inline const char *pod_name(const struct checked *c, uint32_t pod)
{
	return c->check.inventory.pods.v[pod].name;
}

/* Why the pod of that name stays; fails when it does not. */
static inline const char *refusal_of(const struct checked *c, const char *name)
{
	for (size_t i = 0; i < c->actions.refusals.n; i++)
		if (strcmp(pod_name(c, c->actions.refusals.v[i].pod), name) == 0)
			return c->actions.refusals.v[i].why;
	fail_msg("%s is not among the refused", name);
	return NULL;
}

/* Names of evicted pods, in order, joined by blanks. */
static inline void expect_evictions(const struct checked *c, const char *names)
{
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;

	for (size_t i = 0; i < c->actions.evictions.n; i++)
		hk_buf_addf(&text, "%s%s", i ? " " : "", pod_name(c, c->actions.evictions.v[i].pod));
	if (strcmp(text.s, names) != 0) {
		for (size_t i = 0; i < c->actions.refusals.n; i++)
			print_message("  %s stays: %s\n", pod_name(c, c->actions.refusals.v[i].pod), c->actions.refusals.v[i].why);
		fail_msg("evicted '%s', expected '%s'", text.s, names);
	}
}

#define OURS(kind, name, spec) "apiVersion: hkctl.dev/v1alpha1\nkind: " kind "\nmetadata: {name: " name "}\nspec:\n" spec "---\n"
#define THEIRS(kind, name, spec) "apiVersion: constraint.ciena.com/v1alpha1\nkind: " kind "\nmetadata: {name: " name "}\nspec:\n" spec "---\n"
#define SELECT(name, app) "  - {name: " name ", kind: Pod, labelSelector: {matchLabels: {app: " app "}}}\n"
#define POD_WITH(name, app, node, metadata, spec) \
	"apiVersion: v1\nkind: Pod\nmetadata: {name: " name ", labels: {app: " app "}, ownerReferences: [{kind: ReplicaSet}]" metadata "}\n" \
	"spec: {nodeName: " node ", containers: [{name: c, resources: {requests: {cpu: 1}}}]" spec "}\nstatus: {phase: Running}\n---\n"
#define POD(name, app, node) POD_WITH(name, app, node, "", "")

#endif
