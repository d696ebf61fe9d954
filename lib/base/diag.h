/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Findings about the user's documents: many at once, each with a stable rule id, an exact range and, where one is certain, a fix. lib/ collects
 * them here; lib/out renders them (text, json, sarif, junit, github); only cmd/ maps them to an exit code.
 *
 * Rules are declared in base/rules.def (one line each: id, default severity, short name, one-sentence description), so that
 * SARIF, the manual and `hkctl explain HKnnnn` have one source. Ids are never reused.
 */
#ifndef HK_BASE_DIAG_H
#define HK_BASE_DIAG_H

#include "base/arena.h"
#include "base/vec.h"
#include <stdbool.h>
#include <stdint.h>

enum hk_severity { HK_ERROR, HK_WARNING, HK_NOTE };

enum hk_rule_id {
	HK_RULE_NONE = 0,
#define HK_RULE(number, severity, name, description) HK##number = 1##number,
#include "base/rules.def"
#undef HK_RULE
};

struct hk_rule {
	enum hk_rule_id id;
	char code[8];               /* "HK0101" */
	enum hk_severity severity;
	const char *name;           /* "unknown-key" */
	const char *description;
};

const struct hk_rule *hk_rule_get(enum hk_rule_id id);     /* never NULL */
const struct hk_rule *hk_rule_find(const char *code);      /* "HK0101" or the name; NULL when unknown */
const struct hk_rule *hk_rule_at(size_t index);            /* in order of the table; NULL past the end */

/* A range in a file. Lines and columns start at 1; columns count bytes of UTF-8 from the start of the line; bytes start at 0; end is exclusive. */
struct hk_range {
	const char *file;           /* as the user named it; "<stdin>" for "-"; NULL when the finding is about no file */
	uint32_t start_byte, end_byte;
	uint32_t line, column, end_line, end_column;
};

struct hk_diag {
	const struct hk_rule *rule;
	enum hk_severity severity;
	struct hk_range range;
	const char *summary;        /* one line: what was found and what was expected */
	const char *help;           /* how to mend it; NULL when the summary says all */
	const char *source_line;    /* text of range.line for the caret display; NULL when unknown */
	bool has_fix;
	uint32_t fix_start, fix_end;   /* byte range to replace */
	const char *fix_text;
	/* A second place this finding talks about ("first defined here"); file NULL when there is none. */
	struct hk_range related;
	const char *related_text;
};

struct hk_diags {
	struct hk_arena arena;      /* owns all text of the findings */
	HK_VEC(struct hk_diag) list;
	size_t errors, warnings, notes; /* all of them, also those past the limit */
	size_t suppressed;          /* findings of disabled rules; in none of the counts above */
	size_t limit;               /* keep no more findings than this (0: 1000), the most severe ones; counted all the same */
	size_t kept[3];             /* of each severity */
	HK_VEC(enum hk_rule_id) disabled;
	struct hk_diag scratch;     /* what hk_diag_add returns for findings that are not kept */
};
#define HK_DIAGS_INIT { .limit = 0 }

void hk_diags_release(struct hk_diags *diags);
/*
 * Add a finding; severity is the rule's. range may be NULL. All text is copied and scrubbed. Returns the finding, for hk_diag_help and friends, or a
 * scratch one that is dropped when the rule is disabled or the limit is reached: never NULL. Valid until the next hk_diag_add.
 */
struct hk_diag *hk_diag_add(struct hk_diags *diags, enum hk_rule_id rule, const struct hk_range *range, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
void hk_diag_help(struct hk_diags *diags, struct hk_diag *diag, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* The replacement is kept byte for byte: it goes into the user's file. */
void hk_diag_fix(struct hk_diags *diags, struct hk_diag *diag, uint32_t start, uint32_t end, const char *replacement);
void hk_diag_related(struct hk_diags *diags, struct hk_diag *diag, const struct hk_range *range, const char *text);
/* A final line end is dropped and each tab becomes one space, so that a column is still a byte. Lines over 1000 bytes are not kept. */
void hk_diag_source_line(struct hk_diags *diags, struct hk_diag *diag, struct hk_str line);
void hk_diags_disable(struct hk_diags *diags, enum hk_rule_id rule);
/* By file, then byte, then rule: the order in which people read; findings about no file last. Stable. */
void hk_diags_sort(struct hk_diags *diags);

#endif
