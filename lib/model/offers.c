/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Offers tie policies to workloads. An offer with one target asks something of the nodes its workloads run on; one with a source and a destination bounds the
 * connections between them. What no workload or connection answers to is a warning; what nobody can evaluate an error, never a silent pass.
 */
#include "model/policy.h"
#include "base/vec.h"
#include <string.h>

struct match { struct hk_pipeline *pipeline; uint32_t workload; };
struct target { const char *name; const struct hk_node *node; HK_VEC(struct match) matches; };
struct offer {
	const char *name, *name_space;
	const struct hk_node *name_node;
	struct target targets[2];
	size_t n_targets;
	HK_VEC(struct hk_policy_rule *) rules;
};

/* Labels of a workload's pods; without a manifest the customary label "app" with its name. */
static void match_target(struct hk_build *b, const struct offer *offer, struct target *target)
{
	struct hk_selector selector;

	hk_read_selector(b, hk_read_map(b, target->node, "labelSelector"), &selector);
	for (size_t i = 0; i < b->model->n_pipelines; i++) {
		struct hk_pipeline *p = &b->model->pipelines[i];
		for (uint32_t w = 0; w < p->n_workloads; w++) {
			const struct hk_manifest_ref *m = &p->workloads[w].manifest;
			struct hk_label app = { "app", p->workloads[w].name };
			struct hk_labels fallback = { &app, 1 };

			if (strcmp(m->name_space ? m->name_space : p->name_space, offer->name_space) == 0 &&
			    hk_selector_matches(&selector, m->file ? &m->pod_labels : &fallback))
				hk_vec_push(&target->matches, (struct match){ p, w });
		}
	}
}

static bool is_matched(const struct target *target, const struct hk_pipeline *p, uint32_t workload)
{
	for (size_t i = 0; i < target->matches.n; i++)
		if (target->matches.v[i].pipeline == p && target->matches.v[i].workload == workload)
			return true;
	return false;
}

static void read_targets(struct hk_build *b, const struct hk_node *spec, struct offer *offer)
{
	const struct hk_node *list = hk_read_list(b, spec, "targets");

	hk_for_each_item(item, list) {
		struct target *t = &offer->targets[offer->n_targets];
		if (offer->n_targets == HK_COUNT(offer->targets)) {
			hk_node_diag(b->diags, b->doc, item, HK0509, "offer '%s' has more than two targets; only the first two are used", offer->name);
			break;
		}
		t->node = item;
		t->name = hk_read_text(b, item, "name");
		if (!t->name)
			t->name = "default";
		offer->n_targets++;
	}
	if (offer->n_targets == 2 && strcmp(offer->targets[0].name, "destination") == 0 && strcmp(offer->targets[1].name, "source") == 0) {
		struct target swap = offer->targets[0];
		offer->targets[0] = offer->targets[1];
		offer->targets[1] = swap;
	} else if (offer->n_targets == 2 && (strcmp(offer->targets[0].name, "source") != 0 || strcmp(offer->targets[1].name, "destination") != 0)) {
		hk_diag_help(b->diags, hk_node_diag(b->diags, b->doc, list, HK0509,
						    "the targets of offer '%s' are named '%s' and '%s'; they are taken as source and destination", offer->name,
						    offer->targets[0].name, offer->targets[1].name),
			     "name them source and destination, which violations need to be mended");
	}
	for (size_t i = 0; i < offer->n_targets; i++)
		match_target(b, offer, &offer->targets[i]);
}

/* The same rule from two policies: keep the strictest of each value. */
static void merge_rule(struct hk_build *b, struct offer *offer, struct hk_policy_rule *rule)
{
	for (size_t i = 0; i < offer->rules.n; i++) {
		struct hk_policy_rule *first = offer->rules.v[i], *merged;
		bool same = rule->known && first->known ? rule->known->target == first->known->target && rule->known->resource == first->known->resource
							: strcmp(rule->name, first->name) == 0;
		struct hk_range range;

		if (!same)
			continue;
		hk_node_range(rule->where.doc, rule->where.node, &range);
		hk_diag_related(b->diags,
				hk_node_diag(b->diags, b->doc, offer->name_node, HK0504,
					     "policies of offer '%s' give rule '%s' more than once; the strictest values count", offer->name, rule->name),
					     &range, "given again here");
		if (!rule->known || !rule->valid || !first->valid)
			return;
		merged = hk_arena_alloc(b->arena, sizeof *merged);
		*merged = *first;
		if (rule->known->lower ? rule->request < first->request : rule->request > first->request) {
			merged->request = rule->request;
			merged->request_at = rule->request_at;
		}
		if (rule->known->lower ? rule->limit < first->limit : rule->limit > first->limit) {
			merged->limit = rule->limit;
			merged->limit_at = rule->limit_at;
		}
		offer->rules.v[i] = merged;
		return;
	}
	hk_vec_push(&offer->rules, rule);
}

static void read_policies(struct hk_build *b, const struct hk_node *spec, const struct hk_policies *policies, struct offer *offer)
{
	hk_for_each_item(item, hk_read_list(b, spec, "policies")) {
		const char *name = hk_node_string(item);
		struct hk_policy *policy = name ? hk_policies_find(policies, offer->name_space, name) : NULL;
		HK_VEC(const char *) names = { NULL, 0, 0 };

		for (size_t i = 0; policy && i < policy->n_rules; i++)
			merge_rule(b, offer, &policy->rules[i]);
		if (policy || !name || b->policies_partial)
			continue;
		for (size_t i = 0; i < policies->policies.n; i++)
			if (strcmp(policies->policies.v[i].name_space, offer->name_space) == 0)
				hk_vec_push(&names, policies->policies.v[i].name);
		hk_refer_unknown(b, item, HK0501, hk_arena_printf(b->arena, "in namespace '%s' policy", offer->name_space), names.v, names.n);
		hk_vec_release(&names);
	}
}

static void tighten(struct hk_bound *bound, const struct hk_policy_rule *rule)
{
	bool lower = rule->known->lower;

	if (!bound->has_limit || (lower ? rule->limit < bound->limit : rule->limit > bound->limit)) {
		bound->has_limit = true;
		bound->limit = rule->limit;
		bound->limit_at = rule->limit_at;
	}
	if (!bound->has_request || (lower ? rule->request < bound->request : rule->request > bound->request)) {
		bound->has_request = true;
		bound->request = rule->request;
		bound->request_at = rule->request_at;
	}
	/* a request from elsewhere that the new limit already guarantees */
	if (lower ? bound->request > bound->limit : bound->request < bound->limit)
		bound->request = bound->limit;
}

static struct hk_bound *bound_of(struct hk_bounds *bounds, enum hk_rule_target target)
{
	switch (target) {
	case HK_RULE_LATENCY: return &bounds->latency;
	case HK_RULE_JITTER: return &bounds->jitter;
	case HK_RULE_LOSS: return &bounds->loss;
	case HK_RULE_BANDWIDTH: return &bounds->bandwidth;
	case HK_RULE_NODE: break;
	}
	return NULL;
}

/* Bound every connection between matching workloads; in a graph without cycles two workloads are joined in one direction only, and that one is meant. */
static size_t bound_connections(struct hk_build *b, const struct offer *offer, const struct hk_policy_rule *rule)
{
	const struct target *source = &offer->targets[0], *destination = &offer->targets[1];
	size_t bounded = 0;

	for (size_t i = 0; i < b->model->n_pipelines; i++) {
		struct hk_pipeline *p = &b->model->pipelines[i];
		for (size_t k = 0; k < p->n_connections; k++) {
			struct hk_connection *c = &p->connections[k];
			if (c->from_workload == HK_NO_INDEX || c->to_workload == HK_NO_INDEX)
				continue;
			if (!(is_matched(source, p, c->from_workload) && is_matched(destination, p, c->to_workload)) &&
			    !(is_matched(source, p, c->to_workload) && is_matched(destination, p, c->from_workload)))
				continue;
			tighten(bound_of(&c->bounds, rule->known->target), rule);
			bounded++;
		}
	}
	return bounded;
}

static void ask_of_nodes(struct hk_build *b, const struct offer *offer, const struct hk_policy_rule *rule)
{
	uint32_t r = hk_model_resource(b->model, rule->known->resource);

	for (size_t t = 0; t < offer->n_targets && r != HK_NO_INDEX; t++) {
		for (size_t i = 0; i < offer->targets[t].matches.n; i++) {
			const struct match *m = &offer->targets[t].matches.v[i];
			struct hk_workload *w = &m->pipeline->workloads[m->workload];
			if (rule->limit > w->node_limit[r])
				w->node_limit[r] = rule->limit;
			if (rule->request > w->node_request[r])
				w->node_request[r] = rule->request;
		}
	}
}

/* Text form of a pod reference, cluster:namespace:apiVersion:Kind:name; pods carry a suffix behind their owner's name. */
static bool references(struct hk_build *b, const char *pattern, const struct match *m, const char *name_space)
{
	const struct hk_workload *w = &m->pipeline->workloads[m->workload];
	const char *name = w->manifest.file ? w->manifest.name : w->name;

	return hk_reference_matches(pattern, hk_arena_printf(b->arena, ":%s:v1:Pod:%s-0", name_space, name)) ||
	       hk_reference_matches(pattern, hk_arena_printf(b->arena, ":%s:v1:Pod:%s", name_space, name));
}

/* True when every target of the provider fits a workload of the offer's target with that name. */
static bool provider_applies(struct hk_build *b, const struct hk_provider *provider, const struct offer *offer)
{
	for (size_t t = 0; t < provider->n_targets; t++) {
		bool fits = false;
		for (size_t i = 0; i < offer->n_targets && !fits; i++) {
			const struct target *target = &offer->targets[i];
			if (provider->targets[t].name && strcmp(provider->targets[t].name, target->name) != 0)
				continue;
			for (size_t k = 0; k < target->matches.n && !fits; k++)
				fits = references(b, provider->targets[t].reference, &target->matches.v[k], offer->name_space);
		}
		if (!fits)
			return false;
	}
	return true;
}

/* A label of that name on some node, cluster or link: `hkctl check` takes its value. */
static bool is_labelled(const struct hk_model *model, const char *rule)
{
	for (size_t c = 0; c < model->n_clusters; c++) {
		const struct hk_cluster *cluster = &model->clusters[c];
		if (hk_labels_answer(&cluster->labels, rule))
			return true;
		for (size_t n = 0; n < cluster->n_nodes; n++)
			if (hk_labels_answer(&cluster->nodes[n].labels, rule))
				return true;
	}
	for (size_t l = 0; l < model->n_links; l++)
		if (hk_labels_answer(&model->links[l].labels, rule))
			return true;
	return false;
}

/* Looked up, and said when nobody does, for the first offer that uses the rule. */
static bool is_answered(struct hk_build *b, const struct hk_policies *policies, struct hk_policy_rule *rule)
{
	if (rule->asked)
		return rule->answered;
	rule->asked = true;
	rule->answered = hk_policies_evaluate(policies, rule->name) || is_labelled(b->model, rule->name);
	if (!rule->answered && !b->policies_partial)
		hk_diag_help(b->diags, hk_node_diag(b->diags, rule->where.doc, rule->where.node, HK0506, "nobody can evaluate rule '%s'", rule->name),
			     "add a CostProvider or RuleProvider for it, values of that name in a Metrics document, or a label of that name to nodes, clusters or links");
	return rule->answered;
}

static void ask_providers(struct hk_build *b, const struct hk_policies *policies, const struct offer *offer, struct hk_policy_rule *rule)
{
	if (!is_answered(b, policies, rule))
		return;
	for (size_t i = 0; i < policies->providers.n; i++) {
		const struct hk_provider *provider = &policies->providers.v[i];
		if (!provider->decides || !provider->value || strcmp(provider->rule, rule->name) != 0 || !provider_applies(b, provider, offer))
			continue;
		if (strcmp(provider->value, "Violation") == 0 || strcmp(provider->value, "Error") == 0)
			hk_node_diag(b->diags, b->doc, offer->name_node, HK0507, "offer '%s': the provider of rule '%s' says %s%s%s", offer->name, rule->name,
				     provider->value, provider->reason ? ": " : "", provider->reason ? provider->reason : "");
		return;         /* the highest priority decides */
	}
}

static void apply_rule(struct hk_build *b, const struct hk_policies *policies, struct offer *offer, struct hk_policy_rule *rule, bool *unconnected)
{
	if (!rule->known) {
		ask_providers(b, policies, offer, rule);
	} else if (!rule->valid) {
		return;
	} else if (rule->known->target == HK_RULE_NODE) {
		ask_of_nodes(b, offer, rule);
	} else if (offer->n_targets < 2) {
		hk_diag_help(b->diags, hk_node_diag(b->diags, b->doc, offer->name_node, HK0506,
						    "offer '%s' has one target, but rule '%s' is about a connection", offer->name, rule->name),
			     "name two targets, source and destination");
	} else if (!bound_connections(b, offer, rule)) {
		*unconnected = true;
	}
}

static void apply_offer(struct hk_build *b, const struct hk_policies *policies, struct offer *offer)
{
	bool unconnected = false, empty = false;

	for (size_t i = 0; i < offer->n_targets && b->model->n_pipelines && !b->pipelines_partial; i++) {
		if (offer->targets[i].matches.n)
			continue;
		empty = true;
		hk_diag_help(b->diags, hk_node_diag(b->diags, b->doc, offer->targets[i].node, HK0505,
						    "target '%s' of offer '%s' matches no workload in namespace '%s'", offer->targets[i].name, offer->name,
						    offer->name_space),
			     "labels are those of the manifests' pods; a workload without a manifest has the label app with its name");
	}
	for (size_t i = 0; i < offer->rules.n; i++)
		apply_rule(b, policies, offer, offer->rules.v[i], &unconnected);
	if (unconnected && !empty && b->model->n_pipelines && !b->pipelines_partial)
		hk_diag_help(b->diags, hk_node_diag(b->diags, b->doc, offer->name_node, HK0505, "offer '%s' constrains workloads that no connection joins",
						    offer->name),
			     "connect them in the pipeline, or bound the whole way between them under 'paths'");
}

void hk_build_policies(struct hk_build *b)
{
	struct hk_policies policies = { { NULL, 0, 0 }, { NULL, 0, 0 }, { NULL, 0, 0 } };
	const struct hk_document *document;

	hk_policies_read(b, &policies);
	for (size_t i = 0; (document = hk_next_document(b, HK_KIND_CONSTRAINT_POLICY_OFFER, &i)); ) {
		struct offer offer = { .name = document->name, .name_space = document->name_space ? document->name_space : "default",
				       .name_node = hk_node_at(document->doc.root, "metadata.name") };

		if (!offer.name)
			continue;
		read_targets(b, hk_document_spec(document), &offer);
		read_policies(b, hk_document_spec(document), &policies, &offer);
		apply_offer(b, &policies, &offer);
		for (size_t t = 0; t < HK_COUNT(offer.targets); t++)
			hk_vec_release(&offer.targets[t].matches);
		hk_vec_release(&offer.rules);
	}
	hk_policies_release(&policies);
}
