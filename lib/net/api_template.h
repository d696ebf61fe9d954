/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Requests from templates. A template is a tree; a mapping that begins with a key in '$' stands for a value:
 *
 *	{$in: NAME}                                       the value, as the JSON type of its input
 *	{$in: NAME, unit: UNIT, round: up|down, way: round-trip}   a quantity as a whole number of UNIT; without `round` it must come out exactly
 *	{$in: NAME, unit: UNIT, most: N}                  and not more than N
 *	{$in: NAME, unit: UNIT, as: text}                 the same as a text
 *	{$in: NAME, as: rate}                             a bit rate as "12.5 Mbps" (TS 29.571 BitRate)
 *	{$in: NAME, as: exponent, round: down}            a ratio r as the n of 10^-n
 *	{$in: NAME, map: {TEXT: VALUE ...}}               looked up
 *	{$amount: NAME, units: [UNIT ...], most: N}       {value: 1..N, unit: UNIT} in the first unit that fits exactly
 *
 * A value that was not given leaves out its member, and a mapping or list all of whose values were not given is left out itself.
 */
#ifndef HK_NET_API_TEMPLATE_H
#define HK_NET_API_TEMPLATE_H

#include "net/api_adapter.h"

/* JSON of the body; "{}" when nothing is left of a mapping. HK_USAGE when a value cannot be written as the template says. */
int hk_api_template_body(const struct hk_node *template, const struct hk_api_values *values, struct hk_buf *out, struct hk_err *err);
/* "/sessions/{id}" with values percent-encoded (all but unreserved characters of RFC 3986), then "?" and the query when the mapping leaves any. */
int hk_api_template_path(const char *path, const struct hk_node *query, const struct hk_api_values *values, struct hk_buf *out, struct hk_err *err);
/* A template that stands for one text (a header): *present false when it is left out. */
int hk_api_template_text(const struct hk_node *template, const struct hk_api_values *values, bool *present, struct hk_buf *out, struct hk_err *err);
/* The name in a mapping that stands for a value; NULL when the node is none. */
const struct hk_node *hk_api_template_name(const struct hk_node *node);

#endif
