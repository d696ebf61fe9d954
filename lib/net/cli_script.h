/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Scripts for devices that are spoken to by commands: reading, changing with a job that goes back, and what becomes of it. Private to lib/net. */
#ifndef HK_NET_CLI_SCRIPT_H
#define HK_NET_CLI_SCRIPT_H

#include "base/map.h"
#include "net/cli.h"

/* Exit status of scripts; any other but 0 says nothing about the device. */
#define HK_CLI_REFUSED 90       /* nothing was changed */
#define HK_CLI_GONE 93          /* the device has gone back by itself, or was taken back */

struct hk_cli_script {
	const struct hk_cli_table *table;       /* borrowed */
	const struct hk_node *programs;         /* NULL: none are replaced */
	const char *home;                       /* directory of the device for states of changes: letters that need no quotes */
	char mark[33];                          /* separates outputs; the device cannot guess it */
	struct hk_buf text;
	HK_VEC(char *) commands;                /* that read, each once */
	struct hk_map known;                    /* their places, by text */
};
struct hk_cli_rows { HK_VEC(char *) list; };

/* One change in one direction, with what its commands need. */
struct hk_cli_step {
	const char *name, *from, *to;           /* as in hk_change */
	const char *needs;                      /* name of the object it stands on; NULL: none */
	struct hk_cli_object object;
	struct hk_cli_pair more[HK_CLI_PLACES + 3]; size_t n_more;       /* value, from, n, and the values of other objects */
};
struct hk_cli_steps { HK_VEC(struct hk_cli_step) list; };

/* A new text; with a token, about the state of that change. Everything below adds to it; -1 with err when a command cannot be made. */
void hk_cli_script_begin(struct hk_cli_script *script, const char *controller, const char *token);
void hk_cli_script_end(struct hk_cli_script *script);
void hk_cli_script_release(struct hk_cli_script *script);
/* Where the state of a change lies on the device. */
void hk_cli_directory(const struct hk_cli_script *script, const char *controller, const char *token, struct hk_buf *out);

/* That an object will be read; *which of the outputs is about it. Then all of them. */
int hk_cli_script_read(struct hk_cli_script *script, const struct hk_cli_object *object, size_t *which, struct hk_err *err);
void hk_cli_script_add_reads(struct hk_cli_script *script);
/* Outputs of the commands that read and their statuses, in order; they point into `all`. Fewer than asked for when the device did not come to the end. */
struct hk_cli_output { struct hk_str text; int status; };
struct hk_cli_outputs { HK_VEC(struct hk_cli_output) list; };
void hk_cli_outputs_read(const struct hk_cli_script *script, struct hk_str all, struct hk_cli_outputs *outputs);

/* Arm the job that goes back after confirm_s, then do the steps. */
struct hk_cli_change { const char *controller, *token; unsigned confirm_s; };
int hk_cli_script_apply(struct hk_cli_script *script, const struct hk_cli_change *change, const struct hk_cli_steps *steps, const struct hk_cli_steps *back,
			struct hk_err *err);
int hk_cli_script_undo(struct hk_cli_script *script, const struct hk_cli_steps *back, struct hk_err *err);
void hk_cli_script_lock(struct hk_cli_script *script, const char *controller, const char *token);
void hk_cli_script_extend(struct hk_cli_script *script, unsigned confirm_s);
int hk_cli_script_confirm(struct hk_cli_script *script, bool save, struct hk_err *err);
void hk_cli_script_stop(struct hk_cli_script *script);                  /* no more steps by anybody, and wait for those at work */
int hk_cli_script_disarm(struct hk_cli_script *script, bool save, struct hk_err *err);

#endif
