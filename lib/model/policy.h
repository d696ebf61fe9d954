/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Constraint policies (constraint.ciena.com/v1alpha1): rules read once, and the providers that answer for rules hkctl does not know. Offers tie them to
 * workloads: offers.c.
 */
#ifndef HK_MODEL_POLICY_H
#define HK_MODEL_POLICY_H

#include "model/build.h"

enum hk_rule_target { HK_RULE_LATENCY, HK_RULE_JITTER, HK_RULE_LOSS, HK_RULE_BANDWIDTH, HK_RULE_NODE /* a resource */ };

/* A rule hkctl evaluates itself. */
struct hk_known_rule {
	const char *name;
	enum hk_rule_target target;
	const char *resource;           /* HK_RULE_NODE */
	enum hk_unit unit;
	bool lower;                     /* smaller values are better */
};

struct hk_policy_rule {
	const char *name;
	const struct hk_known_rule *known;      /* NULL: a provider must answer */
	bool valid;                             /* both values could be read */
	bool asked, answered;                   /* whether anybody evaluates it: looked up once, however many offers use it */
	double request, limit;
	struct hk_where where, request_at, limit_at;
};

struct hk_policy { const char *name, *name_space; struct hk_policy_rule *rules; size_t n_rules; };

struct hk_provider {
	const char *rule;
	long long priority;
	bool decides;                           /* RuleProvider: has a value; a CostProvider only ranks nodes */
	const char *value, *reason;
	struct { const char *name, *reference; } targets[2];
	size_t n_targets;
};

struct hk_policies {
	HK_VEC(struct hk_policy) policies;
	HK_VEC(struct hk_provider) providers;   /* highest priority first */
	HK_VEC(const char *) measured;          /* rules that Metrics have values for */
};

/* Resource that a rule of this name asks of nodes ("ephemeral-storage" for "space"); NULL when it asks for none. */
const char *hk_policy_resource(const char *rule);
void hk_policies_read(struct hk_build *b, struct hk_policies *policies);
void hk_policies_release(struct hk_policies *policies);
struct hk_policy *hk_policies_find(const struct hk_policies *policies, const char *name_space, const char *name);
bool hk_policies_evaluate(const struct hk_policies *policies, const char *rule);        /* does anybody? */
/* Does `pattern` (a regular expression) match the text? False for patterns that are too long or use what could take for ever. */
bool hk_reference_matches(const char *pattern, const char *text);
/* Can the expression be tried without fear of time or memory? It may still be malformed. */
bool hk_reference_is_harmless(const char *pattern);

#endif
