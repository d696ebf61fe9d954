/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the actions of `hkctl net` and the verb `apply` share. */
#ifndef HK_CMD_NET_NET_H
#define HK_CMD_NET_NET_H

#include "cmd.h"
#include "apply/network_plan.h"
#include "apply/sessions.h"
#include "apply/transaction.h"

struct net_config {
	struct hk_opt_list files;
	int format;
	const char *save, *journal, *measure, *network_plan, *yang;
	bool detailed_exitcode, yes, resume, rollback, discard_foreign, force;
	int64_t max_parallel, canary;
	double confirm, timeout;
	/* apply alone */
	const char *directory, *message;
	unsigned mesh;
	bool prune, commit;
};
enum { NET_TEXT, NET_JSON, NET_YAML };

/* Documents, what they want of which controllers, and sessions with those. */
struct net_run {
	const struct hk_env *env;
	const struct net_config *config;
	struct hk_workspace workspace;
	struct hk_controllers controllers;
	struct hk_wanted wanted;
	struct hk_plan plan;
	bool has_plan, only_plan;                    /* a plan was read; nothing else will do */
	struct hk_diags diags;
	struct hk_net *net;
	struct hk_ssh_pool *pool;
	struct hk_ssh_config *ssh_config;            /* ~/.ssh/config; NULL */
	struct hk_arena arena;
	struct hk_network_plan changes;
	struct hk_journal *journal;
	struct net_apis *apis;                       /* of sessions; NULL until one is opened */
	bool told;                                   /* a line of progress stands on the terminal */
};

/* net.c: among the controllers behind the action's name; without any, all are. */
bool net_is_named(const struct hk_controller *controller, const struct hk_opt_args *args);

/* net_open.c. net_open fills in what needs no documents. Statuses are of the one table; messages have been printed. */
void net_open(struct net_run *run);
int net_load(struct net_run *run, const char *const *paths, size_t n_paths);        /* documents and controllers */
int net_load_plan(struct net_run *run, const char *path);                           /* a Plan */
int net_want(struct net_run *run);                                                  /* settings, checked */
int net_gather(struct net_run *run);                                                /* ask all devices: run->changes */
struct hk_transport *net_connect(struct net_run *run, const struct hk_controller *controller, struct hk_err *err);
struct hk_device *net_open_device(void *run, const struct hk_part *part, struct hk_err *err);
void net_release(struct net_run *run);

/* net_yang.c: against the modules of --yang DIR; nothing without it. Before any device is asked, and when it is known what is to come into being. */
int net_check_types(struct net_run *run);
int net_check_mandatory(struct net_run *run);
/* Fetch the modules of the controllers named by args, or of all that speak NETCONF, into --yang DIR. */
int net_fetch_models(struct net_run *run, const struct hk_opt_args *args);

/* net_print.c */
int net_print_changes(const struct net_run *run);
int net_print_result(const struct net_run *run, const struct hk_transaction *transaction, const struct hk_sessions *sessions);
void net_progress(void *run, const struct hk_part *part, enum hk_stage stage, bool ended);
void net_answered(void *run, enum hk_stage stage, size_t answered, size_t total);
void net_progress_end(struct net_run *run);

/* net_apply.c */
int net_carry_out(struct net_run *run, const char *journal_path, const char *title);        /* run->changes, as a transaction */
/* what a journal tells of; title: NULL, or what it has to be about */
int net_finish(struct net_run *run, const char *journal_path, bool rollback, const char *title);
/* HK_STALE after a message when something of run->changes cannot be bought any more. */
int net_refuse_over(struct net_run *run);
int net_measure(void *run, struct hk_err *err);

/* net_api.c: for hk_sessions_options. */
int net_open_api(void *run, const struct hk_session *session, bool heedless, struct hk_api **api, struct hk_err *err);
void net_session_progress(void *run, const struct hk_session *session, const char *what);
void net_close_apis(struct net_run *run);

#endif
