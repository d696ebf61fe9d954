/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What an adapter reads out of replies: rows of typed values, states, error codes. A reply that is not what the adapter expects is an error, never a guess. */
#ifndef HK_NET_API_REPLY_H
#define HK_NET_API_REPLY_H

#include "net/api_adapter.h"

struct hk_api_field {
	const char *name, *text;               /* text: as it is shown */
	enum hk_dimension dimension;           /* of quantity; NONE: the text is all there is */
	struct hk_exact quantity;              /* base units */
};
struct hk_api_row { struct hk_api_field *fields; size_t n; };
struct hk_api_rows { HK_VEC(struct hk_api_row) list; };

/* One JSON text, as RFC 8259 has it. The source and the document are released by the caller in any case. HK_FAILED: "the reply is no JSON: ..." */
int hk_api_json(const char *name, struct hk_str text, struct hk_source *source, struct hk_doc *doc, struct hk_err *err);

/*
 * Rows of `from` (an action, or its `notification`): one for each item its `each` leads to, or one alone. Texts live in arena. HK_FAILED with the pointer where
 * a value is missing that must be there, or is of another type than the adapter says.
 */
int hk_api_rows_read(const struct hk_node *from, const struct hk_node *root, const struct hk_api_values *values, struct hk_arena *arena,
		     struct hk_api_rows *rows, struct hk_err *err);
void hk_api_rows_release(struct hk_api_rows *rows);
const struct hk_api_field *hk_api_row_get(const struct hk_api_row *row, const char *name);

enum hk_api_state { HK_API_UNKNOWN, HK_API_PENDING, HK_API_ACTIVE, HK_API_ENDED, HK_API_FAILED };
extern const char *const hk_api_state_names[];          /* "unknown", "pending", ... */
/*
 * The state of the action's reply. Without a declaration: active. *word: the operator's own, NULL when it has none. HK_FAILED for words the adapter does not
 * know.
 */
int hk_api_state_read(const struct hk_node *action, const struct hk_node *root, const struct hk_api_values *values, enum hk_api_state *state, const char **word,
		      struct hk_err *err);

enum hk_api_class { HK_API_CLASS_FATAL, HK_API_CLASS_RETRY, HK_API_CLASS_EXISTS, HK_API_CLASS_ABSENT, HK_API_CLASS_AUTH, HK_API_CLASS_INVALID,
		    HK_API_CLASS_UNSUPPORTED };
/* By the operator's code when the adapter knows it, else by status. root: the body, NULL when it is no JSON. *message may become NULL. */
enum hk_api_class hk_api_classify(const struct hk_api_adapter *adapter, long status, const struct hk_node *root, const char **code, const char **message);

struct hk_api_retry { int64_t most; int64_t first_wait_us, most_wait_us; };
/*
 * How long to wait before try number `tried + 1`; -1: no more. retry_after: seconds, -1 when the reply has none; a longer one than the policy allows ends it.
 */
int64_t hk_api_retry_wait(const struct hk_api_retry *retry, int64_t tried, int64_t retry_after);

#endif
