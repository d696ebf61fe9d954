/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From the command line to an API that can be asked. */
#include "api.h"
#include <stdlib.h>

#define ONE_EXCHANGE_US ((int64_t)30 * 1000000)

extern char **environ;

static const char *variable(const char *name)
{
	return getenv(name);
}

static void tell(void *closure, const char *text)
{
	const struct api_run *run = closure;
	if (run->env->common.verbose || run->env->err_width)
		hk_remark(run->env, "%s: %s", run->entry->name, text);
}

int api_findings(struct api_run *run, struct hk_err *err)
{
	hk_print_diags(run->env, &run->diags);
	if (err->status != HK_OK)
		return hk_fail(run->env, err);
	return HK_INVALID;
}

static int unknown_api(const struct api_run *run, const char *name)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	HK_AUTO_BUF struct hk_buf names = HK_BUF_INIT;
	for (size_t i = 0; i < run->entries.list.n; i++)
		hk_buf_addf(&names, "%s%s", i ? ", " : "", run->entries.list.v[i].name);
	if (names.len)
		hk_err_set(&err, HK_USAGE, "there is no network API '%s' among the documents; there are: %s", name, names.s);
	else
		hk_err_set(&err, HK_USAGE, "there is no network API '%s' among the documents; they are listed under spec.networkApis of a Topology (-f)", name);
	return hk_fail(run->env, &err);
}

static int load(struct api_run *run)
{
	static const char *const here[] = { "." };
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	const struct hk_opt_list *files = &run->config->files;
	if (hk_workspace_load(&run->workspace, files->n ? files->v : here, files->n ? files->n : 1, false, &run->diags, &err))
		return hk_fail(run->env, &err);
	hk_api_entries_read(&run->entries, &run->workspace, &run->diags);
	return run->diags.errors ? api_findings(run, &err) : HK_OK;
}

int api_open(struct api_run *run, const char *name, const char *const *assignments, size_t n)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	int status = load(run);
	if (status != HK_OK)
		return status;
	run->entry = hk_api_entries_find(&run->entries, name);
	if (!run->entry)
		return unknown_api(run, name);
	if (hk_api_adapter_find(&run->adapter, &run->library, &run->workspace, run->entry->adapter, &run->diags, &err))
		return api_findings(run, &err);
	for (size_t i = 0; i < n; i++)
		if (hk_api_values_add(&run->values, &run->adapter, assignments[i], &run->arena, &err))
			return hk_fail(run->env, &err);
	run->api = (struct hk_api){ .name = run->entry->name, .base_url = hk_api_base(run->entry, &run->arena), .adapter = &run->adapter };
	return HK_OK;
}

int api_connect(struct api_run *run)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	const struct hk_api_way way = {
		.record = run->config->record, .replay = run->config->replay, .insecure = run->config->insecure, .variable = variable, .environment = environ,
		.interrupted = run->env->interrupted,
		.exchange_us = ONE_EXCHANGE_US, .all_us = (int64_t)(run->config->timeout * 1e6), .correlation = hk_api_new_correlation(&run->arena),
	};
	if (hk_api_connect(&run->connection, run->entry, &run->adapter, &way, &run->api, &err))
		return hk_fail(run->env, &err);
	run->api.tell = tell;
	run->api.tell_closure = run;
	if (run->config->insecure)
		hk_remark(run->env, "warning: the server's certificate is not checked (--insecure)");
	return HK_OK;
}

void api_release(struct api_run *run)
{
	hk_api_disconnect(&run->connection);
	hk_api_values_release(&run->values);
	hk_api_library_release(&run->library);
	hk_api_entries_release(&run->entries);
	hk_workspace_release(&run->workspace);
	hk_diags_release(&run->diags);
	hk_arena_release(&run->arena);
}
