/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cmd.h"
#include "net/controller.h"
#include "out/ser.h"
#include "out/table.h"
#include <stddef.h>
#include <string.h>

struct config { struct hk_opt_list files; int format; };

static const char *const formats[] = { "text", "json", "yaml", NULL };
static const char *const actions[] = { "show", NULL };

static const struct hk_opt options[] = {
	{ .name = "file", .letter = 'f', .type = HK_OPT_LIST, .offset = offsetof(struct config, files), .metavar = "FILE", .help = "document or directory with the controllers (default: .)" },
	{ .name = "output", .letter = 'o', .type = HK_OPT_ENUM, .offset = offsetof(struct config, format), .choices = formats, .metavar = "FORMAT", .help = "how to print" },
	{ 0 },
};

static const struct hk_opt_example examples[] = {
	{ "hkctl net show -f topology.yaml", "the controllers, how they are reached, and how many links they change" },
	{ 0 },
};

static const struct hk_opt_spec spec = {
	.command = "hkctl net", .summary = "Network controllers.", .positional = "show [CONTROLLER...]", .min_args = 1, .max_args = HK_OPT_ANY, .options = options,
	.common = hk_common_options, .examples = examples,
};

static const char *protocol_port(const struct hk_controller *controller, struct hk_buf *text)
{
	hk_buf_reset(text);
	if (controller->port)
		hk_buf_addf(text, "%u", controller->port);
	return text->s;
}

static bool is_wanted(const struct hk_controller *controller, const struct hk_opt_args *args)
{
	for (size_t i = 1; i < args->n; i++)
		if (strcmp(args->v[i], controller->name) == 0)
			return true;
	return args->n == 1;
}

static void show_text(const struct hk_controllers *controllers, const struct hk_opt_args *args, unsigned width, struct hk_buf *text)
{
	static const struct hk_column columns[] = { { "CONTROLLER", HK_LEFT, false }, { "PROTOCOL", HK_LEFT, false }, { "HOST", HK_LEFT, false }, { "PORT", HK_RIGHT, false },
						    { "USER", HK_LEFT, false }, { "LINKS", HK_RIGHT, false } };
	struct hk_table *table = hk_table_new(columns, HK_COUNT(columns));
	HK_AUTO_BUF struct hk_buf port = HK_BUF_INIT;
	for (size_t i = 0; i < controllers->list.n; i++) {
		const struct hk_controller *controller = &controllers->list.v[i];
		if (!is_wanted(controller, args))
			continue;
		hk_table_cell(table, controller->name);
		hk_table_cell(table, controller->protocol);
		hk_table_cell(table, controller->host);
		hk_table_cell(table, protocol_port(controller, &port));
		hk_table_cell(table, controller->user);
		hk_table_cellf(table, "%zu", controller->links);
	}
	hk_table_print(table, 0, width, "", "", text);
	hk_table_free(table);
}

static int show_data(const struct hk_controllers *controllers, const struct hk_opt_args *args, enum hk_ser_format format, struct hk_buf *text, struct hk_err *err)
{
	struct hk_ser *ser = hk_ser_open(format, text);
	hk_ser_map(ser);
	hk_ser_kstr(ser, "formatVersion", "1.0");
	hk_ser_key(ser, "controllers");
	hk_ser_seq(ser);
	for (size_t i = 0; i < controllers->list.n; i++) {
		const struct hk_controller *controller = &controllers->list.v[i];
		if (!is_wanted(controller, args))
			continue;
		hk_ser_map(ser);
		hk_ser_kstr(ser, "name", controller->name);
		hk_ser_kstr(ser, "protocol", controller->protocol);
		hk_ser_kstr(ser, "host", controller->host);
		if (controller->port)
			hk_ser_kint(ser, "port", controller->port);
		hk_ser_kstr(ser, "user", controller->user);
		hk_ser_kint(ser, "links", (int64_t)controller->links);
		hk_ser_end(ser);
	}
	hk_ser_end(ser);
	hk_ser_end(ser);
	return hk_ser_close(ser, err);
}

static int show(const struct hk_env *env, const struct config *config, const struct hk_opt_args *args, const struct hk_controllers *controllers)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	for (size_t i = 1; i < args->n; i++)
		if (!hk_controllers_find(controllers, args->v[i])) {
			hk_err_set(&err, HK_USAGE, "there is no controller '%s' among the documents", args->v[i]);
			return hk_fail(env, &err);
		}
	if (!controllers->list.n)
		hk_remark(env, "the documents have no controllers; they are listed under spec.controllers of a Topology");
	if (config->format == 0)
		show_text(controllers, args, env->out_width, &text);
	else if (show_data(controllers, args, config->format == 1 ? HK_SER_JSON : HK_SER_YAML, &text, &err))
		return hk_fail(env, &err);
	return hk_print(&text, HK_OK);
}

static int run(const struct hk_env *env, const void *config_, const struct hk_opt_args *args)
{
	const struct config *config = config_;
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	if (strcmp(args->v[0], "show") != 0) {
		hk_err_set(&err, HK_USAGE, "'%s' is no action of 'hkctl net'; this version has: show", args->v[0]);
		return hk_fail(env, &err);
	}
	static const char *const here[] = { "." };
	struct hk_workspace workspace = { 0 };
	struct hk_controllers controllers = { 0 };
	struct hk_diags diags = HK_DIAGS_INIT;
	int status;
	if (hk_workspace_load(&workspace, config->files.n ? config->files.v : here, config->files.n ? config->files.n : 1, false, &diags, &err))
		status = hk_fail(env, &err);
	else {
		hk_controllers_read(&controllers, &workspace, &diags);
		if (diags.errors)
			hk_print_diags(env, &diags);
		status = diags.errors ? HK_INVALID : show(env, config, args, &controllers);
	}
	hk_controllers_release(&controllers);
	hk_workspace_release(&workspace);
	hk_diags_release(&diags);
	return status;
}

static void release(void *config)
{
	hk_vec_release(&((struct config *)config)->files);
}

static const struct config defaults = { 0 };
const struct hk_cmd hk_cmd_net = {
	.name = "net", .group = "Network", .summary = "network controllers: what they are set to", .spec = &spec, .defaults = &defaults, .config_size = sizeof defaults,
	.release = release, .run = run, .actions = actions,
};
