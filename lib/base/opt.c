/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Parsing; the -h text is in opthelp.c. */
#include "base/opt.h"

#include "base/num.h"

#include <string.h>

static const struct hk_opt help_row = { .name = "help", .letter = 'h', .type = HK_OPT_FLAG, .help = "show this text" };

struct parser {
	const struct hk_opt_spec *spec;
	void *config, *common_config;
	int argc, next;              /* next: index of the next word that is not used yet */
	char *const *argv;
	struct hk_opt_args *args;
	struct hk_err *err;
};

/* A row together with the struct its offset is for; base is NULL for the built-in help. */
struct target {
	const struct hk_opt *row;
	char *base;
};

bool hk_opt_takes_value(const struct hk_opt *row)
{
	return row->type != HK_OPT_FLAG && row->type != HK_OPT_COUNT;
}

const char *hk_opt_choice(const struct hk_opt *row, size_t index)
{
	for (size_t i = 0; row->choices && row->choices[i]; i++)
		if (i == index)
			return row->choices[i];
	return NULL;
}

static const struct hk_opt *row_of_name(const struct hk_opt *row, struct hk_str name)
{
	for (; row && row->type != HK_OPT_END; row++)
		if (hk_str_is(name, row->name))
			return row;
	return NULL;
}

static const struct hk_opt *row_of_letter(const struct hk_opt *row, char letter)
{
	for (; row && row->type != HK_OPT_END; row++)
		if (letter && row->letter == letter)
			return row;
	return NULL;
}

static const struct hk_opt *find_long(const struct hk_opt_spec *spec, struct hk_str name, bool *common)
{
	const struct hk_opt *row = row_of_name(spec->options, name);

	*common = !row;
	if (!row)
		row = row_of_name(spec->common, name);
	return row ? row : hk_str_is(name, "help") ? &help_row : NULL;
}

static const struct hk_opt *find_letter(const struct hk_opt_spec *spec, char letter, bool *common)
{
	const struct hk_opt *row = row_of_letter(spec->options, letter);

	*common = !row;
	if (!row)
		row = row_of_letter(spec->common, letter);
	return row ? row : letter == 'h' ? &help_row : NULL;
}

/* --no-name of a flag or count; a row that is itself called "no-..." has been found by its exact name before. */
static const struct hk_opt *find_negated(const struct hk_opt_spec *spec, struct hk_str name, bool *common)
{
	const struct hk_opt *row;

	if (!hk_str_starts(name, "no-"))
		return NULL;
	row = find_long(spec, (struct hk_str){ name.s + 3, name.n - 3 }, common);
	return row && row != &help_row && !hk_opt_takes_value(row) ? row : NULL;
}

const struct hk_opt *hk_opt_find(const struct hk_opt_spec *spec, const char *word)
{
	struct hk_str rest = hk_str_of(word), name;
	const struct hk_opt *row;
	bool common;

	if (!hk_str_starts(rest, "--"))
		return rest.n == 2 && rest.s[0] == '-' ? find_letter(spec, rest.s[1], &common) : NULL;
	rest = (struct hk_str){ rest.s + 2, rest.n - 2 };
	name = hk_str_cut(&rest, '=');
	row = find_long(spec, name, &common);
	return row ? row : find_negated(spec, name, &common);
}

static int check_limits(const struct hk_opt *row, const char *text, double value, struct hk_err *err)
{
	HK_AUTO_BUF struct hk_buf limits = HK_BUF_INIT;

	if ((row->min == 0 && row->max == 0) || (value >= row->min && value <= row->max))
		return 0;
	hk_buf_addnum(&limits, row->min);
	hk_buf_addstr(&limits, " to ");
	hk_buf_addnum(&limits, row->max);
	return hk_err_set(err, HK_USAGE, "option '--%s': '%s' is outside %s", row->name, text, limits.s);
}

static int store_enum(const struct hk_opt *row, int *target, const char *text, struct hk_err *err)
{
	HK_AUTO_BUF struct hk_buf list = HK_BUF_INIT;
	const char *nearest;
	size_t count = 0;

	for (; hk_opt_choice(row, count); count++) {
		if (strcmp(row->choices[count], text) == 0) {
			*target = (int)count;
			return 0;
		}
		hk_buf_addf(&list, "%s%s", count ? ", " : "", row->choices[count]);
	}
	nearest = hk_str_nearest(hk_str_of(text), row->choices, count);
	if (nearest)
		return hk_err_set(err, HK_USAGE, "option '--%s': '%s' is not one of %s; did you mean '%s'?", row->name, text, list.s, nearest);
	return hk_err_set(err, HK_USAGE, "option '--%s': '%s' is not one of %s", row->name, text, list.s);
}

static int store_set(const struct hk_opt *row, unsigned *target, const char *text, struct hk_err *err)
{
	HK_AUTO_BUF struct hk_buf word = HK_BUF_INIT;
	struct hk_str rest = hk_str_of(text);
	unsigned set = 0;

	do {
		int index = 0;

		hk_buf_reset(&word);
		hk_buf_addslice(&word, hk_str_cut(&rest, ','));
		if (store_enum(row, &index, word.s, err) < 0)
			return -1;
		set |= 1U << index;
	} while (rest.n > 0);
	*target = set;
	return 0;
}

static bool parse_ratio(struct hk_str text, double *number)
{
	bool percent = hk_str_ends(text, "%");

	text.n -= percent;
	if (!hk_num_parse(text, number))
		return false;
	*number /= percent ? 100 : 1;
	return true;
}

static int store_number(const struct hk_opt *row, void *target, const char *text, struct hk_err *err)
{
	struct hk_str slice = hk_str_of(text);
	int64_t integer = 0;
	double number = 0;

	if (row->type == HK_OPT_INT && !hk_num_parse_int(slice, &integer))
		return hk_err_set(err, HK_USAGE, "option '--%s': '%s' is not an integer", row->name, text);
	if (row->type == HK_OPT_RATIO && !parse_ratio(slice, &number))
		return hk_err_set(err, HK_USAGE, "option '--%s': '%s' is not a share such as 0.01 or 1%%", row->name, text);
	if (row->type == HK_OPT_DURATION && !hk_num_parse_duration(slice, &number))
		return hk_err_set(err, HK_USAGE, "option '--%s': '%s' is not a duration such as 250ms or 1h30m", row->name, text);
	if (check_limits(row, text, row->type == HK_OPT_INT ? (double)integer : number, err) < 0)
		return -1;
	if (row->type == HK_OPT_INT)
		memcpy(target, &integer, sizeof integer);
	else
		memcpy(target, &number, sizeof number);
	return 0;
}

static int store_value(const struct target *to, const char *text, struct hk_err *err)
{
	void *target = to->base + to->row->offset;

	switch (to->row->type) {
	case HK_OPT_STRING:
		*(const char **)target = text;
		return 0;
	case HK_OPT_ENUM:
		return store_enum(to->row, target, text, err);
	case HK_OPT_SET:
		return store_set(to->row, target, text, err);
	case HK_OPT_LIST:
		hk_vec_push((struct hk_opt_list *)target, text);
		return 0;
	default:
		return store_number(to->row, target, text, err);
	}
}

static void store_flag(struct parser *p, const struct target *to, bool on)
{
	if (to->row == &help_row)
		p->args->help = true;
	else if (to->row->type == HK_OPT_FLAG)
		*(bool *)(to->base + to->row->offset) = on;
	else if (on)
		++*(int *)(to->base + to->row->offset);
	else
		*(int *)(to->base + to->row->offset) = 0;
}

static int needs_value(const struct hk_opt *row, struct hk_err *err)
{
	HK_AUTO_BUF struct hk_buf buf = HK_BUF_INIT;

	return hk_err_set(err, HK_USAGE, "option '--%s' needs a value: --%s=%s", row->name, row->name, hk_opt_metavar(row, &buf));
}

/* The value is `attached` when there is one, else the next word. */
static int take_value(struct parser *p, const struct target *to, const char *attached)
{
	if (attached)
		return store_value(to, attached, p->err);
	if (p->next >= p->argc)
		return needs_value(to->row, p->err);
	return store_value(to, p->argv[p->next++], p->err);
}

static void collect_name(void *context, const struct hk_opt *row)
{
	struct hk_opt_list *names = context;

	hk_vec_push(names, row->name);
}

static int unknown_long(struct parser *p, struct hk_str name)
{
	struct hk_opt_list names = { NULL, 0, 0 };
	const char *nearest;

	hk_opt_walk(p->spec, collect_name, &names);
	nearest = hk_str_nearest(name, names.v, names.n);
	if (nearest)
		hk_err_set(p->err, HK_USAGE, "unknown option '--%.*s'; did you mean '--%s'?", HK_STR_ARG(name), nearest);
	else
		hk_err_set(p->err, HK_USAGE, "unknown option '--%.*s'; '%s -h' lists all", HK_STR_ARG(name), p->spec->command);
	hk_vec_release(&names);
	return -1;
}

static struct target target_of(const struct parser *p, const struct hk_opt *row, bool common)
{
	return (struct target){ row, common ? p->common_config : p->config };
}

static int parse_long(struct parser *p, const char *word)
{
	const char *equals = strchr(word, '=');
	struct hk_str name = { word, equals ? (size_t)(equals - word) : strlen(word) };
	const char *attached = equals ? equals + 1 : NULL;
	bool common, on = true;
	const struct hk_opt *row = find_long(p->spec, name, &common);
	struct target to;

	if (!row) {
		row = find_negated(p->spec, name, &common);
		on = false;
	}
	if (!row)
		return unknown_long(p, name);
	to = target_of(p, row, common);
	if (hk_opt_takes_value(row))
		return take_value(p, &to, attached);
	if (attached)
		return hk_err_set(p->err, HK_USAGE, "option '--%.*s' takes no value", HK_STR_ARG(name));
	store_flag(p, &to, on);
	return 0;
}

static int unknown_letter(struct parser *p, const char *letter)
{
	unsigned length = hk_utf8_length(letter, strlen(letter));

	return hk_err_set(p->err, HK_USAGE, "unknown option '-%.*s'; '%s -h' lists all", length ? (int)length : 1, letter, p->spec->command);
}

static int parse_letters(struct parser *p, const char *letters)
{
	for (; *letters; letters++) {
		bool common;
		const struct hk_opt *row = find_letter(p->spec, *letters, &common);
		struct target to = target_of(p, row, common);

		if (!row)
			return unknown_letter(p, letters);
		if (hk_opt_takes_value(row))
			return take_value(p, &to, letters[1] ? letters + 1 : NULL);
		store_flag(p, &to, true);
	}
	return 0;
}

static int check_count(const struct parser *p)
{
	const struct hk_opt_spec *spec = p->spec;
	const struct hk_opt_args *args = p->args;

	if (args->n > spec->max_args)
		return hk_err_set(p->err, HK_USAGE, "unexpected argument '%s'; usage: %s [options]%s%s", args->v[spec->max_args], spec->command,
				  spec->positional ? " " : "", spec->positional ? spec->positional : "");
	if (args->n < spec->min_args)
		return hk_err_set(p->err, HK_USAGE, "missing argument; usage: %s [options]%s%s", spec->command, spec->positional ? " " : "",
				  spec->positional ? spec->positional : "");
	return 0;
}

int hk_opt_parse(const struct hk_opt_spec *spec, void *config, void *common_config, int argc, char *const *argv, struct hk_opt_args *args,
		 struct hk_err *err)
{
	struct parser p = { spec, config, common_config, argc, 1, argv, args, err };
	bool options_ended = false;

	while (p.next < argc && !args->help) {
		const char *word = argv[p.next++];
		int result = 0;

		if (options_ended || word[0] != '-' || word[1] == '\0') {
			hk_vec_push(args, word);
			options_ended = options_ended || spec->stop_at_first;
		} else if (strcmp(word, "--") == 0) {
			options_ended = true;
		} else if (word[1] == '-') {
			result = parse_long(&p, word + 2);
		} else {
			result = parse_letters(&p, word + 1);
		}
		if (result < 0)
			return -1;
	}
	return args->help ? 0 : check_count(&p);
}

void hk_opt_args_release(struct hk_opt_args *args)
{
	hk_vec_release(args);
}

void hk_opt_walk(const struct hk_opt_spec *spec, void (*visit)(void *context, const struct hk_opt *row), void *context)
{
	const struct hk_opt *tables[] = { spec->options, spec->common };

	for (size_t i = 0; i < HK_COUNT(tables); i++)
		for (const struct hk_opt *row = tables[i]; row && row->type != HK_OPT_END; row++)
			if (!row->hidden)
				visit(context, row);
	visit(context, &help_row);
}
