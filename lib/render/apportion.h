/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Whole numbers from shares by Webster's method (Sainte-Lague divisors 1, 3, 5 ...): the next unit goes to the largest share / (2 * part + 1). House-monotone:
 * a larger total never takes a unit from anybody, so scaling up never shrinks a cluster. Balinski and Young, "Fair Representation", 1982. Ties go to the lower
 * index.
 */
#ifndef HK_RENDER_APPORTION_H
#define HK_RENDER_APPORTION_H

#include <stddef.h>
#include <stdint.h>

/*
 * Divide total among n parts by shares (>= 0, of any sum; all 0 counts as equal). Every part gets at least `least` and, where most is not NULL, at most most[i]
 * (callers make sure that most[i] >= least). A share of 0 gets no more than the least unless all others are at their most. The parts sum to total unless the
 * bounds make that impossible. n >= 1. O(n * (n + 64)), whatever the total.
 */
void hk_apportion(const double *shares, size_t n, int64_t total, int64_t least, const int64_t *most, int64_t *parts);

#endif
