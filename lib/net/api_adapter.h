/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Adapters: an operator's flavour of an API as a document (kind NetworkApiAdapter), and the values a caller gives by the adapter's names of them. An adapter is
 * data only: what it says is looked up or copied, never computed with, and values go into requests as values of the JSON tree, never as text between quotes.
 */
#ifndef HK_NET_API_ADAPTER_H
#define HK_NET_API_ADAPTER_H

#include "net/api_exact.h"
#include "net/api_pointer.h"

struct hk_api_adapter {
	const struct hk_doc *doc;
	const struct hk_node *spec;
	const char *name;
};

/* From a document that fits its schema. */
void hk_api_adapter_open(struct hk_api_adapter *adapter, const struct hk_doc *doc);
/* What a schema cannot say: names that lead nowhere, units, undo of what is created. Findings HK141x; returns their number. */
size_t hk_api_adapter_check(const struct hk_api_adapter *adapter, struct hk_diags *diags);
/* "request", "status", "release", "discover", "metrics"; NULL when the adapter has none. */
const struct hk_node *hk_api_action(const struct hk_api_adapter *adapter, const char *name);
const struct hk_node *hk_api_input(const struct hk_api_adapter *adapter, struct hk_str name);     /* its declaration; NULL */

/* The adapters that come with hkctl, by name, in order of names. text is the whole file. */
struct hk_api_shipped { const char *name; struct hk_str text; };
const struct hk_api_shipped *hk_api_shipped_at(size_t index);           /* NULL past the end */
const struct hk_api_shipped *hk_api_shipped_find(const char *name);     /* NULL when there is none */

enum hk_api_type { HK_API_TEXT, HK_API_INTEGER, HK_API_DURATION, HK_API_BITRATE, HK_API_RATIO, HK_API_TIME, HK_API_TEXTS, HK_API_INTEGERS, HK_API_NUMBER };
enum hk_api_type hk_api_type_of(const struct hk_node *declaration);
enum hk_dimension hk_api_dimension(enum hk_api_type type);

struct hk_api_value {
	const char *name, *text;                /* borrowed */
	const struct hk_node *declaration;      /* NULL for "id" */
	struct hk_exact quantity;               /* durations, bit rates, ratios, integers */
};
struct hk_api_values { HK_VEC(struct hk_api_value) list; };

/* Add "NAME=VALUE"; the name must be one of the adapter's inputs, or "id", and the value of its type. HK_USAGE with what was expected. */
int hk_api_values_add(struct hk_api_values *values, const struct hk_api_adapter *adapter, const char *assignment, struct hk_arena *arena, struct hk_err *err);
void hk_api_values_set_id(struct hk_api_values *values, const char *id);
const struct hk_api_value *hk_api_values_get(const struct hk_api_values *values, struct hk_str name);
/* Every value the action cannot do without is there. HK_USAGE. */
int hk_api_values_complete(const struct hk_api_values *values, const struct hk_api_adapter *adapter, const char *action, struct hk_err *err);
void hk_api_values_release(struct hk_api_values *values);
struct hk_pointer_names hk_api_names(const struct hk_api_values *values);

#endif
