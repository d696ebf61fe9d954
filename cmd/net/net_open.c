/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From command line and documents to what each controller has and should have. */
#include "net.h"
#include "base/file.h"
#include "plan/changes.h"
#include "net/ssh.h"
#include <stdlib.h>
#include <string.h>

#define NETCONF_PORT 830
#define SSH_PORT 22

static void read_ssh_config(struct net_run *run, const char *home)
{
	HK_AUTO_ERR struct hk_err ignored = HK_ERR_INIT;
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	HK_AUTO_FREE char *path = hk_path_join(home, ".ssh/config");
	if (!hk_file_exists(path) || hk_file_read(path, HK_SSH_CONFIG_MAX, &text, &ignored))
		return;
	run->ssh_config = hk_ssh_config_parse((struct hk_str){ text.s, text.len }, path, home);
	for (size_t i = 0; i < hk_ssh_config_warning_count(run->ssh_config); i++)
		hk_remark(run->env, "warning: %s", hk_ssh_config_warning(run->ssh_config, i));
}

void net_open(struct net_run *run)
{
	const char *home = getenv("HOME");
	run->net = hk_net_new(NULL);
	run->pool = hk_ssh_pool_new(run->net, 0);
	if (home && *home)
		read_ssh_config(run, home);
}

/* This machine, with nothing of our own environment that could change what programs do. */
static struct hk_transport *connect_local(struct net_run *run)
{
	HK_AUTO_BUF struct hk_buf home = HK_BUF_INIT;
	const char *directory = getenv("HOME");
	char path[] = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", locale[] = "LC_ALL=C";
	hk_buf_addf(&home, "HOME=%s", directory && *directory ? directory : "/");
	return hk_transport_local(run->net, (char *[]){ path, locale, home.s, NULL });
}

/* NULL with err when it is not said well enough how to reach the controller. */
struct hk_transport *net_connect(struct net_run *run, const struct hk_controller *controller, struct hk_err *err)
{
	const struct hk_ssh_environment environment = { .home = getenv("HOME"), .user = getenv("USER"), .agent_socket = getenv("SSH_AUTH_SOCK") };
	const struct hk_ssh_wanted wanted = { .host = controller->host, .user = controller->user, .identity_file = controller->identity_file,
					      .known_hosts = controller->known_hosts,
		.port = controller->port, .default_port = strcmp(controller->protocol, "netconf") == 0 ? NETCONF_PORT : SSH_PORT };
	struct hk_ssh_target *target = hk_arena_alloc(&run->arena, sizeof *target);
	if (controller->local)
		return connect_local(run);
	if (!controller->host) {
		hk_err_set(err, HK_INVALID, "controller '%s' does not say how to reach it; add ssh: {host: ...}, or local: true for this machine",
			   controller->name);
		return NULL;
	}
	if (hk_ssh_config_resolve(run->ssh_config, &wanted, &environment, &run->arena, target, err))
		return NULL;
	return hk_ssh_transport(run->pool, target);
}

int net_load(struct net_run *run, const char *const *paths, size_t n_paths)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	if (hk_workspace_load(&run->workspace, paths, n_paths, false, &run->diags, &err))
		return hk_fail(run->env, &err);
	hk_controllers_read(&run->controllers, &run->workspace, &run->diags);
	if (!run->diags.errors)
		return HK_OK;
	hk_print_diags(run->env, &run->diags);
	return HK_INVALID;
}

/* Is the file one document of kind NetworkChanges? Whatever is wrong with it is said by who reads it. */
static bool has_changes(const char *path, struct hk_source *source, struct hk_doc *doc)
{
	HK_AUTO_ERR struct hk_err ignored = HK_ERR_INIT;
	struct hk_diags diags = HK_DIAGS_INIT;
	bool has = hk_source_load(source, path, HK_FILE_MAX, &ignored) == 0 && hk_yaml_read_one(source, false, doc, &diags) == 0;
	const char *kind = has ? hk_node_string(hk_node_get(doc->root, "kind")) : NULL;
	hk_diags_release(&diags);
	return kind && strcmp(kind, "NetworkChanges") == 0;
}

static int take_changes(struct net_run *run, const struct hk_doc *doc)
{
	struct hk_network_changes changes;
	int status = hk_network_changes_read(&changes, doc, &run->diags);
	for (size_t i = 0; status == 0 && i < changes.n_requests; i++)
		hk_remark(run->env, "warning: %s -> %s needs a way that is better, and no link of it has an option that says how; nothing is set for it",
			  changes.requests[i].from, changes.requests[i].to);
	if (status == 0)
		hk_wanted_add_plan(&run->wanted, &changes.plan, &run->controllers, &run->diags);
	hk_network_changes_release(&changes);
	if (!run->diags.errors)
		return HK_OK;
	hk_print_diags(run->env, &run->diags);
	return HK_INVALID;
}

int net_load_plan(struct net_run *run, const char *path)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	struct hk_source source = { 0 };
	struct hk_doc doc = { 0 };
	int status = HK_OK;
	bool changes = has_changes(path, &source, &doc);
	if (changes && run->only_plan) {
		hk_err_set(&err, HK_USAGE, "'%s' is no plan; changes of the network alone are carried out by 'hkctl net plan --save' and 'hkctl net apply'",
			   path);
		status = hk_fail(run->env, &err);
	} else if (changes)
		status = take_changes(run, &doc);
	else {
		status = hk_plan_open(run->env, path, &run->plan);
		run->has_plan = status == HK_OK;
	}
	hk_doc_release(&doc);
	hk_source_release(&source);
	return status;
}

int net_want(struct net_run *run)
{
	if (run->has_plan)
		hk_wanted_add_plan(&run->wanted, &run->plan, &run->controllers, &run->diags);
	hk_wanted_add_documents(&run->wanted, &run->workspace, &run->controllers, &run->diags);
	if (!run->diags.errors)
		hk_wanted_check(&run->wanted, &run->diags);
	if (!run->diags.errors)
		return net_check_types(run);
	hk_print_diags(run->env, &run->diags);
	return HK_INVALID;
}

static struct hk_device *open_controller(struct net_run *run, const struct hk_controller *controller, struct hk_err *err)
{
	const struct hk_dialect *dialect = hk_dialect_find(controller->protocol);
	struct hk_device_options options = { .controller = controller };
	if (!dialect) {
		hk_err_set(err, HK_INVALID, "controller '%s' speaks '%s', which hkctl does not", controller->name, controller->protocol);
		return NULL;
	}
	options.transport = net_connect(run, controller, err);
	return options.transport ? hk_device_open(dialect, &options) : NULL;
}

struct hk_device *net_open_device(void *closure, const struct hk_part *part, struct hk_err *err)
{
	struct net_run *run = closure;
	const struct hk_controller *controller = hk_controllers_find(&run->controllers, part->name);
	if (controller)
		return open_controller(run, controller, err);
	hk_err_set(err, HK_INVALID, "there is no controller '%s' among the documents; name them with -f", part->name);
	return NULL;
}

/* ---- asking ---- */

struct asking { struct hk_device **devices; struct hk_request *requests; struct hk_setting **settings; size_t n; };

static void open_asking(struct net_run *run, struct asking *a)
{
	a->n = run->wanted.devices.n;
	a->devices = hk_calloc(a->n + 1, sizeof *a->devices);
	a->requests = hk_calloc(a->n + 1, sizeof *a->requests);
	a->settings = hk_calloc(a->n + 1, sizeof *a->settings);
}

static void close_asking(struct asking *a)
{
	for (size_t i = 0; i < a->n; i++) {
		hk_device_close(a->devices[i]);
		hk_request_release(&a->requests[i]);
		free(a->settings[i]);
	}
	free(a->devices);
	free(a->requests);
	free(a->settings);
}

static int fill(struct net_run *run, struct asking *a, size_t i, struct hk_err *err)
{
	const struct hk_wanted_device *wanted = &run->wanted.devices.v[i];
	a->settings[i] = hk_calloc(wanted->settings.n + 1, sizeof *a->settings[i]);
	for (size_t s = 0; s < wanted->settings.n; s++)
		a->settings[i][s] = wanted->settings.v[s].setting;
	a->devices[i] = open_controller(run, wanted->controller, err);
	a->requests[i] = (struct hk_request){ .operation = HK_READ, .settings = a->settings[i], .n_settings = wanted->settings.n,
		.deadline_us = hk_net_now(run->net) + (int64_t)(run->config->timeout * 1e6), .err = HK_ERR_INIT };
	return a->devices[i] ? 0 : -1;
}

/* Every failure is printed: who mends one wants to know of the others. */
static int first_failure(struct net_run *run, const struct asking *a)
{
	int status = HK_OK;
	for (size_t i = 0; i < a->n; i++) {
		HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
		struct hk_request *request = &a->requests[i];
		if (request->finished && request->outcome == HK_OUTCOME_DONE)
			continue;
		hk_err_set(&err, request->finished ? request->err.status : HK_UNREACHABLE, "%s: %s", a->devices[i]->name,
			   request->finished ? request->err.message : "no answer");
		int this = hk_fail(run->env, &err);
		status = status == HK_OK ? this : status;
	}
	return status;
}

static int ask(struct net_run *run, struct asking *a)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	if (a->n && hk_requests_run(run->net, a->devices, a->requests, a->n, (size_t)run->config->max_parallel, run->env->interrupted, &err) &&
	    err.status == HK_INTERRUPTED)
		return hk_fail(run->env, &err);
	return first_failure(run, a);
}

/* What the topology says is there, and is not: the plan was made for another network. */
static void warn_drift(const struct net_run *run, const struct asking *a)
{
	for (size_t i = 0; i < a->n; i++)
		for (size_t s = 0; s < run->wanted.devices.v[i].settings.n; s++) {
			const struct hk_wanted_setting *wanted = &run->wanted.devices.v[i].settings.v[s];
			const struct hk_setting *there = hk_observation_find_near(&a->requests[i].observation, s, wanted->setting.object);
			HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
			if (!wanted->before || !there || !there->value || hk_setting_same(there->value, wanted->before) ||
			    hk_setting_same(there->value, wanted->setting.value))
				continue;
			hk_buf_addf(&text, "%s: ", run->wanted.devices.v[i].controller->name);
			hk_buf_addscrubbed(&text, hk_str_of(wanted->setting.object));
			hk_buf_addstr(&text, " is ");
			hk_buf_addscrubbed(&text, hk_str_of(there->value));
			hk_remark(run->env, "warning: %s, and the topology says %s", text.s, wanted->before);
		}
}

static int ask_wanted(struct net_run *run, struct asking *a)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	for (size_t i = 0; i < a->n; i++)
		if (fill(run, a, i, &err))
			return hk_fail(run->env, &err);
	return ask(run, a);
}

/* What a device shows is taken down for exactly the objects that are to change: those are read again when it is applied. */
static int ask_changing(struct net_run *run, struct asking *a)
{
	size_t n = 0;
	for (size_t i = 0; i < a->n; i++) {
		const struct hk_network_plan_device *device = &run->changes.devices[n];
		hk_request_release(&a->requests[i]);
		if (n == run->changes.n_devices || strcmp(device->controller, run->wanted.devices.v[i].controller->name) != 0)
			continue;
		a->settings[n] = hk_realloc(a->settings[n], (device->n_changes + 1) * sizeof *a->settings[n]);
		for (size_t c = 0; c < device->n_changes; c++)
			a->settings[n][c] = (struct hk_setting){ device->changes[c].object, NULL };
		struct hk_device *session = a->devices[i];
		a->devices[i] = a->devices[n];
		a->devices[n] = session;
		a->requests[n] = (struct hk_request){ .operation = HK_READ, .settings = a->settings[n], .n_settings = device->n_changes,
			.deadline_us = hk_net_now(run->net) + (int64_t)(run->config->timeout * 1e6), .err = HK_ERR_INIT };
		n++;
	}
	size_t all = a->n;
	a->n = n;
	int status = ask(run, a);
	for (size_t i = 0; status == HK_OK && i < n; i++)
		run->changes.devices[i].observed = hk_arena_strdup(&run->changes.arena, a->requests[i].observation.digest);
	a->n = all;
	return status;
}

int net_gather(struct net_run *run)
{
	struct asking a;
	open_asking(run, &a);
	int status = ask_wanted(run, &a);
	if (status == HK_OK) {
		const struct hk_observation **observed = hk_calloc(a.n + 1, sizeof *observed);
		for (size_t i = 0; i < a.n; i++)
			observed[i] = &a.requests[i].observation;
		hk_network_plan_make(&run->changes, &run->wanted, a.devices, observed, &run->workspace, run->has_plan ? run->plan.id : NULL);
		warn_drift(run, &a);
		free(observed);
		status = net_check_mandatory(run);
	}
	if (status == HK_OK)
		status = ask_changing(run, &a);
	close_asking(&a);
	if (status == HK_OK)
		hk_network_plan_want_sessions(&run->changes, &run->workspace, &run->diags);
	if (!run->diags.errors)
		return status;
	hk_print_diags(run->env, &run->diags);
	return HK_INVALID;
}

void net_release(struct net_run *run)
{
	hk_journal_close(run->journal);
	net_close_apis(run);
	hk_network_plan_release(&run->changes);
	hk_wanted_release(&run->wanted);
	hk_plan_release(&run->plan);
	hk_controllers_release(&run->controllers);
	hk_workspace_release(&run->workspace);
	hk_diags_release(&run->diags);
	hk_ssh_config_free(run->ssh_config);
	if (run->pool)
		hk_ssh_pool_free(run->pool);
	if (run->net)
		hk_net_free(run->net);
	hk_arena_release(&run->arena);
}
