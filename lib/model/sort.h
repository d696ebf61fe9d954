/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Stable sort: what compares equal keeps its order, so that the order of a file decides ties and not the C library. */
#ifndef HK_MODEL_SORT_H
#define HK_MODEL_SORT_H

#include <stddef.h>

/* As qsort, but a merge sort: O(n log n) always. */
void hk_sort(void *base, size_t count, size_t size, int (*compare)(const void *a, const void *b));
int hk_sort_by_text(const void *a, const void *b);      /* elements whose first member is a const char * */

#endif
