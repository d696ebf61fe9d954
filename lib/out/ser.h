/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One way to describe data, many formats. A verb (or the plan writer) calls this interface once; JSON (RFC 8259; control bytes escaped, invalid UTF-8 replaced)
 * and YAML (libyaml emitter) come free. Keys keep the order of the calls. No colour, no locale.
 */
#ifndef HK_OUT_SER_H
#define HK_OUT_SER_H

#include "base/buf.h"
#include "base/err.h"
#include <stdint.h>

struct hk_ser;
enum hk_ser_format { HK_SER_JSON, HK_SER_JSON_COMPACT, HK_SER_YAML };

struct hk_ser *hk_ser_open(enum hk_ser_format format, struct hk_buf *out);
int hk_ser_close(struct hk_ser *ser, struct hk_err *err);       /* frees; error when calls were not balanced */
void hk_ser_map(struct hk_ser *ser);
void hk_ser_seq(struct hk_ser *ser);
void hk_ser_end(struct hk_ser *ser);
void hk_ser_key(struct hk_ser *ser, const char *key);
void hk_ser_str(struct hk_ser *ser, const char *text);          /* NULL writes null */
void hk_ser_slice(struct hk_ser *ser, struct hk_str text);
void hk_ser_int(struct hk_ser *ser, int64_t value);
void hk_ser_num(struct hk_ser *ser, double value);              /* non-finite writes null */
void hk_ser_bool(struct hk_ser *ser, bool value);
void hk_ser_null(struct hk_ser *ser);
/* A value that was written before, in the same JSON format and as deep; not for YAML. */
void hk_ser_again(struct hk_ser *ser, struct hk_str json);
/* key + value in one call */
void hk_ser_kstr(struct hk_ser *ser, const char *key, const char *text);
void hk_ser_kint(struct hk_ser *ser, const char *key, int64_t value);
void hk_ser_knum(struct hk_ser *ser, const char *key, double value);
void hk_ser_kbool(struct hk_ser *ser, const char *key, bool value);

#endif
