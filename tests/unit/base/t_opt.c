/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "../test.h"

#include "base/opt.h"
#include "base/rng.h"

#include <string.h>

struct config {
	bool prune, no_cache;
	int verbose, format;
	const char *out;
	int64_t seed;
	double gap, timeout;
	struct hk_opt_list define;
	unsigned parts;
};

static const char *const formats[] = { "text", "json", "sarif", NULL };

static const struct hk_opt own[] = {
	{ .name = "prune", .letter = 'p', .type = HK_OPT_FLAG, .offset = offsetof(struct config, prune), .help = "remove what is not planned any more" },
	{ .name = "no-cache", .type = HK_OPT_FLAG, .offset = offsetof(struct config, no_cache), .help = "read everything again" },
	{ .name = "format", .letter = 'f', .type = HK_OPT_ENUM, .offset = offsetof(struct config, format), .choices = formats, .help = "how to print" },
	{ .name = "out", .letter = 'o', .type = HK_OPT_STRING, .offset = offsetof(struct config, out), .metavar = "FILE", .help = "where to write" },
	{ .name = "seed", .type = HK_OPT_INT, .offset = offsetof(struct config, seed), .min = 1, .max = 1000, .help = "seed" },
	{ .name = "gap", .type = HK_OPT_RATIO, .offset = offsetof(struct config, gap), .help = "gap" },
	{ .name = "define", .letter = 'D', .type = HK_OPT_LIST, .offset = offsetof(struct config, define), .help = "define" },
	{ .name = "internal", .type = HK_OPT_FLAG, .offset = offsetof(struct config, prune), .hidden = true, .help = "not for people" },
	{ .name = "parts", .type = HK_OPT_SET, .offset = offsetof(struct config, parts), .choices = formats, .help = "what to do", .hidden = true },
	{ 0 },
};
static const struct hk_opt common[] = {
	{ .name = "verbose", .letter = 'v', .type = HK_OPT_COUNT, .offset = offsetof(struct config, verbose), .help = "say more" },
	{ .name = "timeout", .type = HK_OPT_DURATION, .offset = offsetof(struct config, timeout), .help = "give up after that time" },
	{ 0 },
};
static const struct hk_opt_example examples[] = {
	{ "hkctl try -o plan.yaml app", "the usual way" }, { "hkctl try --format=json app | jq .", "for scripts" }, { 0 }
};
static const struct hk_opt_spec spec = {
	.command = "hkctl try", .summary = "Try all kinds of options.", .positional = "PATH [PATH]", .min_args = 1, .max_args = 2,
	.options = own, .common = common, .examples = examples,
};

/* What one command line did. The two tables have a struct each, so that a mix-up shows. */
struct outcome {
	struct config own, common;
	struct hk_opt_args args;
	struct hk_err err;
	int result;
};

static void release(struct outcome *o)
{
	hk_opt_args_release(&o->args);
	hk_vec_release(&o->own.define);
	hk_err_release(&o->err);
}

static void parse_with(const struct hk_opt_spec *with, struct outcome *o, const char *const *words)
{
	char *argv[32] = { NULL };
	int argc = 0;

	memset(o, 0, sizeof *o);
	argv[argc++] = (char *)(uintptr_t)"try";
	for (; words[argc - 1]; argc++)
		argv[argc] = (char *)(uintptr_t)words[argc - 1];
	o->result = hk_opt_parse(with, &o->own, &o->common, argc, argv, &o->args, &o->err);
}

#define PARSE(o, ...) parse_with(&spec, (o), (const char *const[]){ __VA_ARGS__, NULL })
#define HK_AUTO_OUTCOME __attribute__((cleanup(release)))

static void test_values_in_all_spellings(void **state)
{
	HK_AUTO_OUTCOME struct outcome a, b;

	(void)state;
	PARSE(&a, "--prune", "--format", "json", "-o", "x", "--seed=7", "--gap", "0.05", "-D", "a", "--define=b=c", "-vv", "--timeout=1m", "app");
	assert_int_equal(a.result, 0);
	assert_true(a.own.prune);
	assert_int_equal(a.own.format, 1);
	assert_string_equal(a.own.out, "x");
	assert_int_equal(a.own.seed, 7);
	assert_true(a.own.gap == 0.05);
	assert_int_equal(a.own.define.n, 2);
	assert_string_equal(a.own.define.v[1], "b=c");
	assert_int_equal(a.common.verbose, 2);
	assert_true(a.common.timeout == 60);
	assert_int_equal(a.args.n, 1);
	PARSE(&b, "app", "-pvox=y", "-fsarif", "--out=", "--gap=2.5%");
	assert_int_equal(b.result, 0);
	assert_true(b.own.prune);
	assert_int_equal(b.common.verbose, 1);
	assert_int_equal(b.own.format, 2);
	assert_string_equal(b.own.out, "");
	assert_true(b.own.gap == 0.025);
}

static void test_sets(void **state)
{
	HK_AUTO_OUTCOME struct outcome a, b;

	(void)state;
	PARSE(&a, "--parts=text", "--parts", "sarif,json", "app");
	assert_int_equal(a.result, 0);
	assert_int_equal(a.own.parts, 6);
	PARSE(&b, "--parts=json,jsonn", "app");
	assert_int_equal(b.result, -1);
	assert_string_equal(b.err.message, "option '--parts': 'jsonn' is not one of text, json, sarif; did you mean 'json'?");
}

static void test_negated_flags(void **state)
{
	HK_AUTO_OUTCOME struct outcome a, b, c;

	(void)state;
	PARSE(&a, "-p", "--no-prune", "-v", "--no-verbose", "--no-cache", "x");
	assert_int_equal(a.result, 0);
	assert_false(a.own.prune);
	assert_true(a.own.no_cache);
	assert_int_equal(a.common.verbose, 0);
	PARSE(&b, "--no-no-cache", "x");
	assert_int_equal(b.result, 0);
	PARSE(&c, "--no-out", "x");
	assert_int_equal(c.result, -1);
}

static void test_double_dash_and_dash(void **state)
{
	HK_AUTO_OUTCOME struct outcome a;

	(void)state;
	PARSE(&a, "-", "--", "--prune");
	assert_int_equal(a.result, 0);
	assert_false(a.own.prune);
	assert_int_equal(a.args.n, 2);
	assert_string_equal(a.args.v[0], "-");
	assert_string_equal(a.args.v[1], "--prune");
}

static void test_stops_at_first(void **state)
{
	HK_AUTO_OUTCOME struct outcome a;
	struct hk_opt_spec top = spec;

	(void)state;
	top.stop_at_first = true;
	top.max_args = HK_OPT_ANY;
	parse_with(&top, &a, (const char *const[]){ "-v", "plan", "--whatever", "-h", NULL });
	assert_int_equal(a.result, 0);
	assert_int_equal(a.common.verbose, 1);
	assert_int_equal(a.args.n, 3);
	assert_false(a.args.help);
}

static void test_help_asks_for_nothing_else(void **state)
{
	HK_AUTO_OUTCOME struct outcome a, b;

	(void)state;
	PARSE(&a, "--help", "--nonsense");
	assert_int_equal(a.result, 0);
	assert_true(a.args.help);
	PARSE(&b, "-vh");
	assert_int_equal(b.result, 0);
	assert_true(b.args.help);
}

static void assert_refused(const char *message, const char *const *words)
{
	HK_AUTO_OUTCOME struct outcome o;

	parse_with(&spec, &o, words);
	assert_int_equal(o.result, -1);
	assert_int_equal(o.err.status, HK_USAGE);
	assert_string_equal(o.err.message, message);
}

#define REFUSED(message, ...) assert_refused((message), (const char *const[]){ __VA_ARGS__, NULL })

static void test_refusals(void **state)
{
	(void)state;
	REFUSED("unknown option '--fromat'; did you mean '--format'?", "--fromat=json", "x");
	REFUSED("unknown option '--forma'; did you mean '--format'?", "--forma", "json", "x");
	REFUSED("unknown option '--zzzzzz'; 'hkctl try -h' lists all", "--zzzzzz", "x");
	REFUSED("unknown option '--intern'; 'hkctl try -h' lists all", "--intern", "x");
	REFUSED("unknown option '-z'; 'hkctl try -h' lists all", "-vz", "x");
	REFUSED("unknown option '-\xc3\xa9'; 'hkctl try -h' lists all", "-\xc3\xa9", "x");
	REFUSED("option '--out' needs a value: --out=FILE", "x", "-o");
	REFUSED("option '--format' needs a value: --format=text|json|sarif", "x", "--format");
	REFUSED("option '--prune' takes no value", "--prune=yes", "x");
	REFUSED("option '--no-prune' takes no value", "--no-prune=", "x");
	REFUSED("option '--format': 'jsn' is not one of text, json, sarif; did you mean 'json'?", "--format=jsn", "x");
	REFUSED("option '--format': 'html-page' is not one of text, json, sarif", "--format=html-page", "x");
	REFUSED("option '--seed': '1.5' is not an integer", "--seed=1.5", "x");
	REFUSED("option '--seed': '0' is outside 1 to 1000", "--seed=0", "x");
	REFUSED("option '--gap': '%' is not a share such as 0.01 or 1%", "--gap=%", "x");
	REFUSED("option '--gap': '0,5' is not a share such as 0.01 or 1%", "--gap", "0,5", "x");
	REFUSED("option '--timeout': '5 min' is not a duration such as 250ms or 1h30m", "--timeout=5 min", "x");
	REFUSED("missing argument; usage: hkctl try [options] PATH [PATH]", "-v");
	REFUSED("unexpected argument 'c'; usage: hkctl try [options] PATH [PATH]", "a", "b", "c");
	REFUSED("unknown option '--\\x1b[1m'; 'hkctl try -h' lists all", "--\x1b[1m", "a");
}

static void test_find(void **state)
{
	(void)state;
	assert_ptr_equal(hk_opt_find(&spec, "--format"), &own[2]);
	assert_ptr_equal(hk_opt_find(&spec, "--format=js"), &own[2]);
	assert_ptr_equal(hk_opt_find(&spec, "-o"), &own[3]);
	assert_ptr_equal(hk_opt_find(&spec, "--no-verbose"), &common[0]);
	assert_ptr_equal(hk_opt_find(&spec, "--internal"), &own[7]);
	assert_string_equal(hk_opt_find(&spec, "-h")->name, "help");
	assert_null(hk_opt_find(&spec, "--forma"));
	assert_null(hk_opt_find(&spec, "-"));
	assert_null(hk_opt_find(&spec, "format"));
	assert_string_equal(hk_opt_choice(&own[2], 1), "json");
	assert_null(hk_opt_choice(&own[2], 3));
	assert_null(hk_opt_choice(&own[0], 0));
}

static void join_names(void *context, const struct hk_opt *row)
{
	hk_buf_addf(context, "%s ", row->name);
}

static void test_walk(void **state)
{
	HK_AUTO_BUF struct hk_buf names = HK_BUF_INIT;

	(void)state;
	hk_opt_walk(&spec, join_names, &names);
	assert_string_equal(names.s, "prune no-cache format out seed gap define verbose timeout help ");
}

static void test_help_text(void **state)
{
	HK_AUTO_BUF struct hk_buf help = HK_BUF_INIT;

	(void)state;
	hk_opt_help(&spec, 80, &help);
	assert_string_equal(help.s,
		"Usage: hkctl try [options] PATH [PATH]\n"
		"\n"
		"Try all kinds of options.\n"
		"\n"
		"Options:\n"
		"  -p, --[no-]prune              remove what is not planned any more\n"
		"      --no-cache                read everything again\n"
		"  -f, --format text|json|sarif  how to print\n"
		"  -o, --out FILE                where to write\n"
		"      --seed N                  seed\n"
		"      --gap SHARE               gap\n"
		"  -D, --define TEXT             define\n"
		"\n"
		"Common options:\n"
		"  -v, --verbose                 say more\n"
		"      --timeout DURATION        give up after that time\n"
		"  -h, --help                    show this text\n"
		"\n"
		"Examples:\n"
		"  hkctl try -o plan.yaml app\n"
		"      the usual way\n"
		"  hkctl try --format=json app | jq .\n"
		"      for scripts\n");
}

static void test_help_text_keeps_to_the_width(void **state)
{
	(void)state;
	for (unsigned width = 0; width < 120; width++) {
		HK_AUTO_BUF struct hk_buf help = HK_BUF_INIT;
		struct hk_str rest, line;

		hk_opt_help(&spec, width, &help);
		rest = (struct hk_str){ help.s, help.len };
		while (rest.n) {
			line = hk_str_cut(&rest, '\n');
			assert_true(hk_utf8_width(line) <= (width < 48 ? 48 : width));
			assert_false(line.n && line.s[line.n - 1] == ' ');
		}
	}
}

/* Whatever the words are, parsing ends with success or with a usage error that has a message. */
static void test_any_words(void **state)
{
	static const char *const pieces[] = { "-", "--", "-v", "-o", "--out", "--out=", "--no-", "--no-prune", "=", "--=", "-D", "--format=json", "--seed",
					      "12", "x", "", "-ovp", "--verbose", "--gap=1e999", "-\xff", "--timeout", "1h", "-h" };
	struct hk_rng rng;

	(void)state;
	hk_rng_seed(&rng, test_seed());
	for (int round = 0; round < 20000; round++) {
		HK_AUTO_OUTCOME struct outcome o;
		const char *words[9] = { NULL };
		size_t n = hk_rng_below(&rng, 9);

		for (size_t i = 0; i < n; i++)
			words[i] = pieces[hk_rng_below(&rng, HK_COUNT(pieces))];
		parse_with(&spec, &o, words);
		if (o.result == 0)
			assert_true(o.args.help || (o.args.n >= 1 && o.args.n <= 2));
		else
			assert_true(o.result == -1 && o.err.status == HK_USAGE && o.err.message[0]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values_in_all_spellings),
		cmocka_unit_test(test_sets),
		cmocka_unit_test(test_negated_flags),
		cmocka_unit_test(test_double_dash_and_dash),
		cmocka_unit_test(test_stops_at_first),
		cmocka_unit_test(test_help_asks_for_nothing_else),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_walk),
		cmocka_unit_test(test_help_text),
		cmocka_unit_test(test_help_text_keeps_to_the_width),
		cmocka_unit_test(test_any_words),
	};

	return cmocka_run_group_tests_name("base/opt", tests, NULL, NULL);
}
