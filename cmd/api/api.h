/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the actions of `hkctl api` share. */
#ifndef HK_CMD_API_API_H
#define HK_CMD_API_API_H

#include "cmd.h"
#include "net/api_call.h"
#include "net/api_connect.h"

struct api_config {
	struct hk_opt_list files, notifications;
	int format;
	bool dry_run, wait, keep, insecure;
	double timeout;
	const char *record, *replay, *from, *to, *contract;
};
enum { API_TEXT, API_JSON, API_YAML };

/* api_open.c: documents, the API that is named, its adapter, and the way to it. */
struct api_run {
	const struct hk_env *env;
	const struct api_config *config;
	struct hk_arena arena;
	struct hk_workspace workspace;
	struct hk_diags diags;
	struct hk_api_entries entries;
	struct hk_api_library library;
	const struct hk_api_entry *entry;
	struct hk_api_adapter adapter;
	struct hk_api_values values;
	struct hk_api_connection connection;
	struct hk_api api;
};
/* Documents and adapter, and values from `assignments`. HK_OK, or a status after a message. */
int api_open(struct api_run *run, const char *name, const char *const *assignments, size_t n);
/* Transfers and credentials. */
int api_connect(struct api_run *run);
void api_release(struct api_run *run);
int api_findings(struct api_run *run, struct hk_err *err);        /* print both; the status */

/* api_print.c */
int api_print_request(const struct api_run *run, const char *action);
int api_print_list(const struct api_run *run, const struct hk_api_list *list);
int api_print_result(const struct api_run *run, const char *action, const struct hk_api_result *result);

/* api_metrics.c: a Metrics document, or a table of what was measured. */
int api_print_metrics(const struct api_run *run, const struct hk_api_rows *rows);

/* api_saved.c: saved callbacks, for metrics and status. */
int api_read_notifications(struct api_run *run, const char *action, struct hk_api_result *result);

/* api_lint.c */
int api_lint(const struct hk_env *env, const struct api_config *config, const struct hk_opt_args *args);

#endif
