/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/opt.h"

#include <string.h>

#define NARROWEST 40u
#define LONGEST_LABEL 30u     /* a longer label gets a line of its own */
#define CHOICES_MAX 28u       /* a longer enumeration is spelt out in the text instead of the label */

/* Add words of text from column `column` on, breaking before `width` and indenting new lines by `indent`. */
static void add_wrapped(struct hk_buf *out, const char *text, size_t column, size_t indent, size_t width)
{
	struct hk_str rest = hk_str_of(text);
	bool first = true;

	while (rest.n) {
		struct hk_str word = hk_str_cut(&rest, ' ');
		size_t columns = hk_utf8_width(word);

		if (!word.n)
			continue;
		if (!first && column + 1 + columns > width) {
			hk_buf_addch(out, '\n');
			hk_buf_addchn(out, ' ', indent);
			column = indent;
		} else if (!first) {
			hk_buf_addch(out, ' ');
			column++;
		}
		hk_buf_addslice(out, word);
		column += columns;
		first = false;
	}
	hk_buf_addch(out, '\n');
}

static void join_choices(const struct hk_opt *row, const char *separator, struct hk_buf *out)
{
	for (size_t i = 0; hk_opt_choice(row, i); i++)
		hk_buf_addf(out, "%s%s", i ? separator : "", hk_opt_choice(row, i));
}

const char *hk_opt_metavar(const struct hk_opt *row, struct hk_buf *buf)
{
	static const char *const names[] = {
		[HK_OPT_STRING] = "TEXT", [HK_OPT_ENUM] = "NAME", [HK_OPT_SET] = "NAMES", [HK_OPT_INT] = "N", [HK_OPT_RATIO] = "SHARE",
		[HK_OPT_DURATION] = "DURATION", [HK_OPT_LIST] = "TEXT",
	};

	if (!hk_opt_takes_value(row))
		return NULL;
	if (row->metavar)
		return row->metavar;
	if (row->type == HK_OPT_ENUM) {
		hk_buf_reset(buf);
		join_choices(row, "|", buf);
		if (buf->len <= CHOICES_MAX)
			return buf->s;
	}
	return names[row->type];
}

static void add_label(const struct hk_opt *row, struct hk_buf *out)
{
	HK_AUTO_BUF struct hk_buf scratch = HK_BUF_INIT;
	const char *metavar = hk_opt_metavar(row, &scratch);

	if (row->letter)
		hk_buf_addf(out, "  -%c, --", row->letter);
	else
		hk_buf_addstr(out, "      --");
	if (row->type == HK_OPT_FLAG && strcmp(row->name, "help") != 0 && strncmp(row->name, "no-", 3) != 0)
		hk_buf_addstr(out, "[no-]");
	hk_buf_addstr(out, row->name);
	if (metavar)
		hk_buf_addf(out, " %s", metavar);
}

static void add_row(const struct hk_opt *row, size_t label_columns, size_t width, struct hk_buf *out)
{
	HK_AUTO_BUF struct hk_buf label = HK_BUF_INIT, text = HK_BUF_INIT;
	size_t indent = label_columns + 2, columns;

	add_label(row, &label);
	columns = hk_utf8_width((struct hk_str){ label.s, label.len });
	hk_buf_addstr(out, label.s);
	if (columns > label_columns) {
		hk_buf_addch(out, '\n');
		columns = 0;
	}
	hk_buf_addchn(out, ' ', indent - columns);
	hk_buf_addstr(&text, row->help ? row->help : "");
	hk_buf_reset(&label);
	if (row->type == HK_OPT_ENUM || row->type == HK_OPT_SET)
		join_choices(row, ", ", &label);
	if (row->type == HK_OPT_SET || (row->type == HK_OPT_ENUM && (row->metavar || label.len > CHOICES_MAX)))
		hk_buf_addf(&text, " (%s)", label.s);
	add_wrapped(out, text.s, indent, indent, width);
}

static void measure(void *context, const struct hk_opt *row)
{
	HK_AUTO_BUF struct hk_buf label = HK_BUF_INIT;
	size_t *widest = context, columns;

	add_label(row, &label);
	columns = hk_utf8_width((struct hk_str){ label.s, label.len });
	if (columns <= LONGEST_LABEL && columns > *widest)
		*widest = columns;
}

struct section {
	struct hk_buf *out;
	size_t own_count, common_count, seen;
	size_t label_columns, width;
};

static size_t visible(const struct hk_opt *row)
{
	size_t n = 0;

	for (; row && row->type != HK_OPT_END; row++)
		n += !row->hidden;
	return n;
}

/* hk_opt_walk gives own rows, then common ones, then the built-in help, which belongs to the common section where there is one. */
static void add_section_row(void *context, const struct hk_opt *row)
{
	struct section *s = context;

	if (s->seen == 0)
		hk_buf_addstr(s->out, s->own_count ? "\nOptions:\n" : "\nCommon options:\n");
	else if (s->seen == s->own_count && s->common_count)
		hk_buf_addstr(s->out, "\nCommon options:\n");
	s->seen++;
	add_row(row, s->label_columns, s->width, s->out);
}

static void add_examples(const struct hk_opt_example *example, size_t width, struct hk_buf *out)
{
	if (!example || !example->command)
		return;
	hk_buf_addstr(out, "\nExamples:\n");
	for (; example->command; example++) {
		hk_buf_addf(out, "  %s\n", example->command);
		if (example->text) {
			hk_buf_addstr(out, "      ");
			add_wrapped(out, example->text, 6, 6, width);
		}
	}
}

void hk_opt_help(const struct hk_opt_spec *spec, unsigned width, struct hk_buf *out)
{
	struct section s = { out, visible(spec->options), visible(spec->common), 0, 0, width };

	if (s.width < NARROWEST)
		s.width = NARROWEST;
	hk_buf_addf(out, "Usage: %s [options]%s%s\n\n", spec->command, spec->positional ? " " : "", spec->positional ? spec->positional : "");
	if (spec->summary)
		add_wrapped(out, spec->summary, 0, 0, s.width);
	hk_opt_walk(spec, measure, &s.label_columns);
	hk_opt_walk(spec, add_section_row, &s);
	add_examples(spec->examples, s.width, out);
}
