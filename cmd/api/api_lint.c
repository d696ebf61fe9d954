/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Adapters checked without a network. */
#include "api.h"
#include "base/file.h"
#include "net/api_contract.h"
#include "out/diag.h"
#include <string.h>

struct counts { size_t adapters, compared; };

static int list_shipped(void)
{
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	const struct hk_api_shipped *shipped;
	for (size_t i = 0; (shipped = hk_api_shipped_at(i)) != NULL; i++)
		hk_buf_addf(&text, "%s\n", shipped->name);
	return hk_print(&text, HK_OK);
}

/* A file, or the name of an adapter that comes with hkctl. */
static int add(struct api_run *run, const char *name, struct hk_err *err)
{
	const struct hk_api_shipped *shipped = hk_file_exists(name) ? NULL : hk_api_shipped_find(name);
	HK_AUTO_BUF struct hk_buf path = HK_BUF_INIT;
	if (!shipped)
		return hk_workspace_load(&run->workspace, &name, 1, false, &run->diags, err);
	hk_buf_addf(&path, "adapters/%s.yaml", name);
	return hk_workspace_add_text(&run->workspace, path.s, shipped->text, false, &run->diags, err);
}

/* The file that an adapter names as its contract, somewhere below the directory; NULL with a finding. */
static struct hk_contract *contract_below(struct api_run *run, const struct hk_node *name, struct hk_err *err)
{
	struct hk_paths paths = { NULL, 0, 0 };
	struct hk_contract *contract = NULL;
	bool found = false, failed = hk_file_walk(run->config->contract, 8, &paths, err);
	for (size_t i = 0; i < paths.n && !found && !failed; i++) {
		const char *slash = strrchr(paths.v[i], '/');
		if (!hk_str_is(name->text, slash ? slash + 1 : paths.v[i]))
			continue;
		found = true;
		contract = hk_contract_load(paths.v[i], &run->diags, err);
	}
	if (!found && !failed)
		hk_node_diag(&run->diags, run->adapter.doc, name, HK1424, "'%s' has no file of this name", run->config->contract);
	hk_paths_release(&paths);
	return contract;
}

/* -1: a contract cannot be read, and err says why. */
static int check_one(struct api_run *run, struct hk_contract *contract, struct counts *counts, struct hk_err *err)
{
	const struct hk_node *name = hk_node_get(run->adapter.spec, "contract");
	struct hk_contract *own = NULL;
	if (hk_api_adapter_check(&run->adapter, &run->diags))
		return 0;
	if (!contract && run->config->contract && hk_node_string(name))
		contract = own = contract_below(run, name, err);
	if (contract) {
		hk_contract_check(contract, &run->adapter, &run->diags);
		counts->compared++;
	}
	hk_contract_free(own);
	return err->message ? -1 : 0;
}

static int check_all(struct api_run *run, struct hk_contract *contract, struct counts *counts, struct hk_err *err)
{
	for (size_t i = 0; i < run->workspace.n_documents; i++) {
		const struct hk_document *document = run->workspace.documents[i];
		if (document->kind != HK_KIND_NETWORK_API_ADAPTER)
			continue;
		counts->adapters++;
		if (document->invalid)
			continue;
		hk_api_adapter_open(&run->adapter, &document->doc);
		if (check_one(run, contract, counts, err))
			return -1;
	}
	return 0;
}

static int print(struct api_run *run, const struct counts *counts)
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
	hk_buf_addf(&text, "%zu adapter%s valid", counts->adapters, counts->adapters == 1 ? "" : "s");
	if (counts->compared == counts->adapters)
		hk_buf_addstr(&text, ", and as the contract says");
	else if (counts->compared)
		hk_buf_addf(&text, ", %zu of them as the contracts say", counts->compared);
	hk_buf_addstr(&text, "\n");
	return hk_print(&text, HK_OK);
}

static int lint(struct api_run *run, const struct hk_opt_args *args)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	struct hk_contract *contract = NULL;
	struct counts counts = { 0, 0 };
	int status;
	for (size_t i = 1; i < args->n; i++)
		if (add(run, args->v[i], &err))
			return hk_fail(run->env, &err);
	for (size_t i = 0; args->n == 1 && hk_api_shipped_at(i); i++)
		if (add(run, hk_api_shipped_at(i)->name, &err))
			return hk_fail(run->env, &err);
	if (run->config->contract && !hk_file_is_dir(run->config->contract) && !(contract = hk_contract_load(run->config->contract, &run->diags, &err)))
		return api_findings(run, &err);
	if (check_all(run, contract, &counts, &err))
		status = api_findings(run, &err);
	else if (!counts.adapters && !run->diags.errors) {
		hk_err_set(&err, HK_INVALID, "no document of kind NetworkApiAdapter among those that are named");
		status = hk_fail(run->env, &err);
	} else
		status = print(run, &counts);
	hk_contract_free(contract);
	return status;
}

int api_lint(const struct hk_env *env, const struct api_config *config, const struct hk_opt_args *args)
{
	struct api_run run = { .env = env, .config = config, .diags = HK_DIAGS_INIT };
	int status = args->n == 1 && !config->contract ? list_shipped() : lint(&run, args);
	api_release(&run);
	return status;
}
