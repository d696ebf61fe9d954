/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Typed growing arrays: `struct { T *v; size_t n, cap; }`. HK_VEC(int) numbers = {0}; hk_vec_push(&numbers, 3); hk_vec_release(&numbers);
 * Elements are moved by realloc, so pointers into v do not survive a push.
 */
#ifndef HK_BASE_VEC_H
#define HK_BASE_VEC_H

#include "base/mem.h"
#include <string.h>

#define HK_VEC(T) struct { T *v; size_t n, cap; }

void *hk_vec_grow_(void *data, size_t *cap, size_t needed, size_t element_size);

#define hk_vec_reserve(vec, count) \
	((vec)->v = (count) > (vec)->cap ? hk_vec_grow_((vec)->v, &(vec)->cap, (count), sizeof *(vec)->v) : (vec)->v)
#define hk_vec_push(vec, ...) \
	(hk_vec_reserve((vec), (vec)->n + 1), (vec)->v[(vec)->n] = (__VA_ARGS__), (vec)->n++)
/* Append a zeroed element and return its address. */
#define hk_vec_add(vec) \
	(hk_vec_reserve((vec), (vec)->n + 1), memset(&(vec)->v[(vec)->n], 0, sizeof *(vec)->v), &(vec)->v[(vec)->n++])
#define hk_vec_release(vec) (hk_cleanup_free(&(vec)->v), (vec)->n = 0, (vec)->cap = 0)
#define HK_COUNT(array) (sizeof(array) / sizeof((array)[0]))

#endif
