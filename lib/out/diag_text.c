/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Findings for people: place, message, the line with a caret, help, fix; a summary last. */
#include "base/term.h"
#include "out/diag_back.h"
#include <string.h>

#define GUTTER 8               /* columns of "   12 | " */
#define LEAST_WIDTH 40
#define DEFAULT_WIDTH 100

static enum hk_style style_of(enum hk_severity severity)
{
	return severity == HK_ERROR ? HK_STYLE_ERROR : severity == HK_WARNING ? HK_STYLE_WARNING : HK_STYLE_NOTE;
}

static void add_place(struct hk_buf *out, const struct hk_range *range)
{
	if (!range->file)
		return;
	hk_buf_addstr(out, range->file);
	if (range->line)
		hk_buf_addf(out, ":%u:%u", (unsigned)range->line, (unsigned)range->column);
	hk_buf_addstr(out, ": ");
}

static void add_headline(struct hk_buf *out, const struct hk_diag *diag, bool colour)
{
	hk_term_begin(out, colour, HK_STYLE_BOLD);
	add_place(out, &diag->range);
	hk_term_end(out, colour, HK_STYLE_BOLD);
	hk_term_add(out, colour, style_of(diag->severity), hk_out_diag_severity(diag->severity));
	hk_buf_addf(out, ": %s ", diag->summary);
	hk_term_begin(out, colour, HK_STYLE_DIM);
	hk_buf_addf(out, "[%s]", diag->rule->code);
	hk_term_end(out, colour, HK_STYLE_DIM);
	hk_buf_addch(out, '\n');
}

static size_t width_of(const char *line, size_t from, size_t to)
{
	return hk_utf8_width((struct hk_str){ line + from, to - from });
}

static size_t next_character(struct hk_str line, size_t at)
{
	unsigned length = hk_utf8_length(line.s + at, line.n - at);

	return at + (length ? length : 1);
}

/* The part [from, to) of a line to show in `columns`, so that `caret` is inside, with room for "..." where something is cut off. */
struct window { size_t from, to; bool cut_left, cut_right; };

static size_t previous_character(struct hk_str line, size_t at)
{
	do
		at--;
	while (at > 0 && ((unsigned char)line.s[at] & 0xc0) == 0x80);
	return at;
}

static struct window place_window(struct hk_str line, size_t caret, size_t columns)
{
	struct window window = { 0, line.n, false, false };

	if (width_of(line.s, 0, line.n) <= columns)
		return window;
	/* a third of the room for what stands in front of the caret, more when little stands behind it */
	while (width_of(line.s, window.from, caret) > columns / 3 && width_of(line.s, window.from, line.n) > columns - 3)
		window.from = next_character(line, window.from);
	window.cut_left = window.from > 0;
	size_t room = columns - (window.cut_left ? 3 : 0);
	window.cut_right = width_of(line.s, window.from, line.n) > room;
	while (window.cut_right && width_of(line.s, window.from, window.to) > room - 3)
		window.to = previous_character(line, window.to);
	return window;
}

/* Bytes [start, end) of the line that the range covers, at least an empty range at the end of the line. */
static void covered(const struct hk_diag *diag, struct hk_str line, size_t *start, size_t *end)
{
	const struct hk_range *range = &diag->range;

	*start = range->column ? range->column - 1 : 0;
	*end = range->end_line == range->line && range->end_column ? range->end_column - 1 : line.n;
	if (*start > line.n)
		*start = line.n;
	if (*end > line.n)
		*end = line.n;
	if (*end < *start)
		*end = *start;
}

static void add_source(struct hk_buf *out, const struct hk_diag *diag, const struct hk_out_diag_options *options)
{
	struct hk_str line = hk_str_of(diag->source_line);
	size_t width = options->width ? options->width : DEFAULT_WIDTH, start, end;

	if (!line.s || !diag->range.line || hk_str_trim(line).n == 0)
		return;
	covered(diag, line, &start, &end);
	if (start > 0 && start == line.n && diag->range.column - 1 > line.n)
		return; /* the line was too long to be kept up to here */
	struct window window = place_window(line, start, (width < LEAST_WIDTH ? LEAST_WIDTH : width) - GUTTER);
	hk_term_begin(out, options->colour, HK_STYLE_DIM);
	hk_buf_addf(out, "%5u | ", (unsigned)diag->range.line);
	hk_term_end(out, options->colour, HK_STYLE_DIM);
	hk_buf_addf(out, "%s%.*s%s\n", window.cut_left ? "..." : "", (int)(window.to - window.from), line.s + window.from, window.cut_right ? "..." : "");
	hk_term_add(out, options->colour, HK_STYLE_DIM, "      | ");
	hk_buf_addchn(out, ' ', (window.cut_left ? 3 : 0) + width_of(line.s, window.from, start));
	hk_term_begin(out, options->colour, style_of(diag->severity));
	hk_buf_addch(out, '^');
	size_t marked = width_of(line.s, start, end < window.to ? end : window.to > start ? window.to : start);
	hk_buf_addchn(out, '~', marked > 1 ? marked - 1 : 0);
	hk_term_end(out, options->colour, style_of(diag->severity));
	hk_buf_addch(out, '\n');
}

static void add_note(struct hk_buf *out, const char *label, const char *text, bool colour)
{
	hk_buf_addstr(out, "        ");
	hk_term_add(out, colour, HK_STYLE_GOOD, label);
	hk_buf_addf(out, ": %s\n", text);
}

/* The fix says what changes: the text that is replaced when it is all on the line shown. */
static void add_fix(struct hk_buf *out, const struct hk_diag *diag, bool colour)
{
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	struct hk_str line = hk_str_of(diag->source_line);
	size_t start, end;

	covered(diag, line, &start, &end);
	bool same = line.s && diag->fix_start == diag->range.start_byte && diag->fix_end == diag->range.end_byte && diag->range.end_line == diag->range.line &&
		    end - start == diag->fix_end - diag->fix_start;
	if (diag->fix_text[0] == '\0')
		hk_buf_addstr(&text, "remove ");
	else if (diag->fix_start == diag->fix_end)
		hk_buf_addstr(&text, "insert ");
	else
		hk_buf_addstr(&text, "replace ");
	if (same && end > start)
		hk_buf_addslice(&text, (struct hk_str){ line.s + start, end - start });
	else if (diag->fix_start != diag->fix_end)
		hk_buf_addf(&text, "bytes %u to %u", (unsigned)diag->fix_start, (unsigned)diag->fix_end);
	if (diag->fix_text[0]) {
		hk_buf_addstr(&text, diag->fix_start != diag->fix_end ? " with " : "");
		hk_buf_addscrubbed(&text, hk_str_of(diag->fix_text));
	}
	add_note(out, "fix", text.s, colour);
}

static void add_count(struct hk_buf *out, size_t count, const char *word, bool *first)
{
	if (!count)
		return;
	hk_buf_addf(out, "%s%zu %s%s", *first ? "" : ", ", count, word, count == 1 ? "" : "s");
	*first = false;
}

static void add_summary(struct hk_buf *out, const struct hk_diags *diags, const struct hk_out_diag_options *options)
{
	size_t files = hk_out_diag_files(diags, options), hidden = hk_out_diag_not_shown(diags);
	bool first = true;

	add_count(out, diags->errors, "error", &first);
	add_count(out, diags->warnings, "warning", &first);
	add_count(out, diags->notes, "note", &first);
	if (first)
		return;
	if (files)
		hk_buf_addf(out, " in %zu file%s", files, files == 1 ? "" : "s");
	if (hidden)
		hk_buf_addf(out, "; %zu not shown", hidden);
	if (diags->suppressed)
		hk_buf_addf(out, "; %zu suppressed", diags->suppressed);
	hk_buf_addch(out, '\n');
}

void hk_out_diag_text(const struct hk_diags *diags, const struct hk_out_diag_options *options, struct hk_buf *out)
{
	for (size_t i = 0; i < diags->list.n; i++) {
		const struct hk_diag *diag = &diags->list.v[i];
		if (options->errors_only && diag->severity != HK_ERROR)
			continue;
		add_headline(out, diag, options->colour);
		add_source(out, diag, options);
		if (diag->help)
			add_note(out, "help", diag->help, options->colour);
		if (diag->has_fix)
			add_fix(out, diag, options->colour);
		if (diag->related.file) {
			HK_AUTO_BUF struct hk_buf place = HK_BUF_INIT;
			add_place(&place, &diag->related);
			hk_buf_addstr(&place, diag->related_text);
			add_note(out, "see", place.s, options->colour);
		}
	}
	if (!options->errors_only || diags->errors)
		add_summary(out, diags, options);
}
