/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Integer weights for meshes that know no probabilities: Webster's method (Sainte-Lague divisors 1, 3, 5 ...), which is nearest to the shares of all divisor
 * methods and house-monotone (a larger total never takes weight from anybody). Balinski and Young, "Fair Representation", 1982.
 */
#ifndef HK_PLAN_WEIGHTS_H
#define HK_PLAN_WEIGHTS_H

#include <stddef.h>
#include <stdint.h>

#define HK_PLAN_WEIGHT_TOTAL 100u

/*
 * weights[i] for probabilities[i] >= 0: they add up to 100, each positive probability gets at least 1 and zero gets 0. Ties go to the earlier one. With more
 * than 100 positive probabilities each of them gets 1. All zero: all weights 0. O(count * 100).
 */
void hk_plan_weights(const double *probabilities, size_t count, uint32_t *weights);

#endif
