/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tables of command dialects: what is said when one cannot work, and what is never said of those that are built in. */
#include "../test.h"
#include "table.h"
#include <string.h>

#define GOOD "objects:\n- object: 'port/{port}/rate'\n  value: {type: integer, min: 1, max: 9}\n  read: [show, '{port}']\n  line: 'rate {value}'\n"

static void must_say(const char *text, const char *said)
{
	struct table t;
	table_open(&t, text);
	if (t.status == 0 || t.err.status != HK_INVALID || !strstr(t.err.message, said))
		fail_msg("'%s' for:\n%s\nwanted: %s", t.status ? t.err.message : "nothing", text, said);
	table_close(&t);
}

static void test_refused(void **state)
{
	static const struct { const char *text, *said; } cases[] = {
		{ "{}", "'objects' is not a list" },
		{ "objects: []", "'objects' is not a list" },
		{ "- 1", "'objects' is not a list" },
		{ "objects: [1]", "has no 'object'" },
		{ "objects: [{object: ''}]", "has no 'object'" },
		{ GOOD, "has no command 'set'" },
		{ GOOD "  set: set port 1", "'set' of port/{port}/rate is not a list of commands" },
		{ GOOD "  set: [a, b]", "is not a list of words" },
		{ GOOD "  set: [[]]", "is not a list of words" },
		{ GOOD "  set: [[[a, b], c]]", "begins with a word" },
		{ GOOD "  set: [[a, [b, [c]]]]", "is not a list of words" },
		{ GOOD "  set: [[a, {b: c}]]", "is not a list of words" },
		{ GOOD "  set: [[set, '{prot}']]", "there is nothing for '{prot}'" },
		{ GOOD "  set: [[set, '{from}']]", "there is nothing for '{from}'" },
		{ GOOD "  delete: [[del, '{value}']]", "there is nothing for '{value}'" },
		{ GOOD "  delete: [[del, '{row}']]", "there is nothing for '{row}'" },
		{ GOOD "  row: [find, '{port}']\n  delete: [[del, 'x={row}']]", "'{row}' inside of a word" },
		{ GOOD "  row: [find, '{row}']\n  delete: [[del, '{row}']]", "asks for '{row}' itself" },
		{ GOOD "  json: /0\n  set: [[a]]", "needs one of 'json' and 'line'" },
		{ GOOD "  colour: red\n  set: [[a]]", "has a key 'colour'; there are object, where" },
		{ GOOD "  needed: x\n  set: [[a]]", "'needed' and no 'needs'" },
		{ GOOD "  where: {queue: integer}\n  set: [[a]]", "names 'queue', which is not in it" },
		{ GOOD "  where: {port: text}\n  set: [[a]]", "'text' is not one of name" },
		{ GOOD "  where: {port: colour}\n  set: [[a]]", "'colour' is not one of name" },
		{ GOOD "  with: {value: 'port/{port}/rate'}\n  set: [[a]]", "is called 'value'" },
		{ GOOD "  with: {other: 'port/{queue}/rate'}\n  set: [[a]]", "there is nothing for '{queue}'" },
		{ "failed: '('\n" GOOD "  set: [[a]]", "'failed' of the device" },
		{ "together: {each: [--]}\n" GOOD "  set: [[a]]", "'together' of the device is not {first" },
		{ "together: {first: [a], last: [b]}\n" GOOD "  set: [[a]]", "'together' has a key 'last'" },
		{ "objects: [{object: 'a/{value}', read: [r], line: '{value}', set: [[s]]}]", "is called 'value'" },
		{ "lines: [a]\ntogether: {first: [a]}\n" GOOD "  set: [[a]]", "write one of them" },
		{ "lines: [a]\n" GOOD "  row: [r]\n  set: [[a]]", "has 'row', which goes with commands" },
		{ "objects: [{object: 'a{x}{y}', read: [r], line: '{value}', set: [[s]]}]", "between two slots" },
		{ "objects: [{object: a, read: [r], line: 'no value', set: [[s]]}]", "'line' of a has no '{value}'" },
		{ "objects: [{object: a, read: [r], json: /0, within: x, set: [[s]]}]", "has 'within' and no 'line'" },
		{ "objects: [{object: a, value: {type: colour}, read: [r], line: '{value}', set: [[s]]}]", "'value' of a is not {type: name" },
		{ "objects: [{object: a, value: {type: integer, min: x}, read: [r], line: '{value}', set: [[s]]}]", "bounded by whole numbers" },
		{ "objects: [{object: a, value: {type: integer, mni: 1}, read: [r], line: '{value}', set: [[s]]}]", "has a key 'mni'" },
		{ "objects: [{object: a, value: {type: text}, read: [r], line: '{value}', set: [['description {value}']]}]", "puts free text into a word" },
	};
	(void)state;
	for (size_t i = 0; i < HK_COUNT(cases); i++)
		must_say(cases[i].text, cases[i].said);
}

static void test_accepted(void **state)
{
	static const char *const cases[] = {
		GOOD "  set: [[set, '{port}', '{value}', [prio, '{n}']]]\n  delete: [[unset, '{port}', '{from}']]\n",
		GOOD "  row: [find, '{port}']\n  change: [[set, '{row}', '{value}', '{from}']]\n",
		"objects: [{object: a, value: {type: text}, read: [r], line: '{value}', set: [[set, '{value}']]}]",
		"objects: [{object: a, value: {type: text, pattern: '^[a-z ]+$'}, read: [r], line: '{value}', set: [['description {value}']]}]",
		"objects: [{object: a, value: {type: presence}, read: [r], line: up, set: [[s, 'other={}']]}]",
	};
	(void)state;
	for (size_t i = 0; i < HK_COUNT(cases); i++) {
		struct table t;
		table_open(&t, cases[i]);
		if (t.status)
			fail_msg("%s for:\n%s", t.err.message, cases[i]);
		table_close(&t);
	}
}

static void test_builtin(void **state)
{
	static const struct { const char *name, *object, *value; } cases[] = {
		{ "linux", "dev/eth0.100/mtu", "9000" }, { "linux", "dev/br-ex/class/1:10/rate", "14000000000" },
		{ "linux", "route/2001:db8::/32/via", "2001:db8::1" },
		{ "ovs", "port/vnet0/queue/1/max-rate", "1000" }, { "ovs", "port/vnet0/qos", "linux-htb" }, { "frr", "route/10.0.0.0/8/via", "192.0.2.1" },
		{ "frr", "interface/eth0/ospf/cost", "65535" },
	};
	(void)state;
	for (size_t i = 0; i < HK_COUNT(cases); i++) {
		struct hk_cli_table table;
		struct hk_cli_object object;
		struct hk_arena arena = HK_ARENA_INIT;
		HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
		if (hk_cli_table_builtin(&table, cases[i].name, &err) || hk_cli_object_parse(&table, cases[i].object, &arena, &object, &err) ||
		    hk_cli_value_check(object.kind, cases[i].value, &err))
			fail_msg("%s: %s", cases[i].object, err.message);
		hk_arena_release(&arena);
		hk_cli_table_release(&table);
	}
	{
		struct hk_cli_table table;
		struct hk_cli_object object;
		struct hk_arena arena = HK_ARENA_INIT;
		HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
		assert_int_equal(hk_cli_table_builtin(&table, "linux", &err), 0);
		assert_int_equal(hk_cli_object_parse(&table, "dev/eth0/class/1:10/burst", &arena, &object, &err), 0);
		assert_int_equal(hk_cli_value_check(object.kind, "20Kb", &err), 0);
		/* would be set, and read as nothing */
		assert_int_equal(hk_cli_value_check(object.kind, "1600b", &err), -1);
		assert_non_null(strstr(err.message, "means that there is nothing"));
		hk_arena_release(&arena);
		hk_cli_table_release(&table);
	}
	struct hk_cli_table none;
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	assert_int_equal(hk_cli_table_builtin(&none, "junos", &err), -1);
	hk_cli_table_release(&none);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_refused), cmocka_unit_test(test_accepted), cmocka_unit_test(test_builtin) };
	return cmocka_run_group_tests_name("cli_table", tests, NULL, NULL);
}
