/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "place/milp.h"
#include "place/mps.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct hk_milp_name named(const char *kind, const char *subject)
{
	return (struct hk_milp_name){ .kind = kind, .pipeline = "shop", .subject = subject };
}

static void terms_of_one_column_add_up(void **state)
{
	struct hk_milp milp = { 0 };
	uint32_t x, y;

	(void)state;
	x = hk_milp_integer(&milp, named("x", "a"), 0, 5, 1, 1);
	y = hk_milp_column(&milp, named("y", "b"), 0, INFINITY, 2);
	hk_milp_row(&milp, named("r", "one"), HK_MILP_GE, 3);
	hk_milp_term(&milp, x, 1);
	hk_milp_term(&milp, y, 1);
	hk_milp_term(&milp, x, 2);
	hk_milp_row(&milp, named("r", "two"), HK_MILP_LE, 4);
	hk_milp_term(&milp, x, 7);
	assert_int_equal(milp.rows.v[0].count, 2);
	assert_int_equal(milp.rows.v[1].count, 1);
	assert_true(milp.terms.v[0].value == 3);
	assert_true(milp.terms.v[2].value == 7);
	hk_milp_release(&milp);
}

static void numbers_that_are_not_finite_are_found(void **state)
{
	struct hk_milp milp = { 0 };
	const char *what = NULL;

	(void)state;
	hk_milp_column(&milp, named("x", "a"), 0, 1, 1);
	assert_true(hk_milp_sound(&milp, &what));
	milp.columns.v[0].cost = NAN;
	assert_false(hk_milp_sound(&milp, &what));
	milp.columns.v[0].cost = 1;
	milp.columns.v[0].lower = 2;
	assert_false(hk_milp_sound(&milp, &what));
	milp.columns.v[0].lower = 0;
	hk_milp_row(&milp, named("r", "a"), HK_MILP_LE, 1);
	hk_milp_term(&milp, 0, INFINITY);
	assert_false(hk_milp_sound(&milp, &what));
	hk_milp_release(&milp);
}

static void violation_and_value_of_a_point(void **state)
{
	struct hk_milp milp = { 0 };
	double inside[] = { 1, 0.5 }, outside[] = { 3, 0.5 };

	(void)state;
	hk_milp_column(&milp, named("x", "a"), 0, 2, 4);
	hk_milp_column(&milp, named("x", "b"), 0, INFINITY, 2);
	hk_milp_row(&milp, named("r", "a"), HK_MILP_EQ, 1.5);
	hk_milp_term(&milp, 0, 1);
	hk_milp_term(&milp, 1, 1);
	assert_true(hk_milp_violation(&milp, inside) <= 0);
	assert_true(fabs(hk_milp_violation(&milp, outside) - 2 / 1.5) < 1e-12);
	assert_true(hk_milp_value(&milp, inside) == 5);
	hk_milp_release(&milp);
}

static void mps_is_exact_and_its_names_are_safe(void **state)
{
	struct hk_milp milp = { 0 };
	struct hk_buf text = HK_BUF_INIT;
	struct hk_milp_name flow = { "f", "shop", "a b", "c\n", "edge", "cloud" };

	(void)state;
	hk_milp_integer(&milp, named("x", "a"), 0, 5, 0.1, 1);
	hk_milp_column(&milp, flow, 0, 1, 0);
	hk_milp_column(&milp, flow, 0.25, INFINITY, 1.0 / 3);
	hk_milp_row(&milp, named("least", "a"), HK_MILP_GE, 2);
	hk_milp_term(&milp, 0, 1);
	hk_milp_term(&milp, 1, -1e-7);
	hk_mps_format(&milp, &text);
	assert_string_equal(text.s,
			    "NAME placement FREE\nROWS\n N cost\n G least[shop.a]\nCOLUMNS\n marker 'MARKER' 'INTORG'\n x[shop.a] cost 0.1\n x[shop.a] least[shop.a] 1\n"
			    " marker 'MARKER' 'INTEND'\n f[shop.a_b>c_,edge>cloud] least[shop.a] -1e-07\n f[shop.a_b>c_,edge>cloud]#2 cost 0.3333333333333333\nRHS\n"
			    " rhs least[shop.a] 2\nBOUNDS\n UP bounds x[shop.a] 5\n UP bounds f[shop.a_b>c_,edge>cloud] 1\n LO bounds f[shop.a_b>c_,edge>cloud]#2 0.25\nENDATA\n");
	hk_buf_release(&text);
	hk_milp_release(&milp);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(terms_of_one_column_add_up),
		cmocka_unit_test(numbers_that_are_not_finite_are_found),
		cmocka_unit_test(violation_and_value_of_a_point),
		cmocka_unit_test(mps_is_exact_and_its_names_are_safe),
	};

	return cmocka_run_group_tests_name("place/milp", tests, NULL, NULL);
}
