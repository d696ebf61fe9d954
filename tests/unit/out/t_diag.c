/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every format of findings, byte for byte. */
#include "out/diag.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

static struct hk_range range(const char *file, uint32_t start, uint32_t end, uint32_t line, uint32_t column, uint32_t end_line, uint32_t end_column)
{
	return (struct hk_range){ file, start, end, line, column, end_line, end_column };
}

/* One finding of each sort: with a fix, with wide characters and a second place, over two lines, and about no file. */
static void fill(struct hk_diags *diags)
{
	struct hk_range at = range("dir/a b.yaml", 20, 26, 2, 5, 2, 11), other = range("b.yaml", 3, 4, 1, 4, 1, 5);
	struct hk_diag *diag = hk_diag_add(diags, HK0101, &at, "unknown key 'regoin'");
	hk_diag_source_line(diags, diag, HK_STR("    regoin: us-west"));
	hk_diag_help(diags, diag, "did you mean 'region'?");
	hk_diag_fix(diags, diag, 20, 26, "region");

	at = range("dir/a b.yaml", 40, 46, 3, 12, 3, 18);
	diag = hk_diag_add(diags, HK0009, &at, "100%% <odd>, \"strange\" & 'x'");
	hk_diag_source_line(diags, diag, HK_STR("\tk: \xe6\x9d\xb1\xe4\xba\xac \xe6\x9d\xb1\xe4\xba\xac # x"));
	hk_diag_related(diags, diag, &other, "first defined here");

	at = range("dir/a b.yaml", 60, 90, 5, 1, 7, 4);
	diag = hk_diag_add(diags, HK0101, &at, "unknown key 'spec'");
	hk_diag_source_line(diags, diag, HK_STR("spec:"));

	hk_diag_add(diags, HK0010, NULL, "no document was found");
}

static void expect(enum hk_out_diag_format format, const struct hk_diags *diags, const struct hk_out_diag_options *options, const char *golden)
{
	HK_AUTO_BUF struct hk_buf out = HK_BUF_INIT;

	hk_out_diags(format, diags, options, &out);
	assert_string_equal(out.s, golden);
}

static void test_text(void **state)
{
	(void)state;
	struct hk_diags diags = HK_DIAGS_INIT;

	fill(&diags);
	expect(HK_OUT_DIAG_TEXT, &diags, NULL,
	       "dir/a b.yaml:2:5: error: unknown key 'regoin' [HK0101]\n"
	       "    2 |     regoin: us-west\n"
	       "      |     ^~~~~~\n"
	       "        help: did you mean 'region'?\n"
	       "        fix: replace regoin with region\n"
	       "dir/a b.yaml:3:12: warning: 100% <odd>, \"strange\" & 'x' [HK0009]\n"
	       "    3 |  k: \xe6\x9d\xb1\xe4\xba\xac \xe6\x9d\xb1\xe4\xba\xac # x\n"
	       "      |          ^~~~\n"
	       "        see: b.yaml:1:4: first defined here\n"
	       "dir/a b.yaml:5:1: error: unknown key 'spec' [HK0101]\n"
	       "    5 | spec:\n"
	       "      | ^~~~~\n"
	       "error: no document was found [HK0010]\n"
	       "3 errors, 1 warning in 1 file\n");
	hk_diags_release(&diags);
}

static void test_text_of_nothing(void **state)
{
	(void)state;
	struct hk_diags diags = HK_DIAGS_INIT;

	expect(HK_OUT_DIAG_TEXT, &diags, NULL, "");
}

static void test_text_counts(void **state)
{
	(void)state;
	struct hk_diags diags = HK_DIAGS_INIT;
	struct hk_out_diag_options options = { .files = 12 };

	diags.limit = 1;
	hk_diags_disable(&diags, HK0102);
	hk_diag_add(&diags, HK0009, NULL, "a");
	hk_diag_add(&diags, HK0009, NULL, "b");
	hk_diag_add(&diags, HK0101, NULL, "c");
	hk_diag_add(&diags, HK0102, NULL, "d");
	expect(HK_OUT_DIAG_TEXT, &diags, &options, "error: c [HK0101]\n1 error, 2 warnings in 12 files; 2 not shown; 1 suppressed\n");
	hk_diags_release(&diags);
}

static void test_text_in_colour(void **state)
{
	(void)state;
	struct hk_diags diags = HK_DIAGS_INIT;
	struct hk_out_diag_options options = { .colour = true };
	HK_AUTO_BUF struct hk_buf out = HK_BUF_INIT, plain = HK_BUF_INIT, stripped = HK_BUF_INIT;

	fill(&diags);
	hk_out_diags(HK_OUT_DIAG_TEXT, &diags, &options, &out);
	hk_out_diags(HK_OUT_DIAG_TEXT, &diags, NULL, &plain);
	/* without the escapes it is the same text */
	for (size_t i = 0; i < out.len; i++) {
		if (out.s[i] != '\033') {
			hk_buf_addch(&stripped, out.s[i]);
			continue;
		}
		while (out.s[i] != 'm')
			i++;
	}
	assert_true(out.len > plain.len);
	assert_string_equal(stripped.s, plain.s);
	hk_diags_release(&diags);
}

/* The window follows the caret; every line fits the width; the caret stands below what is marked. */
static void test_text_of_long_lines(void **state)
{
	(void)state;
	HK_AUTO_BUF struct hk_buf line = HK_BUF_INIT;

	for (unsigned i = 0; i < 60; i++)
		hk_buf_addf(&line, "%s%02u", i % 3 ? "k" : "\xe6\x97\xa5", i);
	for (uint32_t at = 0; at + 3 <= line.len; at++) {
		struct hk_diags diags = HK_DIAGS_INIT;
		struct hk_range where = range("f", at, at + 3, 1, at + 1, 1, at + 4);
		struct hk_out_diag_options options = { .width = 60 };
		HK_AUTO_BUF struct hk_buf out = HK_BUF_INIT;
		if (line.s[at] != 'k')
			continue;
		hk_diag_source_line(&diags, hk_diag_add(&diags, HK0101, &where, "x"), (struct hk_str){ line.s, line.len });
		hk_out_diags(HK_OUT_DIAG_TEXT, &diags, &options, &out);
		char *shown = strchr(out.s, '\n') + 1, *carets = strchr(shown, '\n') + 1;
		size_t shown_length = (size_t)(carets - shown) - 1, pad = (size_t)(strchr(carets, '^') - carets), seen = 0;
		assert_true(hk_utf8_width((struct hk_str){ shown, shown_length }) <= 60);
		while (hk_utf8_width((struct hk_str){ shown, seen }) < pad)
			seen += hk_utf8_length(shown + seen, 4);
		assert_memory_equal(shown + seen, line.s + at, 3);
		assert_memory_equal(carets + pad, "^~~\n", 4);
		hk_diags_release(&diags);
	}
}

/* Ranges that do not fit the line (it was not kept whole, or is not known) are no reason to read outside of it. */
static void test_text_of_strange_ranges(void **state)
{
	(void)state;
	static const uint32_t COLUMNS[][2] = { { 0, 0 }, { 1, 1 }, { 4, 4 }, { 4, 9 }, { 5, 5 }, { 9, 12 }, { 3, 1 }, { UINT32_MAX, UINT32_MAX } };

	for (size_t i = 0; i < HK_COUNT(COLUMNS); i++) {
		struct hk_diags diags = HK_DIAGS_INIT;
		struct hk_range where = range("f", 7, 8, 1, COLUMNS[i][0], 1, COLUMNS[i][1]);
		HK_AUTO_BUF struct hk_buf out = HK_BUF_INIT;
		struct hk_diag *diag = hk_diag_add(&diags, HK0101, &where, "x");
		hk_diag_source_line(&diags, diag, HK_STR("abc"));
		hk_diag_fix(&diags, diag, 7, 7, "new");
		for (int format = HK_OUT_DIAG_TEXT; format <= HK_OUT_DIAG_GITHUB; format++)
			hk_out_diags((enum hk_out_diag_format)format, &diags, NULL, &out);
		assert_non_null(strstr(out.s, "fix: insert new\n"));
		hk_diags_release(&diags);
	}
}

static void test_github(void **state)
{
	(void)state;
	struct hk_diags diags = HK_DIAGS_INIT;
	struct hk_range at = range("a:b,c.yaml", 1, 2, 1, 2, 1, 3);

	fill(&diags);
	hk_diag_help(&diags, hk_diag_add(&diags, HK0101, &at, "x"), "50%% of it");
	expect(HK_OUT_DIAG_GITHUB, &diags, NULL,
	       "::error file=dir/a b.yaml,line=2,col=5,endColumn=11,title=HK0101 unknown-key::unknown key 'regoin'%0Ahelp: did you mean 'region'?\n"
	       "::warning file=dir/a b.yaml,line=3,col=8,endColumn=10,title=HK0009 ambiguous-scalar::100%25 <odd>, \"strange\" & 'x'\n"
	       "::error file=dir/a b.yaml,line=5,endLine=7,col=1,title=HK0101 unknown-key::unknown key 'spec'\n"
	       "::error title=HK0010 no-documents::no document was found\n"
	       "::error file=a%3Ab%2Cc.yaml,line=1,col=2,endColumn=3,title=HK0101 unknown-key::x%0Ahelp: 50%25 of it\n");
	hk_diags_release(&diags);
}

static void test_junit(void **state)
{
	(void)state;
	struct hk_diags diags = HK_DIAGS_INIT, none = HK_DIAGS_INIT;
	struct hk_out_diag_options options = { .files = 2 };

	fill(&diags);
	expect(HK_OUT_DIAG_JUNIT, &diags, NULL,
	       "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	       "<testsuites name=\"hkctl\" tests=\"3\" failures=\"2\" errors=\"0\">\n"
	       "  <testsuite name=\"dir/a b.yaml\" tests=\"2\" failures=\"1\" errors=\"0\" skipped=\"0\">\n"
	       "    <testcase classname=\"dir/a b.yaml\" name=\"HK0101 unknown-key\">\n"
	       "      <failure type=\"HK0101\" message=\"unknown key 'regoin'\">error:2:5: unknown key 'regoin' (help: did you mean 'region'?)\n"
	       "error:5:1: unknown key 'spec'\n"
	       "</failure>\n"
	       "    </testcase>\n"
	       "    <testcase classname=\"dir/a b.yaml\" name=\"HK0009 ambiguous-scalar\">\n"
	       "      <system-out>warning:3:12: 100% &lt;odd&gt;, &quot;strange&quot; &amp; 'x'\n"
	       "</system-out>\n"
	       "    </testcase>\n"
	       "  </testsuite>\n"
	       "  <testsuite name=\"(no file)\" tests=\"1\" failures=\"1\" errors=\"0\" skipped=\"0\">\n"
	       "    <testcase classname=\"(no file)\" name=\"HK0010 no-documents\">\n"
	       "      <failure type=\"HK0010\" message=\"no document was found\">error:0:0: no document was found\n"
	       "</failure>\n"
	       "    </testcase>\n"
	       "  </testsuite>\n"
	       "</testsuites>\n");
	expect(HK_OUT_DIAG_JUNIT, &none, &options,
	       "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	       "<testsuites name=\"hkctl\" tests=\"1\" failures=\"0\" errors=\"0\">\n"
	       "  <testsuite name=\"hkctl\" tests=\"1\" failures=\"0\" errors=\"0\" skipped=\"0\">\n"
	       "    <testcase classname=\"hkctl\" name=\"no findings in 2 files\"/>\n"
	       "  </testsuite>\n"
	       "</testsuites>\n");
	hk_diags_release(&diags);
}

static void test_format_names(void **state)
{
	(void)state;
	enum hk_out_diag_format format = HK_OUT_DIAG_TEXT;

	assert_true(hk_out_diag_format_parse("sarif", &format));
	assert_int_equal(format, HK_OUT_DIAG_SARIF);
	assert_true(hk_out_diag_format_parse("github", &format));
	assert_int_equal(format, HK_OUT_DIAG_GITHUB);
	assert_false(hk_out_diag_format_parse("yaml", &format));
	assert_false(hk_out_diag_format_parse("", &format));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text), cmocka_unit_test(test_text_of_nothing), cmocka_unit_test(test_text_counts), cmocka_unit_test(test_text_in_colour),
		cmocka_unit_test(test_text_of_long_lines), cmocka_unit_test(test_text_of_strange_ranges), cmocka_unit_test(test_github),
		cmocka_unit_test(test_junit), cmocka_unit_test(test_format_names),
	};
	return cmocka_run_group_tests_name("findings", tests, NULL, NULL);
}
