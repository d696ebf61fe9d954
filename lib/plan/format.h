/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the writer and the reader of plan files agree on. Private to lib/plan. */
#ifndef HK_PLAN_FORMAT_H
#define HK_PLAN_FORMAT_H

#include "plan/plan.h"
#include "yaml/emit.h"

#define HK_PLAN_API_VERSION "hkctl.dev/v1alpha1"
#define HK_PLAN_FORMAT_VERSION "1.0"
#define HK_PLAN_FORMAT_MAJOR 1
#define HK_PLAN_ID_DIGITS 16
#define HK_PLAN_HEADING "# Written by hkctl plan. Units: seconds, bit/s, bytes, messages/s, currency/h; load, share and probability from 0 to 1.\n"

/* The plan's text with this id in it; id NULL: without one, and run facts only with measurements. */
int hk_plan_write_as(const struct hk_plan *plan, const char *id, bool measurements, struct hk_buf *out, struct hk_err *err);
/* How every such text begins: all before the spec. */
int hk_plan_write_head(const char *id, struct hk_buf *out);
/* Is this, byte for byte, a text that hk_plan_write() made of a plan that was sealed with this id? False also where it may have been written in another way. */
bool hk_plan_is_sealed_text(const char *text, size_t count, const char *id);
/* Id of the plan as it is now. -1 when it cannot be written (text that is no UTF-8). */
int hk_plan_compute_id(const struct hk_plan *plan, char id[HK_PLAN_ID_DIGITS + 1], struct hk_err *err);

/* write_network.c: a moment; nothing for 0. */
void hk_plan_put_time(struct hk_emitter *out, const char *key, double seconds);
/* write_network.c: the list networkChanges, where there are any. */
void hk_plan_put_network_changes(struct hk_emitter *out, const struct hk_plan *plan);

#endif
