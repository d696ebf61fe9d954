/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plan/weights.h"

/* Who gets the next unit: the largest probability / (2 * weight + 1). count >= 1 and some probability is positive. */
static size_t next_winner(const double *probabilities, size_t count, const uint32_t *weights)
{
	size_t winner = 0;
	double best = -1;

	for (size_t i = 0; i < count; i++) {
		double claim = probabilities[i] > 0 ? probabilities[i] / (2.0 * weights[i] + 1) : -1;

		if (claim > best) {
			best = claim;
			winner = i;
		}
	}
	return winner;
}

void hk_plan_weights(const double *probabilities, size_t count, uint32_t *weights)
{
	size_t given = 0;

	for (size_t i = 0; i < count; i++) {
		weights[i] = probabilities[i] > 0;
		given += weights[i];
	}
	if (given == 0)
		return;
	for (; given < HK_PLAN_WEIGHT_TOTAL; given++)
		weights[next_winner(probabilities, count, weights)]++;
}
