/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "schema/builtin.h"
#include <string.h>

/* Made by the Makefile: one byte array and its size for each schema file. */
#include "schema_bytes.h"

#define JSON_OF(symbol) { (const char *)hk_schema_bytes_##symbol, sizeof hk_schema_bytes_##symbol }

static const struct hk_schema_file FILES[HK_SCHEMA_FILES] = {
	{ "constraint-policy", "ConstraintPolicy", "constraint.ciena.com/v1alpha1", JSON_OF(constraint_policy) },
	{ "constraint-policy-offer", "ConstraintPolicyOffer", "constraint.ciena.com/v1alpha1", JSON_OF(constraint_policy_offer) },
	{ "cost-provider", "CostProvider", "constraint.ciena.com/v1", JSON_OF(cost_provider) },
	{ "metrics", "Metrics", "hkctl.dev/v1alpha1", JSON_OF(metrics) },
	{ "network-api-adapter", "NetworkApiAdapter", "hkctl.dev/v1alpha1", JSON_OF(network_api_adapter) },
	{ "network-changes", "NetworkChanges", "hkctl.dev/v1alpha1", JSON_OF(network_changes) },
	{ "network-configuration", "NetworkConfiguration", "hkctl.dev/v1alpha1", JSON_OF(network_configuration) },
	{ "network-plan", "NetworkPlan", "hkctl.dev/v1alpha1", JSON_OF(network_plan) },
	{ "pipeline", "Pipeline", "hkctl.dev/v1alpha1", JSON_OF(pipeline) },
	{ "plan", "Plan", "hkctl.dev/v1alpha1", JSON_OF(plan) },
	{ "rule-provider", "RuleProvider", "constraint.ciena.com/v1", JSON_OF(rule_provider) },
	{ "topology", "Topology", "hkctl.dev/v1alpha1", JSON_OF(topology) },
};

const struct hk_schema_file *hk_schema_file_at(size_t index)
{
	return index < HK_SCHEMA_FILES ? &FILES[index] : NULL;
}

const struct hk_schema_file *hk_schema_file_find(const char *name_or_kind)
{
	for (size_t i = 0; i < HK_SCHEMA_FILES; i++)
		if (strcmp(FILES[i].name, name_or_kind) == 0 || strcmp(FILES[i].kind, name_or_kind) == 0)
			return &FILES[i];
	return NULL;
}

struct hk_schema *hk_schema_set_get(struct hk_schema_set *set, const char *name_or_kind, struct hk_err *err)
{
	const struct hk_schema_file *file = hk_schema_file_find(name_or_kind);

	if (!file) {
		hk_err_set(err, HK_FAILED, "there is no schema for '%s'", name_or_kind);
		return NULL;
	}
	size_t index = (size_t)(file - FILES);
	if (!set->loaded[index])
		set->loaded[index] = hk_schema_load(file->name, file->json, err);
	return set->loaded[index];
}

void hk_schema_set_release(struct hk_schema_set *set)
{
	for (size_t i = 0; i < HK_SCHEMA_FILES; i++) {
		hk_schema_free(set->loaded[i]);
		set->loaded[i] = NULL;
	}
}
