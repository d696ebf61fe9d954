/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is to change, how it went, and a line that tells people meanwhile. */
#include "net.h"
#include "base/time.h"
#include "out/ser.h"
#include "out/table.h"
#include <stdio.h>
#include <string.h>

static const char *shown(const char *value)
{
	return value ? *value ? value : "(present)" : "(absent)";
}

/* The first end is what matters to who reviews it: until then it can be applied. */
static void add_end(const struct net_run *run, struct hk_buf *text)
{
	HK_AUTO_BUF struct hk_buf what = HK_BUF_INIT;
	double expires = hk_network_plan_end(&run->changes, &what);
	if (!(expires > 0))
		return;
	hk_buf_addstr(text, "To be applied before ");
	hk_time_print(expires, text);
	hk_buf_addf(text, ": then %s ends\n", what.s);
}

static void changes_text(const struct net_run *run, struct hk_buf *text)
{
	static const struct hk_column columns[] = { { "OBJECT", HK_LEFT, false }, { "FROM", HK_RIGHT, false }, { "TO", HK_RIGHT, false },
						    { "WHY", HK_LEFT, true } };
	size_t n = 0;
	for (size_t d = 0; d < run->changes.n_devices; d++) {
		const struct hk_network_plan_device *device = &run->changes.devices[d];
		struct hk_table *table = hk_table_new(columns, HK_COUNT(columns));
		for (size_t i = 0; i < device->n_changes; i++, n++) {
			hk_table_cell(table, device->changes[i].object);
			hk_table_cell(table, shown(device->changes[i].from));
			hk_table_cell(table, shown(device->changes[i].to));
			hk_table_cell(table, device->changes[i].why);
		}
		hk_buf_addf(text, "Controller %s\n", device->controller);
		hk_table_print(table, 2, run->env->out_width, "", "", text);
		hk_buf_addch(text, '\n');
		hk_table_free(table);
	}
	for (size_t i = 0; i < run->changes.n_sessions; i++) {
		const struct hk_network_plan_session *session = &run->changes.sessions[i];
		hk_buf_addf(text, "Session %s with %s\n ", session->name, session->api);
		for (size_t v = 0; v < session->n_values; v++) {
			hk_buf_addch(text, ' ');
			hk_buf_addscrubbed(text, hk_str_of(session->values[v]));
		}
		hk_buf_addstr(text, "\n\n");
	}
	if (run->changes.n_sessions)
		hk_buf_addf(text, "%zu session%s with operators\n", run->changes.n_sessions, run->changes.n_sessions == 1 ? "" : "s");
	add_end(run, text);
	hk_buf_addf(text, "%zu change%s on %zu controller%s\n", n, n == 1 ? "" : "s", run->changes.n_devices, run->changes.n_devices == 1 ? "" : "s");
}

static int changes_data(const struct net_run *run, enum hk_ser_format format, struct hk_buf *text, struct hk_err *err)
{
	struct hk_ser *ser = hk_ser_open(format, text);
	hk_ser_map(ser);
	hk_ser_kstr(ser, "formatVersion", "1.0");
	hk_network_plan_add_devices(ser, &run->changes);
	hk_network_plan_add_sessions(ser, &run->changes);
	hk_ser_end(ser);
	return hk_ser_close(ser, err);
}

int net_print_changes(const struct net_run *run)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	if (run->config->format == NET_TEXT)
		changes_text(run, &text);
	else if (changes_data(run, run->config->format == NET_JSON ? HK_SER_JSON : HK_SER_YAML, &text, &err))
		return hk_fail(run->env, &err);
	return hk_print(&text, HK_OK);
}

static void result_text(const struct net_run *run, const struct hk_transaction *t, struct hk_buf *text)
{
	static const struct hk_column columns[] = { { "CONTROLLER", HK_LEFT, false }, { "CHANGES", HK_RIGHT, false }, { "STATE", HK_LEFT, false },
						    { "SECONDS", HK_RIGHT, false },
						    { "HOW", HK_LEFT, true }, { "WHY", HK_LEFT, true } };
	struct hk_table *table = hk_table_new(columns, HK_COUNT(columns));
	size_t unknown = 0;
	for (size_t i = 0; i < t->n_parts; i++) {
		const struct hk_part *part = &t->parts[i];
		hk_table_cell(table, part->name);
		hk_table_cellf(table, "%zu", part->n_changes);
		hk_table_cell(table, hk_device_state_names[part->state]);
		hk_table_cellf(table, "%lld.%02lld", (long long)(part->busy_us / 1000000), (long long)(part->busy_us / 10000 % 100));
		hk_table_cell(table, part->strategy);
		hk_table_cellf(table, "%s%s%s", part->err.message ? part->err.message : "", part->fate ? "; " : "", part->fate ? part->fate : "");
		unknown += part->state == HK_DEVICE_UNKNOWN;
	}
	hk_table_print(table, 0, run->env->out_width, "", "", text);
	hk_table_free(table);
	hk_buf_addf(text, "Devices: %s", hk_verdict_names[t->verdict]);
	for (size_t i = 0, n = 0; unknown && i < t->n_parts; i++)
		if (t->parts[i].state == HK_DEVICE_UNKNOWN)
			hk_buf_addf(text, "%s%s", n++ ? ", " : ": ", t->parts[i].name);
	hk_buf_addch(text, '\n');
}

static void sessions_text(const struct net_run *run, const struct hk_sessions *s, struct hk_buf *text)
{
	static const struct hk_column columns[] = { { "SESSION", HK_LEFT, false }, { "API", HK_LEFT, false }, { "STATE", HK_LEFT, false },
						    { "ID", HK_LEFT, false }, { "WHY", HK_LEFT, true } };
	struct hk_table *table = hk_table_new(columns, HK_COUNT(columns));
	for (size_t i = 0; i < s->n; i++) {
		hk_table_cell(table, s->list[i].name);
		hk_table_cell(table, s->list[i].api);
		hk_table_cell(table, hk_session_state_names[s->list[i].state]);
		hk_table_cell(table, s->list[i].id);
		hk_table_cell(table, s->list[i].err.message);
	}
	hk_table_print(table, 0, run->env->out_width, "", "", text);
	hk_table_free(table);
	hk_buf_addf(text, "Sessions: %s\n", hk_verdict_names[s->verdict]);
}

static void ser_sessions(struct hk_ser *ser, const struct hk_sessions *s)
{
	hk_ser_kstr(ser, "sessionVerdict", s->n ? hk_verdict_names[s->verdict] : NULL);
	hk_ser_key(ser, "sessions");
	hk_ser_seq(ser);
	for (size_t i = 0; i < s->n; i++) {
		hk_ser_map(ser);
		hk_ser_kstr(ser, "name", s->list[i].name);
		hk_ser_kstr(ser, "api", s->list[i].api);
		hk_ser_kstr(ser, "state", hk_session_state_names[s->list[i].state]);
		hk_ser_kstr(ser, "id", s->list[i].id);
		hk_ser_kstr(ser, "error", s->list[i].err.message);
		hk_ser_end(ser);
	}
	hk_ser_end(ser);
}

static int result_data(const struct hk_transaction *t, const struct hk_sessions *sessions, enum hk_ser_format format, struct hk_buf *text, struct hk_err *err)
{
	struct hk_ser *ser = hk_ser_open(format, text);
	hk_ser_map(ser);
	hk_ser_kstr(ser, "formatVersion", "1.0");
	hk_ser_kstr(ser, "verdict", hk_verdict_names[t->verdict]);
	hk_ser_key(ser, "devices");
	hk_ser_seq(ser);
	for (size_t i = 0; i < t->n_parts; i++) {
		const struct hk_part *part = &t->parts[i];
		hk_ser_map(ser);
		hk_ser_kstr(ser, "controller", part->name);
		hk_ser_kint(ser, "changes", (int64_t)part->n_changes);
		hk_ser_kstr(ser, "state", hk_device_state_names[part->state]);
		hk_ser_knum(ser, "seconds", (double)(part->busy_us / 1000) / 1e3);
		hk_ser_kstr(ser, "strategy", part->strategy);
		hk_ser_kstr(ser, "error", part->err.message);
		hk_ser_kstr(ser, "fate", part->fate);
		hk_ser_end(ser);
	}
	hk_ser_end(ser);
	if (sessions->n)
		ser_sessions(ser, sessions);
	hk_ser_end(ser);
	return hk_ser_close(ser, err);
}

static void results_text(const struct net_run *run, const struct hk_transaction *t, const struct hk_sessions *sessions, struct hk_buf *text)
{
	if (t->n_parts || !sessions->n)
		result_text(run, t, text);
	if (!sessions->n)
		return;
	if (t->n_parts)
		hk_buf_addch(text, '\n');
	sessions_text(run, sessions, text);
}

int net_print_result(const struct net_run *run, const struct hk_transaction *t, const struct hk_sessions *sessions)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	if (run->config->format == NET_TEXT)
		results_text(run, t, sessions, &text);
	else if (result_data(t, sessions, run->config->format == NET_JSON ? HK_SER_JSON : HK_SER_YAML, &text, &err))
		return hk_fail(run->env, &err);
	return hk_print(&text, HK_OK);
}

/* ---- progress: one line that is written over on a terminal, a line for each device and stage else, and then only when asked for ---- */

void net_answered(void *closure, enum hk_stage stage, size_t answered, size_t total)
{
	struct net_run *run = closure;
	if (run->env->common.quiet || run->env->common.verbose || !run->env->err_width)
		return;
	fprintf(stderr, "\r\033[K%s: %zu of %zu devices", hk_stage_names[stage], answered, total);
	run->told = true;
}

void net_progress(void *closure, const struct hk_part *part, enum hk_stage stage, bool ended)
{
	const struct net_run *run = closure;
	if (ended && run->env->common.verbose && !run->env->common.quiet)
		fprintf(stderr, "hkctl: %s: %s %s\n", part->name, hk_stage_names[stage], part->failed ? "failed" : "done");
}

void net_progress_end(struct net_run *run)
{
	if (run->told)
		fputs("\r\033[K", stderr);
	run->told = false;
}
