/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a device prints is anything. A value that comes out of it is of its kind's letters, or there is none, or an error says why. */
#include "net/cli_device.h"
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static const char own[] =
	"objects:\n"
	"- {object: t, value: {type: text}, read: [r], line: 'name is {value}', set: [[s]]}\n"
	"- {object: p, value: {type: presence}, read: [r], within: 'section ...', line: '... up ...', set: [[s]]}\n"
	"- {object: j, value: {type: integer, max: 9}, read: [r], json: /a/0/b, absent: '^0$', set: [[s]]}\n"
	"- {object: n, value: {type: name, pattern: '^[a-z]+$'}, read: [r], line: '... {value} ...', set: [[s]]}\n";

static void try_value(const struct hk_cli_table *table, const char *name, struct hk_str output)
{
	struct hk_arena arena = HK_ARENA_INIT;
	struct hk_cli_object object;
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	const char *value, *what;
	if (hk_cli_object_parse(table, name, &arena, &object, &err))
		abort();
	int status = hk_cli_value(&object, output, &arena, &value, &err);
	if (status ? err.status == HK_OK : value && !hk_cli_kind_fits(object.kind, value, &what))
		abort();
	hk_arena_release(&arena);
}

/* Outputs between marks: whole, in order, inside of what came. */
static void try_outputs(struct hk_str all)
{
	const struct hk_cli_script script = { .mark = "m" };
	struct hk_cli_outputs outputs = { 0 };
	const char *end = all.s;
	hk_cli_outputs_read(&script, all, &outputs);
	for (size_t i = 0; i < outputs.list.n; i++) {
		const struct hk_cli_output *output = &outputs.list.v[i];
		if (output->text.s < end || output->text.n > (size_t)(all.s + all.n - output->text.s) || output->status < 0)
			abort();
		end = output->text.s + output->text.n;
	}
	hk_vec_release(&outputs.list);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	static const struct { const char *table, *object; } cases[] = {
		{ "linux", "dev/eth0/mtu" }, { "linux", "dev/eth0/class/1:10/rate" }, { "linux", "dev/eth0/class/1:10/burst" },
		{ "linux", "route/10.0.0.0/8/via" }, { "frr", "route/10.0.0.0/8/via" },
		{ "frr", "interface/eth0/ospf/cost" }, { "ovs", "port/p1/qos/max-rate" }, { "ovs", "port/p1/queue/1" }, { "ovs", "interface/p1/mtu" },
	};
	static struct hk_cli_table tables[HK_COUNT(cases)], mine;
	static struct hk_source source;
	static struct hk_doc doc;
	const struct hk_str output = { (const char *)data, size };
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	if (!mine.n_kinds) {
		struct hk_diags diags = HK_DIAGS_INIT;
		hk_source_from_text(&source, "table", own, sizeof own - 1);
		if (hk_yaml_read_one(&source, false, &doc, &diags) || hk_cli_table_read(&mine, doc.root, &err))
			abort();
		hk_diags_release(&diags);
		for (size_t i = 0; i < HK_COUNT(cases); i++)
			if (hk_cli_table_builtin(&tables[i], cases[i].table, &err))
				abort();
	}
	for (size_t i = 0; i < HK_COUNT(cases); i++)
		try_value(&tables[i], cases[i].object, output);
	for (size_t i = 0; i < mine.n_kinds; i++)
		try_value(&mine, mine.kinds[i].object, output);
	try_outputs(output);
	struct hk_str said = hk_cli_complaint(&tables[4], output);
	if (said.n && (said.s < output.s || said.s + said.n > output.s + output.n))
		abort();
	return 0;
}
