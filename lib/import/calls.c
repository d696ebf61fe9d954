/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "import/calls.h"
#include "base/vec.h"
#include <string.h>

static bool is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (c && strchr("-_.:/@", c));
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool has_letter(struct hk_str text)
{
	for (size_t i = 0; i < text.n; i++)
		if ((text.s[i] >= 'a' && text.s[i] <= 'z') || (text.s[i] >= 'A' && text.s[i] <= 'Z'))
			return true;
	return false;
}

/* "scheme://user@host:port/path", "host:port", "host". */
static bool take_apart(struct hk_str word, struct hk_host *host)
{
	struct hk_str rest;

	*host = (struct hk_host){ .scheme = false };
	for (size_t i = 0; i + 2 < word.n; i++) {
		if (memcmp(word.s + i, "://", 3) != 0)
			continue;
		host->scheme = true;
		word = (struct hk_str){ word.s + i + 3, word.n - i - 3 };
		break;
	}
	word = hk_str_cut(&word, '/');
	for (size_t i = word.n; i-- > 0; ) {
		if (word.s[i] == '@') {
			word = (struct hk_str){ word.s + i + 1, word.n - i - 1 };
			break;
		}
	}
	rest = word;
	host->name = hk_str_cut(&rest, ':');
	while (host->port.n < rest.n && is_digit(rest.s[host->port.n]))
		host->port = (struct hk_str){ rest.s, host->port.n + 1 };
	if (host->port.n > 5)
		host->port.n = 0;
	while (host->name.n && host->name.s[host->name.n - 1] == '.')
		host->name.n--;
	return host->name.n && host->name.n <= 253 && has_letter(host->name) && host->name.s[0] != '-' && host->name.s[0] != '.';
}

bool hk_host_next(struct hk_str *rest, struct hk_host *host)
{
	while (rest->n) {
		size_t start = 0, end;

		while (start < rest->n && !is_word(rest->s[start]))
			start++;
		for (end = start; end < rest->n && is_word(rest->s[end]); )
			end++;
		struct hk_str word = { rest->s + start, end - start };
		*rest = (struct hk_str){ rest->s + end, rest->n - end };
		if (word.n && take_apart(word, host))
			return true;
	}
	return false;
}

bool hk_is_address_variable(const char *name)
{
	static const char *const endings[] = { "ADDR", "ADDRESS", "ADDRESSES", "HOST", "HOSTNAME", "HOSTS", "URL", "URI", "ENDPOINT", "ENDPOINTS", "SERVER",
					       "SERVERS", "SERVICE", "BROKER", "BROKERS", "UPSTREAM", "TARGET", "PEERS", "DSN" };
	struct hk_str text = hk_str_of(name);

	for (size_t i = 0; i < HK_COUNT(endings); i++)
		if (text.n >= strlen(endings[i]) && hk_str_distance((struct hk_str){ text.s + text.n - strlen(endings[i]), strlen(endings[i]) },
								    hk_str_of(endings[i]), 0) == 0)
			return true;
	return false;
}
