/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cmd.h"
#include "out/ser.h"
#include "place/version.h"
#include "yaml/version.h"
#include <stddef.h>
#include <version.h>

struct config { int format; };

static const char *const formats[] = { "text", "json", "yaml", NULL };

static const struct hk_opt options[] = {
	{ .name = "output", .letter = 'o', .type = HK_OPT_ENUM, .offset = offsetof(struct config, format), .choices = formats, .metavar = "FORMAT",
	  .help = "how to print" },
	{ 0 },
};

static const struct hk_opt_spec spec = {
	.command = "hkctl version", .summary = "Version of hkctl, of its formats, and of every library: as compiled and as running.", .max_args = 0,
	.options = options,
	.common = hk_common_options,
};

struct library { const char *name, *compiled, *running; };

static int print_text(const struct library *libraries, size_t count)
{
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	hk_buf_addf(&text, "hkctl %s\nformats: documents hkctl.dev/v1alpha1, plan 1.0, JSON output 1.0\n", HK_VERSION);
	for (size_t i = 0; i < count; i++)
		hk_buf_addf(&text, "%s %s (compiled with %s)\n", libraries[i].name, libraries[i].running, libraries[i].compiled);
	return hk_print(&text, HK_OK);
}

static int run(const struct hk_env *env, const void *config_, const struct hk_opt_args *args)
{
	const struct config *config = config_;
	const struct library libraries[] = {
		{ "libfyaml", hk_libfyaml_compiled(), hk_libfyaml_running() },
		{ "libyaml", hk_libyaml_compiled(), hk_libyaml_running() },
		{ "GLPK", hk_glpk_compiled(), hk_glpk_running() },
	};
	(void)args;
	if (config->format == 0)
		return print_text(libraries, HK_COUNT(libraries));
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	struct hk_ser *ser = hk_ser_open(config->format == 1 ? HK_SER_JSON : HK_SER_YAML, &text);
	hk_ser_map(ser);
	hk_ser_kstr(ser, "formatVersion", "1.0");
	hk_ser_kstr(ser, "version", HK_VERSION);
	hk_ser_key(ser, "formats");
	hk_ser_map(ser);
	hk_ser_kstr(ser, "documents", "hkctl.dev/v1alpha1");
	hk_ser_kstr(ser, "plan", "1.0");
	hk_ser_kstr(ser, "json", "1.0");
	hk_ser_end(ser);
	hk_ser_key(ser, "libraries");
	hk_ser_seq(ser);
	for (size_t i = 0; i < HK_COUNT(libraries); i++) {
		hk_ser_map(ser);
		hk_ser_kstr(ser, "name", libraries[i].name);
		hk_ser_kstr(ser, "compiled", libraries[i].compiled);
		hk_ser_kstr(ser, "running", libraries[i].running);
		hk_ser_end(ser);
	}
	hk_ser_end(ser);
	hk_ser_end(ser);
	return hk_ser_close(ser, &err) ? hk_fail(env, &err) : hk_print(&text, HK_OK);
}

static const struct config defaults = { 0 };
const struct hk_cmd hk_cmd_version = {
	.name = "version", .group = "About", .summary = "versions of hkctl, its formats and its libraries", .spec = &spec, .defaults = &defaults,
	.config_size = sizeof defaults, .run = run,
};
