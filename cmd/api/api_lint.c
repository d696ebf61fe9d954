/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Adapters checked without a network. */
#include "api.h"
#include "base/file.h"
#include "net/api_contract.h"
#include "out/diag.h"
#include <string.h>

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

static size_t check_all(struct api_run *run, struct hk_contract *contract)
{
	size_t n = 0;
	for (size_t i = 0; i < run->workspace.n_documents; i++) {
		const struct hk_document *document = run->workspace.documents[i];
		if (document->kind != HK_KIND_NETWORK_API_ADAPTER)
			continue;
		n++;
		if (document->invalid)
			continue;
		hk_api_adapter_open(&run->adapter, &document->doc);
		if (hk_api_adapter_check(&run->adapter, &run->diags) == 0 && contract)
			hk_contract_check(contract, &run->adapter, &run->diags);
	}
	return n;
}

static int print(struct api_run *run, size_t adapters)
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
	hk_buf_addf(&text, "%zu adapter%s valid%s\n", adapters, adapters == 1 ? "" : "s", run->config->contract ? ", and as the contract says" : "");
	return hk_print(&text, HK_OK);
}

static int lint(struct api_run *run, const struct hk_opt_args *args)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	struct hk_contract *contract = NULL;
	size_t n;
	int status;
	for (size_t i = 1; i < args->n; i++)
		if (add(run, args->v[i], &err))
			return hk_fail(run->env, &err);
	if (run->config->contract && !(contract = hk_contract_load(run->config->contract, &run->diags, &err)))
		return api_findings(run, &err);
	n = check_all(run, contract);
	if (!n && !run->diags.errors) {
		hk_err_set(&err, HK_INVALID, "no document of kind NetworkApiAdapter among those that are named");
		status = hk_fail(run->env, &err);
	} else
		status = print(run, n);
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
