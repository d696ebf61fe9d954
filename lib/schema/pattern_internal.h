/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Compiled patterns, as pattern.c makes them and pattern_match.c runs them. */
#ifndef HK_SCHEMA_PATTERN_INTERNAL_H
#define HK_SCHEMA_PATTERN_INTERNAL_H

#include "schema/pattern.h"

#define HK_PATTERN_MAX 1024     /* instructions */

enum operation { OP_CHAR, OP_ANY, OP_CLASS, OP_SPLIT, OP_JUMP, OP_BEGIN, OP_END, OP_MATCH };

struct span { uint32_t low, high; };
struct instruction {
	enum operation operation;
	int first, second;          /* SPLIT: relative targets; JUMP: first */
	uint32_t code_point;        /* CHAR */
	const struct span *spans;   /* CLASS */
	size_t n_spans;
	bool negated;
};

struct hk_pattern_states;

struct hk_pattern {
	struct instruction *code;
	size_t size;
	struct hk_pattern_states *states;  /* NULL: too large for a table */
};

/* After compiling: room for the table of states, which fills while texts are matched. */
void hk_pattern_prepare(struct hk_pattern *pattern, struct hk_arena *arena);

#endif
