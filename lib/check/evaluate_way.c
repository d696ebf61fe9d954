/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rules about the way between two clusters: latency, jitter, loss, bandwidth. */
#include "check/check.h"
#include "place/route.h"
#include <math.h>

bool hk_check_too_old(const struct hk_check *check, const struct hk_check_offer *offer, double at)
{
	return isfinite(check->options.now) && isfinite(at) && check->options.now - at > fmax(offer->period, check->options.max_age);
}

struct hk_verdict hk_check_judge_measured(const struct hk_check *check, const struct hk_check_offer *offer, const struct hk_check_rule *rule, double value,
					  double at, enum hk_evidence evidence)
{
	enum hk_state state = hk_check_rule_judge(rule, value);

	/* nothing says that an old violation has gone */
	if (state != HK_STATE_VIOLATION && hk_check_too_old(check, offer, at))
		return (struct hk_verdict){ HK_STATE_PENDING, HK_EVIDENCE_STALE, 0, value };
	return (struct hk_verdict){ (uint8_t)state, (uint8_t)evidence, 0, value };
}

static double of_route(const struct hk_route *route, enum hk_measure measure)
{
	switch (measure) {
	case HK_MEASURE_LATENCY: return route->latency;
	case HK_MEASURE_JITTER: return route->jitter;
	case HK_MEASURE_LOSS: return route->loss;
	default: return route->bandwidth;
	}
}

/* What the measured links of a route come to at least (of bandwidth: at most), whatever the others are. */
static double join(enum hk_measure measure, double so_far, double value)
{
	switch (measure) {
	case HK_MEASURE_LATENCY: return so_far + value;
	case HK_MEASURE_JITTER: return fmax(so_far, value);
	case HK_MEASURE_LOSS: return 1 - (1 - so_far) * (1 - value);
	default: return fmin(so_far, value);
	}
}

bool hk_check_judge_way(const struct hk_check *check, const struct hk_check_offer *offer, const struct hk_check_rule *rule, uint32_t from, uint32_t to,
			bool declared, struct hk_verdict *verdict)
{
	enum hk_measure measure = rule->measure;
	double value, at = NAN, part = measure == HK_MEASURE_BANDWIDTH ? (double)INFINITY : 0, oldest = INFINITY;
	size_t links = 0, known = 0;

	if (hk_measured_pair(&check->measured, from, to, measure, &value, &at)) {
		*verdict = hk_check_judge_measured(check, offer, rule, value, at, HK_EVIDENCE_PAIR);
		return true;
	}
	if (from == to) {
		*verdict = (struct hk_verdict){ HK_STATE_COMPLIANT, HK_EVIDENCE_SAME_CLUSTER, 0, NAN };
		return true;
	}
	struct hk_route route = hk_route_between(check->routes, from, to);
	if (!route.reachable)
		return false;
	for (uint32_t l = hk_route_last_link(check->routes, from, to); l != HK_NO_INDEX;
	     l = hk_route_last_link(check->routes, from, check->model->links[l].from)) {
		links++;
		if (!hk_measured_link(&check->measured, check->model->links[l].from, check->model->links[l].to, measure, &value, &at))
			continue;
		part = join(measure, part, value);
		oldest = fmin(oldest, at);
		known++;
	}
	if (known == links) {
		*verdict = hk_check_judge_measured(check, offer, rule, of_route(&route, measure), oldest, HK_EVIDENCE_ROUTE);
		return true;
	}
	if (known && hk_check_rule_judge(rule, part) == HK_STATE_VIOLATION) {
		*verdict = (struct hk_verdict){ HK_STATE_VIOLATION, HK_EVIDENCE_PART, 0, part };
		return true;
	}
	*verdict = (struct hk_verdict){ (uint8_t)hk_check_rule_judge(rule, of_route(&route, measure)), HK_EVIDENCE_DECLARED, 0, of_route(&route, measure) };
	return declared;
}
