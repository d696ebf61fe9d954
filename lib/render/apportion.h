/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whole numbers from shares by the method of the largest remainder; ties go to the lower index. */
#ifndef HK_RENDER_APPORTION_H
#define HK_RENDER_APPORTION_H

#include <stddef.h>
#include <stdint.h>

/*
 * Divide total among n parts by shares (>= 0, of any sum; all 0 counts as equal). Every part gets at least `least` and, where most is not NULL, at most most[i]
 * (callers make sure that most[i] >= least). The parts sum to total unless the bounds make that impossible. n >= 1.
 */
void hk_apportion(const double *shares, size_t n, int64_t total, int64_t least, const int64_t *most, int64_t *parts);

#endif
