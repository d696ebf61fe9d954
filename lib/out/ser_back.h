/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The back ends behind ser.h: our JSON writer; YAML is yaml/emit.h as it is. Only ser.c and ser_json.c include this. */
#ifndef HK_OUT_SER_BACK_H
#define HK_OUT_SER_BACK_H

#include "yaml/emit.h"

struct hk_json_writer;

struct hk_json_writer *hk_json_open(struct hk_buf *out, bool compact);
int hk_json_close(struct hk_json_writer *writer, struct hk_err *err);
void hk_json_start(struct hk_json_writer *writer, bool mapping);
void hk_json_end(struct hk_json_writer *writer);
void hk_json_key(struct hk_json_writer *writer, const char *key);
void hk_json_text(struct hk_json_writer *writer, struct hk_str text);
void hk_json_raw(struct hk_json_writer *writer, struct hk_str text);    /* a number, true, false or null; or what was written before */

#endif
