/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Numbers as text, independent of LC_NUMERIC: printf is used only to obtain decimal digits and the exponent, and strtod is only given an integer and an
 * exponent, so the locale's decimal separator is never seen.
 */
#include "base/buf.h"

#include <float.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DIGITS_MAX 17

/* value = 0.d1d2d3... * 10^(exponent + 1), without trailing zeros */
struct decimal {
	char digits[DIGITS_MAX + 1];
	int count;
	int exponent;
};

/* magnitude must be finite and not negative. */
static struct decimal decimal_of(double magnitude, int digits)
{
	char text[64];
	struct decimal d = { "", 0, 0 };
	const char *p = text;

	snprintf(text, sizeof text, "%.*e", digits - 1, magnitude);
	for (; *p && *p != 'e'; p++)
		if (*p >= '0' && *p <= '9' && d.count < DIGITS_MAX)
			d.digits[d.count++] = *p;
	if (*p == 'e')
		d.exponent = (int)strtol(p + 1, NULL, 10);
	while (d.count > 1 && d.digits[d.count - 1] == '0')
		d.count--;
	d.digits[d.count] = '\0';
	return d;
}

static double decimal_value(const struct decimal *d)
{
	char text[DIGITS_MAX + 16];

	snprintf(text, sizeof text, "%se%d", d->digits, d->exponent - (d->count - 1));
	return strtod(text, NULL);
}

static void add_exponent(struct hk_buf *buf, const struct decimal *d)
{
	int exponent = d->exponent;

	hk_buf_addch(buf, d->digits[0]);
	if (d->count > 1) {
		hk_buf_addch(buf, '.');
		hk_buf_add(buf, d->digits + 1, (size_t)d->count - 1);
	}
	hk_buf_addf(buf, "e%c%02d", exponent < 0 ? '-' : '+', exponent < 0 ? -exponent : exponent);
}

static void add_fixed(struct hk_buf *buf, const struct decimal *d)
{
	int whole = d->exponent + 1;

	if (whole <= 0) {
		hk_buf_addstr(buf, "0.");
		hk_buf_addchn(buf, '0', (size_t)-whole);
		hk_buf_add(buf, d->digits, (size_t)d->count);
	} else if (whole >= d->count) {
		hk_buf_add(buf, d->digits, (size_t)d->count);
		hk_buf_addchn(buf, '0', (size_t)(whole - d->count));
	} else {
		hk_buf_add(buf, d->digits, (size_t)whole);
		hk_buf_addch(buf, '.');
		hk_buf_add(buf, d->digits + whole, (size_t)(d->count - whole));
	}
}

static void add_decimal(struct hk_buf *buf, const struct decimal *d, int lowest, int highest)
{
	if (d->exponent < lowest || d->exponent > highest)
		add_exponent(buf, d);
	else
		add_fixed(buf, d);
}

static bool add_special(struct hk_buf *buf, double value)
{
	if (isnan(value))
		hk_buf_addstr(buf, "nan");
	else if (isinf(value))
		hk_buf_addstr(buf, value < 0 ? "-inf" : "inf");
	else
		return false;
	return true;
}

static void add_scaled_integer(struct hk_buf *buf, uint64_t number, unsigned decimals)
{
	char text[24];
	size_t at = sizeof text;

	for (; decimals; decimals--, number /= 10)
		text[--at] = (char)('0' + number % 10);
	if (at < sizeof text)
		text[--at] = '.';
	do
		text[--at] = (char)('0' + number % 10);
	while (number /= 10);
	hk_buf_add(buf, text + at, sizeof text - at);
}

/*
 * The common case without printf: n / 10^k with n below 10^15. Both are exact doubles and division rounds correctly, so equality proves that the text
 * reads back as the value; and no two decimals of at most 15 digits share a double, so it is the shortest.
 */
static bool add_short_decimal(struct hk_buf *buf, double magnitude)
{
	static const double power[] = { 1, 1e1, 1e2, 1e3, 1e4 };

	if (magnitude >= 1e15 || (magnitude < 1e-4 && magnitude > 0))
		return false;
	for (unsigned k = 0; k < sizeof power / sizeof power[0]; k++) {
		double scaled = magnitude * power[k];

		if (scaled >= 1e15)
			return false;
		scaled = nearbyint(scaled);
		if (scaled / power[k] == magnitude) {
			add_scaled_integer(buf, (uint64_t)scaled, k);
			return true;
		}
	}
	return false;
}

void hk_buf_addnum(struct hk_buf *buf, double value)
{
	double magnitude = fabs(value);
	struct decimal d;

	if (add_special(buf, value))
		return;
	if (signbit(value))
		hk_buf_addch(buf, '-');
	if (add_short_decimal(buf, magnitude))
		return;
	/* Numbers below the normal range hold fewer than 15 digits. */
	for (int digits = magnitude < DBL_MIN ? 1 : 15; digits <= DIGITS_MAX; digits++) {
		d = decimal_of(magnitude, digits);
		if (digits == DIGITS_MAX || decimal_value(&d) == magnitude)
			break;
	}
	add_decimal(buf, &d, -4, 15);
}

void hk_buf_addround(struct hk_buf *buf, double value, int digits)
{
	struct decimal d;

	if (add_special(buf, value))
		return;
	if (digits < 1)
		digits = 1;
	if (digits > DIGITS_MAX)
		digits = DIGITS_MAX;
	if (value < 0)
		hk_buf_addch(buf, '-');
	d = decimal_of(fabs(value), digits);
	add_decimal(buf, &d, -6, 15);
}
