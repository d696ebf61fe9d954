/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "../test.h"

#include "base/digest.h"
#include "base/rng.h"

#include <string.h>

/* FIPS 180-4 examples and the long message of NIST's SHAVS. */
static void test_known_answers(void **state)
{
	char text[HK_SHA256_TEXT];
	struct hk_sha256 sha;

	(void)state;
	hk_sha256_text("", 0, text);
	assert_string_equal(text, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	hk_sha256_text("abc", 3, text);
	assert_string_equal(text, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	hk_sha256_text("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 56, text);
	assert_string_equal(text, "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
	hk_sha256_init(&sha);
	for (int i = 0; i < 10000; i++)
		hk_sha256_update(&sha, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 100);
	hk_sha256_final(&sha, text);
	assert_string_equal(text, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

static void test_pieces_do_not_matter(void **state)
{
	char whole[HK_SHA256_TEXT], pieces[HK_SHA256_TEXT];
	unsigned char bytes[300];
	struct hk_rng rng;

	(void)state;
	hk_rng_seed(&rng, test_seed());
	for (size_t length = 0; length <= sizeof bytes; length++) {
		struct hk_sha256 sha;
		size_t done = 0;

		for (size_t i = 0; i < length; i++)
			bytes[i] = (unsigned char)hk_rng_below(&rng, 256);
		hk_sha256_text(bytes, length, whole);
		hk_sha256_init(&sha);
		while (done < length) {
			size_t take = hk_rng_below(&rng, length - done + 1);

			hk_sha256_update(&sha, bytes + done, take);
			done += take;
		}
		hk_sha256_final(&sha, pieces);
		assert_string_equal(pieces, whole);
	}
}

/* First numbers of the authors' C code for xoshiro256** 1.0 seeded by splitmix64 from 0. */
static void test_random_numbers_are_the_same_everywhere(void **state)
{
	struct hk_rng rng;

	(void)state;
	hk_rng_seed(&rng, 0);
	assert_true(rng.s[0] == 0xE220A8397B1DCDAFu);
	assert_true(rng.s[1] == 0x6E789E6AA1B965F4u);
	assert_true(hk_rng_next(&rng) == 0x99EC5F36CB75F2B4u);
	assert_true(hk_rng_next(&rng) == 0xBF6E1F784956452Au);
}

static void test_below_is_even_and_in_range(void **state)
{
	unsigned seen[7] = { 0 };
	struct hk_rng rng;

	(void)state;
	hk_rng_seed(&rng, 42);
	for (int i = 0; i < 70000; i++)
		seen[hk_rng_below(&rng, 7)]++;
	/* Six standard deviations of a binomial(70000, 1/7) are about 556. */
	for (size_t i = 0; i < 7; i++)
		assert_in_range(seen[i], 9444, 10556);
	assert_int_equal(hk_rng_below(&rng, 1), 0);
	for (int i = 0; i < 1000; i++) {
		double unit = hk_rng_unit(&rng);

		assert_true(unit >= 0 && unit < 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known_answers),
		cmocka_unit_test(test_pieces_do_not_matter),
		cmocka_unit_test(test_random_numbers_are_the_same_everywhere),
		cmocka_unit_test(test_below_is_even_and_in_range),
	};

	return cmocka_run_group_tests_name("base/digest", tests, NULL, NULL);
}
