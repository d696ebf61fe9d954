/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "out/ser.h"

#include "base/mem.h"
#include "out/ser_back.h"

#include <math.h>

struct hk_ser {
	struct hk_emitter *yaml;     /* one of the two is set */
	struct hk_json_writer *json;
};

struct hk_ser *hk_ser_open(enum hk_ser_format format, struct hk_buf *out)
{
	struct hk_ser *ser = hk_calloc(1, sizeof *ser);
	if (format == HK_SER_YAML)
		ser->yaml = hk_emit_open(out);
	else
		ser->json = hk_json_open(out, format == HK_SER_JSON_COMPACT);
	return ser;
}

int hk_ser_close(struct hk_ser *ser, struct hk_err *err)
{
	int status = ser->yaml ? hk_emit_close(ser->yaml, err) : hk_json_close(ser->json, err);
	hk_cleanup_free(&ser);
	return status;
}

void hk_ser_map(struct hk_ser *ser)
{
	if (ser->yaml)
		hk_emit_map(ser->yaml, false);
	else
		hk_json_start(ser->json, true);
}

void hk_ser_seq(struct hk_ser *ser)
{
	if (ser->yaml)
		hk_emit_seq(ser->yaml, false);
	else
		hk_json_start(ser->json, false);
}

void hk_ser_end(struct hk_ser *ser)
{
	if (ser->yaml)
		hk_emit_end(ser->yaml);
	else
		hk_json_end(ser->json);
}

void hk_ser_key(struct hk_ser *ser, const char *key)
{
	if (ser->yaml)
		hk_emit_key(ser->yaml, key);
	else
		hk_json_key(ser->json, key);
}

void hk_ser_str(struct hk_ser *ser, const char *text)
{
	if (text)
		hk_ser_slice(ser, hk_str_of(text));
	else
		hk_ser_null(ser);
}

void hk_ser_slice(struct hk_ser *ser, struct hk_str text)
{
	if (ser->yaml)
		hk_emit_slice(ser->yaml, text);
	else
		hk_json_text(ser->json, text);
}

void hk_ser_int(struct hk_ser *ser, int64_t value)
{
	if (ser->yaml) {
		hk_emit_int(ser->yaml, value);
		return;
	}
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	hk_buf_addf(&text, "%lld", (long long)value);
	hk_json_raw(ser->json, (struct hk_str){ text.s, text.len });
}

void hk_ser_num(struct hk_ser *ser, double value)
{
	if (!isfinite(value)) {
		hk_ser_null(ser);
		return;
	}
	if (ser->yaml) {
		hk_emit_num(ser->yaml, value);
		return;
	}
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	hk_buf_addnum(&text, value);
	hk_json_raw(ser->json, (struct hk_str){ text.s, text.len });
}

void hk_ser_bool(struct hk_ser *ser, bool value)
{
	if (ser->yaml)
		hk_emit_bool(ser->yaml, value);
	else
		hk_json_raw(ser->json, hk_str_of(value ? "true" : "false"));
}

void hk_ser_null(struct hk_ser *ser)
{
	if (ser->yaml)
		hk_emit_null(ser->yaml);
	else
		hk_json_raw(ser->json, HK_STR("null"));
}

void hk_ser_again(struct hk_ser *ser, struct hk_str json)
{
	if (ser->json)
		hk_json_raw(ser->json, json);
}

void hk_ser_kstr(struct hk_ser *ser, const char *key, const char *text)
{
	hk_ser_key(ser, key);
	hk_ser_str(ser, text);
}

void hk_ser_kint(struct hk_ser *ser, const char *key, int64_t value)
{
	hk_ser_key(ser, key);
	hk_ser_int(ser, value);
}

void hk_ser_knum(struct hk_ser *ser, const char *key, double value)
{
	hk_ser_key(ser, key);
	hk_ser_num(ser, value);
}

void hk_ser_kbool(struct hk_ser *ser, const char *key, bool value)
{
	hk_ser_key(ser, key);
	hk_ser_bool(ser, value);
}
