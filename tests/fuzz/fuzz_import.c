/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Hostile files for every importer: the first byte chooses the format, the second the options. What an importer writes must fit the schemas, which hk_import
 * proves; only constraint policies, carried over as they are, may have values of their own that do not. What is refused must be explained.
 */
#include "import/import.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct hk_import_metric metrics[] = { { "x", "value" }, { "l", "latency" } };
	static const char *const without[] = { "kube-system" };
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	HK_AUTO_BUF struct hk_buf out = HK_BUF_INIT;
	struct hk_diags diags = HK_DIAGS_INIT;
	struct hk_import_options options = { .metrics = metrics, .n_metrics = 2 };
	struct hk_import_file files[2] = { { .path = "a.data", .cluster = NULL }, { .path = "b.data", .cluster = "b" } };
	int result;

	if (size < 2)
		return 0;
	options.partial = data[1] & 1;
	options.cluster_label = data[1] & 2 ? "zone" : NULL;
	options.without = without;
	options.n_without = data[1] & 4 ? 1 : 0;
	options.output = data[1] & 8 ? "deep/er/out.yaml" : NULL;
	files[0].text = files[1].text = (const char *)data + 2;
	files[0].length = files[1].length = size - 2;
	result = hk_import((enum hk_import_format)(data[0] % HK_IMPORT_FORMATS), files, data[1] & 16 ? 2 : 1, &options, &out, &diags, &err);
	if (err.status || (result && !diags.errors) || (!result && !out.len))
		abort();        /* wrote what does not fit, refused without saying why, or said nothing */
	for (size_t i = 0; i < diags.list.n; i++)
		if (diags.list.v[i].rule->id == HK1113 && data[0] % HK_IMPORT_FORMATS != HK_IMPORT_TURNBUCKLE)
			abort();
	hk_diags_release(&diags);
	return 0;
}
