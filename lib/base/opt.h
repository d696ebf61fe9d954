/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Command-line options as data: a verb describes its options in a table of rows, and parsing, the -h text and shell completion all come from it.
 *
 *	struct config { const char *out; int format; bool prune; double timeout; struct hk_opt_list define; };
 *	static const char *const formats[] = { "text", "json", NULL };
 *	static const struct hk_opt rows[] = {
 *		{ .name = "out", .letter = 'o', .type = HK_OPT_STRING, .offset = offsetof(struct config, out), .metavar = "FILE", .help = "write the plan to FILE" },
 *		{ .name = "format", .type = HK_OPT_ENUM, .offset = offsetof(struct config, format), .choices = formats, .help = "how to print" },
 *		{ .name = "prune", .type = HK_OPT_FLAG, .offset = offsetof(struct config, prune), .help = "remove what is not planned any more" },
 *		{ 0 },
 *	};
 *
 * Accepted: --name value, --name=value, -n value, -nvalue, bundled letters (-qv), --no-name for flags, options after positional arguments, and "--",
 * behind which everything is positional. Long names are never abbreviated: a script must not change its meaning when an option is added.
 * -h and --help are always there and need no row. Defaults are what the config holds before parsing.
 */
#ifndef HK_BASE_OPT_H
#define HK_BASE_OPT_H

#include "base/buf.h"
#include "base/err.h"
#include "base/vec.h"

enum hk_opt_type {
	HK_OPT_END = 0,       /* a zeroed row ends a table */
	HK_OPT_FLAG,          /* bool; --name sets, --no-name clears */
	HK_OPT_COUNT,         /* int; each occurrence adds one, --no-name sets 0 */
	HK_OPT_STRING,        /* const char *, borrowed from argv; the last one wins */
	HK_OPT_ENUM,          /* int, index into choices */
	HK_OPT_SET,           /* unsigned: bit i stands for choices[i]; values separated by commas; the last occurrence wins */
	HK_OPT_INT,           /* int64_t */
	HK_OPT_RATIO,         /* double, a share: "0.01", "1%" */
	HK_OPT_DURATION,      /* double, seconds; "250ms", "1h30m", "90" */
	HK_OPT_LIST,          /* struct hk_opt_list; each occurrence appends */
};

struct hk_opt_list { const char **v; size_t n, cap; };   /* strings borrowed from argv; hk_vec_release() frees the array */

struct hk_opt {
	const char *name;             /* long name without dashes */
	char letter;                  /* short form, or 0 */
	enum hk_opt_type type;
	size_t offset;                /* of the target in the config struct */
	const char *metavar;          /* name of the value in help ("FILE", "DIR": completed as such); NULL: from the type */
	const char *help;             /* one sentence, lower case, no final stop */
	const char *const *choices;   /* HK_OPT_ENUM, HK_OPT_SET: NULL-terminated */
	double min, max;              /* HK_OPT_INT, DOUBLE, DURATION: both 0 = any */
	bool hidden;                  /* accepted, but in neither help nor completion */
};

struct hk_opt_example { const char *command, *text; };

#define HK_OPT_ANY ((size_t)-1)

struct hk_opt_spec {
	const char *command;                      /* "hkctl plan" */
	const char *summary;                      /* what the verb does, a sentence or two */
	const char *positional;                   /* "[PATH...]", or NULL when there is none */
	size_t min_args, max_args;                /* number of positional arguments; HK_OPT_ANY = no limit */
	const struct hk_opt *options;             /* the verb's own rows; may be NULL */
	const struct hk_opt *common;              /* rows all verbs share; may be NULL */
	const struct hk_opt_example *examples;    /* ended by a zeroed row; may be NULL */
	bool stop_at_first;                       /* the first positional argument ends the options (for "hkctl [options] verb ...") */
};

struct hk_opt_args {
	const char **v;                           /* positional arguments, borrowed from argv */
	size_t n, cap;
	bool help;                                /* -h or --help was seen: print hk_opt_help and do nothing else */
};

/*
 * argv[0] is skipped. config and common_config are the structs that the offsets of spec->options and spec->common are for. On failure (HK_USAGE) the
 * configs may be partly filled. After -h, what follows is not looked at and no argument is missing. Release args with hk_opt_args_release in any case.
 */
int hk_opt_parse(const struct hk_opt_spec *spec, void *config, void *common_config, int argc, char *const *argv, struct hk_opt_args *args,
		 struct hk_err *err);
void hk_opt_args_release(struct hk_opt_args *args);

/* The -h text, wrapped to `width` columns (at least 40): usage line, summary, options, common options, examples. */
void hk_opt_help(const struct hk_opt_spec *spec, unsigned width, struct hk_buf *out);

/* Visit every row that is not hidden: own, common, then the built-in --help; for shell completion and the tests of the manual. */
void hk_opt_walk(const struct hk_opt_spec *spec, void (*visit)(void *context, const struct hk_opt *row), void *context);
/* The row of a word as typed ("--format", "--format=", "-o", "--no-prune"), hidden ones too; NULL when there is none. */
const struct hk_opt *hk_opt_find(const struct hk_opt_spec *spec, const char *word);
bool hk_opt_takes_value(const struct hk_opt *row);
/* "FILE", or "text|json" for a short enumeration; NULL for flags and counts. Valid until buf changes. */
const char *hk_opt_metavar(const struct hk_opt *row, struct hk_buf *buf);
const char *hk_opt_choice(const struct hk_opt *row, size_t index);   /* NULL past the end */

#endif
