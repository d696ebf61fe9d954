/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What Metrics documents say, with the time each value was observed at. Where two say something of the same thing, the later one counts, in the order of the
 * workspace.
 */
#ifndef HK_CHECK_MEASURED_H
#define HK_CHECK_MEASURED_H

#include "base/map.h"
#include "base/vec.h"
#include "check/rule.h"
#include "model/load.h"

struct hk_measured_way { double value[4], at[4]; };     /* by enum hk_measure up to bandwidth; NaN: not measured, no time stated */
struct hk_measured_value { const char *text; double at; };

struct hk_measured {
	struct hk_arena arena;
	struct hk_map links, pairs;             /* 8 bytes: cluster indices */
	HK_VEC(struct hk_measured_way) ways;
	struct hk_map values;                   /* "rule\ntarget" */
	struct hk_map ways_of_rules;            /* 12 bytes: numbers of rule, from, to */
	HK_VEC(struct hk_measured_value) list;
	struct hk_map names;                    /* whatever values name: to a number of its own */
	size_t n_names;
	struct hk_map rules;                    /* those with values: to a number of their own */
	size_t n_rules;
	double newest;                          /* NaN when no document says when it was observed */
};

void hk_measured_open(struct hk_measured *measured, const struct hk_model *model, const struct hk_workspace *workspace);
void hk_measured_close(struct hk_measured *measured);
/* A single link, or end to end. False when not measured. */
bool hk_measured_link(const struct hk_measured *measured, uint32_t from, uint32_t to, enum hk_measure measure, double *value, double *at);
bool hk_measured_pair(const struct hk_measured *measured, uint32_t from, uint32_t to, enum hk_measure measure, double *value, double *at);
/* Index into list of a value of one target; HK_MAP_NONE when there is none. */
size_t hk_measured_find(const struct hk_measured *measured, const char *rule, const char *target);
/* The same of a value from one name to another, all by their numbers. */
size_t hk_measured_find_way(const struct hk_measured *measured, uint32_t rule, uint32_t from, uint32_t to);
/* Number of a rule that values are of, from 1; 0 when none is. */
uint32_t hk_measured_rule(const struct hk_measured *measured, const char *rule);
/* Number of a name that values mention, from 1; 0 when none does. */
uint32_t hk_measured_name(const struct hk_measured *measured, const char *name);

#endif
