/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Values out of what devices print, which may be anything. */
#include "../test.h"
#include "table.h"
#include <string.h>

/* An object whose place may be taken by something else. */
#define OCCUPIED \
	"- {object: 'way/{prefix}', where: {prefix: prefix}, value: {type: address}, read: [r], line: 'way {prefix} via {value}', occupied: 'way {prefix} ...', set: [[s]]}\n" \
	"- {object: 'flow/{port}', where: {port: integer}, value: {type: integer}, read: [r], line: '... in_port={port} actions=queue:{value},NORMAL', set: [[s]]}\n" \
	"- {object: 'jway/{x}', value: {type: address}, read: [r], json: /0/gateway, occupied: /0/dst, set: [[s]]}\n"

#define TABLE \
	"objects:\n" \
	"- {object: 'route/{prefix}/via', where: {prefix: prefix}, value: {type: address}, read: [r], line: 'ip route {prefix} {value}', set: [[s]]}\n" \
	"- {object: 'if/{if}/cost', value: {type: integer, max: 9}, read: [r], within: 'interface {if}', line: 'ip ospf cost {value}', set: [[s]]}\n" \
	"- {object: 'class/{class}/rate', value: {type: rate}, read: [r], line: 'class htb {class} ... rate {value} ...', set: [[s]]}\n" \
	"- {object: 'json/{x}', value: {type: integer}, read: [r], json: /0/mtu, set: [[s]]}\n" \
	"- {object: bare, value: {type: integer}, read: [r], line: '{value}', absent: ['0', '[]'], set: [[s]]}\n" \
	"- {object: up, value: {type: presence}, read: [r], line: 'it is up', set: [[s]]}\n" \
	"- {object: burst, value: {type: name}, read: [r], line: 'burst {value}', absent: '^1[56][0-9][0-9]b$', set: [[s]]}\n" \
	"- {object: name, value: {type: text}, read: [r], line: 'name is {value}', set: [[s]]}\n" \
	"- {object: 'lamp/{n2}/label', where: {n2: integer}, value: {type: text, pattern: '^[ -~]+$'}, read: [r], line: 'lamp#{n2}: ... label={value}', set: [[s]]}\n" \
	"- {object: deep, value: {type: integer}, read: [r], json: /a/b/1, set: [[s]]}\n" OCCUPIED

/* said: the value; NULL: absent; with ! in front: the error. */
static const struct { const char *object, *output, *said; } cases[] = {
	{ "route/10.0.0.0/8/via", "!\nip route 10.0.0.0/8 192.0.2.1\nip route 10.1.0.0/16 192.0.2.2\n", "192.0.2.1" },
	{ "route/10.0.0.0/8/via", "ip route 10.0.0.0/8 192.0.2.1 200\n", NULL },
	{ "route/10.0.0.0/8/via", "ip route 10.0.0.0/8 192.0.2.1", "192.0.2.1" },
	{ "route/10.0.0.0/8/via", "ip route 10.0.0.0/8 192.0.2.1\r\n", "192.0.2.1" },
	{ "route/10.0.0.0/8/via", "  ip route 10.0.0.0/8 192.0.2.1\n", NULL },
	{ "route/10.0.0.0/8/via", "no ip route 10.0.0.0/8 192.0.2.1\n", NULL },
	{ "route/10.0.0.0/8/via", "ip route 10.0.0.0/8 192.0.2.1\nip route 10.0.0.0/8 192.0.2.2\n", "!several values" },
	{ "route/10.0.0.0/8/via", "ip route 10.0.0.0/8 192.0.2.1\nip route 10.0.0.0/8 192.0.2.1\n", "192.0.2.1" },
	{ "route/10.0.0.0/8/via", "ip route 10.0.0.0/8 eth0\n", "!is not an IP address" },
	{ "route/10.0.0.0/8/via", "", NULL },
	{ "if/a/cost", "interface a\n ip ospf cost 7\nexit\n!\ninterface b\n ip ospf cost 8\nexit\n", "7" },
	{ "if/b/cost", "interface a\n ip ospf cost 7\nexit\n!\ninterface b\n bandwidth 5\n ip ospf cost 8\nexit\n", "8" },
	{ "if/c/cost", "interface a\n ip ospf cost 7\nexit\n", NULL },
	{ "if/a/cost", "interface a\nexit\ninterface b\n ip ospf cost 7\n", NULL },
	{ "if/a/cost", "ip ospf cost 7\ninterface a\n", NULL },
	{ "class/1:10/rate", "class htb 1:10 root prio 0 rate 5Mbit ceil 7Mbit burst 1600b cburst 1600b \n", "5000000" },
	{ "class/1:1/rate", "class htb 1:10 root prio 0 rate 5Mbit ceil 7Mbit burst 1600b\n", NULL },
	{ "class/1:10/rate", "class htb 1:10 root prio 0 rate 5Mbps ceil 7Mbit\n", "!which is no rate" },
	{ "json/x", "[{\"mtu\":1500}]", "1500" },
	{ "json/x", "a warning on standard error\n[{\"mtu\":1500}]\n", "1500" },
	{ "json/x", "[{\"mtu\":1500},{\"mtu\":1400}]", "!several" },
	{ "json/x", "[{}]", NULL },
	{ "json/x", "[]", NULL },
	{ "json/x", "\n", NULL },
	{ "json/x", "[{\"mtu\":", "!not JSON" },
	{ "json/x", "[{\"mtu\":[1500]}]", NULL },
	{ "json/x", "[{\"mtu\":\"many\"}]", "!is not a whole number" },
	{ "json/x", "[{\"mtu\":1.5}]", "!is not a whole number" },
	{ "deep", "{\"a\":{\"b\":{\"1\":3}}}", "3" },
	{ "deep", "{\"a\":{\"b\":3}}", NULL },
	{ "bare", "5\n", "5" },
	{ "bare", "\"5\"\n", "5" },
	{ "bare", "0\n", NULL },
	{ "bare", "[]\n", NULL },
	{ "bare", "5 6\n", NULL },
	{ "bare", "-\n", "!is not a whole number" },
	{ "up", "it is up\n", "" },
	{ "up", "it is down\n", NULL },
	{ "burst", "burst 20Kb\n", "20Kb" },
	{ "burst", "burst 1596b\n", NULL },
	{ "name", "name is \"Edge router 'a', $(x)\"\n", "Edge router 'a', $(x)" },
	{ "name", "name is one   two\n", "one   two" },
	{ "name", "name is \xff\n", "!is not printable" },
	{ "lamp/3/label", "lamp#3: at 40%; label=kitchen lamp, left\nlamp#4: label=hall\n", "kitchen lamp, left" },
	{ "lamp/4/label", "lamp#3: at 40%; label=kitchen lamp\nlamp#4:  label=hall \n", "hall" },
	{ "lamp/5/label", "lamp#5: label= x\n", NULL },
	{ "way/10.0.0.0/8", "way 10.0.0.0/8 via 192.0.2.1\n", "192.0.2.1" },
	{ "way/10.0.0.0/8", "way 10.1.0.0/16 dev eth0\n", NULL },
	{ "way/10.0.0.0/8", "way 10.0.0.0/8 dev eth0\n", "!of another form" },
	{ "flow/1", " priority=100,in_port=1 actions=queue:3,NORMAL\n", NULL },
	{ "flow/1", " cookie=0x0, in_port=1 actions=queue:3,NORMAL\n in_port=2 actions=queue:4,NORMAL\n", "3" },
	{ "flow/1", " cookie=0x0, in_port=1 actions=queue:,NORMAL\n", NULL },
	{ "flow/1", " cookie=0x0, in_port=1 actions=queue:x,NORMAL\n", "!is not a whole number" },
	{ "jway/x", "[]", NULL },
	{ "jway/x", "[{\"dst\":\"10.0.0.0/8\",\"gateway\":\"192.0.2.1\"}]", "192.0.2.1" },
	{ "jway/x", "[{\"dst\":\"10.0.0.0/8\",\"nexthops\":[{\"gateway\":\"192.0.2.1\"}]}]", "!of another form" },
	{ "name", "name is -x\n", "!is not printable" },
};

static void test_cases(void **state)
{
	struct table t;
	(void)state;
	table_open(&t, TABLE);
	if (t.status)
		fail_msg("%s", t.err.message);
	for (size_t i = 0; i < HK_COUNT(cases); i++) {
		struct hk_arena arena = HK_ARENA_INIT;
		struct hk_cli_object object;
		HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
		const char *value = "unset", *said = cases[i].said;
		assert_int_equal(hk_cli_object_parse(&t.table, cases[i].object, &arena, &object, &err), 0);
		int status = hk_cli_value(&object, hk_str_of(cases[i].output), &arena, &value, &err);
		bool fails = said && *said == '!';
		if (status != (fails ? -1 : 0) || (fails && !strstr(err.message, said + 1)) ||
		    (!fails && (!value != !said || (value && strcmp(value, said) != 0))))
			fail_msg("%s in '%s' is %s, wanted %s", cases[i].object, cases[i].output, status ? err.message : value ? value : "absent",
				 said ? said : "absent");
		hk_arena_release(&arena);
	}
	table_close(&t);
}

/* Lines with many words, sections without end, patterns that almost match: time is what the output is long. */
static void test_hostile_sizes(void **state)
{
	struct table t;
	(void)state;
	table_open(&t, TABLE);
	HK_AUTO_BUF struct hk_buf output = HK_BUF_INIT;
	for (int i = 0; i < 200000; i++)
		hk_buf_addstr(&output, i % 1000 ? "rate " : "\nclass htb 1:10 ");
	struct hk_arena arena = HK_ARENA_INIT;
	struct hk_cli_object object;
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	const char *value;
	assert_int_equal(hk_cli_object_parse(&t.table, "class/1:10/rate", &arena, &object, &err), 0);
	assert_int_equal(hk_cli_value(&object, (struct hk_str){ output.s, output.len }, &arena, &value, &err), -1);
	hk_arena_release(&arena);
	table_close(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_cases), cmocka_unit_test(test_hostile_sizes) };
	return cmocka_run_group_tests_name("cli_value", tests, NULL, NULL);
}
