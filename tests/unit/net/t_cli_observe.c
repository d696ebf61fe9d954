/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From what is wanted and what is there to changes in an order that works; and lines that mean failure. */
#include "../test.h"
#include "table.h"
#include "net/cli_device.h"
#include <string.h>

struct case_ { const char *wanted, *there, *changes; };

/* "object=value object2 ..." with no "=" for absent. */
static size_t settings_of(const char *text, struct hk_arena *arena, struct hk_setting settings[16])
{
	struct hk_str rest = hk_str_of(text);
	size_t n = 0;
	while (rest.n) {
		struct hk_str value = hk_str_cut(&rest, ' '), object = hk_str_cut(&value, '=');
		bool has = object.s + object.n != value.s;
		settings[n++] = (struct hk_setting){ hk_arena_slicedup(arena, object), has ? hk_arena_slicedup(arena, value) : NULL };
	}
	return n;
}

static void try_case(const struct hk_cli_table *table, const struct case_ *c)
{
	struct hk_arena arena = HK_ARENA_INIT;
	struct hk_setting wanted[16], there[16];
	struct hk_observation observed = { .arena = HK_ARENA_INIT };
	struct hk_changes changes = { .arena = HK_ARENA_INIT };
	HK_AUTO_BUF struct hk_buf got = HK_BUF_INIT;
	size_t n = settings_of(c->wanted, &arena, wanted), m = settings_of(c->there, &arena, there);
	for (size_t i = 0; i < m; i++)
		hk_vec_push(&observed.settings, there[i]);
	hk_cli_diff(table, wanted, n, &observed, &changes);
	for (size_t i = 0; i < changes.list.n; i++)
		hk_buf_addf(&got, "%s%s:%s>%s", i ? " " : "", changes.list.v[i].object, changes.list.v[i].from ? changes.list.v[i].from : "-",
			    changes.list.v[i].to ? changes.list.v[i].to : "-");
	if (strcmp(got.s, c->changes) != 0)
		fail_msg("wanted '%s', there '%s':\n%s\nnot\n%s", c->wanted, c->there, got.s, c->changes);
	hk_changes_release(&changes);
	hk_observation_release(&observed);
	hk_arena_release(&arena);
}

static void test_diff(void **state)
{
	static const struct case_ cases[] = {
		{ "interface/p/mtu=1400", "interface/p/mtu=1500", "interface/p/mtu:1500>1400" },
		{ "interface/p/mtu=1400", "interface/p/mtu=1400", "" },
		{ "interface/p/mtu", "", "" },
		{ "interface/p/mtu", "interface/p/mtu=9", "interface/p/mtu:9>-" },
		/* what it stands on comes first, with the value it is made with */
		{ "port/p/queue/1/max-rate=5", "", "port/p/qos:->linux-htb port/p/queue/1:-> port/p/queue/1/max-rate:->5" },
		{ "port/p/queue/1/max-rate=5", "port/p/qos=linux-hfsc", "port/p/queue/1:-> port/p/queue/1/max-rate:->5" },
		{ "port/p/queue/1/max-rate=5 port/p/qos=linux-hfsc", "", "port/p/qos:->linux-hfsc port/p/queue/1:-> port/p/queue/1/max-rate:->5" },
		{ "port/p/queue/1/max-rate=5 port/p/queue/1/min-rate=2", "port/p/qos=linux-htb port/p/queue/1=",
		  "port/p/queue/1/max-rate:->5 port/p/queue/1/min-rate:->2" },
		/* what stands on something goes before it does */
		{ "port/p/qos port/p/queue/1 port/p/queue/1/max-rate", "port/p/qos=linux-htb port/p/queue/1= port/p/queue/1/max-rate=5",
		  "port/p/queue/1/max-rate:5>- port/p/queue/1:>- port/p/qos:linux-htb>-" },
		{ "interface/p/mtu=9 port/p/qos", "port/p/qos=x", "port/p/qos:x>- interface/p/mtu:->9" },
	};
	struct hk_cli_table table;
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	(void)state;
	assert_int_equal(hk_cli_table_builtin(&table, "ovs", &err), 0);
	for (size_t i = 0; i < HK_COUNT(cases); i++)
		try_case(&table, &cases[i]);
	hk_cli_table_release(&table);
}

static void test_complaints(void **state)
{
	static const struct { const char *output, *complaint; } cases[] = {
		{ "", "" }, { "all well\n", "" }, { "100 % sure\n", "" }, { "x\n% Unknown command: y\nz\n", "% Unknown command: y" }, { "  % no\r\n", "% no" },
		{ "line 3: % Unknown command[4]: bogus\n", "line 3: % Unknown command[4]: bogus" },
		{ "% Can't open configuration file /etc/frr/vtysh.conf due to 'No such file or directory'.\n", "" },
		{ "% Can't open configuration file /etc/frr/frr.conf due to 'Permission denied'.\n",
		  "% Can't open configuration file /etc/frr/frr.conf due to 'Permission denied'." },
	};
	struct hk_cli_table table;
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	(void)state;
	assert_int_equal(hk_cli_table_builtin(&table, "frr", &err), 0);
	for (size_t i = 0; i < HK_COUNT(cases); i++) {
		struct hk_str said = hk_cli_complaint(&table, hk_str_of(cases[i].output));
		if (!hk_str_is(said, cases[i].complaint))
			fail_msg("'%s': '%.*s'", cases[i].output, (int)said.n, said.s);
	}
	hk_cli_table_release(&table);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_diff), cmocka_unit_test(test_complaints) };
	return cmocka_run_group_tests_name("cli_observe", tests, NULL, NULL);
}
