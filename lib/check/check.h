/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Compliance of what runs with constraint policies. hk_check_open() reads offers, selects their targets and evaluates every rule; hk_binding_first/next
 * (binding.h) walk over the bindings; action.h decides what is done about violations.
 *
 * A binding is one element of the cartesian product of an offer's targets. A million of them are a thousand pods on each side, so bindings are never stored:
 * members of a target that no rule can tell apart form a class (same cluster, same labels a rule looks at, same answers of providers, not named by any measured
 * value), rules are evaluated once for each combination of classes, and a binding is a position. Names and references are put together when they are printed.
 */
#ifndef HK_CHECK_CHECK_H
#define HK_CHECK_CHECK_H

#include "check/inventory.h"
#include "check/measured.h"
#include "check/provider.h"
#include "check/reply.h"
#include "place/problem.h"

#define HK_CHECK_MOST_TARGETS 6u
#define HK_CHECK_MOST_BINDINGS ((uint64_t)100000000)

struct hk_check_program { const char *rule, *path; };

struct hk_check_options {
	double now;                             /* when this is; NaN: the newest observation */
	/* s; with `now`: values older than this and than the offer's period say nothing any more, unless they are violations */
	double max_age;
	double mitigation_grace;                /* s between a network change and an eviction */
	double provider_timeout;                /* s */
	bool declared;                          /* where nothing was measured, what the topology declares counts */
	bool no_grace;                          /* act on violations at once */
	bool pods_saved;                        /* what runs was saved: no pod means that nothing does */
	const struct hk_check_program *programs; size_t n_programs;
};

/* What a verdict rests on. */
enum hk_evidence {
	HK_EVIDENCE_PAIR, HK_EVIDENCE_ROUTE, HK_EVIDENCE_PART /* the measured part of a route alone breaks the limit */, HK_EVIDENCE_VALUE,
	HK_EVIDENCE_SAME_CLUSTER, HK_EVIDENCE_DECLARED,
	HK_EVIDENCE_NODE, HK_EVIDENCE_LABEL, HK_EVIDENCE_RULE_PROVIDER, HK_EVIDENCE_COST_PROVIDER, HK_EVIDENCE_PROGRAM,
	/* and why there is none */
	HK_EVIDENCE_UNSCHEDULED, HK_EVIDENCE_UNMEASURED, HK_EVIDENCE_STALE, HK_EVIDENCE_NO_INVENTORY, HK_EVIDENCE_NO_CLUSTER, HK_EVIDENCE_NO_ROUTE,
	    HK_EVIDENCE_BROKEN_RULE,
	HK_EVIDENCE_ONE_TARGET, HK_EVIDENCE_NOBODY, HK_EVIDENCE_SILENT, HK_EVIDENCE_BROKEN_PROVIDER, HK_EVIDENCE_BROKEN_PROGRAM, HK_EVIDENCE_BAD_VALUE,
	HK_EVIDENCE_EXCLUDED,
};

struct hk_verdict {
	uint8_t state, evidence;                /* enum hk_state, enum hk_evidence */
	uint32_t detail;                        /* of provider, measured value, answer, or text; by evidence */
	double value;                           /* internal units; NaN when there is none */
};

/* An object that a target selects. */
struct hk_member {
	const char *reference;                  /* "cluster:namespace:apiVersion:Kind:name" */
	uint32_t pod;                           /* in the inventory; HK_NO_INDEX for anything else */
	uint32_t cluster, node;                 /* where it is; HK_NO_INDEX when not known */
	uint32_t object;                        /* in the inventory, when it is neither a pod nor a cluster */
	uint32_t group;                         /* class of members that no rule can tell apart */
};

struct hk_check_target {
	const char *name, *kind;                /* names are unique within the offer */
	const struct hk_node *node;
	struct hk_selector selector;
	struct hk_member *members; size_t n_members;
	uint32_t *example; size_t n_groups;     /* a member of each class */
	const unsigned char **marks;            /* per class: whether each pattern of the providers fits */
};

struct hk_check_policy { const char *name; bool missing; struct hk_check_rule *rules; size_t n_rules, first;
			 /* position of its first rule among the offer's */ };

enum hk_violation_policy { HK_ON_VIOLATION_IGNORE, HK_ON_VIOLATION_MEDIATE, HK_ON_VIOLATION_EVICT };

struct hk_check_offer {
	const char *name, *name_space;
	const struct hk_doc *doc;
	struct hk_check_target targets[HK_CHECK_MOST_TARGETS]; size_t n_targets;        /* by name */
	size_t source, destination;             /* positions of the two that rules about a way are about; both n_targets when there is one target only */
	struct hk_check_policy *policies; size_t n_policies;
	struct hk_check_rule **rules; size_t n_rules;   /* of all policies, in their order */
	enum hk_violation_policy on_violation;
	double period, grace;                   /* s; period 60 when not given, as turnbuckle's controller has it */
	uint64_t n_bindings, n_combinations;
	struct hk_verdict *verdicts;            /* n_combinations * n_rules */
	uint8_t *states;                        /* n_combinations: rolled up */
	struct hk_reply *replies; const char **failures;        /* per rule: of the program that answers for it; why it does not */
};

struct hk_check {
	struct hk_arena arena;
	struct hk_check_options options;
	const struct hk_model *model;
	struct hk_routes *routes;
	struct hk_inventory inventory;
	struct hk_measured measured;
	struct hk_check_providers providers;
	struct hk_check_offer *offers; size_t n_offers;         /* by namespace, name */
	struct hk_map texts; HK_VEC(const char *) text_list;    /* of labels */
	double now;                             /* NaN when no input says when it is */
	bool planned;                           /* bindings are those of a plan's replicas: nobody saved what runs */
	size_t n_pods;
};

/*
 * model and workspace stay borrowed. plan: whose replicas stand in when there is no pod, and no file that would have them; may be NULL. Findings (HK10xx) for
 * what cannot be as the documents have it. -1 when there would be more bindings than HK_CHECK_MOST_BINDINGS.
 */
int hk_check_open(struct hk_check *check, const struct hk_model *model, struct hk_workspace *workspace, const struct hk_plan *plan,
		  const struct hk_check_origin *origins, size_t n_origins, const struct hk_check_options *options, struct hk_diags *diags, struct hk_err *err);
void hk_check_close(struct hk_check *check);

/* Sentence for people: "7ms, limit 5ms (measured edge-a -> cloud-1)". */
void hk_verdict_explain(const struct hk_check *check, const struct hk_check_offer *offer, size_t rule, const struct hk_verdict *verdict, struct hk_buf *out);

/* ---- between the parts of lib/check ---- */
void hk_check_read_offers(struct hk_check *check, struct hk_workspace *workspace, struct hk_diags *diags);              /* offers.c */
void hk_check_select(struct hk_check *check, struct hk_check_offer *offer);                                             /* members.c */
void hk_check_classify(struct hk_check *check, struct hk_check_offer *offer);                                           /* classes.c */
void hk_check_ask_programs(struct hk_check *check, struct hk_check_offer *offer);                                       /* programs.c */
void hk_check_evaluate(struct hk_check *check, struct hk_check_offer *offer);                                           /* evaluate.c */
/* Verdict of one rule about the way between two clusters, from measurements and, with `declared`, the topology; false when these say nothing. evaluate_way.c */
bool hk_check_judge_way(const struct hk_check *check, const struct hk_check_offer *offer, const struct hk_check_rule *rule, uint32_t from, uint32_t to,
			bool declared, struct hk_verdict *verdict);
/* A measured value, judged; Pending when it is too old to say that all is well. */
struct hk_verdict hk_check_judge_measured(const struct hk_check *check, const struct hk_check_offer *offer, const struct hk_check_rule *rule, double value,
					  double at, enum hk_evidence evidence);
/* Text of a label that answers for the rule ("encrypted", or hkctl.dev/encrypted): of the node, else of its cluster; NULL without one. */
const char *hk_check_label(const struct hk_check *check, const char *rule, uint32_t node, uint32_t cluster);
/* The same of the links of the way between two clusters: the label that is worst for the rule. *missing: some link has none. */
const char *hk_check_way_label(const struct hk_check *check, const struct hk_check_rule *rule, uint32_t from, uint32_t to, bool *missing);
bool hk_check_too_old(const struct hk_check *check, const struct hk_check_offer *offer, double at);

#endif
