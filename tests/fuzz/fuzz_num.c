/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Numbers and durations from hostile text: what is accepted is finite, and what we print of it reads back as the same. */
#include "base/buf.h"
#include "base/num.h"

#include <math.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct hk_str text = { (const char *)data, size };
	double value, again;
	int64_t integer;

	if (hk_num_parse(text, &value)) {
		HK_AUTO_BUF struct hk_buf printed = HK_BUF_INIT;

		hk_buf_addnum(&printed, value);
		if (!isfinite(value) || !hk_num_parse((struct hk_str){ printed.s, printed.len }, &again) || again != value)
			abort();
	}
	if (hk_num_parse_int(text, &integer) && size <= 400 && !hk_num_parse(text, &value))
		abort();
	if (hk_num_parse_duration(text, &value) && (!isfinite(value) || value < 0))
		abort();
	return 0;
}
