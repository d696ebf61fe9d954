/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "check/provider.h"
#include "model/build.h"
#include "model/policy.h"
#include "model/sort.h"
#include <string.h>

static void compile(struct hk_check_providers *providers, struct hk_check_provider *provider, const char *text, struct hk_reference_pattern *pattern)
{
	*pattern = (struct hk_reference_pattern){ .any = true };
	if (!text)
		return;
	if (!hk_reference_is_harmless(text) || regcomp(&pattern->compiled, text, REG_EXTENDED | REG_NOSUB))
		provider->broken = hk_arena_printf(&providers->arena, "its pattern '%.100s' is too long, repeats by count, or is no regular expression", text);
	else
		pattern->any = false;
}

bool hk_reference_pattern_matches(const struct hk_reference_pattern *pattern, const char *text)
{
	return pattern->any || regexec(&pattern->compiled, text, 0, NULL, 0) == 0;
}

static void read_rule_provider(struct hk_check_providers *providers, const struct hk_node *spec, struct hk_check_provider *provider)
{
	const struct hk_node *value = hk_node_get(spec, "value"), *targets = hk_node_get(spec, "targets");

	provider->decides = true;
	provider->reason = hk_node_string(hk_node_get(spec, "reason"));
	if (!value || value->kind != HK_SCALAR || !hk_state_parse(value->text, &provider->state))
		provider->broken = "it gives no state";
	provider->targets = hk_arena_array(&providers->arena, targets && targets->kind == HK_SEQUENCE ? targets->count : 0, sizeof *provider->targets);
	hk_for_each_item(item, targets) {
		struct hk_provider_target *target = &provider->targets[provider->n_targets++];
		target->name = hk_node_string(hk_node_get(item, "name"));
		compile(providers, provider, hk_node_string(hk_node_get(item, "reference")), &target->pattern);
	}
}

static void read_cost_provider(struct hk_check_providers *providers, const struct hk_node *spec, struct hk_check_provider *provider)
{
	const struct hk_node *values = hk_node_get(spec, "values");

	provider->targets = hk_arena_array(&providers->arena, 1, sizeof *provider->targets);
	provider->n_targets = 1;
	compile(providers, provider, hk_node_string(hk_node_get(spec, "target")), &provider->targets[0].pattern);
	provider->costs = hk_arena_array(&providers->arena, values && values->kind == HK_SEQUENCE ? values->count : 0, sizeof *provider->costs);
	hk_for_each_item(item, values) {
		struct hk_provider_cost *cost = &provider->costs[provider->n_costs++];
		hk_node_int(hk_node_get(item, "cost"), &cost->cost);
		compile(providers, provider, hk_node_string(hk_node_get(item, "node")), &cost->node);
	}
}

static int compare(const void *a, const void *b)
{
	const struct hk_check_provider *left = a, *right = b;

	if (left->priority != right->priority)
		return left->priority < right->priority ? 1 : -1;
	return strcmp(left->name, right->name);
}

void hk_check_providers_open(struct hk_check_providers *providers, const struct hk_workspace *workspace)
{
	*providers = (struct hk_check_providers){ 0 };
	for (size_t i = 0; i < workspace->n_documents; i++) {
		const struct hk_document *document = workspace->documents[i];
		const struct hk_node *spec = hk_node_get(document->doc.root, "spec");
		struct hk_check_provider provider = { .name = document->name ? document->name : "", .rule = hk_node_string(hk_node_get(spec, "rule")) };
		bool decides = document->kind == HK_KIND_RULE_PROVIDER;

		if ((!decides && document->kind != HK_KIND_COST_PROVIDER) || document->invalid || !provider.rule)
			continue;
		hk_node_int(hk_node_get(spec, "priority"), &provider.priority);
		if (decides)
			read_rule_provider(providers, spec, &provider);
		else
			read_cost_provider(providers, spec, &provider);
		hk_vec_push(&providers->list, provider);
	}
	if (providers->list.n)
		hk_sort(providers->list.v, providers->list.n, sizeof *providers->list.v, compare);
}

static void release(struct hk_reference_pattern *pattern)
{
	if (!pattern->any)
		regfree(&pattern->compiled);
}

void hk_check_providers_close(struct hk_check_providers *providers)
{
	for (size_t i = 0; i < providers->list.n; i++) {
		struct hk_check_provider *provider = &providers->list.v[i];
		for (size_t t = 0; t < provider->n_targets; t++)
			release(&provider->targets[t].pattern);
		for (size_t c = 0; c < provider->n_costs; c++)
			release(&provider->costs[c].node);
	}
	hk_vec_release(&providers->list);
	hk_arena_release(&providers->arena);
}
