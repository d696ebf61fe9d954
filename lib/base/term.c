/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/term.h"

#include <string.h>
#include <sys/ioctl.h>

const char *const hk_color_names[] = { "auto", "always", "never", NULL };

unsigned hk_term_width(int fd, unsigned fallback)
{
	struct winsize size;

	if (ioctl(fd, TIOCGWINSZ, &size) < 0 || size.ws_col == 0)
		return fallback;
	return size.ws_col;
}

static bool is_set(const char *value)
{
	return value && *value;
}

static bool is_forced(const char *value)
{
	return is_set(value) && strcmp(value, "0") != 0;
}

bool hk_term_use_color(enum hk_color choice, const struct hk_term_env *env, bool is_terminal)
{
	if (choice != HK_COLOR_AUTO)
		return choice == HK_COLOR_ALWAYS;
	if (is_set(env->no_color))
		return false;
	if (is_forced(env->force_color) || is_forced(env->clicolor_force))
		return true;
	return is_terminal && is_set(env->term) && strcmp(env->term, "dumb") != 0;
}

/* SGR parameters, ECMA-48 8.3.117 */
static const char *const codes[] = {
	[HK_STYLE_PLAIN] = "", [HK_STYLE_BOLD] = "1", [HK_STYLE_DIM] = "2", [HK_STYLE_ERROR] = "1;31", [HK_STYLE_WARNING] = "1;33",
	[HK_STYLE_NOTE] = "1;36", [HK_STYLE_GOOD] = "32", [HK_STYLE_ADDED] = "32", [HK_STYLE_REMOVED] = "31",
};

void hk_term_begin(struct hk_buf *out, bool color, enum hk_style style)
{
	if (color && style != HK_STYLE_PLAIN)
		hk_buf_addf(out, "\x1b[%sm", codes[style]);
}

void hk_term_end(struct hk_buf *out, bool color, enum hk_style style)
{
	if (color && style != HK_STYLE_PLAIN)
		hk_buf_addstr(out, "\x1b[0m");
}

void hk_term_add(struct hk_buf *out, bool color, enum hk_style style, const char *text)
{
	hk_term_begin(out, color, style);
	hk_buf_addstr(out, text);
	hk_term_end(out, color, style);
}
