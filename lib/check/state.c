/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "check/state.h"

static const char *const names[HK_STATE_COUNT] = {
	[HK_STATE_COMPLIANT] = "Compliant", [HK_STATE_LIMIT] = "Limit", [HK_STATE_PENDING] = "Pending", [HK_STATE_ERROR] = "Error",
	[HK_STATE_VIOLATION] = "Violation",
};

const char *hk_state_name(enum hk_state state)
{
	return names[state];
}

bool hk_state_parse(struct hk_str text, enum hk_state *state)
{
	for (int i = 0; i < HK_STATE_COUNT; i++) {
		if (hk_str_is(text, names[i])) {
			*state = (enum hk_state)i;
			return true;
		}
	}
	return false;
}

enum hk_state hk_state_worst(enum hk_state a, enum hk_state b)
{
	return a > b ? a : b;
}
