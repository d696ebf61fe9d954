/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "../test.h"

#include "base/rng.h"
#include "out/ser.h"
#include "yaml/doc.h"

#include <math.h>
#include <string.h>

static void write_sample(struct hk_ser *ser)
{
	hk_ser_map(ser);
	hk_ser_kstr(ser, "name", "no");
	hk_ser_kint(ser, "count", -3);
	hk_ser_knum(ser, "ratio", 0.1);
	hk_ser_knum(ser, "large", 1e20);
	hk_ser_knum(ser, "nothing", NAN);
	hk_ser_kbool(ser, "ready", true);
	hk_ser_kstr(ser, "absent", NULL);
	hk_ser_key(ser, "items");
	hk_ser_seq(ser);
	hk_ser_str(ser, "a: b");
	hk_ser_map(ser);
	hk_ser_end(ser);
	hk_ser_seq(ser);
	hk_ser_end(ser);
	hk_ser_end(ser);
	hk_ser_end(ser);
}

static void expect_sample(enum hk_ser_format format, const char *expected)
{
	HK_AUTO_BUF struct hk_buf out = HK_BUF_INIT;
	struct hk_err err = HK_ERR_INIT;
	struct hk_ser *ser = hk_ser_open(format, &out);
	write_sample(ser);
	assert_int_equal(hk_ser_close(ser, &err), 0);
	assert_string_equal(out.s, expected);
}

static void formats_are_exact(void **state)
{
	(void)state;
	expect_sample(HK_SER_JSON_COMPACT, "{\"name\":\"no\",\"count\":-3,\"ratio\":0.1,\"large\":1e+20,\"nothing\":null,\"ready\":true,\"absent\":null,"
					   "\"items\":[\"a: b\",{},[]]}\n");
	expect_sample(HK_SER_JSON,
		      "{\n  \"name\": \"no\",\n  \"count\": -3,\n  \"ratio\": 0.1,\n  \"large\": 1e+20,\n  \"nothing\": null,\n  \"ready\": true,\n"
				   "  \"absent\": null,\n  \"items\": [\n    \"a: b\",\n    {},\n    []\n  ]\n}\n");
	expect_sample(HK_SER_YAML,
		      "name: \"no\"\ncount: -3\nratio: 0.1\nlarge: 1.0e+20\nnothing: null\nready: true\nabsent: null\nitems:\n- \"a: b\"\n- {}\n- []\n");
}

/* One string through a format and back through our strict readers. */
static void round_trip(enum hk_ser_format format, struct hk_str text, struct hk_buf *back)
{
	HK_AUTO_BUF struct hk_buf out = HK_BUF_INIT;
	struct hk_err err = HK_ERR_INIT;
	struct hk_ser *ser = hk_ser_open(format, &out);
	hk_ser_map(ser);
	hk_ser_key(ser, "text");
	hk_ser_slice(ser, text);
	hk_ser_end(ser);
	assert_int_equal(hk_ser_close(ser, &err), 0);
	struct hk_source source;
	struct hk_doc doc;
	struct hk_diags diags = HK_DIAGS_INIT;
	hk_source_from_text(&source, "out", out.s, out.len);
	if (hk_yaml_read_one(&source, format != HK_SER_YAML, &doc, &diags) != 0)
		fail_msg("not readable: %s (%s)", out.s, diags.list.n ? diags.list.v[0].summary : "");
	const struct hk_node *node = hk_node_get(doc.root, "text");
	assert_non_null(node);
	assert_int_equal(hk_node_type(node), HK_TYPE_STRING);
	hk_buf_reset(back);
	hk_buf_addslice(back, node->text);
	hk_doc_release(&doc);
	hk_diags_release(&diags);
	hk_source_release(&source);
}

/* What a correct writer turns the bytes into: each byte that is not UTF-8 becomes U+FFFD. */
static void repair(struct hk_str text, struct hk_buf *out)
{
	hk_buf_reset(out);
	for (size_t i = 0; i < text.n;) {
		unsigned n = hk_utf8_length(text.s + i, text.n - i);
		if (n)
			hk_buf_add(out, text.s + i, n);
		else
			hk_buf_addstr(out, "\xef\xbf\xbd");
		i += n ? n : 1;
	}
}

static void expect_round_trip(const char *bytes, size_t count)
{
	HK_AUTO_BUF struct hk_buf expected = HK_BUF_INIT;
	HK_AUTO_BUF struct hk_buf back = HK_BUF_INIT;
	struct hk_str text = { bytes, count };
	repair(text, &expected);
	for (int format = HK_SER_JSON; format <= HK_SER_YAML; format++) {
		round_trip((enum hk_ser_format)format, text, &back);
		assert_int_equal(back.len, expected.len);
		assert_memory_equal(back.s, expected.s, expected.len);
	}
}

static void every_byte_survives(void **state)
{
	(void)state;
	char text[4];
	for (int byte = 1; byte < 256; byte++) {
		text[0] = (char)byte;
		expect_round_trip(text, 1);
		text[0] = 'x';
		text[1] = (char)byte;
		text[2] = 'y';
		expect_round_trip(text, 3);
		expect_round_trip(text, 2);
	}
	expect_round_trip("\xed\xa0\x80", 3);                /* a lone surrogate */
	expect_round_trip("\xf0\x9f\x98", 3);                /* truncated */
	expect_round_trip("\xf0\x9f\x98\x80 \xe2\x80\xa8 \xc2\x85 \xef\xbb\xbf \xef\xbf\xbf", 19);
}

static void random_texts_survive(void **state)
{
	(void)state;
	static const char alphabet[] = "ab \n\t\r:#-?[]{},&*!|>'\"%@`\\~=<.+01e_yNo\x80\xc3\xa9\xe2\x80\xa8\x01\x7f";
	const uint64_t seed = 20240607;
	struct hk_rng rng;
	hk_rng_seed(&rng, seed);
	print_message("seed %llu\n", (unsigned long long)seed);
	for (int round = 0; round < 3000; round++) {
		char text[24];
		size_t count = hk_rng_below(&rng, sizeof text);
		for (size_t i = 0; i < count; i++)
			text[i] = alphabet[hk_rng_below(&rng, sizeof alphabet - 1)];
		expect_round_trip(text, count);
	}
}

/* An independent reader: python3's json module must read all 256 bytes' document and write it again in the same way. */
static void python_reads_the_json(void **state)
{
	(void)state;
	if (system("python3 -c 'import json' >/dev/null 2>&1") != 0) {
		print_message("skipped: no python3\n");
		return;
	}
	HK_AUTO_BUF struct hk_buf out = HK_BUF_INIT;
	struct hk_err err = HK_ERR_INIT;
	struct hk_ser *ser = hk_ser_open(HK_SER_JSON, &out);
	hk_ser_seq(ser);
	for (int byte = 0; byte < 256; byte++) {
		char c = (char)byte;
		hk_ser_slice(ser, (struct hk_str){ &c, 1 });
	}
	hk_ser_end(ser);
	assert_int_equal(hk_ser_close(ser, &err), 0);
	char path[] = "/tmp/hk-ser-XXXXXX";
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, out.s, out.len), (ssize_t)out.len);
	close(fd);
	char command[512];
	snprintf(command, sizeof command,
		 "python3 -c \"import json,sys; a=json.loads(open('%s','rb').read().decode('utf-8')); "
		 "sys.exit(0 if a==[chr(i) if i<128 else chr(0xfffd) for i in range(256)] else 1)\"", path);
	int status = system(command);
	unlink(path);
	assert_int_equal(status, 0);
}

static void unbalanced_calls_are_errors(void **state)
{
	(void)state;
	for (int format = HK_SER_JSON; format <= HK_SER_YAML; format++) {
		for (int mistake = 0; mistake < 6; mistake++) {
			HK_AUTO_BUF struct hk_buf out = HK_BUF_INIT;
			HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
			struct hk_ser *ser = hk_ser_open((enum hk_ser_format)format, &out);
			if (mistake == 0)
				hk_ser_map(ser);
			if (mistake == 1)
				hk_ser_end(ser);
			if (mistake == 2)
				hk_ser_key(ser, "k");
			if (mistake == 3)
				hk_ser_map(ser), hk_ser_int(ser, 1), hk_ser_end(ser);
			if (mistake == 4)
				hk_ser_map(ser), hk_ser_key(ser, "k"), hk_ser_end(ser);
			if (mistake == 5)
				hk_ser_int(ser, 1), hk_ser_int(ser, 2);
			assert_int_equal(hk_ser_close(ser, &err), -1);
			assert_non_null(err.message);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(formats_are_exact),
		cmocka_unit_test(every_byte_survives),
		cmocka_unit_test(random_texts_survive),
		cmocka_unit_test(python_reads_the_json),
		cmocka_unit_test(unbalanced_calls_are_errors),
	};
	return cmocka_run_group_tests_name("ser", tests, NULL, NULL);
}
