/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/classify.h"
#include "base/vec.h"
#include <string.h>

#define OURS "hkctl.dev/"
#define CIENA "constraint.ciena.com/"

struct known_kind { const char *group, *version, *kind; enum hk_kind value; };
static const struct known_kind known[] = {
	{ OURS, "v1alpha1", "Topology", HK_KIND_TOPOLOGY },
	{ OURS, "v1alpha1", "Pipeline", HK_KIND_PIPELINE },
	{ OURS, "v1alpha1", "Metrics", HK_KIND_METRICS },
	{ OURS, "v1alpha1", "Plan", HK_KIND_PLAN },
	{ OURS, "v1alpha1", "NetworkChanges", HK_KIND_NETWORK_CHANGES },
	{ OURS, "v1alpha1", "NetworkConfiguration", HK_KIND_NETWORK_CONFIGURATION },
	{ OURS, "v1alpha1", "NetworkPlan", HK_KIND_NETWORK_PLAN },
	{ OURS, "v1alpha1", "NetworkApiAdapter", HK_KIND_NETWORK_API_ADAPTER },
	{ CIENA, "v1alpha1", "ConstraintPolicy", HK_KIND_CONSTRAINT_POLICY },
	{ CIENA, "v1alpha1", "ConstraintPolicyOffer", HK_KIND_CONSTRAINT_POLICY_OFFER },
	{ CIENA, "v1", "CostProvider", HK_KIND_COST_PROVIDER },
	{ CIENA, "v1", "RuleProvider", HK_KIND_RULE_PROVIDER },
};

const char *hk_kind_name(enum hk_kind kind)
{
	for (size_t i = 0; i < HK_COUNT(known); i++)
		if (known[i].value == kind)
			return known[i].kind;
	return NULL;
}

static void suggest(struct hk_diags *diags, struct hk_diag *diag, const struct hk_node *node, const char *word)
{
	hk_diag_help(diags, diag, "did you mean %s?", word);
	if (node->style == HK_PLAIN && !node->from_alias)
		hk_diag_fix(diags, diag, node->start, node->end, word);
}

/* apiVersion of one of our groups: the kind must be one of the group's. */
static enum hk_kind kind_in_group(const struct hk_document *document, const char *group, const struct hk_node *version, const struct hk_node *kind,
				  struct hk_diags *diags)
{
	const char *names[HK_COUNT(known)], *nearest;
	const struct known_kind *found = NULL;
	struct hk_diag *diag;
	size_t n = 0;

	for (size_t i = 0; i < HK_COUNT(known); i++) {
		if (strcmp(known[i].group, group) != 0)
			continue;
		names[n++] = known[i].kind;
		if (hk_str_is(kind->text, known[i].kind))
			found = &known[i];
	}
	if (found && hk_str_is(version->text, hk_arena_printf(&diags->arena, "%s%s", group, found->version)))
		return found->value;
	if (found) {
		diag = hk_node_diag(diags, &document->doc, version, HK0303, "version '%.*s' of %s is not known", HK_STR_ARG(version->text), found->kind);
		suggest(diags, diag, version, hk_arena_printf(&diags->arena, "%s%s", group, found->version));
		return HK_KIND_UNKNOWN;
	}
	/* the CRD's generated bindings are cluster state, not input */
	if (strcmp(group, CIENA) == 0)
		return HK_KIND_KUBERNETES;
	diag = hk_node_diag(diags, &document->doc, kind, HK0303, "kind '%.*s' of %.*s is not known", HK_STR_ARG(kind->text), HK_STR_ARG(version->text));
	nearest = hk_str_nearest(kind->text, names, n);
	if (nearest)
		suggest(diags, diag, kind, nearest);
	else
		hk_diag_help(diags, diag, "kinds are Topology, Pipeline, Metrics and Plan");
	return HK_KIND_UNKNOWN;
}

/* A misspelt group ("hkctl.io/v1alpha1", "hkctl/v1alpha1") with one of our kinds. */
static bool is_misspelt_group(struct hk_str version)
{
	return hk_str_starts(version, "hkctl") || hk_str_distance(version, HK_STR(OURS "v1alpha1"), 3) <= 3;
}

void hk_document_check_directives(const struct hk_doc *doc, struct hk_diags *diags)
{
	const struct hk_buf *text = &doc->source->text;
	struct hk_diag *diag;
	struct hk_range range;

	for (uint32_t at = doc->start; !doc->json && at < doc->root->start; at++) {
		const char *end = memchr(text->s + at, '\n', doc->root->start - at);
		size_t n = end ? (size_t)(end - text->s) - at : doc->root->start - at;
		if (text->s[at] == '%') {
			hk_source_range(doc->source, at, at + (uint32_t)n, &range);
			diag = hk_diag_add(diags, HK0610, &range, "a YAML directive in front of a Kubernetes object: kubectl and kustomize do not read it");
			hk_diag_source_line(diags, diag, hk_source_line(doc->source, range.line));
			hk_diag_help(diags, diag, "remove the line; what Kubernetes reads is YAML 1.1 with or without it");
			return;
		}
		at += (uint32_t)n;
	}
}

static enum hk_kind kind_of_kubernetes(const struct hk_document *document, const struct hk_node *version, const struct hk_node *kind, struct hk_diags *diags)
{
	struct hk_diag *diag;

	if (is_misspelt_group(version->text)) {
		diag = hk_node_diag(diags, &document->doc, version, HK0303, "apiVersion '%.*s' is not known", HK_STR_ARG(version->text));
		suggest(diags, diag, version, OURS "v1alpha1");
		return HK_KIND_UNKNOWN;
	}
	hk_document_check_directives(&document->doc, diags);
	if (!document->name && !hk_str_ends(kind->text, "List") && !hk_str_starts(version->text, "kustomize.config.k8s.io/") &&
	    hk_node_is_null(hk_node_at(document->doc.root, "metadata.generateName")))
		hk_node_diag(diags, &document->doc, kind, HK0310, "this %.*s has no metadata.name", HK_STR_ARG(kind->text));
	return HK_KIND_KUBERNETES;
}

static enum hk_kind refuse_incomplete(const struct hk_document *document, const struct hk_node *present, const char *missing, struct hk_diags *diags)
{
	struct hk_diag *diag;

	if (present) {
		diag = hk_node_diag(diags, &document->doc, present, HK0302, "this document has no %s", missing);
		hk_diag_help(diags, diag, "documents of hkctl start with 'apiVersion: hkctl.dev/v1alpha1' and 'kind:'");
	} else {
		diag = hk_node_diag(diags, &document->doc, document->doc.root, HK0301,
				    "this is neither a document of hkctl nor a Kubernetes object; it is ignored");
		hk_diag_help(diags, diag, "documents of hkctl start with 'apiVersion: hkctl.dev/v1alpha1' and 'kind:'");
	}
	return HK_KIND_UNKNOWN;
}

void hk_document_classify(struct hk_document *document, struct hk_diags *diags)
{
	const struct hk_node *root = document->doc.root, *version = hk_node_get(root, "apiVersion"), *kind = hk_node_get(root, "kind");
	const char *version_text = hk_node_string(version), *kind_text = hk_node_string(kind);

	document->name = hk_node_string(hk_node_at(root, "metadata.name"));
	document->name_space = hk_node_string(hk_node_at(root, "metadata.namespace"));
	if (!version_text || !kind_text) {
		const struct hk_node *present = version_text ? version : kind_text ? kind : NULL;
		document->kind = refuse_incomplete(document, present, version_text ? "kind" : "apiVersion", diags);
	} else if (hk_str_starts(version->text, OURS)) {
		document->kind = kind_in_group(document, OURS, version, kind, diags);
	} else if (hk_str_starts(version->text, CIENA)) {
		document->kind = kind_in_group(document, CIENA, version, kind, diags);
	} else {
		document->kind = kind_of_kubernetes(document, version, kind, diags);
	}
}
