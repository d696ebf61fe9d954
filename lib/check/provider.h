/* SPDX-License-Identifier: GPL-3.0-or-later */
/* RuleProvider and CostProvider documents (turnbuckle's mocks) as offline providers: regular expressions over references, highest priority first. */
#ifndef HK_CHECK_PROVIDER_H
#define HK_CHECK_PROVIDER_H

#include "base/vec.h"
#include "check/state.h"
#include "model/load.h"
#include <regex.h>

/* A compiled pattern; `any` matches everything. */
struct hk_reference_pattern { bool any; regex_t compiled; };

struct hk_provider_target { const char *name; struct hk_reference_pattern pattern; };    /* name NULL: any target */
struct hk_provider_cost { struct hk_reference_pattern node; int64_t cost; };

struct hk_check_provider {
	const char *name, *rule;
	int64_t priority;
	bool decides;                           /* RuleProvider: gives a state; else a CostProvider, which gives a cost for each node */
	enum hk_state state; const char *reason;
	const char *broken;                     /* why it cannot be used: its rule is an Error then, never skipped */
	struct hk_provider_target *targets; size_t n_targets;
	struct hk_provider_cost *costs; size_t n_costs;
};

struct hk_check_providers { struct hk_arena arena; HK_VEC(struct hk_check_provider) list; };

void hk_check_providers_open(struct hk_check_providers *providers, const struct hk_workspace *workspace);
void hk_check_providers_close(struct hk_check_providers *providers);
bool hk_reference_pattern_matches(const struct hk_reference_pattern *pattern, const char *text);

#endif
