/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Adapters checked without a network. */
#include "api.h"
#include "base/file.h"
#include "net/api_contract.h"
#include "out/diag.h"
#include <string.h>

/* contract: the one for all adapters, or NULL; paths: files among which each has its own. */
struct linting { struct hk_contract *contract; struct hk_paths paths; size_t adapters, compared; };

static int list_shipped(void)
{
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	const struct hk_api_shipped *shipped;
	for (size_t i = 0; (shipped = hk_api_shipped_at(i)) != NULL; i++)
		hk_buf_addf(&text, "%s\n", shipped->name);
	return hk_print(&text, HK_OK);
}

/* NULL: it is the name of a file. */
static const struct hk_api_shipped *shipped_named(const char *name)
{
	return hk_file_exists(name) ? NULL : hk_api_shipped_find(name);
}

static int add_shipped(struct api_run *run, const struct hk_api_shipped *shipped, struct hk_err *err)
{
	HK_AUTO_BUF struct hk_buf path = HK_BUF_INIT;
	hk_buf_addf(&path, "adapters/%s.yaml", shipped->name);
	return hk_workspace_add_text(&run->workspace, path.s, shipped->text, false, &run->diags, err);
}

/* Files, and adapters that come with hkctl, by name; all of these when nothing is named. */
static int add_all(struct api_run *run, const char *const *names, size_t n, struct hk_err *err)
{
	HK_VEC(const char *) files = { 0 };
	const struct hk_api_shipped *shipped;
	for (size_t i = 0; i < n; i++)
		if (!shipped_named(names[i]))
			hk_vec_push(&files, names[i]);
	int status = files.n ? hk_workspace_load(&run->workspace, files.v, files.n, false, &run->diags, err) : 0;
	hk_vec_release(&files);
	for (size_t i = 0; !status && i < n; i++)
		if ((shipped = shipped_named(names[i])) != NULL)
			status = add_shipped(run, shipped, err);
	for (size_t i = 0; !status && !n && (shipped = hk_api_shipped_at(i)) != NULL; i++)
		status = add_shipped(run, shipped, err);
	return status;
}

/* The file that an adapter names as its contract, somewhere below the directory; NULL with a finding. */
static struct hk_contract *contract_below(struct api_run *run, const struct hk_paths *paths, const struct hk_node *name, struct hk_err *err)
{
	for (size_t i = 0; i < paths->n; i++) {
		const char *slash = strrchr(paths->v[i], '/');
		if (hk_str_is(name->text, slash ? slash + 1 : paths->v[i]))
			return hk_contract_load(paths->v[i], &run->diags, err);
	}
	hk_node_diag(&run->diags, run->adapter.doc, name, HK1424, "'%s' has no file of this name", run->config->contract);
	return NULL;
}

/* -1: a contract cannot be read, and err says why. */
static int check_one(struct api_run *run, struct linting *linting, struct hk_err *err)
{
	const struct hk_node *name = hk_node_get(run->adapter.spec, "contract");
	struct hk_contract *contract = linting->contract, *own = NULL;
	if (hk_api_adapter_check(&run->adapter, &run->diags))
		return 0;
	if (!contract && run->config->contract && hk_node_string(name))
		contract = own = contract_below(run, &linting->paths, name, err);
	if (contract) {
		hk_contract_check(contract, &run->adapter, &run->diags);
		linting->compared++;
	}
	hk_contract_free(own);
	return err->message ? -1 : 0;
}

static int check_all(struct api_run *run, struct linting *linting, struct hk_err *err)
{
	for (size_t i = 0; i < run->workspace.n_documents; i++) {
		const struct hk_document *document = run->workspace.documents[i];
		if (document->kind != HK_KIND_NETWORK_API_ADAPTER)
			continue;
		linting->adapters++;
		if (document->invalid)
			continue;
		hk_api_adapter_open(&run->adapter, &document->doc);
		if (check_one(run, linting, err))
			return -1;
	}
	return 0;
}

static int print(struct api_run *run, const struct linting *linting)
{
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	hk_diags_sort(&run->diags);
	if (run->config->format != API_TEXT) {
		const struct hk_out_diag_options options = { .colour = false };
		hk_out_diags(HK_OUT_DIAG_JSON, &run->diags, &options, &text);
		return hk_print(&text, run->diags.errors ? HK_INVALID : HK_OK);
	}
	hk_print_diags(run->env, &run->diags);
	if (run->diags.errors)
		return HK_INVALID;
	hk_buf_addf(&text, "%zu adapter%s valid", linting->adapters, linting->adapters == 1 ? "" : "s");
	if (linting->compared == linting->adapters)
		hk_buf_addstr(&text, ", and as the contract says");
	else if (linting->compared)
		hk_buf_addf(&text, ", %zu of them as the contracts say", linting->compared);
	hk_buf_addstr(&text, "\n");
	return hk_print(&text, HK_OK);
}

/* 0, or -1 with err or findings. */
static int open_contracts(struct api_run *run, struct linting *linting, struct hk_err *err)
{
	const char *path = run->config->contract;
	if (!path)
		return 0;
	if (hk_file_is_dir(path))
		return hk_file_walk(path, 8, &linting->paths, err);
	linting->contract = hk_contract_load(path, &run->diags, err);
	return linting->contract ? 0 : -1;
}

static int lint(struct api_run *run, const struct hk_opt_args *args)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	struct linting linting = { 0 };
	int status;
	if (add_all(run, args->v + 1, args->n - 1, &err))
		return hk_fail(run->env, &err);
	if (open_contracts(run, &linting, &err) || check_all(run, &linting, &err))
		status = api_findings(run, &err);
	else if (!linting.adapters && !run->diags.errors) {
		hk_err_set(&err, HK_INVALID, "no document of kind NetworkApiAdapter among those that are named");
		status = hk_fail(run->env, &err);
	} else
		status = print(run, &linting);
	hk_contract_free(linting.contract);
	hk_paths_release(&linting.paths);
	return status;
}

int api_lint(const struct hk_env *env, const struct api_config *config, const struct hk_opt_args *args)
{
	struct api_run run = { .env = env, .config = config, .diags = HK_DIAGS_INIT };
	int status = args->n == 1 && !config->contract ? list_shipped() : lint(&run, args);
	api_release(&run);
	return status;
}
