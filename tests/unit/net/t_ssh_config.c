/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Configuration, known hosts and the digests under them, without a server. */
#include "../test.h"
#include "net/known_hosts.h"
#include "net/sha1.h"
#include "net/ssh_config.h"
#include <string.h>
#include <sys/stat.h>

static const struct hk_ssh_environment environment = { "/u", "u", "/agent" };

struct world { struct hk_arena arena; struct hk_ssh_target target; struct hk_err err; };

static int resolve(struct world *w, const char *text, const char *host)
{
	const struct hk_ssh_wanted wanted = { .host = host, .default_port = 830 };
	struct hk_ssh_config *config = hk_ssh_config_parse(hk_str_of(text), "config", NULL);
	memset(w, 0, sizeof *w);
	int status = hk_ssh_config_resolve(config, &wanted, &environment, &w->arena, &w->target, &w->err);
	hk_ssh_config_free(config);
	return status;
}

static void done(struct world *w)
{
	hk_arena_release(&w->arena);
	hk_err_release(&w->err);
}

static void test_first_value_wins(void **state)
{
	struct world w;
	(void)state;
	assert_int_equal(resolve(&w, "Host a? !ab\n Port 1\nHost ab\n Port=2\n User \"x y\"\nHost *\n Port 3\n User z\n HostName %h.example.org\n", "ab"), 0);
	assert_int_equal(w.target.port, 2);
	assert_string_equal(w.target.user, "x y");
	assert_string_equal(w.target.host, "ab.example.org");
	done(&w);
	assert_int_equal(resolve(&w, "", "h"), 0);
	assert_int_equal(w.target.port, 830);
	assert_string_equal(w.target.user, "u");
	assert_string_equal(w.target.identity_files[0], "/u/.ssh/id_ed25519");
	assert_string_equal(w.target.known_hosts[0], "/u/.ssh/known_hosts");
	assert_string_equal(w.target.agent_socket, "/agent");
	done(&w);
}

static void test_files(void **state)
{
	struct world w;
	(void)state;
	assert_int_equal(resolve(&w,
				 "IdentityFile ~/k1\nIdentityFile %d/%r-%h\nIdentitiesOnly yes\nIdentityAgent none\nUserKnownHostsFile /a ~/b\nConnectTimeout 1m\nServerAliveInterval 7\n",
				 "h"), 0);
	assert_int_equal(w.target.n_identity_files, 2);
	assert_string_equal(w.target.identity_files[0], "/u/k1");
	assert_string_equal(w.target.identity_files[1], "/u/u-h");
	assert_true(w.target.identities_only);
	assert_null(w.target.agent_socket);
	assert_string_equal(w.target.known_hosts[1], "/u/b");
	assert_int_equal(w.target.connect_timeout_s, 60);
	assert_int_equal(w.target.alive_interval_s, 7);
	done(&w);
}

static void test_jumps(void **state)
{
	struct world w;
	(void)state;
	assert_int_equal(resolve(&w, "Host h\n ProxyJump a,b@c:9,[::1]:8\nHost a\n ProxyJump z\n", "h"), 0);
	const struct hk_ssh_target *t = w.target.jump;
	assert_string_equal(t->host, "::1");
	assert_int_equal(t->port, 8);
	t = t->jump;
	assert_string_equal(t->user, "b");
	assert_int_equal(t->port, 9);
	t = t->jump;
	assert_string_equal(t->host, "a");
	assert_int_equal(t->port, 22);
	assert_string_equal(t->jump->host, "z");
	assert_null(t->jump->jump);
	done(&w);
	/* a jump host that the line for all hosts matches too */
	assert_int_equal(resolve(&w, "Host *\n ProxyJump gate\n", "h"), 0);
	assert_string_equal(w.target.jump->host, "gate");
	assert_null(w.target.jump->jump);
	done(&w);
	assert_int_equal(resolve(&w, "Host h\n ProxyJump a\nHost a\n ProxyJump b\nHost b\n ProxyJump a\n", "h"), -1);
	assert_int_equal(w.err.status, HK_USAGE);
	done(&w);
	assert_int_equal(resolve(&w, "ProxyJump -oProxyCommand=x\n", "h"), -1);
	done(&w);
}

static void test_what_is_not_done_is_told(void **state)
{
	(void)state;
	struct hk_ssh_config *config = hk_ssh_config_parse(HK_STR("Match exec true\n Port 9\nHost *\n Port 7\nProxyCommand nc %h\nInclude x\nProxyCommand none\n"),
							   "c", NULL);
	const struct hk_ssh_wanted wanted = { .host = "h" };
	struct hk_arena arena = HK_ARENA_INIT;
	struct hk_ssh_target target;
	assert_int_equal(hk_ssh_config_warning_count(config), 3);
	assert_non_null(strstr(hk_ssh_config_warning(config, 0), "c line 1: only Match all"));
	assert_int_equal(hk_ssh_config_resolve(config, &wanted, &environment, &arena, &target, NULL), 0);
	assert_int_equal(target.port, 7);
	hk_arena_release(&arena);
	hk_ssh_config_free(config);
}

static void expect_port(const struct hk_ssh_config *config, const char *host, unsigned port)
{
	const struct hk_ssh_wanted wanted = { .host = host };
	struct hk_arena arena = HK_ARENA_INIT;
	struct hk_ssh_target target;
	assert_int_equal(hk_ssh_config_resolve(config, &wanted, &environment, &arena, &target, NULL), 0);
	if (target.port != port)
		fail_msg("%s has port %u, not %u", host, target.port, port);
	hk_arena_release(&arena);
}

static void test_match(void **state)
{
	struct hk_ssh_config *config = hk_ssh_config_parse(HK_STR("Host web\n HostName www.example\nMatch originalhost web,db !bad\n Port 1\nMatch host *.example,!x.example\n Port 2\n"
								  "Match host db*,!db9 originalhost db1\n Port 3\nMatch host a originalhost\n Port 4\nMatch user root\n Port 5\nMatch all\n Port 6\n"),
							   "c", NULL);
	(void)state;
	/* "originalhost web,db !bad" has a word too many: the block is left out and told */
	assert_int_equal(hk_ssh_config_warning_count(config), 3);
	expect_port(config, "web", 2);
	expect_port(config, "x.example", 6);
	expect_port(config, "y.example", 2);
	expect_port(config, "db1", 3);
	expect_port(config, "db2", 6);
	expect_port(config, "a", 6);
	hk_ssh_config_free(config);
}

/* However many names stand on a line. */
static void test_long_lines(void **state)
{
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	(void)state;
	hk_buf_addstr(&text, "Host");
	for (int i = 0; i < 1000; i++)
		hk_buf_addf(&text, " edge-%d", i);
	hk_buf_addstr(&text, "\n Port 1\n");
	struct hk_ssh_config *config = hk_ssh_config_parse((struct hk_str){ text.s, text.len }, "c", NULL);
	expect_port(config, "edge-0", 1);
	expect_port(config, "edge-999", 1);
	expect_port(config, "edge-1000", 22);
	hk_ssh_config_free(config);
}

static void write_file(const char *directory, const char *name, const char *text)
{
	char path[256];
	snprintf(path, sizeof path, "%s/%s", directory, name);
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static void test_include(void **state)
{
	char home[] = "/tmp/hkctl-ssh-config-XXXXXX", ssh[64], text[512];
	(void)state;
	assert_non_null(mkdtemp(home));
	snprintf(ssh, sizeof ssh, "%s/.ssh", home);
	assert_int_equal(mkdir(ssh, 0700), 0);
	write_file(ssh, "a.conf", "Port 11\nHost inner\n Port 12\n");
	write_file(ssh, "b.conf", "Host b\n Port 13\nInclude deeper\nHost *\n User ben\n");
	write_file(ssh, "deeper", "Port 14\nMatch all\n ConnectTimeout 9\n");
	write_file(ssh, "loop", "Include loop\nHost looped\n Port 15\n");
	/* in a block: what the file says counts there alone, also below Host lines of its own; and the block goes on behind it */
	snprintf(text, sizeof text,
		 "Host outer inner*\n Include a.conf\n User ann\nInclude ~/.ssh/[b].conf nothing*.conf\nHost *\n Port 20\nInclude %s/loop\nHost c\n Port 21\n",
		 ssh);
	struct hk_ssh_config *config = hk_ssh_config_parse(hk_str_of(text), "c", home);
	expect_port(config, "outer", 11);
	expect_port(config, "inner", 11);
	expect_port(config, "b", 20);
	expect_port(config, "c", 20);
	expect_port(config, "looped", 20);
	const struct hk_ssh_wanted outer = { .host = "outer" };
	struct hk_arena arena = HK_ARENA_INIT;
	struct hk_ssh_target target;
	assert_int_equal(hk_ssh_config_resolve(config, &outer, &environment, &arena, &target, NULL), 0);
	assert_string_equal(target.user, "ann");
	assert_int_equal(target.connect_timeout_s, 0);
	assert_int_equal(hk_ssh_config_warning_count(config), 1);
	assert_non_null(strstr(hk_ssh_config_warning(config, 0), "too many files"));
	hk_arena_release(&arena);
	hk_ssh_config_free(config);
	write_file(ssh, "first.conf", "Host b\n Include b.conf\n");
	config = hk_ssh_config_parse(HK_STR("Include first.conf\nHost b\nPort 30\n"), "c", home);
	expect_port(config, "b", 13);
	expect_port(config, "other", 22);
	hk_ssh_config_free(config);
	static const char *const names[] = { "a.conf", "b.conf", "deeper", "loop", "first.conf" };
	for (size_t i = 0; i < HK_COUNT(names); i++) {
		snprintf(text, sizeof text, "%s/%s", ssh, names[i]);
		unlink(text);
	}
	rmdir(ssh);
	rmdir(home);
}

/* Nothing that leads elsewhere, or trusts less, is left out without a word. */
static void test_what_is_left_out_is_told(void **state)
{
	struct hk_ssh_config *config = hk_ssh_config_parse(HK_STR("HostKeyAlias x\nBindAddress 10.0.0.1\nAddressFamily inet6\nAddressFamily any\nCertificateFile none\nKnownHostsCommand /bin/x\n"
								  "CanonicalizeHostname=yes\nStrictHostKeyChecking no\nCompression yes\nHost r\nRevokedHostKeys /etc/revoked\nHost n\nRevokedHostKeys none\n"
								  "GlobalKnownHostsFile /a /b\n"), "c", NULL);
	const struct hk_ssh_wanted r = { .host = "r" }, n = { .host = "n" };
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	struct hk_arena arena = HK_ARENA_INIT;
	struct hk_ssh_target target;
	(void)state;
	assert_int_equal(hk_ssh_config_warning_count(config), 5);
	assert_string_equal(hk_ssh_config_warning(config, 0), "c line 1: HostKeyAlias is not supported; the line is left out");
	assert_int_equal(hk_ssh_config_resolve(config, &r, &environment, &arena, &target, &err), -1);
	assert_int_equal(err.status, HK_USAGE);
	assert_non_null(strstr(err.message, "RevokedHostKeys"));
	assert_int_equal(hk_ssh_config_resolve(config, &n, &environment, &arena, &target, NULL), 0);
	assert_int_equal(target.n_known_hosts, 4);
	assert_string_equal(target.known_hosts[2], "/a");
	hk_arena_release(&arena);
	hk_ssh_config_free(config);
}

static void test_patterns(void **state)
{
	(void)state;
	assert_true(hk_ssh_pattern_matches(HK_STR("*"), HK_STR("")));
	assert_true(hk_ssh_pattern_matches(HK_STR("a*b?c"), HK_STR("aXXbbYc")));
	assert_true(hk_ssh_pattern_matches(HK_STR("HOST"), HK_STR("host")));
	assert_false(hk_ssh_pattern_matches(HK_STR("a*b"), HK_STR("abx")));
	assert_false(hk_ssh_pattern_matches(HK_STR("?"), HK_STR("")));
	char many[3000];
	memset(many, 'a', sizeof many);
	assert_false(hk_ssh_pattern_matches(HK_STR("*a*a*a*a*a*a*a*a*a*a*b"), (struct hk_str){ many, sizeof many }));
}

/* RFC 2202 cases 1, 2 and 6. */
static void test_hmac(void **state)
{
	unsigned char mac[HK_SHA1_SIZE], key[80];
	(void)state;
	memset(key, 0x0b, 20);
	hk_hmac_sha1((struct hk_str){ (char *)key, 20 }, HK_STR("Hi There"), mac);
	assert_memory_equal(mac, "\xb6\x17\x31\x86\x55\x05\x72\x64\xe2\x8b\xc0\xb6\xfb\x37\x8c\x8e\xf1\x46\xbe\x00", 20);
	hk_hmac_sha1(HK_STR("Jefe"), HK_STR("what do ya want for nothing?"), mac);
	assert_memory_equal(mac, "\xef\xfc\xdf\x6a\xe5\xeb\x2f\xa2\xd2\x74\x16\xd5\xf1\x84\xdf\x9c\x25\x9a\x7c\x79", 20);
	memset(key, 0xaa, 80);
	hk_hmac_sha1((struct hk_str){ (char *)key, 80 }, HK_STR("Test Using Larger Than Block-Size Key - Hash Key First"), mac);
	assert_memory_equal(mac, "\xaa\x4a\xe5\xe1\x52\x72\xd0\x0e\x95\x70\x56\x37\xce\x8a\x3b\x55\xed\x40\x21\x12", 20);
}

static void test_base64(void **state)
{
	static const char *const pairs[][2] = { { "", "" }, { "f", "Zg==" }, { "fo", "Zm8=" }, { "foo", "Zm9v" }, { "foob", "Zm9vYg==" },
						{ "foobar", "Zm9vYmFy" } };
	static const char *const bad[] = { "Zg=", "Zg", "Z===", "====", "Zg==Zg==", "Zm9\n", "Zm 9" };
	unsigned char bytes[16];
	char text[16];
	(void)state;
	for (size_t i = 0; i < HK_COUNT(pairs); i++) {
		ptrdiff_t n = hk_base64_read(hk_str_of(pairs[i][1]), bytes, sizeof bytes);
		assert_int_equal(n, strlen(pairs[i][0]));
		assert_memory_equal(bytes, pairs[i][0], (size_t)n);
		hk_base64_write(hk_str_of(pairs[i][0]), text);
		assert_string_equal(text, pairs[i][1]);
	}
	for (size_t i = 0; i < HK_COUNT(bad); i++)
		assert_int_equal(hk_base64_read(hk_str_of(bad[i]), bytes, sizeof bytes), -1);
	assert_int_equal(hk_base64_read(HK_STR("Zm9vYmFy"), bytes, 5), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_first_value_wins), cmocka_unit_test(test_files), cmocka_unit_test(test_jumps),
		cmocka_unit_test(test_what_is_not_done_is_told), cmocka_unit_test(test_match), cmocka_unit_test(test_long_lines),
		cmocka_unit_test(test_include), cmocka_unit_test(test_what_is_left_out_is_told), cmocka_unit_test(test_patterns), cmocka_unit_test(test_hmac),
		cmocka_unit_test(test_base64),
	};
	return cmocka_run_group_tests_name("net/ssh_config", tests, NULL, NULL);
}
