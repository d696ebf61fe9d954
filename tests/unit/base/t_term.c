/* SPDX-License-Identifier: GPL-3.0-or-later */
#define _XOPEN_SOURCE 700   /* posix_openpt */
#include "../test.h"

#include "base/term.h"
#include "base/vec.h"

#include <fcntl.h>
#include <sys/ioctl.h>

struct color_sample { enum hk_color choice; struct hk_term_env env; bool terminal, color; };

static void test_color_decision(void **state)
{
	static const struct color_sample samples[] = {
		{ HK_COLOR_ALWAYS, { "1", NULL, NULL, "dumb" }, false, true },
		{ HK_COLOR_NEVER, { NULL, "1", "1", "xterm" }, true, false },
		{ HK_COLOR_AUTO, { NULL, NULL, NULL, "xterm" }, true, true },
		{ HK_COLOR_AUTO, { NULL, NULL, NULL, "xterm" }, false, false },
		{ HK_COLOR_AUTO, { NULL, NULL, NULL, "dumb" }, true, false },
		{ HK_COLOR_AUTO, { NULL, NULL, NULL, NULL }, true, false },
		{ HK_COLOR_AUTO, { "1", "1", "1", "xterm" }, true, false },
		{ HK_COLOR_AUTO, { "", NULL, NULL, "xterm" }, true, true },
		{ HK_COLOR_AUTO, { NULL, "1", NULL, "dumb" }, false, true },
		{ HK_COLOR_AUTO, { NULL, NULL, "1", NULL }, false, true },
		{ HK_COLOR_AUTO, { NULL, "0", "", "xterm" }, false, false },
	};

	(void)state;
	for (size_t i = 0; i < HK_COUNT(samples); i++)
		assert_int_equal(hk_term_use_color(samples[i].choice, &samples[i].env, samples[i].terminal), samples[i].color);
}

static void test_styles_add_nothing_without_color(void **state)
{
	HK_AUTO_BUF struct hk_buf plain = HK_BUF_INIT, color = HK_BUF_INIT;

	(void)state;
	hk_term_add(&plain, false, HK_STYLE_ERROR, "error");
	assert_string_equal(plain.s, "error");
	hk_term_add(&color, true, HK_STYLE_ERROR, "error");
	hk_term_add(&color, true, HK_STYLE_PLAIN, "x");
	assert_string_equal(color.s, "\x1b[1;31merror\x1b[0mx");
}

static void test_width(void **state)
{
	struct winsize size = { .ws_row = 24, .ws_col = 123 };
	int file = open("/dev/null", O_RDONLY), terminal = posix_openpt(O_RDWR | O_NOCTTY);

	(void)state;
	assert_int_equal(hk_term_width(file, 77), 77);
	assert_int_equal(hk_term_width(-1, 78), 78);
	close(file);
	if (terminal < 0) {
		printf("# no pseudo-terminals here\n");
		skip();
	}
	assert_int_equal(hk_term_width(terminal, 79), 79);
	assert_int_equal(ioctl(terminal, TIOCSWINSZ, &size), 0);
	assert_int_equal(hk_term_width(terminal, 79), 123);
	close(terminal);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_color_decision),
		cmocka_unit_test(test_styles_add_nothing_without_color),
		cmocka_unit_test(test_width),
	};

	return cmocka_run_group_tests_name("base/term", tests, NULL, NULL);
}
