/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/policy.h"
#include "model/sort.h"
#include <ctype.h>
#include <regex.h>
#include <string.h>

#define LONGEST_PATTERN 256

static const struct hk_known_rule known_rules[] = {
	{ "latency", HK_RULE_LATENCY, NULL, HK_UNIT_DURATION, true },
	{ "jitter", HK_RULE_JITTER, NULL, HK_UNIT_DURATION, true },
	{ "loss", HK_RULE_LOSS, NULL, HK_UNIT_RATIO, true },
	{ "packet-loss", HK_RULE_LOSS, NULL, HK_UNIT_RATIO, true },
	{ "bandwidth", HK_RULE_BANDWIDTH, NULL, HK_UNIT_BITRATE, false },
	{ "cpu", HK_RULE_NODE, "cpu", HK_UNIT_QUANTITY, false },
	{ "cpu-count", HK_RULE_NODE, "cpu", HK_UNIT_QUANTITY, false },
	{ "memory", HK_RULE_NODE, "memory", HK_UNIT_QUANTITY, false },
	{ "space", HK_RULE_NODE, "ephemeral-storage", HK_UNIT_QUANTITY, false },
	{ "storage", HK_RULE_NODE, "ephemeral-storage", HK_UNIT_QUANTITY, false },
	{ "ephemeral-storage", HK_RULE_NODE, "ephemeral-storage", HK_UNIT_QUANTITY, false },
};

static const struct hk_known_rule *find_known(const char *name)
{
	for (size_t i = 0; i < HK_COUNT(known_rules); i++)
		if (strcmp(known_rules[i].name, name) == 0)
			return &known_rules[i];
	return NULL;
}

const char *hk_policy_resource(const char *rule)
{
	const struct hk_known_rule *known = rule ? find_known(rule) : NULL;

	return known ? known->resource : NULL;
}

/* turnbuckle's own examples write "1MiB", which is no Kubernetes quantity; bytes are understood as well where bytes are meant. */
static bool read_value(struct hk_build *b, const struct hk_node *node, const struct hk_known_rule *known, double *value)
{
	bool bytes = known->resource && strcmp(known->resource, "cpu") != 0;

	if (bytes && node->kind == HK_SCALAR && hk_unit_parse(HK_UNIT_BYTES, node->text, value, NULL) == 0)
		return true;
	return hk_read_unit_node(b, node, HK0502, known->unit, value);
}

static void check_quoting(struct hk_build *b, const struct hk_node *node)
{
	struct hk_diag *diag;

	if (node->kind != HK_SCALAR || hk_node_type(node) == HK_TYPE_STRING)
		return;
	diag = hk_node_diag(b->diags, b->doc, node, HK0503, "a rule's value is a string; Kubernetes refuses '%.*s' without quotes", HK_STR_ARG(node->text));
	hk_diag_help(b->diags, diag, "write \"%.*s\"", HK_STR_ARG(node->text));
	if (node->style == HK_PLAIN && !node->from_alias)
		hk_diag_fix(b->diags, diag, node->start, node->end, hk_arena_printf(b->arena, "\"%.*s\"", HK_STR_ARG(node->text)));
}

static void check_direction(struct hk_build *b, const struct hk_policy_rule *rule, const struct hk_node *request)
{
	bool lower = rule->known->lower;

	if (lower ? rule->request <= rule->limit : rule->request >= rule->limit)
		return;
	hk_diag_help(b->diags, hk_node_diag(b->diags, b->doc, request, HK0203, "the request of rule '%s' is worse than its limit", rule->name),
		     "request is the preferred value and must be %s the limit, the worst allowed one", lower ? "at most" : "at least");
}

static bool read_rule(struct hk_build *b, const struct hk_node *node, struct hk_policy_rule *rule)
{
	const struct hk_node *request = hk_node_get(node, "request"), *limit = hk_node_get(node, "limit");

	*rule = (struct hk_policy_rule){ .name = hk_read_text(b, node, "name"), .where = hk_where_of(b, node) };
	if (!rule->name || hk_node_is_null(request))
		return false;
	rule->known = find_known(rule->name);
	check_quoting(b, request);
	if (hk_node_is_null(limit)) {
		hk_diag_help(b->diags, hk_node_diag(b->diags, b->doc, node, HK0503,
						    "rule '%s' has no limit, which Kubernetes requires; the request is taken for it", rule->name),
			     "add 'limit:', the worst value that is still allowed");
		limit = request;
	} else {
		check_quoting(b, limit);
	}
	rule->request_at = hk_where_of(b, request);
	rule->limit_at = hk_where_of(b, limit);
	if (!rule->known)
		return true;
	rule->valid = read_value(b, request, rule->known, &rule->request);
	rule->valid = (limit == request ? (rule->limit = rule->request, true) : read_value(b, limit, rule->known, &rule->limit)) && rule->valid;
	if (rule->valid)
		check_direction(b, rule, request);
	return true;
}

static const char *name_space_of(struct hk_build *b, const struct hk_document *document)
{
	return document->name_space ? hk_arena_strdup(b->arena, document->name_space) : "default";
}

static void read_policy(struct hk_build *b, const struct hk_document *document, struct hk_policies *policies)
{
	struct hk_policy policy = { hk_arena_strdup(b->arena, document->name), name_space_of(b, document), NULL, 0 };
	const struct hk_node *list = hk_read_list(b, hk_document_spec(document), "rules");

	if (hk_policies_find(policies, policy.name_space, policy.name)) {
		hk_node_diag(b->diags, b->doc, hk_node_at(document->doc.root, "metadata.name"), HK0205, "policy '%s' is declared twice in namespace '%s'",
			     policy.name, policy.name_space);
		return;
	}
	policy.rules = hk_arena_array(b->arena, list ? list->count : 0, sizeof *policy.rules);
	hk_for_each_item(item, list)
		policy.n_rules += read_rule(b, item, &policy.rules[policy.n_rules]);
	hk_vec_push(&policies->policies, policy);
}

static int compare_priority(const void *a, const void *b)
{
	const struct hk_provider *left = a, *right = b;

	return (left->priority < right->priority) - (left->priority > right->priority);
}

static void read_provider(struct hk_build *b, const struct hk_document *document, struct hk_policies *policies)
{
	const struct hk_node *spec = hk_document_spec(document);
	struct hk_provider provider = { .rule = hk_read_text(b, spec, "rule"), .decides = document->kind == HK_KIND_RULE_PROVIDER };
	int64_t priority = 0;

	if (!provider.rule)
		return;
	if (find_known(provider.rule))
		hk_node_diag(b->diags, b->doc, hk_node_get(spec, "rule"), HK0508, "rule '%s' is evaluated without a provider; this one is not asked",
			     provider.rule);
	hk_node_int(hk_node_get(spec, "priority"), &priority);
	provider.priority = priority;
	provider.value = hk_read_text(b, spec, "value");
	provider.reason = hk_read_text(b, spec, "reason");
	hk_for_each_item(item, hk_read_list(b, spec, "targets")) {
		if (provider.n_targets == HK_COUNT(provider.targets))
			break;
		provider.targets[provider.n_targets].name = hk_read_text(b, item, "name");
		provider.targets[provider.n_targets++].reference = hk_read_text(b, item, "reference");
	}
	hk_vec_push(&policies->providers, provider);
}

void hk_policies_read(struct hk_build *b, struct hk_policies *policies)
{
	const struct hk_document *document;

	for (size_t i = 0; (document = hk_next_document(b, HK_KIND_CONSTRAINT_POLICY, &i)); )
		if (document->name)
			read_policy(b, document, policies);
	for (size_t i = 0; (document = hk_next_document(b, HK_KIND_RULE_PROVIDER, &i)); )
		read_provider(b, document, policies);
	for (size_t i = 0; (document = hk_next_document(b, HK_KIND_COST_PROVIDER, &i)); )
		read_provider(b, document, policies);
	if (policies->providers.n)
		hk_sort(policies->providers.v, policies->providers.n, sizeof *policies->providers.v, compare_priority);
	for (size_t i = 0; (document = hk_next_document(b, HK_KIND_METRICS, &i)); ) {
		hk_for_each_item(item, hk_read_list(b, hk_document_spec(document), "values")) {
			const char *name = hk_read_text(b, item, "name");
			if (name)
				hk_vec_push(&policies->measured, name);
		}
	}
}

void hk_policies_release(struct hk_policies *policies)
{
	hk_vec_release(&policies->policies);
	hk_vec_release(&policies->providers);
	hk_vec_release(&policies->measured);
}

struct hk_policy *hk_policies_find(const struct hk_policies *policies, const char *name_space, const char *name)
{
	for (size_t i = 0; i < policies->policies.n; i++) {
		struct hk_policy *policy = &policies->policies.v[i];
		if (strcmp(policy->name, name) == 0 && strcmp(policy->name_space, name_space) == 0)
			return policy;
	}
	return NULL;
}

bool hk_policies_evaluate(const struct hk_policies *policies, const char *rule)
{
	for (size_t i = 0; i < policies->providers.n; i++)
		if (strcmp(policies->providers.v[i].rule, rule) == 0)
			return true;
	for (size_t i = 0; i < policies->measured.n; i++)
		if (strcmp(policies->measured.v[i], rule) == 0)
			return true;
	return false;
}

/* Back references and counted repetition are what makes POSIX matching slow or large; Go's expressions do without the former and mocks without the latter. */
bool hk_reference_is_harmless(const char *pattern)
{
	size_t length = strlen(pattern);

	if (length > LONGEST_PATTERN || strchr(pattern, '{'))
		return false;
	for (size_t i = 0; i + 1 < length; i++)
		if (pattern[i] == '\\' && isdigit((unsigned char)pattern[i + 1]))
			return false;
	return true;
}

bool hk_reference_matches(const char *pattern, const char *text)
{
	regex_t compiled;
	bool matches;

	if (!pattern)
		return true;
	if (!hk_reference_is_harmless(pattern) || regcomp(&compiled, pattern, REG_EXTENDED | REG_NOSUB))
		return false;
	matches = regexec(&compiled, text, 0, NULL, 0) == 0;
	regfree(&compiled);
	return matches;
}
