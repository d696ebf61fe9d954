/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "place/mps.h"

#include "base/file.h"
#include "base/map.h"

#include <math.h>

/* CBC cuts fields at 159 bytes. */
enum { NAME_MAX_BYTES = 140 };

static void add_part(struct hk_buf *out, const char *part)
{
	for (; *part; part++) {
		bool plain = (*part >= 'a' && *part <= 'z') || (*part >= 'A' && *part <= 'Z') || (*part >= '0' && *part <= '9') || *part == '-' ||
		    *part == '_' ||
			     *part == '.' || *part == '/' || *part == ':';

		hk_buf_addch(out, plain ? *part : '_');
	}
}

/* kind[pipeline.subject>object,place>target] */
static void spell(const struct hk_milp_name *name, struct hk_buf *out)
{
	const char *parts[] = { name->pipeline, name->subject, name->object, name->place, name->target };
	static const char separators[] = { '.', '.', '>', ',', '>' };
	bool any = false;

	hk_buf_reset(out);
	hk_buf_addstr(out, name->kind);
	for (size_t i = 0; i < HK_COUNT(parts); i++) {
		if (!parts[i])
			continue;
		hk_buf_addch(out, any ? separators[i] : '[');
		add_part(out, parts[i]);
		any = true;
	}
	if (any)
		hk_buf_addch(out, ']');
	if (out->len > NAME_MAX_BYTES) {
		struct hk_buf shorter = HK_BUF_INIT;

		hk_buf_add(&shorter, out->s, NAME_MAX_BYTES);
		hk_buf_release(out);
		*out = shorter;
	}
}

struct names { struct hk_arena arena; struct hk_map taken; };

static const char *unique(struct names *names, const struct hk_milp_name *name)
{
	struct hk_buf text = HK_BUF_INIT;
	const char *kept;
	size_t base;

	spell(name, &text);
	base = text.len;
	kept = hk_arena_strdup(&names->arena, text.s);
	for (size_t number = 2; hk_map_put(&names->taken, hk_str_of(kept), 1) != HK_MAP_NONE; number++) {
		struct hk_buf numbered = HK_BUF_INIT;

		hk_buf_add(&numbered, text.s, base);
		hk_buf_addf(&numbered, "#%zu", number);
		kept = hk_arena_strdup(&names->arena, numbered.s);
		hk_buf_release(&numbered);
	}
	hk_buf_release(&text);
	return kept;
}

static void add_rows(const struct hk_milp *milp, const char **rows, struct hk_buf *out)
{
	static const char senses[] = { [HK_MILP_EQ] = 'E', [HK_MILP_LE] = 'L', [HK_MILP_GE] = 'G' };

	hk_buf_addstr(out, "ROWS\n N cost\n");
	for (size_t i = 0; i < milp->rows.n; i++)
		hk_buf_addf(out, " %c %s\n", senses[milp->rows.v[i].sense], rows[i]);
}

static void add_entry(struct hk_buf *out, const char *first, const char *second, double value)
{
	hk_buf_addf(out, " %s %s ", first, second);
	hk_buf_addnum(out, value);
	hk_buf_addch(out, '\n');
}

struct entry { uint32_t row; double value; };

static void add_columns(const struct hk_milp *milp, const char **rows, const char **columns, struct hk_buf *out)
{
	size_t *start = hk_calloc(milp->columns.n + 2, sizeof *start);
	struct entry *entries = hk_calloc(milp->terms.n + 1, sizeof *entries);
	bool integer = false;

	for (size_t k = 0; k < milp->terms.n; k++)
		start[milp->terms.v[k].column + 2]++;
	for (size_t j = 2; j <= milp->columns.n + 1; j++)
		start[j] += start[j - 1];
	for (size_t i = 0; i < milp->rows.n; i++)
		for (size_t k = 0; k < milp->rows.v[i].count; k++) {
			const struct hk_milp_term *term = &milp->terms.v[milp->rows.v[i].first + k];

			entries[start[term->column + 1]++] = (struct entry){ (uint32_t)i, term->value };
		}
	hk_buf_addstr(out, "COLUMNS\n");
	for (size_t j = 0; j < milp->columns.n; j++) {
		if (milp->columns.v[j].integer != integer)
			hk_buf_addf(out, " marker 'MARKER' '%s'\n", integer ? "INTEND" : "INTORG");
		integer = milp->columns.v[j].integer;
		if (milp->columns.v[j].cost != 0 || start[j] == start[j + 1])
			add_entry(out, columns[j], "cost", milp->columns.v[j].cost);
		for (size_t k = start[j]; k < start[j + 1]; k++)
			add_entry(out, columns[j], rows[entries[k].row], entries[k].value);
	}
	if (integer)
		hk_buf_addstr(out, " marker 'MARKER' 'INTEND'\n");
	hk_cleanup_free(&start);
	hk_cleanup_free(&entries);
}

static void add_bounds(const struct hk_milp *milp, const char **columns, struct hk_buf *out)
{
	hk_buf_addstr(out, "BOUNDS\n");
	for (size_t j = 0; j < milp->columns.n; j++) {
		const struct hk_milp_column *column = &milp->columns.v[j];

		if (column->lower == column->upper) {
			hk_buf_addstr(out, " FX");
			add_entry(out, "bounds", columns[j], column->lower);
			continue;
		}
		if (column->lower != 0) {
			hk_buf_addstr(out, " LO");
			add_entry(out, "bounds", columns[j], column->lower);
		}
		if (!isinf(column->upper)) {
			hk_buf_addstr(out, " UP");
			add_entry(out, "bounds", columns[j], column->upper);
		}
	}
}

void hk_mps_format(const struct hk_milp *milp, struct hk_buf *out)
{
	struct names row_names = { HK_ARENA_INIT, HK_MAP_INIT }, column_names = { HK_ARENA_INIT, HK_MAP_INIT };
	const char **rows = hk_calloc(milp->rows.n + 1, sizeof *rows), **columns = hk_calloc(milp->columns.n + 1, sizeof *columns);

	hk_map_put(&row_names.taken, HK_STR("cost"), 1);
	for (size_t i = 0; i < milp->rows.n; i++)
		rows[i] = unique(&row_names, &milp->rows.v[i].name);
	for (size_t j = 0; j < milp->columns.n; j++)
		columns[j] = unique(&column_names, &milp->columns.v[j].name);
	hk_buf_addstr(out, "NAME placement FREE\n");
	add_rows(milp, rows, out);
	add_columns(milp, rows, columns, out);
	hk_buf_addstr(out, "RHS\n");
	for (size_t i = 0; i < milp->rows.n; i++)
		if (milp->rows.v[i].rhs != 0)
			add_entry(out, "rhs", rows[i], milp->rows.v[i].rhs);
	add_bounds(milp, columns, out);
	hk_buf_addstr(out, "ENDATA\n");
	hk_map_release(&row_names.taken);
	hk_map_release(&column_names.taken);
	hk_arena_release(&row_names.arena);
	hk_arena_release(&column_names.arena);
	hk_cleanup_free(&rows);
	hk_cleanup_free(&columns);
}

int hk_mps_write(const struct hk_milp *milp, const char *path, struct hk_err *err)
{
	struct hk_buf out = HK_BUF_INIT;
	int result;

	hk_mps_format(milp, &out);
	result = hk_file_write(path, out.s, out.len, err);
	hk_buf_release(&out);
	return result;
}
