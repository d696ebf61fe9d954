/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sessions with operators' APIs as part of an apply: which API, with which credentials, told how. */
#include "net.h"
#include "net/api_connect.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern char **environ;

#define LEAST_US ((int64_t)300 * 1000000)       /* for one session, waiting included */

/* One operator's API. The second connection is for the way back, which nobody interrupts. */
struct net_api {
	const char *name;
	struct hk_api_adapter adapter;
	struct hk_api_library library;
	struct { bool opened; struct hk_api_connection connection; struct hk_api api; } ways[2];
};

struct net_apis { HK_VEC(struct net_api *) list; struct hk_api_entries entries; bool read; };

static const char *variable(const char *name)
{
	return getenv(name);
}

static void tell(void *closure, const char *text)
{
	const struct net_run *run = closure;
	if (run->env->common.verbose)
		hk_remark(run->env, "%s", text);
}

static const struct hk_api_entry *find_entry(struct net_run *run, const char *name, struct hk_err *err)
{
	const struct hk_api_entry *entry;
	if (!run->apis->read)
		hk_api_entries_read(&run->apis->entries, &run->workspace, &run->diags);
	run->apis->read = true;
	entry = hk_api_entries_find(&run->apis->entries, name);
	if (!entry || !entry->adapter || !entry->base_url)
		hk_err_set(err, HK_INVALID, "there is no network API '%s' among the documents that could be used; name them with -f", name);
	return entry && entry->adapter && entry->base_url ? entry : NULL;
}

static struct net_api *get_api(struct net_run *run, const struct hk_api_entry *entry, struct hk_err *err)
{
	struct net_api *api;
	for (size_t i = 0; i < run->apis->list.n; i++)
		if (strcmp(run->apis->list.v[i]->name, entry->name) == 0)
			return run->apis->list.v[i];
	api = hk_calloc(1, sizeof *api);
	api->name = entry->name;
	hk_vec_push(&run->apis->list, api);
	if (hk_api_adapter_find(&api->adapter, &api->library, &run->workspace, entry->adapter, &run->diags, err) == 0)
		return api;
	hk_err_set(err, err->status, "%s; name them with -f", hk_arena_strdup(&run->arena, err->message));
	run->apis->list.n--;
	hk_api_library_release(&api->library);
	free(api);
	return NULL;
}

static int open_way(struct net_run *run, struct net_api *api, const struct hk_api_entry *entry, bool heedless, struct hk_err *err)
{
	const struct hk_api_way way = {
		.variable = variable, .environment = environ, .interrupted = heedless ? NULL : run->env->interrupted,
		.exchange_us = (int64_t)(run->config->timeout * 1e6), .all_us = LEAST_US,
		.correlation = hk_api_new_correlation(&run->arena),
	};
	if (hk_api_connect(&api->ways[heedless].connection, entry, &api->adapter, &way, &api->ways[heedless].api, err)) {
		hk_api_disconnect(&api->ways[heedless].connection);
		return -1;
	}
	api->ways[heedless].opened = true;
	return 0;
}

int net_open_api(void *closure, const struct hk_session *session, bool heedless, struct hk_api **out, struct hk_err *err)
{
	struct net_run *run = closure;
	int64_t all = (int64_t)(run->config->timeout * 1e7);
	if (!run->apis)
		run->apis = hk_calloc(1, sizeof *run->apis);
	const struct hk_api_entry *entry = find_entry(run, session->api, err);
	struct net_api *api = entry ? get_api(run, entry, err) : NULL;
	if (!api || (!api->ways[heedless].opened && open_way(run, api, entry, heedless, err)))
		return -1;
	struct hk_api *it = &api->ways[heedless].api;
	it->deadline_us = it->clock.now_us(it->clock.closure) + (all > LEAST_US ? all : LEAST_US);
	it->tell = tell;
	it->tell_closure = run;
	*out = it;
	return 0;
}

void net_session_progress(void *closure, const struct hk_session *session, const char *what)
{
	struct net_run *run = closure;
	if (run->env->common.quiet)
		return;
	if (run->env->err_width) {
		fprintf(stderr, "\r\033[K%s: %s", session->name, what);
		run->told = true;
	} else if (run->env->common.verbose)
		fprintf(stderr, "hkctl: session %s: %s\n", session->name, what);
}

void net_close_apis(struct net_run *run)
{
	for (size_t i = 0; run->apis && i < run->apis->list.n; i++) {
		struct net_api *api = run->apis->list.v[i];
		for (size_t w = 0; w < HK_COUNT(api->ways); w++)
			if (api->ways[w].opened)
				hk_api_disconnect(&api->ways[w].connection);
		hk_api_library_release(&api->library);
		free(api);
	}
	if (run->apis) {
		hk_vec_release(&run->apis->list);
		hk_api_entries_release(&run->apis->entries);
	}
	free(run->apis);
	run->apis = NULL;
}
