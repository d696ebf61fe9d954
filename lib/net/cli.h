/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Dialects of devices that are spoken to by commands, as data: tables (lib/net/dialects/NAME.yaml, or `dialect` of a controller of protocol generic) say which
 * objects there are, which command shows each, where in its output the value stands, and which commands set and delete it. docs/network-dialects.md explains
 * the keys.
 *
 * Values and names enter commands as quoted words only, after a check of every letter. Devices like these have no candidate: a job on the device goes back when
 * nobody confirms (cli_script.c). Private to lib/net.
 */
#ifndef HK_NET_CLI_H
#define HK_NET_CLI_H

#include "net/dialect.h"
#include "schema/pattern.h"
#include "yaml/doc.h"

/* ---- tables: cli_table.c ---- */

enum hk_cli_type { HK_CLI_NAME, HK_CLI_INTEGER, HK_CLI_ADDRESS, HK_CLI_PREFIX, HK_CLI_RATE, HK_CLI_PRESENCE, HK_CLI_TEXT, HK_CLI_TYPES };

struct hk_cli_command {
	const char **words; size_t n;           /* with {slots} */
	/* 0, or the number of the list in the list a word stands in: left out where a slot has no value. NULL: no groups */
	unsigned char *group;
};
struct hk_cli_commands { struct hk_cli_command *v; size_t n; };           /* v NULL: cannot be done */
struct hk_cli_pair { const char *key, *text; };

struct hk_cli_kind {
	const char *object;                     /* "dev/{dev}/mtu" */
	struct hk_cli_pair *where; size_t n_where;       /* types of slots that are not names */
	enum hk_cli_type type;
	int64_t min, max;
	const struct hk_pattern *pattern;       /* that values have to match besides; NULL: none */
	struct hk_cli_command read, row;        /* row: prints the name of the database row, {row} in the others */
	const char *json;                       /* where the value stands: a pointer (RFC 6901), or */
	const char *line, *within;              /* a line, and the line that begins its section */
	const char *occupied;                   /* pointer or line of something in its place that is no value of it: nothing must be done then */
	const char *missing;                    /* text of a read that failed because there is no such thing */
	const char **absent; size_t n_absent;   /* values that mean: nothing there */
	const struct hk_pattern *default_value; /* values that mean: nothing was said, and the device chose; NULL: none */
	struct hk_cli_commands set, create, change, delete;
	const char *needs, *needed;             /* object that has to be there, and with what value it is made */
	const char *made;                       /* word for the first command that creates what it needs, in the place of commands of its own; NULL: none */
	struct hk_cli_pair *with; size_t n_with;         /* other objects whose values enter the commands */
};

struct hk_cli_table {
	struct hk_arena arena, text;            /* text: of a built-in document */
	const char *strategy;
	struct hk_cli_kind *kinds; size_t n_kinds;
	bool together;                          /* commands of all changes in one: `first`, then `each` before every command */
	struct hk_cli_command lines;            /* does a file of lines, whose name comes behind it, and goes on after those that fail */
	struct hk_cli_command first, each, rehearse, save;
	const struct hk_pattern *failed, *unless;        /* lines of output that mean failure, whatever the status; and those that do not */
};

/* A table of the program ("linux"), or what a mapping says. -1 with HK_INVALID. Text is borrowed from node or document. */
int hk_cli_table_read(struct hk_cli_table *table, const struct hk_node *node, struct hk_err *err);
int hk_cli_table_builtin(struct hk_cli_table *table, const char *name, struct hk_err *err);
void hk_cli_table_release(struct hk_cli_table *table);

/* cli_check.c: that it can work, as far as can be said without a device: keys, and slots that there is something for. Part of hk_cli_table_read. */
int hk_cli_table_check(const struct hk_cli_table *table, const struct hk_node *node, struct hk_err *err);

/* ---- objects and words: cli_words.c ---- */

#define HK_CLI_PLACES 8u                        /* slots of one object */
struct hk_cli_object {
	const struct hk_cli_kind *kind;
	struct hk_cli_pair places[HK_CLI_PLACES]; size_t n;
	unsigned tries;                         /* of matching */
};
/* Which kind it is, and what its slots stand for. -1 with HK_INVALID. */
int hk_cli_object_parse(const struct hk_cli_table *table, const char *object, struct hk_arena *arena, struct hk_cli_object *parsed, struct hk_err *err);
bool hk_cli_type_find(const char *name, enum hk_cli_type *type);
/* Whether the text is one; *what then says what was expected. */
bool hk_cli_type_fits(enum hk_cli_type type, const char *text, const char **what);
/* The same for a value of the kind, without its bounds. */
bool hk_cli_kind_fits(const struct hk_cli_kind *kind, const char *text, const char **what);
/* It stands for nothing being there (`absent` of the table). */
bool hk_cli_means_absent(const struct hk_cli_kind *kind, const char *text);
int hk_cli_value_check(const struct hk_cli_kind *kind, const char *value, struct hk_err *err);
/* "5Mbit" as tc prints it, as bit/s; false when it is none. What tc would print of bit/s, read again: *shown. */
bool hk_cli_rate_parse(struct hk_str text, int64_t *bits);
int64_t hk_cli_rate_shown(int64_t bits);

/* The slot that begins at `at`, with its end behind the brace; empty when none does. */
struct hk_str hk_cli_place(const char *at, const char **end);
/* What slots of a command stand for: those of the object, and more. */
struct hk_cli_names { const struct hk_cli_object *object; const struct hk_cli_pair *more; size_t n_more; const char *row; /* name of a shell variable */ };
/* NULL when there is no such slot, or nothing for it. */
const char *hk_cli_name(const struct hk_cli_names *names, struct hk_str key);
/* The text with its slots filled; false, with err, when one has no value. */
bool hk_cli_fill(const char *text, const struct hk_cli_names *names, struct hk_buf *out, struct hk_err *err);
/* Words for the shell, each quoted, with a blank in front; programs: `programs` of the controller. */
bool hk_cli_words(const struct hk_cli_command *command, const struct hk_cli_names *names, const struct hk_node *programs, struct hk_buf *out,
		  struct hk_err *err);

/* ---- values from output: cli_value.c ---- */

/*
 * The object's value in the output of its read command, in the arena; *value NULL: absent. -1 with HK_FAILED when the output cannot be understood, or has
 * several.
 */
int hk_cli_value(const struct hk_cli_object *object, struct hk_str output, struct hk_arena *arena, const char **value, struct hk_err *err);

#endif
