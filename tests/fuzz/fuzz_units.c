/* SPDX-License-Identifier: GPL-3.0-or-later */
/* First byte: the unit; the rest: the text. What is taken must be finite and in bounds, print, and read back near what it was. */
#include "base/vec.h"
#include "model/units.h"
#include <math.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	HK_AUTO_BUF struct hk_buf why = HK_BUF_INIT, text = HK_BUF_INIT;
	double value = -1, again = -1;
	enum hk_unit unit;

	if (!size)
		return 0;
	unit = (enum hk_unit)(data[0] % (HK_UNIT_BOOL + 1));
	if (hk_unit_parse(unit, (struct hk_str){ (const char *)data + 1, size - 1 }, &value, &why)) {
		if (!why.len || value != -1)
			abort();
		return 0;
	}
	if (why.len || !isfinite(value) || (value < 0 && unit != HK_UNIT_WEIGHT))
		abort();
	hk_unit_print(unit, value, &text);
	/* far below one unit the print falls back to exponents, which units do not take */
	if (value < 1e-5 || value > 1e8 || unit == HK_UNIT_COUNT)
		return 0;
	hk_buf_reset(&why);
	if (hk_unit_parse(unit, (struct hk_str){ text.s, text.len }, &again, &why) || fabs(again - value) > 1e-3 * value)
		abort();
	return 0;
}
