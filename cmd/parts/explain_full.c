/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "explain.h"
#include "model/units.h"
#include "out/ser.h"
#include "out/table.h"
#include "place/rent.h"
#include <math.h>
#include <string.h>

/* Workloads up to which the world is solved again for the dearest few. */
enum { RESOLVED = 3, WORKLOADS_RESOLVED = 60 };

struct view { const struct hk_model *model; const struct hk_rents *rents; };

static void subject(const struct view *view, const struct hk_rent *rent, struct hk_buf *out)
{
	const struct hk_model *model = view->model;
	if (rent->is_link)
		hk_buf_addf(out, "link %s -> %s", model->clusters[model->links[rent->link].from].name, model->clusters[model->links[rent->link].to].name);
	else
		hk_buf_addf(out, "%s %s", model->clusters[rent->cluster].name, model->resources[rent->resource]);
}

static const char *unit_name(const struct view *view, const struct hk_rent *rent)
{
	const char *name = rent->is_link ? "" : view->model->resources[rent->resource];
	return rent->is_link ? "Mbit/s" : strcmp(name, "cpu") == 0 ? "core" : strcmp(name, "memory") == 0 ? "GiB" : "unit";
}

static void amount(const struct hk_rent *rent, double value, struct hk_buf *out)
{
	hk_unit_print(rent->is_link ? HK_UNIT_BITRATE : HK_UNIT_QUANTITY, value, out);
}

static void money(double value, struct hk_buf *out)
{
	if (isnan(value))
		hk_buf_addch(out, '-');
	else
		hk_buf_addround(out, value, 4);
}

static void show_text(const struct hk_env *env, const struct view *view, struct hk_buf *out)
{
	static const struct hk_column columns[] = {
		{ "FULL", HK_LEFT, false }, { "USED", HK_RIGHT, false }, { "OF", HK_RIGHT, false }, { "PRICE /h", HK_RIGHT, false },
		{ "ONE MORE", HK_LEFT, false }, { "SAVES /h", HK_RIGHT, false },
	};
	struct hk_table *table = hk_table_new(columns, HK_COUNT(columns));
	bool about = false;
	for (size_t i = 0; i < view->rents->n; i++) {
		const struct hk_rent *rent = &view->rents->v[i];
		struct hk_buf cells[5] = { HK_BUF_INIT, HK_BUF_INIT, HK_BUF_INIT, HK_BUF_INIT, HK_BUF_INIT };
		subject(view, rent, &cells[0]);
		amount(rent, rent->used, &cells[1]);
		amount(rent, rent->capacity, &cells[2]);
		money(rent->price, &cells[3]);
		money(rent->saving, &cells[4]);
		if (isfinite(rent->saving) && !rent->exact)
			hk_buf_addch(&cells[4], '~');
		about = about || (isfinite(rent->saving) && !rent->exact);
		for (size_t c = 0; c < 4; c++)
			hk_table_cell(table, cells[c].s);
		hk_table_cell(table, unit_name(view, rent));
		hk_table_cell(table, cells[4].s);
		for (size_t c = 0; c < HK_COUNT(cells); c++)
			hk_buf_release(&cells[c]);
	}
	if (view->rents->n == 0)
		hk_buf_addstr(out, "Nothing is full.\n");
	else {
		hk_table_print(table, 0, env->out_width, "", "", out);
		hk_buf_addstr(out, "\nPRICE: what the least cost would fall by for each unit more, as the relaxed model of all pipelines sees it.\nSAVES: solved again with one more unit on one node, or on the link; - where that was not done.\n");
		if (about)
			hk_buf_addstr(out, "~: a limit stopped a proof, the number is about right at best.\n");
	}
	hk_table_free(table);
}

static void show_json(const struct view *view, struct hk_ser *ser)
{
	hk_ser_seq(ser);
	for (size_t i = 0; i < view->rents->n; i++) {
		const struct hk_rent *rent = &view->rents->v[i];
		const struct hk_model *model = view->model;
		hk_ser_map(ser);
		hk_ser_kstr(ser, "kind", rent->is_link ? "link" : "cluster");
		if (rent->is_link) {
			hk_ser_kstr(ser, "from", model->clusters[model->links[rent->link].from].name);
			hk_ser_kstr(ser, "to", model->clusters[model->links[rent->link].to].name);
		} else {
			hk_ser_kstr(ser, "cluster", model->clusters[rent->cluster].name);
			hk_ser_kstr(ser, "resource", model->resources[rent->resource]);
		}
		hk_ser_knum(ser, "used", rent->used);
		hk_ser_knum(ser, "capacity", rent->capacity);
		hk_ser_knum(ser, "unit", rent->unit);
		hk_ser_knum(ser, "pricePerHour", explain_tidy(rent->price));
		hk_ser_knum(ser, "savingPerHour", explain_tidy(rent->saving));
		hk_ser_kbool(ser, "exact", rent->exact);
		hk_ser_end(ser);
	}
	hk_ser_end(ser);
}

static size_t workloads(const struct hk_model *model)
{
	size_t n = 0;
	for (size_t p = 0; p < model->n_pipelines; p++)
		n += model->pipelines[p].n_workloads;
	return n;
}

int explain_full(const struct hk_env *env, const struct explain_question *question)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	struct explain_world world = { 0 };
	struct hk_rents rents = { 0 };
	const struct hk_solve_options options = { .interrupt = env->interrupted };
	int status = explain_world_load(env, question, &world);
	const struct view view = { &world.inputs.model, &rents };
	if (!status && hk_rents_find(&rents, &world.inputs.model, &world.plan, workloads(&world.inputs.model) <= WORKLOADS_RESOLVED ? RESOLVED : 0, &options,
				     &err))
		status = hk_fail(env, &err);
	if (!status && question->json) {
		struct hk_ser *ser = hk_ser_open(HK_SER_JSON, &text);
		show_json(&view, ser);
		if (hk_ser_close(ser, &err))
			status = hk_fail(env, &err);
	} else if (!status)
		show_text(env, &view, &text);
	hk_rents_release(&rents);
	explain_world_release(&world);
	return status ? status : hk_print(&text, HK_OK);
}
