/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Any bytes as texts of a tree (split at 0xfe): what is written is read back as the same tree by a YAML 1.1 reader, our reader and, as JSON, our JSON reader.
 */
#include "base/mem.h"
#include "base/vec.h"
#include "out/ser.h"
#include "yaml/emit.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MAX_TEXTS 32u

static void expect_texts(const struct hk_buf *text, const char *const *texts, size_t count, bool json)
{
	struct hk_source source;
	struct hk_doc doc;
	struct hk_diags diags = HK_DIAGS_INIT;
	size_t i = 0;
	hk_source_from_text(&source, "emitted", text->s, text->len);
	if (hk_yaml_read_one(&source, json, &doc, &diags) != 0)
		abort();
	hk_for_each_item(item, doc.root) {
		if (i >= count || hk_node_type(item) != HK_TYPE_STRING || !hk_str_is(item->text, texts[i]))
			abort();
		i++;
	}
	if (i != count)
		abort();
	hk_doc_release(&doc);
	hk_diags_release(&diags);
	hk_source_release(&source);
}

static void write_json(const char *const *texts, size_t count)
{
	HK_AUTO_BUF struct hk_buf out = HK_BUF_INIT;
	struct hk_ser *ser = hk_ser_open(HK_SER_JSON, &out);
	hk_ser_seq(ser);
	for (size_t i = 0; i < count; i++)
		hk_ser_str(ser, texts[i]);
	hk_ser_end(ser);
	if (hk_ser_close(ser, NULL) != 0)
		abort();
	expect_texts(&out, texts, count, true);
}

static void write_yaml(const char *const *texts, size_t count, bool flow)
{
	HK_AUTO_BUF struct hk_buf out = HK_BUF_INIT;
	struct hk_value values[MAX_TEXTS];
	const struct hk_value *items[MAX_TEXTS];
	struct hk_value tree = { .kind = HK_SEQUENCE, .items = items, .count = count };
	struct hk_emitter *emitter = hk_emit_open(&out);
	hk_emit_seq(emitter, flow);
	for (size_t i = 0; i < count; i++) {
		values[i] = (struct hk_value){ .kind = HK_SCALAR, .text = texts[i], .is_string = true };
		items[i] = &values[i];
		hk_emit_str(emitter, texts[i]);
	}
	hk_emit_end(emitter);
	if (hk_emit_close(emitter, NULL) != 0 || hk_emit_verify_11((struct hk_str){ out.s, out.len }, &tree, NULL) != 0)
		abort();
	expect_texts(&out, texts, count, false);
}

/* The text as every writer must repair it. */
static char *repaired(const uint8_t *data, size_t size)
{
	HK_AUTO_BUF struct hk_buf out = HK_BUF_INIT;
	for (size_t i = 0; i < size;) {
		unsigned n = hk_utf8_length((const char *)data + i, size - i);
		if (n && data[i])
			hk_buf_add(&out, data + i, n);
		else
			hk_buf_addstr(&out, "\xef\xbf\xbd");
		i += n ? n : 1;
	}
	return hk_buf_detach(&out, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *texts[MAX_TEXTS];
	size_t count = 0, start = 0;
	for (size_t i = 0; i <= size && count < MAX_TEXTS; i++) {
		if (i < size && data[i] != 0xfe)
			continue;
		texts[count++] = repaired(data + start, i - start);
		start = i + 1;
	}
	write_json((const char *const *)texts, count);
	write_yaml((const char *const *)texts, count, false);
	write_yaml((const char *const *)texts, count, true);
	for (size_t i = 0; i < count; i++)
		hk_cleanup_free(&texts[i]);
	return 0;
}
