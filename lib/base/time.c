/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/time.h"
#include <math.h>
#include <stdint.h>

#define LAST_SECOND 253402300799.0     /* 9999-12-31T23:59:59Z */

/* Days since 1970-01-01 of the proleptic Gregorian calendar: years begin in March, so that the leap day is the last of one. */
static int64_t days_of(int64_t year, int64_t month, int64_t day)
{
	int64_t y = month > 2 ? year : year - 1, era = y / 400, of_era = y % 400, of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static bool digits(struct hk_str text, size_t at, size_t count, int64_t *value)
{
	*value = 0;
	for (size_t i = at; i < at + count; i++) {
		if (i >= text.n || text.s[i] < '0' || text.s[i] > '9')
			return false;
		*value = *value * 10 + (text.s[i] - '0');
	}
	return true;
}

static bool is_at(struct hk_str text, size_t at, char byte)
{
	return at < text.n && text.s[at] == byte;
}

static int64_t days_in(int64_t year, int64_t month)
{
	static const int64_t days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return days[month - 1] + (month == 2 && leap);
}

/* Behind the seconds: a fraction and the offset to UTC, up to the end of the text. */
static bool read_rest(struct hk_str text, double *seconds)
{
	size_t at = 19;
	int64_t hours, minutes;
	double part = 0.1;

	if (is_at(text, at, '.')) {
		size_t first = ++at;
		for (; at < text.n && text.s[at] >= '0' && text.s[at] <= '9'; at++, part /= 10)
			*seconds += part * (text.s[at] - '0');
		if (at == first)
			return false;
	}
	if (is_at(text, at, 'Z'))
		return at + 1 == text.n;
	if (at + 6 != text.n || (text.s[at] != '+' && text.s[at] != '-') || !digits(text, at + 1, 2, &hours) || !is_at(text, at + 3, ':') ||
	    !digits(text, at + 4, 2, &minutes) || hours > 23 || minutes > 59)
		return false;
	*seconds -= (text.s[at] == '-' ? -1 : 1) * (double)(hours * 3600 + minutes * 60);
	return true;
}

bool hk_time_parse(struct hk_str text, double *seconds)
{
	int64_t year, month, day, hour, minute, second;
	double value;

	if (text.n > 64 || !digits(text, 0, 4, &year) || !is_at(text, 4, '-') || !digits(text, 5, 2, &month) || !is_at(text, 7, '-') ||
	    !digits(text, 8, 2, &day) || !is_at(text, 10, 'T') || !digits(text, 11, 2, &hour) || !is_at(text, 13, ':') || !digits(text, 14, 2, &minute) ||
	    !is_at(text, 16, ':') || !digits(text, 17, 2, &second))
		return false;
	if (year < 1970 || month < 1 || month > 12 || day < 1 || day > days_in(year, month) || hour > 23 || minute > 59 || second > 60)
		return false;
	value = (double)(days_of(year, month, day) * 86400 + hour * 3600 + minute * 60 + second);
	if (!read_rest(text, &value) || value < 0)
		return false;
	*seconds = value;
	return true;
}

bool hk_time_parse_moment(struct hk_str text, double *seconds)
{
	if (!hk_time_parse(text, seconds))
		return false;
	*seconds = fmax(*seconds, 1);
	return true;
}

void hk_time_print(double seconds, struct hk_buf *out)
{
	int64_t whole, days, era, of_era, year, of_year, month;

	if (!isfinite(seconds) || seconds < 0 || seconds > LAST_SECOND)
		return;
	whole = (int64_t)floor(seconds);
	days = whole / 86400 + 719468;
	whole %= 86400;
	era = days / 146097;
	of_era = days % 146097;
	year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	of_year = of_era - (365 * year + year / 4 - year / 100);
	month = (5 * of_year + 2) / 153;
	hk_buf_addf(out, "%04d-%02d-%02dT%02d:%02d:%02dZ", (int)(year + era * 400 + (month >= 10)), (int)(month < 10 ? month + 3 : month - 9),
		    (int)(of_year - (153 * month + 2) / 5 + 1), (int)(whole / 3600), (int)(whole / 60 % 60), (int)(whole % 60));
}
