/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "out/table.h"
#include "base/arena.h"
#include "base/vec.h"

#define GAP 2
#define NARROWEST 8      /* columns are made narrower than this only when nothing else helps */
#define LEAST 3

struct hk_table {
	const struct hk_column *columns;
	size_t count;
	struct hk_arena arena;
	HK_VEC(struct hk_str) cells;
};

struct hk_table *hk_table_new(const struct hk_column *columns, size_t count)
{
	struct hk_table *table = hk_calloc(1, sizeof *table);
	table->columns = columns;
	table->count = count;
	return table;
}

void hk_table_free(struct hk_table *table)
{
	if (!table)
		return;
	hk_vec_release(&table->cells);
	hk_arena_release(&table->arena);
	hk_cleanup_free(&table);
}

size_t hk_table_rows(const struct hk_table *table)
{
	return table->cells.n / table->count;
}

void hk_table_cell(struct hk_table *table, const char *text)
{
	HK_AUTO_BUF struct hk_buf clean = HK_BUF_INIT;
	hk_buf_addscrubbed(&clean, hk_str_of(text));
	struct hk_str cell = { hk_arena_strdup(&table->arena, clean.s), clean.len };
	hk_vec_push(&table->cells, cell);
}

void hk_table_cellf(struct hk_table *table, const char *format, ...)
{
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	va_list args;
	va_start(args, format);
	hk_buf_vaddf(&text, format, args);
	va_end(args);
	hk_table_cell(table, text.s);
}

/* Widths of the content, then narrowed: the widest wrapping column gives first, then the widest of all, in the end down to LEAST. */
static void fit_widths(const struct hk_table *table, unsigned indent, unsigned width, size_t *widths)
{
	size_t total = indent + GAP * (table->count - 1);
	for (size_t c = 0; c < table->count; c++) {
		widths[c] = hk_utf8_width(hk_str_of(table->columns[c].title));
		for (size_t i = c; i < table->cells.n; i += table->count) {
			size_t w = hk_utf8_width(table->cells.v[i]);
			widths[c] = w > widths[c] ? w : widths[c];
		}
		total += widths[c];
	}
	for (int pass = 0; width && pass < 3; pass++)
		while (total > width) {
			size_t widest = table->count;
			for (size_t c = 0; c < table->count; c++)
				if ((pass || table->columns[c].wrap) && widths[c] > (pass < 2 ? NARROWEST : LEAST) &&
				    (widest == table->count || widths[c] > widths[widest]))
					widest = c;
			if (widest == table->count)
				break;
			widths[widest]--;
			total--;
		}
}

/* Bytes of `text` that fit in `width` columns. */
static size_t bytes_that_fit(struct hk_str text, size_t width)
{
	size_t at = 0;
	while (at < text.n) {
		unsigned step = hk_utf8_length(text.s + at, text.n - at);
		step = step ? step : 1;
		if (hk_utf8_width((struct hk_str){ text.s, at + step }) > width)
			break;
		at += step;
	}
	return at;
}

/* Take the next line of a cell: wrapping cells break at the last space that fits, others are cut. */
static void next_piece(struct hk_str *rest, size_t width, bool wrap, struct hk_buf *piece)
{
	if (hk_utf8_width(*rest) <= width) {
		hk_buf_addslice(piece, *rest);
		*rest = (struct hk_str){ rest->s + rest->n, 0 };
		return;
	}
	if (!wrap) {
		hk_buf_add(piece, rest->s, bytes_that_fit(*rest, width > 3 ? width - 3 : 0));
		hk_buf_addstr(piece, width > 3 ? "..." : "");
		*rest = (struct hk_str){ rest->s + rest->n, 0 };
		return;
	}
	size_t fits = bytes_that_fit(*rest, width), cut = fits;
	while (cut > 0 && rest->s[cut] != ' ')
		cut--;
	if (cut == 0)
		cut = fits ? fits : 1;
	hk_buf_add(piece, rest->s, cut);
	rest->s += cut;
	rest->n -= cut;
	while (rest->n && *rest->s == ' ') {
		rest->s++;
		rest->n--;
	}
}

static void add_padded(struct hk_buf *line, const struct hk_buf *piece, size_t width, enum hk_align align)
{
	size_t used = hk_utf8_width((struct hk_str){ piece->s, piece->len });
	size_t pad = width > used ? width - used : 0;
	if (align == HK_RIGHT)
		hk_buf_addchn(line, ' ', pad);
	hk_buf_add(line, piece->s, piece->len);
	if (align == HK_LEFT)
		hk_buf_addchn(line, ' ', pad);
}

static void trim_and_end(struct hk_buf *out, size_t line_start)
{
	while (out->len > line_start && out->s[out->len - 1] == ' ')
		out->s[--out->len] = '\0';
	hk_buf_addch(out, '\n');
}

static void print_row(const struct hk_table *table, const struct hk_str *cells, unsigned indent, const size_t *widths, struct hk_buf *out)
{
	HK_AUTO_FREE struct hk_str *rest = hk_calloc(table->count, sizeof *rest);
	memcpy(rest, cells, table->count * sizeof *rest);
	bool more = true;
	while (more) {
		more = false;
		size_t line_start = out->len;
		hk_buf_addchn(out, ' ', indent);
		for (size_t c = 0; c < table->count; c++) {
			HK_AUTO_BUF struct hk_buf piece = HK_BUF_INIT;
			next_piece(&rest[c], widths[c], table->columns[c].wrap, &piece);
			hk_buf_addchn(out, ' ', c ? GAP : 0);
			add_padded(out, &piece, widths[c], table->columns[c].align);
			more = more || rest[c].n;
		}
		trim_and_end(out, line_start);
	}
}

void hk_table_print(const struct hk_table *table, unsigned indent, unsigned width, const char *bold_start, const char *bold_end, struct hk_buf *out)
{
	HK_AUTO_FREE size_t *widths = hk_calloc(table->count, sizeof *widths);
	HK_AUTO_FREE struct hk_str *titles = hk_calloc(table->count, sizeof *titles);
	fit_widths(table, indent, width, widths);
	for (size_t c = 0; c < table->count; c++)
		titles[c] = hk_str_of(table->columns[c].title);
	hk_buf_addstr(out, bold_start);
	print_row(table, titles, indent, widths, out);
	if (*bold_end) {                      /* the style ends before the line does, so that pagers do not carry it on */
		out->s[--out->len] = '\0';
		hk_buf_addstr(out, bold_end);
		hk_buf_addch(out, '\n');
	}
	for (size_t row = 0; row + table->count <= table->cells.n; row += table->count)
		print_row(table, table->cells.v + row, indent, widths, out);
}
