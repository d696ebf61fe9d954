/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A verb: its interface as data, and one function. main.c parses the command line by the table, so a verb gets a filled config and its positional arguments and
 * returns an exit status of the one table (enum hk_status).
 */
#ifndef HK_CMD_CMD_H
#define HK_CMD_CMD_H

#include "base/diag.h"
#include "base/err.h"
#include "base/opt.h"
#include "model/load.h"

#define HK_MAX_CONFIG 512

/* Options every verb takes. */
struct hk_common {
	int color;              /* enum hk_color */
	bool quiet;             /* no progress, no remarks on stderr */
	int verbose;
};

struct hk_env {                 /* what main() found out about the process */
	const char *program_dir;    /* directory of the running binary; NULL when unknown */
	bool out_color, err_color;
	unsigned out_width;         /* 0 when standard output is no terminal */
	unsigned err_width;
	struct hk_common common;
	volatile int *interrupted;
};

struct hk_cmd {
	const char *name;
	const char *group;          /* heading in `hkctl help` */
	const char *summary;        /* one line */
	const struct hk_opt_spec *spec;
	const void *defaults;       /* config before parsing; config_size bytes */
	size_t config_size;
	void (*release)(void *config);   /* frees option lists; may be NULL */
	int (*run)(const struct hk_env *env, const void *config, const struct hk_opt_args *args);
	bool hidden;
	const char *(*word)(size_t index);   /* words the first positional argument can be, NULL past the end; NULL when it is none of a list */
	bool word_or_path;                   /* it can be a path as well */
	const char *program;             /* done by libexec/hkctl/hkctl-PROGRAM, which has the spec and the rest; NULL for verbs of this program */
};

/* commands.c: the one table, in the order of the help; NULL past its end or when there is no such verb. */
const struct hk_cmd *hk_cmd_at(size_t index);
const struct hk_cmd *hk_cmd_find(const char *name);
const char *hk_cmd_verb(size_t index);     /* names of those that are not hidden; NULL past the end */
extern const struct hk_opt hk_common_options[];

extern const struct hk_cmd hk_cmd_init, hk_cmd_import, hk_cmd_validate, hk_cmd_fmt, hk_cmd_plan, hk_cmd_show, hk_cmd_diff, hk_cmd_explain, hk_cmd_graph,
	hk_cmd_render, hk_cmd_check, hk_cmd_version, hk_cmd_help, hk_cmd_completion, hk_cmd_complete, hk_cmd_net, hk_cmd_api, hk_cmd_apply;

/* External verbs: hkctl-NAME in libexec/hkctl beside the binary, then in PATH. find: path or NULL, caller frees. exec returns only when it failed. */
char *hk_external_find(const struct hk_env *env, const char *name);
int hk_external_exec(const char *path, char *const *argv);
/* Run the whole command line by the program of cmd, which is found beside this one and nowhere else. Returns only when it failed: a status, after a message. */
int hk_helper_exec(const struct hk_env *env, const struct hk_cmd *cmd, char *const *argv);

/* ---- common.c: what several verbs do ---- */

/* Write to standard output and check it; returns status, or HK_FAILED with a message on stderr. */
int hk_print(const struct hk_buf *text, int status);
/* "hkctl: message" on stderr, in one write; releases err; returns its status. */
int hk_fail(const struct hk_env *env, struct hk_err *err);
/* A remark on stderr ("hkctl: ..."), not with --quiet. */
void hk_remark(const struct hk_env *env, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Findings as text on stderr. */
void hk_print_diags(const struct hk_env *env, struct hk_diags *diags);

/* Documents and model together, for verbs that need them. */
struct hk_inputs {
	struct hk_workspace workspace;
	struct hk_model model;
	struct hk_diags diags;
	bool loaded;
	double now;             /* before: when it is, s since 1970; 0: the newest observation says it */
	bool without_plan;      /* before: documents with a pipeline that can have no plan are welcome; after: there is one, and no other error */
};
/*
 * Load paths and build the model. With errors among the findings (or no pipeline or topology) they are printed and HK_INVALID is returned. tell_warnings: print
 * warnings and notes too unless quiet; for verbs that read documents anew (plan), not for those that follow a plan.
 */
int hk_inputs_load(const struct hk_env *env, const char *const *paths, size_t count, bool tell_warnings, struct hk_inputs *inputs);
/* The same, and keeps the trees of manifests, for rendering. For paths of which little is not used: those a plan names. */
int hk_inputs_load_manifests(const struct hk_env *env, const char *const *paths, size_t count, bool tell_warnings, struct hk_inputs *inputs);
void hk_inputs_release(struct hk_inputs *inputs);

/* --now and --at of verbs for which offers can be over: s since 1970, 0 with neither. HK_OK, or HK_USAGE after a message. */
int hk_read_now(const struct hk_env *env, bool clock, const char *at, double *now);
/* What the clock says, s since 1970. */
double hk_clock(void);
#define HK_OPT_NOW_HELP "let the clock say when it is, so that offers of links that are over are not bought; without it the newest observation of metrics does"
#define HK_OPT_AT_HELP "when it is (2026-01-31T12:00:00Z)"

/* A plan. Findings and errors are printed, that somebody changed it too; HK_OK or the exit status. Release the plan in any case. */
struct hk_plan;
int hk_plan_open(const struct hk_env *env, const char *path, struct hk_plan *plan);
/* The documents of a plan from `files`, or with none from the paths the plan names; with the trees of manifests, for rendering. */
int hk_plan_open_inputs(const struct hk_env *env, const struct hk_plan *plan, const struct hk_opt_list *files, struct hk_inputs *inputs);

/* --mesh of verbs that render: a set of these names (HK_OPT_SET), and the flags of render/render.h it stands for. */
extern const char *const hk_mesh_names[];
#define HK_MESH_DEFAULT (1u << 1)       /* istio */
unsigned hk_mesh_flags(unsigned set);
/* --decisions: the same. */
extern const char *const hk_decision_names[];
unsigned hk_decision_flags(unsigned set);

#endif
