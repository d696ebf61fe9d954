/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tree diagrams of YANG modules: what is mandatory in a list entry. */
#include "../test.h"
#include "net/yang.h"
#include <string.h>

static const char tree[] =
	"module: a\n"
	"  +--rw other\n"
	"  |  +--rw link* [name]\n"
	"  |     +--rw name     string\n"
	"  |     +--rw wrong    string\n"
	"  +--rw links\n"
	"  |  +--rw count        uint8\n"
	"  |  +--rw link* [name]\n"
	"  |     +--rw name         string\n"
	"  |     +--rw owner        string\n"
	"  |     +--rw rate?        uint64\n"
	"  |     +--rw peer         -> /a:links/link/name\n"
	"  |     +--rw tag*         string\n"
	"  |     +--ro state        string\n"
	"  |     +--rw feature      string {f}?\n"
	"  |     +--rw qos\n"
	"  |     |  +--rw b:class    enumeration\n"
	"  |     |  +--rw deep\n"
	"  |     |     +--rw floor    int8\n"
	"  |     +--rw extra!\n"
	"  |     |  +--rw inside    string\n"
	"  |     +--rw (how)\n"
	"  |     |  +--:(one)\n"
	"  |     |  |  +--rw first    string\n"
	"  |     +--rw port* [number]\n"
	"  |     |  +--rw number    uint16\n"
	"  |     |  +--rw speed     uint64\n"
	"  |     +--rw last         empty\n"
	"  +--rw top      string\n"
	"\n"
	"  augment /x:links/x:link:\n"
	"    +--rw link    string\n"
	"\n"
	"  rpcs:\n"
	"    +---x reset\n"
	"       +---w input\n"
	"          +---w delay    uint8\n"
	"module: b\n"
	"  +--rw far\n"
	"     +--rw away* [x]\n"
	"        +--rw x    string\n";

static void expect(const char *const *names, size_t n, const char *expected)
{
	struct hk_arena arena = HK_ARENA_INIT;
	struct hk_yang_lacks lacks = { 0 };
	char all[512] = "";

	hk_yang_tree_mandatory(hk_str_of(tree), names, n, &arena, &lacks);
	for (size_t i = 0; i < lacks.list.n; i++) {
		strcat(all, lacks.list.v[i].leaf);
		strcat(all, " ");
	}
	assert_string_equal(all, expected);
	hk_vec_release(&lacks.list);
	hk_arena_release(&arena);
}

static void test_mandatory_leaves(void **state)
{
	(void)state;
	expect((const char *const[]){ "links", "link" }, 2, "name owner peer qos/class qos/deep/floor last ");
	expect((const char *const[]){ "links", "link", "port" }, 3, "number speed ");
	expect((const char *const[]){ "other", "link" }, 2, "name wrong ");
	expect((const char *const[]){ "far", "away" }, 2, "x ");
	expect((const char *const[]){ "links", "nothing" }, 2, "");
	expect((const char *const[]){ "link" }, 1, "");
}

static void test_texts_that_are_no_tree(void **state)
{
	static const char *const texts[] = { "", "\n", "+--", "module:", "module: x\n+--rw", "module: x\n  +--rw \n",
					     "module: x\n  +--rw a\n      +--rw ?   string\n", "  +--rw links\n     +--rw link* [name]" };
	const char *const names[] = { "links", "link" };

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		struct hk_arena arena = HK_ARENA_INIT;
		struct hk_yang_lacks lacks = { 0 };

		hk_yang_tree_mandatory(hk_str_of(texts[i]), names, 2, &arena, &lacks);
		assert_int_equal(lacks.list.n, 0);
		hk_vec_release(&lacks.list);
		hk_arena_release(&arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_mandatory_leaves), cmocka_unit_test(test_texts_that_are_no_tree) };
	return cmocka_run_group_tests_name("net/yang", tests, NULL, NULL);
}
