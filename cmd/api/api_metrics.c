/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Measurements of operators as a Metrics document, which plan and check read. */
#include "api.h"
#include "base/file.h"
#include "out/ser.h"
#include "out/table.h"
#include <stdlib.h>
#include <string.h>

/* The names of a pair's own values in a Metrics document; all others become values of named rules. */
static const char *const own[] = { "latency", "jitter", "loss", "bandwidth" };
#define OWN 4

struct pair { const char *from, *to; const struct hk_api_field *values[OWN]; const struct hk_api_row *row; };

static const char *end_of(const struct api_run *run, const struct hk_api_row *row, const char *name, const char *option)
{
	const struct hk_api_field *field = hk_api_row_get(row, name);
	const char *cluster = field ? hk_api_entry_cluster(run->entry, field->text) : NULL;
	return cluster ? cluster : option ? option : field ? field->text : NULL;
}

/* Of several measurements of one path the worst counts: the longest delay, the lowest rate. */
static void keep_worst(const struct hk_api_field **kept, const struct hk_api_field *field, bool low_is_worse)
{
	int order;
	if (!field)
		return;
	order = *kept ? hk_exact_compare(&field->quantity, &(*kept)->quantity) : 0;
	if (!*kept || (low_is_worse ? order < 0 : order > 0))
		*kept = field;
}

static size_t collect(const struct api_run *run, const struct hk_api_rows *rows, struct pair *pairs)
{
	size_t n = 0;
	for (size_t r = 0; r < rows->list.n; r++) {
		const struct hk_api_row *row = &rows->list.v[r];
		const char *from = end_of(run, row, "from", run->config->from), *to = end_of(run, row, "to", run->config->to);
		size_t i = 0;
		while (i < n && !(from && to && pairs[i].from && pairs[i].to && strcmp(pairs[i].from, from) == 0 && strcmp(pairs[i].to, to) == 0))
			i++;
		if (i == n)
			pairs[n++] = (struct pair){ from, to, { NULL }, row };
		for (size_t v = 0; v < OWN; v++)
			keep_worst(&pairs[i].values[v], hk_api_row_get(row, own[v]), v == OWN - 1);
	}
	return n;
}

static bool measured(const struct pair *pair)
{
	for (size_t v = 0; v < OWN; v++)
		if (pair->values[v])
			return true;
	return false;
}

static void write_pairs(struct hk_ser *ser, const struct pair *pairs, size_t n)
{
	bool any = false;
	for (size_t i = 0; i < n; i++) {
		if (!pairs[i].from || !pairs[i].to || !measured(&pairs[i]))
			continue;
		if (!any) {
			hk_ser_key(ser, "pairs");
			hk_ser_seq(ser);
		}
		any = true;
		hk_ser_map(ser);
		hk_ser_kstr(ser, "from", pairs[i].from);
		hk_ser_kstr(ser, "to", pairs[i].to);
		for (size_t v = 0; v < OWN; v++)
			if (pairs[i].values[v])
				hk_ser_kstr(ser, own[v], pairs[i].values[v]->text);
		hk_ser_end(ser);
	}
	if (any)
		hk_ser_end(ser);
}

static bool is_label(const char *name, bool both_ends)
{
	for (size_t v = 0; both_ends && v < OWN; v++)
		if (strcmp(own[v], name) == 0)
			return true;
	return strcmp(name, "from") == 0 || strcmp(name, "to") == 0 || strcmp(name, "target") == 0;
}

static void write_value(struct hk_ser *ser, const struct hk_api_field *field, const char *from, const char *to, const char *target)
{
	hk_ser_map(ser);
	hk_ser_kstr(ser, "name", field->name);
	if (from && to) {
		hk_ser_kstr(ser, "from", from);
		hk_ser_kstr(ser, "to", to);
	} else if (target)
		hk_ser_kstr(ser, "target", target);
	hk_ser_kstr(ser, "value", field->text);
	hk_ser_end(ser);
}

/* Verdicts and everything else that is no quantity of a pair of clusters. */
static void write_values(const struct api_run *run, struct hk_ser *ser, const struct hk_api_rows *rows)
{
	bool any = false;
	for (size_t r = 0; r < rows->list.n; r++) {
		const struct hk_api_row *row = &rows->list.v[r];
		const char *from = end_of(run, row, "from", run->config->from), *to = end_of(run, row, "to", run->config->to),
		    *target = end_of(run, row, "target", NULL);
		for (size_t i = 0; i < row->n; i++) {
			if (is_label(row->fields[i].name, from && to))
				continue;
			if (!any) {
				hk_ser_key(ser, "values");
				hk_ser_seq(ser);
			}
			any = true;
			write_value(ser, &row->fields[i], from, to, target ? target : from ? from : to);
		}
	}
	if (any)
		hk_ser_end(ser);
}

static int write_document(const struct api_run *run, const struct hk_api_rows *rows, struct hk_buf *text, struct hk_err *err)
{
	struct pair *pairs = hk_calloc(rows->list.n + 1, sizeof *pairs);
	struct hk_ser *ser = hk_ser_open(run->config->format == API_JSON ? HK_SER_JSON : HK_SER_YAML, text);
	size_t n = collect(run, rows, pairs);
	hk_ser_map(ser);
	hk_ser_kstr(ser, "apiVersion", "hkctl.dev/v1alpha1");
	hk_ser_kstr(ser, "kind", "Metrics");
	hk_ser_key(ser, "metadata");
	hk_ser_map(ser);
	hk_ser_kstr(ser, "name", run->entry->name);
	hk_ser_end(ser);
	hk_ser_key(ser, "spec");
	hk_ser_map(ser);
	write_pairs(ser, pairs, n);
	write_values(run, ser, rows);
	hk_ser_end(ser);
	hk_ser_end(ser);
	free(pairs);
	return hk_ser_close(ser, err);
}

static void write_table(const struct api_run *run, const struct hk_api_rows *rows, struct hk_buf *text)
{
	static const struct hk_column columns[] = { { "FROM", HK_LEFT, false }, { "TO", HK_LEFT, false }, { "NAME", HK_LEFT, false },
						    { "VALUE", HK_RIGHT, false } };
	struct hk_table *table = hk_table_new(columns, HK_COUNT(columns));
	for (size_t r = 0; r < rows->list.n; r++) {
		const struct hk_api_row *row = &rows->list.v[r];
		for (size_t i = 0; i < row->n; i++) {
			if (strcmp(row->fields[i].name, "from") == 0 || strcmp(row->fields[i].name, "to") == 0)
				continue;
			hk_table_cell(table, end_of(run, row, "from", run->config->from));
			hk_table_cell(table, end_of(run, row, "to", run->config->to));
			hk_table_cell(table, row->fields[i].name);
			hk_table_cell(table, row->fields[i].text);
		}
	}
	hk_table_print(table, 0, run->env->out_width, "", "", text);
	hk_table_free(table);
}

int api_print_metrics(const struct api_run *run, const struct hk_api_rows *rows)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	size_t values = 0;
	for (size_t r = 0; r < rows->list.n; r++)
		values += rows->list.v[r].n;
	if (!values) {
		hk_err_set(&err, HK_FAILED, "%s: nothing was measured", run->entry->name);
		return hk_fail(run->env, &err);
	}
	if (run->config->format == API_TEXT)
		write_table(run, rows, &text);
	else if (write_document(run, rows, &text, &err))
		return hk_fail(run->env, &err);
	return hk_print(&text, HK_OK);
}
