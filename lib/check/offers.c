/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Offers and the policies they name, as the documents have them. */
#include "check/check.h"
#include "model/build.h"
#include "model/sort.h"
#include <string.h>

#define DEFAULT_PERIOD 60.0

struct reader { struct hk_check *check; struct hk_build build; struct hk_map policies; HK_VEC(const struct hk_document *) documents; };

static const char *name_space_of(const struct hk_document *document)
{
	return document->name_space ? document->name_space : "default";
}

static void know_policies(struct reader *r, const struct hk_workspace *workspace)
{
	for (size_t i = 0; i < workspace->n_documents; i++) {
		const struct hk_document *document = workspace->documents[i];
		if (document->kind != HK_KIND_CONSTRAINT_POLICY || document->invalid || !document->name)
			continue;
		const char *key = hk_arena_printf(&r->check->arena, "%s/%s", name_space_of(document), document->name);
		hk_map_put(&r->policies, hk_str_of(key), r->documents.n);
		hk_vec_push(&r->documents, document);
	}
}

static void read_rules(struct reader *r, const struct hk_document *document, struct hk_check_policy *policy)
{
	const struct hk_node *rules = hk_node_at(document->doc.root, "spec.rules");

	policy->rules = hk_arena_array(&r->check->arena, rules && rules->kind == HK_SEQUENCE ? rules->count : 0, sizeof *policy->rules);
	hk_for_each_item(item, rules) {
		const char *name = hk_node_string(hk_node_get(item, "name")), *request = hk_node_string(hk_node_get(item, "request"));
		if (name && request)
			hk_check_rule_read(&policy->rules[policy->n_rules++], name, request, hk_node_string(hk_node_get(item, "limit")), &r->check->arena);
	}
}

static void read_policies(struct reader *r, const struct hk_node *list, struct hk_check_offer *offer)
{
	size_t n = 0;

	offer->policies = hk_arena_array(&r->check->arena, list && list->kind == HK_SEQUENCE ? list->count : 0, sizeof *offer->policies);
	hk_for_each_item(item, list) {
		const char *name = hk_node_string(item);
		struct hk_check_policy *policy = &offer->policies[offer->n_policies];
		size_t known;

		if (!name)
			continue;
		offer->n_policies++;
		*policy = (struct hk_check_policy){ .name = name, .first = offer->n_rules };
		known = hk_map_get(&r->policies, hk_str_of(hk_arena_printf(&r->check->arena, "%s/%s", offer->name_space, name)));
		policy->missing = known == HK_MAP_NONE;
		if (policy->missing)
			hk_node_diag(r->build.diags, offer->doc, item, HK1003,
				     "policy '%s' of offer '%s' does not exist in namespace '%s': its bindings are Errors", name, offer->name,
				     offer->name_space);
		else
			read_rules(r, r->documents.v[known], policy);
		offer->n_rules += policy->n_rules;
	}
	offer->rules = hk_arena_array(&r->check->arena, offer->n_rules, sizeof(struct hk_check_rule *));
	for (size_t i = 0; i < offer->n_policies; i++)
		for (size_t k = 0; k < offer->policies[i].n_rules; k++)
			offer->rules[n++] = &offer->policies[i].rules[k];
}

static bool is_taken(const struct hk_check_offer *offer, const char *name)
{
	for (size_t i = 0; i < offer->n_targets; i++)
		if (strcmp(offer->targets[i].name, name) == 0)
			return true;
	return false;
}

/* In turnbuckle the later of two targets with one name takes the place of the earlier. Here both stay. */
static const char *unique_name(struct reader *r, const struct hk_check_offer *offer, const struct hk_node *item)
{
	const char *wanted = hk_node_string(hk_node_get(item, "name")), *name;

	if (!wanted)
		wanted = "default";
	name = wanted;
	for (unsigned n = 2; is_taken(offer, name); n++)
		name = hk_arena_printf(&r->check->arena, "%s-%u", wanted, n);
	if (name != wanted)
		hk_diag_help(r->build.diags,
			     hk_node_diag(r->build.diags, offer->doc, item, HK1001, "two targets of offer '%s' are named '%s'; the later one is taken as '%s'",
					  offer->name, wanted, name), "give each target a name of its own");
	return name;
}

static int compare_targets(const void *a, const void *b)
{
	const struct hk_check_target *left = a, *right = b;

	return strcmp(left->name, right->name);
}

static size_t position_of(const struct hk_check_offer *offer, const char *name)
{
	for (size_t i = 0; i < offer->n_targets; i++)
		if (strcmp(offer->targets[i].name, name) == 0)
			return i;
	return offer->n_targets;
}

static void read_targets(struct reader *r, const struct hk_node *list, struct hk_check_offer *offer)
{
	const char *first = NULL, *second = NULL;

	hk_for_each_item(item, list) {
		struct hk_check_target *target = &offer->targets[offer->n_targets];
		const char *kind = hk_node_string(hk_node_get(item, "kind"));

		if (offer->n_targets == HK_CHECK_MOST_TARGETS) {
			hk_node_diag(r->build.diags, offer->doc, item, HK1001, "offer '%s' has more than %u targets; the rest is not looked at", offer->name,
				     HK_CHECK_MOST_TARGETS);
			break;
		}
		*target = (struct hk_check_target){ .name = unique_name(r, offer, item), .kind = kind ? kind : "Pod", .node = item };
		hk_read_selector(&r->build, hk_node_get(item, "labelSelector"), &target->selector);
		if (offer->n_targets < 2)
			*(offer->n_targets ? &second : &first) = target->name;
		offer->n_targets++;
	}
	hk_sort(offer->targets, offer->n_targets, sizeof *offer->targets, compare_targets);
	offer->source = offer->destination = offer->n_targets;
	if (offer->n_targets < 2)
		return;
	offer->source = position_of(offer, "source");
	offer->destination = position_of(offer, "destination");
	if (offer->source == offer->n_targets || offer->destination == offer->n_targets) {
		offer->source = position_of(offer, first);
		offer->destination = position_of(offer, second);
	}
}

static void read_duration(struct reader *r, const struct hk_node *spec, const char *key, struct hk_check_offer *offer, double *value)
{
	const struct hk_node *node = hk_node_get(spec, key);

	if (hk_node_is_null(node) || (node->kind == HK_SCALAR && hk_unit_parse(HK_UNIT_DURATION, node->text, value, NULL) == 0))
		return;
	hk_diag_help(r->build.diags, hk_node_diag(r->build.diags, offer->doc, node, HK1002, "'%.*s' is no duration, so the %s of offer '%s' is not known",
						  HK_STR_ARG(node->text), key, offer->name),
		     "write for example 1m, 90s or 1h30m");
}

static void read_offer(struct reader *r, const struct hk_document *document, struct hk_check_offer *offer)
{
	const struct hk_node *spec = hk_node_get(document->doc.root, "spec");
	const char *policy = hk_node_string(hk_node_get(spec, "violationPolicy"));

	*offer = (struct hk_check_offer){ .name = document->name, .name_space = name_space_of(document), .doc = &document->doc, .period = DEFAULT_PERIOD };
	r->build.doc = offer->doc;
	offer->on_violation = policy && strcmp(policy, "Evict") == 0 ? HK_ON_VIOLATION_EVICT : policy &&
	    strcmp(policy, "Mediate") == 0 ? HK_ON_VIOLATION_MEDIATE : HK_ON_VIOLATION_IGNORE;
	read_duration(r, spec, "period", offer, &offer->period);
	read_duration(r, spec, "grace", offer, &offer->grace);
	read_targets(r, hk_node_get(spec, "targets"), offer);
	read_policies(r, hk_node_get(spec, "policies"), offer);
}

static int compare_offers(const void *a, const void *b)
{
	const struct hk_check_offer *left = a, *right = b;
	int order = strcmp(left->name_space, right->name_space);

	return order ? order : strcmp(left->name, right->name);
}

void hk_check_read_offers(struct hk_check *check, struct hk_workspace *workspace, struct hk_diags *diags)
{
	struct reader r = { .check = check };

	/* lib/model reads selectors; it writes into the arena only */
	r.build = (struct hk_build){ .model = (struct hk_model *)(uintptr_t)check->model, .workspace = workspace, .diags = diags, .arena = &check->arena };
	know_policies(&r, workspace);
	check->offers = hk_arena_array(&check->arena, workspace->count_by_kind[HK_KIND_CONSTRAINT_POLICY_OFFER], sizeof *check->offers);
	for (size_t i = 0; i < workspace->n_documents; i++) {
		const struct hk_document *document = workspace->documents[i];
		if (document->kind == HK_KIND_CONSTRAINT_POLICY_OFFER && !document->invalid && document->name)
			read_offer(&r, document, &check->offers[check->n_offers++]);
	}
	if (check->n_offers)
		hk_sort(check->offers, check->n_offers, sizeof *check->offers, compare_offers);
	hk_map_release(&r.policies);
	hk_vec_release(&r.documents);
}
