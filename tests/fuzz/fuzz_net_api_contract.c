/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Any text as a contract, and any text as an adapter against one: an end in time, and errors exactly where findings are. The two are divided by a line of
 * "---8<---".
 */
#include "model/load.h"
#include "net/api_contract.h"
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static const char divider[] = "---8<---\n";
static const char adapter_text[] =
	"apiVersion: hkctl.dev/v1alpha1\nkind: NetworkApiAdapter\nmetadata: {name: t}\nspec:\n"
	"  errors: {code: /code}\n"
	"  inputs: {a: {description: a}, b: {type: bitrate, description: b}, w: {values: [x, z], description: w}, m: {type: texts, description: m}}\n"
	"  actions:\n"
	"    request: {method: POST, path: /a, needs: [a], ok: [201], id: {from: /id}, undo: release, query: {q: {$in: m}}, headers: {X-A: {$in: a}},\n"
	"      body: {a: {$in: a}, b: {$amount: b, units: [bps, Mbps]}, c: {d: {$in: w}, e: [{f: 1}]}, s: CIRCLE},\n"
	"      state: {from: /state, active: [ok]}, out: [{name: r, from: /b, type: bitrate, form: amount}, {name: x, from: /c/d, map: {x: y}}, {name: t, from: /t/0, type: time, required: true}]}\n"
	"    status: {method: GET, path: '/a/{id}', exists: '/[id={id}]', out: [{name: i, from: '/[id={id}]/c', type: integer}]}\n"
	"    release: {method: DELETE, path: '/a/{id}', ok: [204]}\n"
	"    discover: {method: GET, path: /a, each: ['', /parts], out: [{name: n, from: /size, type: ratio, form: exponent}]}\n";

static void check(struct hk_str adapter, struct hk_str text)
{
	struct hk_workspace workspace = { 0 };
	struct hk_diags diags = HK_DIAGS_INIT, findings = HK_DIAGS_INIT;
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	struct hk_contract *contract = hk_contract_from_text("contract", text, &diags, &err);
	if (!contract && !err.message && !diags.errors)
		abort();
	if (contract && hk_workspace_add_text(&workspace, "adapter", adapter, false, &diags, &err) == 0)
		for (size_t i = 0; i < workspace.n_documents; i++) {
			const struct hk_document *document = workspace.documents[i];
			struct hk_api_adapter opened;
			if (document->kind != HK_KIND_NETWORK_API_ADAPTER || document->invalid)
				continue;
			hk_api_adapter_open(&opened, &document->doc);
			if (hk_api_adapter_check(&opened, &diags))
				continue;
			size_t before = findings.errors, found = hk_contract_check(contract, &opened, &findings);
			if ((found > 0) != (findings.errors > before) && findings.list.n < 1000)
				abort();
		}
	hk_contract_free(contract);
	hk_workspace_release(&workspace);
	hk_diags_release(&findings);
	hk_diags_release(&diags);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	struct hk_str text = { (const char *)data, size };
	const size_t n = sizeof divider - 1;
	for (size_t i = 0; i + n <= size; i++)
		if (memcmp(data + i, divider, n) == 0) {
			check((struct hk_str){ text.s, i }, (struct hk_str){ text.s + i + n, size - i - n });
			return 0;
		}
	check((struct hk_str){ adapter_text, sizeof adapter_text - 1 }, text);
	return 0;
}
