/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is wanted, against YANG modules: found out here, and not by a device in the middle of a change. */
#include "net.h"
#include "base/file.h"
#include "net/yang.h"
#include "net/yang_fetch.h"
#include "out/table.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern char **environ;

#define FINDINGS_MAX 50

struct check { struct hk_yang yang; struct hk_buf scratch; };

static void end_check(struct check *check)
{
	HK_AUTO_FREE char *data = check->scratch.len ? hk_path_join(check->scratch.s, "data.xml") : NULL;
	if (data) {
		unlink(data);
		rmdir(check->scratch.s);
	}
	hk_buf_release(&check->scratch);
	hk_yang_release(&check->yang);
}

/* 1: go on; 0: there is nothing to check with; -1 with err. */
static int begin_check(const struct net_run *run, struct check *check, struct hk_err *err)
{
	const char *directory = getenv("TMPDIR");
	*check = (struct check){ .scratch = HK_BUF_INIT };
	if (!run->config->yang)
		return 0;
	hk_buf_addf(&check->scratch, "%s/hkctl-yang-XXXXXX", directory && *directory ? directory : "/tmp");
	if (!mkdtemp(check->scratch.s)) {
		hk_err_errno(err, errno, "cannot make '%s'", check->scratch.s);
		hk_buf_reset(&check->scratch);
		return -1;
	}
	if (hk_yang_open(&check->yang, run->config->yang, check->scratch.s, environ, err))
		return -1;
	return hk_yang_is_there(&check->yang);
}

static bool is_netconf(const struct hk_controller *controller)
{
	return strcmp(controller->protocol, "netconf") == 0;
}

static void blame(struct net_run *run, const struct hk_controller *controller, const struct hk_wanted_setting *wanted, const char *why)
{
	struct hk_diag *diag = hk_node_diag(&run->diags, &wanted->document->doc, wanted->node, HK1319, "controller '%s', %s = '%s': %s", controller->name,
					    wanted->setting.object, wanted->setting.value, why);
	if (wanted->why)
		hk_diag_help(&run->diags, diag, "it comes from the plan: %s", wanted->why);
}

struct search { struct net_run *run; struct hk_yang *yang; const struct hk_wanted_device *device; const struct hk_setting *settings; size_t found; };

/* Say what does not fit among n settings of which some do not, half by half: each question is a run of yanglint. */
static int find_misfits(struct search *search, size_t first, size_t n, const char *why, struct hk_err *err)
{
	if (n == 1) {
		blame(search->run, search->device->controller, &search->device->settings.v[first], why);
		search->found++;
		return 0;
	}
	for (size_t half = 0; half < 2 && search->found < FINDINGS_MAX; half++) {
		size_t begin = half ? first + n / 2 : first, count = half ? n - n / 2 : n / 2;
		HK_AUTO_BUF struct hk_buf reason = HK_BUF_INIT;
		int fits = hk_yang_fits(search->yang, search->device->controller, search->settings + begin, count, &reason, err);
		if (fits < 0 || (fits == 0 && find_misfits(search, begin, count, reason.s, err)))
			return -1;
	}
	return 0;
}

/* All values of a controller at once; only when something is wrong, which ones. */
static int check_device(struct net_run *run, struct hk_yang *yang, const struct hk_wanted_device *device, struct hk_err *err)
{
	HK_AUTO_BUF struct hk_buf why = HK_BUF_INIT;
	struct hk_setting *settings = hk_calloc(device->settings.n + 1, sizeof *settings);
	struct search search = { run, yang, device, settings, 0 };
	const struct hk_net_model *missing = hk_yang_missing(yang, device->controller);
	if (missing)
		hk_node_diag(&run->diags, &device->controller->document->doc, device->controller->node, HK1320,
			     "controller '%s': no module in '%s' has the namespace '%s'", device->controller->name, yang->directory, missing->name_space);
	for (size_t i = 0; i < device->settings.n; i++)
		settings[i] = device->settings.v[i].setting;
	int fits = missing ? 1 : hk_yang_fits(yang, device->controller, settings, device->settings.n, &why, err);
	if (fits == 0)
		fits = find_misfits(&search, 0, device->settings.n, why.s, err);
	if (fits == 0 && !search.found)      /* each fits, and together they do not */
		hk_node_diag(&run->diags, &device->controller->document->doc, device->controller->node, HK1319, "controller '%s': %s", device->controller->name,
			     why.s);
	free(settings);
	return fits < 0 ? -1 : 0;
}

static int end_status(struct net_run *run, struct check *check, int status, struct hk_err *err)
{
	end_check(check);
	if (status < 0)
		return hk_fail(run->env, err);
	if (run->diags.errors || (run->diags.warnings && !run->changes.n_devices))      /* warnings once: before there are changes */
		hk_print_diags(run->env, &run->diags);
	return run->diags.errors ? HK_INVALID : HK_OK;
}

int net_check_types(struct net_run *run)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	struct check check;
	int status = begin_check(run, &check, &err);
	if (status == 0 && run->config->yang)
		hk_remark(run->env, "warning: yanglint (libyang) is not installed, so nothing is checked against '%s'", run->config->yang);
	for (size_t i = 0; status > 0 && i < run->wanted.devices.n; i++)
		if (is_netconf(run->wanted.devices.v[i].controller) && check_device(run, &check.yang, &run->wanted.devices.v[i], &err))
			status = -1;
	return end_status(run, &check, status, &err);
}

/* ---- mandatory leaves of what comes into being ---- */

static const struct hk_wanted_device *wanted_of(const struct net_run *run, const char *controller)
{
	for (size_t i = 0; i < run->wanted.devices.n; i++)
		if (strcmp(run->wanted.devices.v[i].controller->name, controller) == 0)
			return &run->wanted.devices.v[i];
	return NULL;
}

static void blame_lack(struct net_run *run, const struct hk_wanted_device *wanted, const struct hk_yang_lack *lack)
{
	const struct hk_node *node = wanted->controller->node;
	const struct hk_document *document = wanted->controller->document;
	for (size_t i = 0; i < wanted->settings.n; i++)
		if (strncmp(wanted->settings.v[i].setting.object, lack->entry, strlen(lack->entry)) == 0) {
			node = wanted->settings.v[i].node;
			document = wanted->settings.v[i].document;
			break;
		}
	hk_diag_help(&run->diags,
		     hk_node_diag(&run->diags, &document->doc, node, HK1319, "controller '%s': %s would be new, and its mandatory leaf '%s' is not set",
				  wanted->controller->name, lack->entry, lack->leaf), "add a setting for %s/%s", lack->entry, lack->leaf);
}

int net_check_mandatory(struct net_run *run)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	struct hk_yang_lacks lacks = { 0 };
	struct check check;
	int status = begin_check(run, &check, &err);
	for (size_t i = 0; status > 0 && i < run->changes.n_devices; i++) {
		const struct hk_network_plan_device *device = &run->changes.devices[i];
		const struct hk_wanted_device *wanted = wanted_of(run, device->controller);
		lacks.list.n = 0;
		if (!wanted || !is_netconf(wanted->controller) || hk_yang_missing(&check.yang, wanted->controller))
			continue;
		if (hk_yang_mandatory(&check.yang, wanted->controller, device->changes, device->n_changes, &lacks, &err))
			status = -1;
		for (size_t l = 0; status > 0 && l < lacks.list.n && l < FINDINGS_MAX; l++)
			blame_lack(run, wanted, &lacks.list.v[l]);
	}
	hk_vec_release(&lacks.list);
	return end_status(run, &check, status, &err);
}

/* ---- fetching ---- */

struct fetches { struct hk_yang_fetch *v; size_t n; };

static bool all_finished(void *context)
{
	const struct fetches *all = context;
	for (size_t i = 0; i < all->n; i++)
		if (!all->v[i].finished)
			return false;
	return true;
}

static int begin_fetches(struct net_run *run, const struct hk_opt_args *args, struct fetches *all, struct hk_err *err)
{
	for (size_t i = 1; i < args->n; i++) {
		const struct hk_controller *controller = hk_controllers_find(&run->controllers, args->v[i]);
		if (!controller || !is_netconf(controller))
			return hk_err_set(err, HK_USAGE, "there is no NETCONF controller '%s' among the documents", args->v[i]);
	}
	for (size_t i = 0; i < run->controllers.list.n; i++) {
		const struct hk_controller *controller = &run->controllers.list.v[i];
		struct hk_yang_fetch *fetch = &all->v[all->n];
		if (!net_is_named(controller, args) || !is_netconf(controller))
			continue;
		*fetch = (struct hk_yang_fetch){ .controller = controller, .directory = run->config->yang, .timeout_us = (int64_t)(run->config->timeout * 1e6),
						 .err = HK_ERR_INIT,
			.without = HK_BUF_INIT, .arena = HK_ARENA_INIT, .transport = net_connect(run, controller, err) };
		if (!fetch->transport)
			return -1;
		all->n++;
		hk_yang_fetch_start(fetch);
	}
	return 0;
}

static int tell_fetches(struct net_run *run, const struct fetches *all)
{
	static const struct hk_column columns[] = { { "CONTROLLER", HK_LEFT, false }, { "MODULES", HK_RIGHT, false }, { "FETCHED", HK_RIGHT, false },
						    { "NOT HANDED OUT", HK_LEFT, true } };
	struct hk_table *table = hk_table_new(columns, HK_COUNT(columns));
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	int status = HK_OK;
	for (size_t i = 0; i < all->n; i++) {
		struct hk_yang_fetch *fetch = &all->v[i];
		if (!fetch->finished)
			hk_err_set(&fetch->err, HK_INTERRUPTED, "interrupted");
		if (fetch->err.status != HK_OK) {
			hk_err_wrap(&fetch->err, "%s", fetch->controller->name);
			int this = hk_fail(run->env, &fetch->err);
			status = status == HK_OK ? this : status;
			continue;
		}
		hk_table_cell(table, fetch->controller->name);
		hk_table_cellf(table, "%zu", fetch->names.n);
		hk_table_cellf(table, "%zu", fetch->fetched);
		hk_table_cell(table, fetch->without.len ? fetch->without.s : NULL);
	}
	hk_table_print(table, 0, run->env->out_width, "", "", &text);
	hk_table_free(table);
	return hk_print(&text, status);
}

int net_fetch_models(struct net_run *run, const struct hk_opt_args *args)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT, ignored = HK_ERR_INIT;
	struct fetches all = { .v = hk_calloc(run->controllers.list.n + 1, sizeof *all.v) };
	int status = hk_file_mkdirs(run->config->yang, &err) || begin_fetches(run, args, &all, &err) ? hk_fail(run->env, &err) : HK_OK;
	if (status == HK_OK) {
		/* each answer has a deadline of its own */
		hk_net_run(run->net, all_finished, &all, HK_NEVER, run->env->interrupted, &ignored);
		status = tell_fetches(run, &all);
	}
	for (size_t i = 0; i < all.n; i++) {
		hk_yang_fetch_end(&all.v[i]);
		hk_transport_close(all.v[i].transport);
	}
	free(all.v);
	return status;
}
