/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Objects and words of command dialects: what names may consist of, and how they enter commands. */
#include "net/cli.h"
#include "base/num.h"
#include <arpa/inet.h>
#include <stdlib.h>
#include <sys/socket.h>

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
#define MOST_BYTES 255u
#define MOST_TRIES 10000u

/* ---- types ---- */

static const struct { const char *name, *letters, *what; } types[HK_CLI_TYPES] = {
	[HK_CLI_NAME] = { "name", LETTERS "._:@+-", "letters, digits and . _ : @ + -, beginning with a letter, a digit or _" },
	[HK_CLI_INTEGER] = { "integer", "0123456789-", "a whole number without zeros in front" },
	[HK_CLI_ADDRESS] = { "address", NULL, "an IP address as devices print it: 192.0.2.1, 2001:db8::1" },
	[HK_CLI_PREFIX] = { "prefix", NULL, "an IP prefix as devices print it, without bits behind its length: 10.0.0.0/8, 2001:db8::/32" },
	[HK_CLI_RATE] = { "rate", "0123456789", "bit/s as a whole number" },
	[HK_CLI_PRESENCE] = { "presence", NULL, "empty: it is only there or not" },
	[HK_CLI_TEXT] = { "text", NULL, "printable ASCII text, not beginning with -" },
};

bool hk_cli_type_find(const char *name, enum hk_cli_type *type)
{
	for (size_t i = 0; i < HK_CLI_TYPES; i++)
		if (strcmp(types[i].name, name) == 0) {
			*type = (enum hk_cli_type)i;
			return true;
		}
	return false;
}

/* Exactly as it would be printed: what is written in another way would be set, and not be recognised when it is read again. */
static bool is_address(const char *text, unsigned char bytes[16], unsigned *bits)
{
	int family = strchr(text, ':') ? AF_INET6 : AF_INET;
	char printed[INET6_ADDRSTRLEN];
	*bits = family == AF_INET6 ? 128 : 32;
	return inet_pton(family, text, bytes) == 1 && inet_ntop(family, bytes, printed, sizeof printed) && strcmp(printed, text) == 0;
}

static bool is_whole_number(const char *text, int64_t *number)
{
	const char *digits = text + (*text == '-');
	return (*digits != '0' || (!digits[1] && digits == text)) && strspn(digits, "0123456789") == strlen(digits) &&
	    hk_num_parse_int(hk_str_of(text), number);
}

static bool is_prefix(const char *text)
{
	unsigned char bytes[16];
	unsigned bits;
	int64_t length;
	const char *slash = strchr(text, '/');
	char address[INET6_ADDRSTRLEN] = "";
	if (!slash || (size_t)(slash - text) >= sizeof address)
		return false;
	memcpy(address, text, (size_t)(slash - text));
	if (!is_address(address, bytes, &bits) || !is_whole_number(slash + 1, &length) || length < 0 || length > (int64_t)bits)
		return false;
	for (unsigned bit = (unsigned)length; bit < bits; bit++)
		if (bytes[bit / 8] >> (7 - bit % 8) & 1)
			return false;
	return true;
}

static bool is_printable(const char *text)
{
	for (; *text; text++)
		if (*text < ' ' || *text > '~')
			return false;
	return true;
}

bool hk_cli_type_fits(enum hk_cli_type type, const char *text, const char **what)
{
	size_t n = strlen(text);
	unsigned char bytes[16];
	unsigned bits;
	int64_t number;
	*what = types[type].what;
	if (type == HK_CLI_PRESENCE)
		return n == 0;
	if (!n || n > MOST_BYTES || (types[type].letters && strspn(text, types[type].letters) != n))
		return false;
	switch (type) {
	case HK_CLI_INTEGER:
	case HK_CLI_RATE: return is_whole_number(text, &number);
	case HK_CLI_ADDRESS: return is_address(text, bytes, &bits);
	case HK_CLI_PREFIX: return is_prefix(text);
	case HK_CLI_TEXT: return *text != '-' && is_printable(text);
	case HK_CLI_NAME: return strchr(LETTERS "_", *text) != NULL;
	case HK_CLI_PRESENCE:
	case HK_CLI_TYPES: break;
	}
	return false;
}

bool hk_cli_kind_fits(const struct hk_cli_kind *kind, const char *text, const char **what)
{
	if (!hk_cli_type_fits(kind->type, text, what))
		return false;
	*what = "of the letters that its 'pattern' allows";
	return !kind->pattern || hk_pattern_matches(kind->pattern, hk_str_of(text));
}

int hk_cli_value_check(const struct hk_cli_kind *kind, const char *value, struct hk_err *err)
{
	const char *what;
	int64_t number = 0;
	if (!hk_cli_kind_fits(kind, value, &what))
		return hk_err_set(err, HK_INVALID, "value '%.300s' of %s is not %s", value, kind->object, what);
	if (*value && hk_cli_means_absent(kind, value))
		return hk_err_set(err, HK_INVALID, "value '%.300s' of %s means that there is nothing: write absent: true", value, kind->object);
	if (kind->type != HK_CLI_INTEGER && kind->type != HK_CLI_RATE)
		return 0;
	hk_num_parse_int(hk_str_of(value), &number);
	if (number < kind->min || number > kind->max)
		return hk_err_set(err, HK_INVALID, "value %s of %s is not between %lld and %lld", value, kind->object, (long long)kind->min,
				  (long long)kind->max);
	if (kind->type == HK_CLI_RATE && (number < 8 || number % 8 != 0 || hk_cli_rate_shown(number) != number))
		return hk_err_set(err, HK_INVALID,
				  "value %s of %s cannot be read back: tc keeps whole bytes and shows whole kbit/s from 1 Mbit/s on, whole Mbit/s from 1 Gbit/s on",
				  value, kind->object);
	return 0;
}

/* ---- rates of tc ---- */

bool hk_cli_rate_parse(struct hk_str text, int64_t *bits)
{
	static const struct { const char *name; int64_t factor; } units[] = { { "bit", 1 }, { "Kbit", 1000 }, { "Mbit", 1000000 }, { "Gbit", 1000000000 },
									      { "Tbit", 1000000000000 } };
	size_t digits = 0;
	int64_t number;
	while (digits < text.n && text.s[digits] >= '0' && text.s[digits] <= '9')
		digits++;
	struct hk_str unit = { text.s + digits, text.n - digits };
	if (!digits || !hk_num_parse_int((struct hk_str){ text.s, digits }, &number))
		return false;
	for (size_t i = 0; i < HK_COUNT(units); i++)
		if (hk_str_is(unit, units[i].name) && number <= INT64_MAX / units[i].factor) {
			*bits = number * units[i].factor;
			return true;
		}
	return false;
}

int64_t hk_cli_rate_shown(int64_t bits)
{
	int64_t factor = 1;
	for (int i = 0; i < 4; i++) {
		if (bits < 1000 || (bits % 1000 != 0 && bits < 1000000))
			break;
		bits /= 1000;
		factor *= 1000;
	}
	return bits * factor;
}

/* ---- objects ---- */

static enum hk_cli_type place_type(const struct hk_cli_kind *kind, struct hk_str key)
{
	enum hk_cli_type type = HK_CLI_NAME;
	for (size_t i = 0; i < kind->n_where; i++)
		if (hk_str_is(key, kind->where[i].key))
			(void)hk_cli_type_find(kind->where[i].text, &type);
	return type;
}

struct hk_str hk_cli_place(const char *at, const char **end)
{
	const char *close = *at == '{' ? strchr(at, '}') : NULL;
	*end = close ? close + 1 : at;
	return close ? (struct hk_str){ at + 1, (size_t)(close - at - 1) } : (struct hk_str){ at, 0 };
}

/* A slot takes as little as lets the rest match; objects are short, and have few places. */
static bool match(const struct hk_cli_kind *kind, const char *pattern, const char *text, struct hk_arena *arena, struct hk_cli_object *parsed)
{
	const char *rest, *what;
	while (*pattern && *pattern != '{')
		if (*pattern++ != *text++)
			return false;
	if (!*pattern)
		return !*text;
	struct hk_str key = hk_cli_place(pattern, &rest);
	if (!key.n || parsed->n == HK_CLI_PLACES)
		return false;
	enum hk_cli_type type = place_type(kind, key);
	struct hk_cli_pair *place = &parsed->places[parsed->n++];
	place->key = hk_arena_slicedup(arena, key);
	for (size_t n = 1; n <= strlen(text) && n <= MOST_BYTES; n++) {
		if (*rest && text[n] != *rest)
			continue;
		if (++parsed->tries > MOST_TRIES)
			return false;
		if (!*rest)
			n = strlen(text);
		place->text = hk_arena_slicedup(arena, (struct hk_str){ text, n });
		size_t here = parsed->n;
		if (*text != '-' && hk_cli_type_fits(type, place->text, &what) && match(kind, rest, text + n, arena, parsed))
			return true;
		parsed->n = here;
	}
	parsed->n--;
	return false;
}

int hk_cli_object_parse(const struct hk_cli_table *table, const char *object, struct hk_arena *arena, struct hk_cli_object *parsed, struct hk_err *err)
{
	HK_AUTO_BUF struct hk_buf known = HK_BUF_INIT;
	*parsed = (struct hk_cli_object){ 0 };
	if (strlen(object) <= 1000)
		for (size_t i = 0; i < table->n_kinds; i++) {
			parsed->n = parsed->tries = 0;
			parsed->kind = &table->kinds[i];
			if (match(parsed->kind, parsed->kind->object, object, arena, parsed))
				return 0;
		}
	parsed->kind = NULL;
	for (size_t i = 0; i < table->n_kinds && i < 20; i++)
		hk_buf_addf(&known, "%s%s", i ? ", " : "", table->kinds[i].object);
	return hk_err_set(err, HK_INVALID, "object '%.200s' is none of %s", object, known.s);
}

/* ---- words ---- */

const char *hk_cli_name(const struct hk_cli_names *names, struct hk_str key)
{
	for (size_t i = 0; names->object && i < names->object->n; i++)
		if (hk_str_is(key, names->object->places[i].key))
			return names->object->places[i].text;
	for (size_t i = 0; i < names->n_more; i++)
		if (hk_str_is(key, names->more[i].key))
			return names->more[i].text;
	return NULL;
}

bool hk_cli_fill(const char *text, const struct hk_cli_names *names, struct hk_buf *out, struct hk_err *err)
{
	while (*text) {
		const char *end;
		struct hk_str key = hk_cli_place(text, &end);
		const char *value = key.n ? hk_cli_name(names, key) : NULL;
		if (!key.n)
			hk_buf_addch(out, *text++);
		else if (value) {
			hk_buf_addstr(out, value);
			text = end;
		} else {
			hk_err_set(err, HK_FAILED, "%s: there is nothing for '{%.*s}' on the device", names->object ? names->object->kind->object : "command",
				   HK_STR_ARG(key));
			return false;
		}
	}
	return true;
}

static bool add_word(const char *word, const struct hk_cli_names *names, struct hk_buf *out, struct hk_err *err)
{
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	hk_buf_addch(out, ' ');
	if (names->row && strcmp(word, "{row}") == 0) {
		hk_buf_addf(out, "\"$%s\"", names->row);
		return true;
	}
	if (!hk_cli_fill(word, names, &text, err))
		return false;
	hk_command_quote(out, (struct hk_str){ text.s, text.len });
	return true;
}

/* Whether there is something for every slot of a word. */
static bool can_fill(const char *word, const struct hk_cli_names *names)
{
	const char *end;
	for (; *word; word = end > word ? end : word + 1) {
		struct hk_str key = hk_cli_place(word, &end);
		if (key.n && !hk_cli_name(names, key) && !(names->row && hk_str_is(key, "row")))
			return false;
	}
	return true;
}

/* Whether the word at i belongs to a group that is left out. */
static bool is_left_out(const struct hk_cli_command *command, size_t i, const struct hk_cli_names *names)
{
	if (!command->group || !command->group[i])
		return false;
	for (size_t other = 0; other < command->n; other++)
		if (command->group[other] == command->group[i] && !can_fill(command->words[other], names))
			return true;
	return false;
}

bool hk_cli_words(const struct hk_cli_command *command, const struct hk_cli_names *names, const struct hk_node *programs, struct hk_buf *out,
		  struct hk_err *err)
{
	const struct hk_node *instead = command->n ? hk_node_get(programs, command->words[0]) : NULL;
	size_t i = 0;
	if (instead && instead->kind == HK_SEQUENCE && instead->count) {
		hk_for_each_item(item, instead) {
			hk_buf_addch(out, ' ');
			hk_command_quote(out, hk_str_of(hk_node_string(item)));
		}
		i = 1;
	}
	for (; i < command->n; i++)
		if (!is_left_out(command, i, names) && !add_word(command->words[i], names, out, err))
			return false;
	return true;
}
