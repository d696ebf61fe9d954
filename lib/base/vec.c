/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/vec.h"

#include <stdint.h>

void *hk_vec_grow_(void *data, size_t *cap, size_t needed, size_t element_size)
{
	size_t grown = *cap < SIZE_MAX / 2 ? *cap + *cap / 2 : SIZE_MAX;

	if (grown < 8)
		grown = 8;
	if (grown < needed)
		grown = needed;
	data = hk_reallocarray(data, grown, element_size);
	*cap = grown;
	return data;
}
