/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "api.h"
#include "out/ser.h"
#include "out/table.h"
#include <string.h>

int api_print_request(const struct api_run *run, const char *action)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	HK_AUTO_BUF struct hk_buf path = HK_BUF_INIT, body = HK_BUF_INIT, text = HK_BUF_INIT, url = HK_BUF_INIT;
	const char *method = hk_node_string(hk_node_get(hk_api_action(&run->adapter, action), "method"));
	if (hk_api_build(&run->api, action, &run->values, &path, &body, &err))
		return hk_fail(run->env, &err);
	if (run->config->format == API_TEXT) {
		hk_buf_addf(&text, "%s %s%s\n", method, run->api.base_url, path.s);
		if (body.len)
			hk_buf_addf(&text, "%s\n", body.s);
		return hk_print(&text, HK_OK);
	}
	struct hk_ser *ser = hk_ser_open(run->config->format == API_JSON ? HK_SER_JSON : HK_SER_YAML, &text);
	hk_ser_map(ser);
	hk_ser_kstr(ser, "formatVersion", "1.0");
	hk_ser_kstr(ser, "method", method);
	hk_buf_addf(&url, "%s%s", run->api.base_url, path.s);
	hk_ser_kstr(ser, "url", url.s);
	hk_ser_kstr(ser, "body", body.len ? body.s : NULL);
	hk_ser_end(ser);
	return hk_ser_close(ser, &err) ? hk_fail(run->env, &err) : hk_print(&text, HK_OK);
}

/* Names of all rows, in the order the adapter has them. */
static size_t columns_of(const struct hk_node *from, const struct hk_api_rows *rows, const char **names, size_t most)
{
	size_t n = 0;
	hk_for_each_item(out, hk_node_get(from, "out")) {
		const char *name = hk_node_string(hk_node_get(out, "name"));
		bool used = false;
		for (size_t i = 0; i < rows->list.n && !used; i++)
			used = hk_api_row_get(&rows->list.v[i], name);
		if (used && n < most)
			names[n++] = name;
	}
	return n;
}

static void table_text(const struct api_run *run, const struct hk_node *from, const struct hk_api_rows *rows, struct hk_buf *text)
{
	const char *names[64];
	struct hk_column columns[64];
	size_t n = columns_of(from, rows, names, HK_COUNT(names));
	struct hk_table *table;
	if (!n) {
		hk_buf_addstr(text, "Nothing.\n");
		return;
	}
	for (size_t i = 0; i < n; i++)
		columns[i] = (struct hk_column){ names[i], HK_LEFT, false };
	table = hk_table_new(columns, n);
	for (size_t r = 0; r < rows->list.n; r++)
		for (size_t i = 0; i < n; i++) {
			const struct hk_api_field *field = hk_api_row_get(&rows->list.v[r], names[i]);
			hk_table_cell(table, field ? field->text : NULL);
		}
	hk_table_print(table, 0, run->env->out_width, "", "", text);
	hk_table_free(table);
}

static void fields_text(const struct hk_api_row *row, struct hk_buf *text)
{
	for (size_t i = 0; i < row->n; i++) {
		hk_buf_addf(text, "%s: ", row->fields[i].name);
		hk_buf_addscrubbed(text, hk_str_of(row->fields[i].text));
		hk_buf_addch(text, '\n');
	}
}

static void result_text(const struct api_run *run, const char *action, const struct hk_api_result *result, struct hk_buf *text)
{
	const struct hk_node *node = hk_api_action(&run->adapter, action);
	if (strcmp(action, "discover") == 0) {
		table_text(run, node, &result->rows, text);
		return;
	}
	if (strcmp(action, "release") == 0) {
		hk_buf_addstr(text, result->absent ? "There is nothing of that id (any more).\n" : "Released.\n");
		return;
	}
	if (result->id) {
		hk_buf_addstr(text, "id: ");
		hk_buf_addscrubbed(text, hk_str_of(result->id));
		hk_buf_addch(text, '\n');
	}
	hk_buf_addf(text, "state: %s", result->absent ? "absent" : hk_api_state_names[result->state]);
	if (result->word)
		hk_buf_addf(text, " (%s)", result->word);
	hk_buf_addch(text, '\n');
	for (size_t i = 0; i < result->rows.list.n; i++)
		fields_text(&result->rows.list.v[i], text);
}

static int result_data(const struct api_run *run, const char *action, const struct hk_api_result *result, struct hk_buf *text, struct hk_err *err)
{
	struct hk_ser *ser = hk_ser_open(run->config->format == API_JSON ? HK_SER_JSON : HK_SER_YAML, text);
	hk_ser_map(ser);
	hk_ser_kstr(ser, "formatVersion", "1.0");
	hk_ser_kstr(ser, "api", run->entry->name);
	hk_ser_kstr(ser, "adapter", run->adapter.name);
	hk_ser_kstr(ser, "action", action);
	if (strcmp(action, "discover") != 0) {
		hk_ser_kstr(ser, "id", result->id);
		hk_ser_kstr(ser, "state", result->absent || strcmp(action, "release") == 0 ? "absent" : hk_api_state_names[result->state]);
		hk_ser_kstr(ser, "operatorState", result->word);
	}
	hk_ser_key(ser, "rows");
	hk_ser_seq(ser);
	for (size_t r = 0; r < result->rows.list.n; r++) {
		hk_ser_map(ser);
		for (size_t i = 0; i < result->rows.list.v[r].n; i++)
			hk_ser_kstr(ser, result->rows.list.v[r].fields[i].name, result->rows.list.v[r].fields[i].text);
		hk_ser_end(ser);
	}
	hk_ser_end(ser);
	hk_ser_end(ser);
	return hk_ser_close(ser, err);
}

int api_print_result(const struct api_run *run, const char *action, const struct hk_api_result *result)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	if (run->config->format == API_TEXT)
		result_text(run, action, result, &text);
	else if (result_data(run, action, result, &text, &err))
		return hk_fail(run->env, &err);
	return hk_print(&text, HK_OK);
}

static void list_text(const struct api_run *run, const struct hk_api_list *list, struct hk_buf *text)
{
	static const struct hk_column columns[] = { { "ID", HK_LEFT, false }, { "STATE", HK_LEFT, false }, { "SAME", HK_LEFT, false } };
	struct hk_table *table = hk_table_new(columns, HK_COUNT(columns));
	for (size_t i = 0; i < list->list.n; i++) {
		hk_table_cell(table, list->list.v[i].id);
		hk_table_cell(table, hk_api_state_names[list->list.v[i].state]);
		hk_table_cell(table, list->list.v[i].same ? "yes" : "no");
	}
	if (list->list.n)
		hk_table_print(table, 0, run->env->out_width, "", "", text);
	else
		hk_buf_addstr(text, "Nothing.\n");
	hk_table_free(table);
}

int api_print_list(const struct api_run *run, const struct hk_api_list *list)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	if (run->config->format == API_TEXT) {
		list_text(run, list, &text);
		return hk_print(&text, HK_OK);
	}
	struct hk_ser *ser = hk_ser_open(run->config->format == API_JSON ? HK_SER_JSON : HK_SER_YAML, &text);
	hk_ser_map(ser);
	hk_ser_kstr(ser, "formatVersion", "1.0");
	hk_ser_kstr(ser, "api", run->entry->name);
	hk_ser_kstr(ser, "adapter", run->adapter.name);
	hk_ser_kstr(ser, "action", "find");
	hk_ser_key(ser, "found");
	hk_ser_seq(ser);
	for (size_t i = 0; i < list->list.n; i++) {
		hk_ser_map(ser);
		hk_ser_kstr(ser, "id", list->list.v[i].id);
		hk_ser_kstr(ser, "state", hk_api_state_names[list->list.v[i].state]);
		hk_ser_kbool(ser, "same", list->list.v[i].same);
		hk_ser_end(ser);
	}
	hk_ser_end(ser);
	hk_ser_end(ser);
	return hk_ser_close(ser, &err) ? hk_fail(run->env, &err) : hk_print(&text, HK_OK);
}
