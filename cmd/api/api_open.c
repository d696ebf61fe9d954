/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From the command line to an API that can be asked. */
#include "api.h"
#include "base/rng.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define ONE_EXCHANGE_US ((int64_t)30 * 1000000)

extern char **environ;

static int64_t now_us(void *closure)
{
	struct timespec now;
	(void)closure;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static int sleep_us(void *closure, int64_t us)
{
	const struct hk_env *env = closure;
	int64_t until = now_us(NULL) + us;
	while (!*env->interrupted && now_us(NULL) < until) {
		int64_t left = until - now_us(NULL);
		struct timespec part = { left / 1000000, (long)(left % 1000000) * 1000 };
		if (nanosleep(&part, NULL) && errno != EINTR)
			break;
	}
	return *env->interrupted;
}

static struct hk_api_clock clock_of(const struct hk_env *env)
{
	union { const struct hk_env *in; void *out; } closure = { env };
	return (struct hk_api_clock){ now_us, sleep_us, closure.out };
}

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
	char *base = hk_arena_strdup(&run->arena, run->entry->base_url);
	for (size_t end = strlen(base); end && base[end - 1] == '/'; end--)
		base[end - 1] = '\0';
	run->api = (struct hk_api){ .name = run->entry->name, .base_url = base, .adapter = &run->adapter };
	return HK_OK;
}

static int open_http(struct api_run *run, struct hk_err *err)
{
	struct hk_http_tls tls = { .insecure = run->config->insecure };
	struct hk_http plain;
	if (run->config->replay)
		return hk_http_replay(&run->http, run->config->replay, err);
	hk_api_entry_tls(run->entry, &run->arena, &tls);
	if (hk_http_curl(&plain, &tls, run->env->interrupted, err) || hk_http_curl(&run->token_http, &tls, run->env->interrupted, err))
		return -1;
	if (!run->config->record) {
		run->http = plain;
		return 0;
	}
	return hk_http_record(&run->http, &plain, run->config->record, err);
}

static int no_header(void *closure, bool renew, const char **value, struct hk_err *err)
{
	(void)closure, (void)renew, (void)err;
	*value = NULL;
	return 0;
}

/* Names this run to the operator: when it started, and who ran. */
static const char *correlation(struct api_run *run)
{
	struct hk_rng rng;
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	hk_rng_seed(&rng, (uint64_t)now.tv_sec * 1000000007u + (uint64_t)now.tv_nsec * 31 + (uint64_t)getpid());
	return hk_arena_printf(&run->arena, "hkctl-%016llx", (unsigned long long)hk_rng_next(&rng));
}

int api_connect(struct api_run *run)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	struct hk_api *api = &run->api;
	api->clock = clock_of(run->env);
	if (open_http(run, &err))
		return hk_fail(run->env, &err);
	const struct hk_api_surroundings surroundings = { variable, environ, &run->token_http, api->clock, ONE_EXCHANGE_US };
	if (!run->config->replay) {
		run->credentials = hk_api_credentials_new(run->entry, &surroundings, &err);
		if (!run->credentials)
			return hk_fail(run->env, &err);
	}
	api->auth = run->credentials ? hk_api_credentials_auth(run->credentials) : (struct hk_api_auth){ no_header, NULL };
	api->http = &run->http;
	api->timeout_us = ONE_EXCHANGE_US;
	api->deadline_us = api->clock.now_us(api->clock.closure) + (int64_t)(run->config->timeout * 1e6);
	api->correlation = run->config->replay ? "hkctl-replay" : correlation(run);
	api->tell = tell;
	api->tell_closure = run;
	if (run->config->insecure)
		hk_remark(run->env, "warning: the server's certificate is not checked (--insecure)");
	return HK_OK;
}

void api_release(struct api_run *run)
{
	hk_api_credentials_free(run->credentials);
	hk_http_release(&run->http);
	hk_http_release(&run->token_http);
	hk_api_values_release(&run->values);
	hk_api_library_release(&run->library);
	hk_api_entries_release(&run->entries);
	hk_workspace_release(&run->workspace);
	hk_diags_release(&run->diags);
	hk_arena_release(&run->arena);
}
