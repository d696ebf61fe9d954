/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Writing YAML with libyaml's emitter. Strings that any YAML 1.1 or 1.2 reader could type as something else are quoted; block style, two-space indentation,
 * no line folding; same calls, same bytes. Used for files hkctl owns (plan, routes); never to re-emit a user's file.
 */
#ifndef HK_YAML_EMIT_H
#define HK_YAML_EMIT_H

#include "base/buf.h"
#include "base/err.h"
#include "yaml/doc.h"
#include "yaml/edit.h"

struct hk_emitter;
struct hk_emitter *hk_emit_open(struct hk_buf *out);           /* out is appended to */
int hk_emit_close(struct hk_emitter *emitter, struct hk_err *err);   /* first error of all calls; frees */
void hk_emit_document(struct hk_emitter *emitter);             /* starts a document ("---"); ends the one before */
void hk_emit_map(struct hk_emitter *emitter, bool flow);
void hk_emit_seq(struct hk_emitter *emitter, bool flow);
void hk_emit_end(struct hk_emitter *emitter);                  /* of the innermost collection */
void hk_emit_key(struct hk_emitter *emitter, const char *key);
void hk_emit_str(struct hk_emitter *emitter, const char *text);
void hk_emit_slice(struct hk_emitter *emitter, struct hk_str text);
void hk_emit_int(struct hk_emitter *emitter, int64_t value);
void hk_emit_num(struct hk_emitter *emitter, double value);    /* shortest text that reads back the same */
void hk_emit_bool(struct hk_emitter *emitter, bool value);
void hk_emit_null(struct hk_emitter *emitter);
void hk_emit_value(struct hk_emitter *emitter, const struct hk_value *value);

/* Read `text` with libyaml (YAML 1.1, as Kubernetes does) and compare with `tree`: same structure, same scalar texts, same types. */
int hk_emit_verify_11(struct hk_str text, const struct hk_value *tree, struct hk_err *err);

#endif
