/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Terminal width, the decision for or against colour, and text styles. The environment is the caller's business and comes in as a struct. */
#ifndef HK_BASE_TERM_H
#define HK_BASE_TERM_H

#include "base/buf.h"

/* Columns of the terminal behind fd, or `fallback` when fd is no terminal or does not know. */
unsigned hk_term_width(int fd, unsigned fallback);

enum hk_color { HK_COLOR_AUTO, HK_COLOR_ALWAYS, HK_COLOR_NEVER };
extern const char *const hk_color_names[];    /* "auto", "always", "never", NULL: choices of an option table */

struct hk_term_env {                          /* values of the variables, NULL when unset */
	const char *no_color;                 /* NO_COLOR (no-color.org): any text that is not empty */
	const char *force_color;              /* FORCE_COLOR: any text that is neither empty nor "0" */
	const char *clicolor_force;           /* CLICOLOR_FORCE (bixense.com/clicolors): the same */
	const char *term;                     /* TERM: "dumb" knows no colour */
};

/* The option wins, then NO_COLOR, then FORCE_COLOR and CLICOLOR_FORCE, then whether it is a terminal that is not dumb. */
bool hk_term_use_color(enum hk_color choice, const struct hk_term_env *env, bool is_terminal);

enum hk_style { HK_STYLE_PLAIN, HK_STYLE_BOLD, HK_STYLE_DIM, HK_STYLE_ERROR, HK_STYLE_WARNING, HK_STYLE_NOTE, HK_STYLE_GOOD, HK_STYLE_ADDED, HK_STYLE_REMOVED };

/* All of these add nothing but the text itself when color is false. Colours are the 8 basic ones, readable on dark and light backgrounds. */
void hk_term_begin(struct hk_buf *out, bool color, enum hk_style style);
void hk_term_end(struct hk_buf *out, bool color, enum hk_style style);
void hk_term_add(struct hk_buf *out, bool color, enum hk_style style, const char *text);

#endif
