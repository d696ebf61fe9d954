/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "api.h"
#include <stddef.h>
#include <string.h>

static const char *const formats[] = { "text", "json", "yaml", NULL };
static const char *const actions[] = { "discover", "metrics", "find", "request", "status", "extend", "release", "lint", NULL };

#define OPTION(n, l, t, field) .name = n, .letter = l, .type = t, .offset = offsetof(struct api_config, field)
static const struct hk_opt options[] = {
	{ OPTION("file", 'f', HK_OPT_LIST, files), .metavar = "PATH",
	  .help = "document or directory with the topology that names the API, and adapters of your own (default: .)" },
	{ OPTION("output", 'o', HK_OPT_ENUM, format), .choices = formats, .metavar = "FORMAT",
	  .help = "how to print; metrics as json or yaml are a Metrics document" },
	{ OPTION("dry-run", 'n', HK_OPT_FLAG, dry_run), .help = "print the request and send nothing" },
	{ OPTION("wait", 0, HK_OPT_FLAG, wait), .help = "request: wait until the operator has decided (default)" },
	{ OPTION("keep", 0, HK_OPT_FLAG, keep), .help = "request: do not release what did not become active" },
	{ OPTION("timeout", 0, HK_OPT_DURATION, timeout), .min = 0.1, .max = 86400, .metavar = "TIME",
	  .help = "for everything together, waiting too (default: 5m)" },
	{ OPTION("from", 0, HK_OPT_STRING, from), .metavar = "CLUSTER", .help = "metrics: where the measured path starts, when the reply does not say" },
	{ OPTION("to", 0, HK_OPT_STRING, to), .metavar = "CLUSTER", .help = "metrics: where the measured path ends" },
	{ OPTION("notifications", 0, HK_OPT_LIST, notifications), .metavar = "PATH",
	  .help = "metrics, status: read saved callbacks, a JSON file or a directory of them, and send nothing" },
	{ OPTION("contract", 0, HK_OPT_STRING, contract), .metavar = "FILE",
	  .help = "lint: the OpenAPI file the adapter is checked against, or a directory with the files that adapters name" },
	{ OPTION("record", 0, HK_OPT_STRING, record), .metavar = "FILE", .help = "write all exchanges to a new FILE, without secrets" },
	{ OPTION("replay", 0, HK_OPT_STRING, replay), .metavar = "FILE", .help = "take the replies from FILE and send nothing" },
	{ OPTION("insecure", 0, HK_OPT_FLAG, insecure), .help = "do not check the server's certificate: anybody on the way can read and change everything" },
	{ 0 },
};

static const struct hk_opt_example examples[] = {
	{ "hkctl api request operator-x profile=QOS_E duration=30m device.ipv4=203.0.113.7 device.port=40001 server.ipv4=198.51.100.4",
	  "ask for a quality-on-demand session and wait for it" },
	{ "hkctl api status operator-x id=3fa85f64-5717-4562-b3fc-2c963f66afa6", "how it is now" },
	{ "hkctl api release operator-x id=3fa85f64-5717-4562-b3fc-2c963f66afa6", "give it back" },
	{ "hkctl api metrics nef --from edge-a --to metro-1 -o yaml >metrics.yaml", "measurements for the next plan" },
	{ "hkctl api lint my-adapter.yaml --contract quality-on-demand.yaml", "check an adapter offline" },
	{ 0 },
};

static const struct hk_opt_spec spec = {
	.command = "hkctl api",
	.summary = "Operators' network APIs: what they offer, what they measure, and quality of service on request, through adapter files.",
	.positional = "discover|metrics|find|request|status|extend|release API [NAME=VALUE...] | lint [ADAPTER...]", .min_args = 1, .max_args = HK_OPT_ANY,
	.options = options,
	.common = hk_common_options, .examples = examples,
};

static int usage(const struct hk_env *env, const char *message)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	hk_err_set(&err, HK_USAGE, "%s", message);
	return hk_fail(env, &err);
}

static int send_and_print(struct api_run *run, const char *action)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	struct hk_api_result result = HK_API_RESULT_INIT;
	int status = api_connect(run);
	if (status == HK_OK && hk_api_do(&run->api, action, &run->values, run->config->wait, run->config->keep, &result, &err))
		status = hk_fail(run->env, &err);
	else if (status == HK_OK)
		status = strcmp(action, "metrics") == 0 ? api_print_metrics(run, &result.rows) : api_print_result(run, action, &result);
	hk_api_result_release(&result);
	return status;
}

static int find_and_print(struct api_run *run)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	struct hk_api_list list = HK_API_LIST_INIT;
	int status = api_connect(run);
	if (status == HK_OK)
		status = hk_api_find(&run->api, &run->values, &list, &err) ? hk_fail(run->env, &err) : api_print_list(run, &list);
	hk_api_list_release(&list);
	return status;
}

static int read_and_print(struct api_run *run, const char *action)
{
	struct hk_api_result result = HK_API_RESULT_INIT;
	int status = api_read_notifications(run, action, &result);
	if (status == HK_OK)
		status = strcmp(action, "metrics") == 0 ? api_print_metrics(run, &result.rows) : api_print_result(run, action, &result);
	hk_api_result_release(&result);
	return status;
}

static int act(struct api_run *run, const struct hk_opt_args *args)
{
	const char *action = args->v[0];
	int status = api_open(run, args->v[1], args->v + 2, args->n - 2);
	if (status != HK_OK)
		return status;
	if (run->config->dry_run)
		return api_print_request(run, action);
	if (run->config->notifications.n)
		return read_and_print(run, action);
	return strcmp(action, "find") == 0 ? find_and_print(run) : send_and_print(run, action);
}

static int run(const struct hk_env *env, const void *config, const struct hk_opt_args *args)
{
	struct api_run this = { .env = env, .config = config, .diags = HK_DIAGS_INIT };
	size_t i = 0;
	int status;
	while (actions[i] && strcmp(actions[i], args->v[0]) != 0)
		i++;
	if (!actions[i])
		return usage(env, "the first word says what to do: discover, metrics, find, request, status, extend, release or lint");
	if (strcmp(args->v[0], "lint") == 0)
		return api_lint(env, config, args);
	if (args->n < 2)
		return usage(env, "name the API; APIs are listed under spec.networkApis of a Topology");
	if (this.config->notifications.n && strcmp(args->v[0], "metrics") != 0 && strcmp(args->v[0], "status") != 0)
		return usage(env, "--notifications goes with metrics and status alone");
	if (this.config->record && this.config->replay)
		return usage(env, "--record and --replay exclude each other");
	status = act(&this, args);
	api_release(&this);
	return status;
}

static void release(void *config)
{
	hk_vec_release(&((struct api_config *)config)->files);
	hk_vec_release(&((struct api_config *)config)->notifications);
}

static const char *action_at(size_t index)
{
	return index < HK_COUNT(actions) ? actions[index] : NULL;
}

static const struct api_config defaults = { .wait = true, .timeout = 300 };

const struct hk_cmd hk_cmd_api = {
	.name = "api", .group = "Network", .summary = "operators' network APIs: discover, measure, request quality of service, release", .spec = &spec,
	.defaults = &defaults,
	.config_size = sizeof defaults, .release = release, .run = run, .word = action_at,
};
