/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The NETCONF dialect against a real server in four sets of capabilities. */
#include "../test.h"
#include "server.h"
#include <string.h>

#define LINK "/wan:links/link[name='edge-a']"
static const struct hk_setting wanted[] = {
	{ LINK "/bandwidth", "14000000000" }, { LINK "/latency", "4" }, { LINK "/tag[.='gold & <silver>']", "" },
	{ "/wan:links/link[name='b & <c>']/bandwidth", "7" },
};
#define N_WANTED (sizeof wanted / sizeof *wanted)

struct world {
	struct server server;
	struct hk_net *net;
	struct hk_device *device;
	struct hk_request request;
	struct hk_changes changes;
};

static bool world_open(struct world *w, enum server_kind kind)
{
	memset(w, 0, sizeof *w);
	if (!server_start(&w->server, kind))
		return false;
	w->net = hk_net_new(NULL);
	w->device = server_device(&w->server, w->net);
	w->request.token = "hk-1a2b3c4d";
	w->request.confirm_s = 300;
	return true;
}

static void world_close(struct world *w)
{
	hk_request_release(&w->request);
	hk_changes_release(&w->changes);
	hk_device_close(w->device);
	hk_net_free(w->net);
	server_stop(&w->server);
}

static void must(struct world *w, enum hk_operation operation)
{
	server_do(w->net, w->device, &w->request, operation);
	if (w->request.outcome != HK_OUTCOME_DONE)
		fail_msg("%s %s: %s", w->server.controller.name, hk_operation_names[operation], w->request.err.message);
}

/* Read `wanted`, and make the difference what the following requests are about. */
static size_t plan_changes(struct world *w, const struct hk_setting *settings, size_t count)
{
	w->request.settings = settings;
	w->request.n_settings = count;
	must(w, HK_READ);
	hk_changes_release(&w->changes);
	hk_device_diff(w->device, settings, count, &w->request.observation, &w->changes);
	w->request.n_settings = 0;
	w->request.changes = w->changes.list.v;
	w->request.n_changes = w->changes.list.n;
	return w->changes.list.n;
}

static const char *value_of(struct world *w, const char *object)
{
	const struct hk_setting asked = { object, NULL };
	struct hk_request request = { .settings = &asked, .n_settings = 1 };
	static char value[100];
	server_do(w->net, w->device, &request, HK_READ);
	assert_int_equal(request.outcome, HK_OUTCOME_DONE);
	const char *text = request.observation.settings.v[0].value;
	snprintf(value, sizeof value, "%s", text ? text : "(absent)");
	hk_request_release(&request);
	return value;
}

static void test_apply_and_confirm(void **state)
{
	static const enum hk_undo undo[] = { HK_UNDO_TIMER, HK_UNDO_INVERSE, HK_UNDO_INVERSE, HK_UNDO_SESSION_TIMER };
	(void)state;
	for (enum server_kind kind = 0; kind < SERVER_KINDS; kind++) {
		struct world w;
		if (!world_open(&w, kind))
			skip();
		/* two entries of the list come into being, each a change of its own */
		assert_int_equal(plan_changes(&w, wanted, N_WANTED), N_WANTED + 2);
		assert_int_equal(w.device->traits.undo, undo[kind]);
		assert_int_equal(w.device->traits.startup, kind == SERVER_STARTUP);
		must(&w, HK_LOCK);
		must(&w, HK_APPLY);
		must(&w, HK_VERIFY);
		must(&w, HK_EXTEND);
		must(&w, HK_CONFIRM);
		must(&w, HK_UNLOCK);
		must(&w, HK_CONFIRM);      /* again, as after a crash */
		assert_string_equal(value_of(&w, wanted[0].object), wanted[0].value);
		assert_string_equal(value_of(&w, wanted[2].object), "");
		assert_string_equal(value_of(&w, wanted[3].object), "7");
		/* nothing is left to do */
		assert_int_equal(plan_changes(&w, wanted, N_WANTED), 0);
		world_close(&w);
	}
}

static void test_revert(void **state)
{
	(void)state;
	for (enum server_kind kind = 0; kind < SERVER_KINDS; kind++) {
		struct world w;
		char before[HK_SHA256_TEXT];
		if (!world_open(&w, kind))
			skip();
		plan_changes(&w, wanted, N_WANTED);
		strcpy(before, w.request.observation.digest);
		must(&w, HK_REVERT);                 /* of what never happened */
		must(&w, HK_LOCK);
		must(&w, HK_APPLY);
		must(&w, HK_REVERT);
		must(&w, HK_UNLOCK);
		must(&w, HK_REVERT);
		assert_string_equal(value_of(&w, LINK), "(absent)");
		/* and of what was confirmed, by a session that knows nothing */
		must(&w, HK_LOCK);
		must(&w, HK_APPLY);
		must(&w, HK_CONFIRM);
		must(&w, HK_UNLOCK);
		hk_device_close(w.device);
		w.device = server_device(&w.server, w.net);
		w.request.was_confirmed = true;
		must(&w, HK_REVERT);
		assert_string_equal(value_of(&w, LINK), "(absent)");
		plan_changes(&w, wanted, N_WANTED);
		assert_string_equal(w.request.observation.digest, before);
		world_close(&w);
	}
}

/* A whole entry with everything below it goes and comes back. */
static void test_delete_and_bring_back(void **state)
{
	static const struct hk_setting full[] = { { LINK "/bandwidth", "5" }, { LINK "/tag[.='x']", "" }, { LINK "/tag[.='y']", "" },
						  { LINK "/class[id='1']/rate", "11" },
						  { LINK "/class[id='2']/rate", "22" } };
	static const struct hk_setting gone[] = { { LINK, NULL } };
	(void)state;
	for (enum server_kind kind = 0; kind < SERVER_KINDS; kind++) {
		struct world w;
		if (!world_open(&w, kind))
			skip();
		plan_changes(&w, full, 5);
		must(&w, HK_APPLY);
		must(&w, HK_CONFIRM);
		plan_changes(&w, gone, 1);
		char digest[HK_SHA256_TEXT];
		strcpy(digest, w.request.observation.digest);
		must(&w, HK_APPLY);
		must(&w, HK_CONFIRM);
		assert_string_equal(value_of(&w, LINK), "(absent)");
		must(&w, HK_REVERT);
		assert_string_equal(value_of(&w, LINK "/class[id='2']/rate"), "22");
		plan_changes(&w, gone, 1);
		assert_string_equal(w.request.observation.digest, digest);
		world_close(&w);
	}
}

static void test_provisional_survives_its_session(void **state)
{
	struct world w;
	(void)state;
	if (!world_open(&w, SERVER_CANDIDATE))
		skip();
	for (int confirmed = 0; confirmed < 2; confirmed++) {
		plan_changes(&w, wanted, N_WANTED);
		must(&w, HK_LOCK);
		must(&w, HK_APPLY);
		hk_device_close(w.device);
		w.device = server_device(&w.server, w.net);
		assert_string_equal(value_of(&w, wanted[0].object), wanted[0].value);
		must(&w, confirmed ? HK_CONFIRM : HK_REVERT);
		assert_string_equal(value_of(&w, wanted[0].object), confirmed ? wanted[0].value : "(absent)");
	}
	world_close(&w);
}

static void test_timer(void **state)
{
	struct world w;
	(void)state;
	if (!world_open(&w, SERVER_CANDIDATE))
		skip();
	plan_changes(&w, wanted, N_WANTED);
	w.request.confirm_s = 1;
	must(&w, HK_APPLY);
	sleep(3);
	server_do(w.net, w.device, &w.request, HK_CONFIRM);
	assert_int_equal(w.request.outcome, HK_OUTCOME_UNKNOWN);
	assert_int_equal(w.request.err.status, HK_UNVERIFIED);
	server_do(w.net, w.device, &w.request, HK_VERIFY);
	assert_int_equal(w.request.err.status, HK_UNVERIFIED);
	assert_non_null(strstr(w.request.err.message, "absent"));
	must(&w, HK_REVERT);
	world_close(&w);
}

static void test_refused_edit(void **state)
{
	static const struct hk_setting bad[] = { { LINK "/bandwidth", "1" }, { LINK "/latency", "soon" } };
	(void)state;
	for (enum server_kind kind = 0; kind < SERVER_KINDS; kind++) {
		struct world w;
		if (!world_open(&w, kind))
			skip();
		plan_changes(&w, bad, 2);
		must(&w, HK_LOCK);
		server_do(w.net, w.device, &w.request, HK_APPLY);
		assert_int_equal(w.request.outcome, HK_OUTCOME_REFUSED);
		assert_non_null(strstr(w.request.err.message, "invalid number"));
		assert_non_null(strstr(w.request.err.message, "<bad-value>soon</bad-value>"));
		assert_non_null(strstr(w.request.err.message, "latency"));
		must(&w, HK_UNLOCK);
		assert_string_equal(value_of(&w, LINK), "(absent)");
		world_close(&w);
	}
}

static void test_lock_is_held(void **state)
{
	(void)state;
	for (enum server_kind kind = 0; kind < SERVER_KINDS; kind++) {
		struct world w;
		if (!world_open(&w, kind))
			skip();
		struct hk_device *other = server_device(&w.server, w.net);
		struct hk_request lock = { 0 };
		server_do(w.net, other, &lock, HK_LOCK);
		assert_int_equal(lock.outcome, HK_OUTCOME_DONE);
		server_do(w.net, w.device, &w.request, HK_LOCK);
		assert_int_equal(w.request.outcome, HK_OUTCOME_REFUSED);
		assert_int_equal(w.request.err.status, HK_UNREACHABLE);
		assert_non_null(strstr(w.request.err.message, "is locked by session"));
		assert_non_null(strstr(w.request.err.message, "user 'tester' from 127.0.0.1"));
		server_do(w.net, other, &lock, HK_UNLOCK);
		must(&w, HK_LOCK);
		hk_request_release(&lock);
		hk_device_close(other);
		world_close(&w);
	}
}

/* Apply on the other device without lock and without commit: an edit whose deadline is over before its commit would do, but a plain session is simpler. */
static void leave_edit(struct world *w)
{
	char command[700];
	snprintf(command, sizeof command,
		 "(printf '<hello xmlns=\"urn:ietf:params:xml:ns:netconf:base:1.0\"><capabilities><capability>urn:ietf:params:netconf:base:1.0</capability></capabilities></hello>]]>]]>"
		 "<rpc xmlns=\"urn:ietf:params:xml:ns:netconf:base:1.0\" message-id=\"1\"><edit-config><target><candidate/></target><config><links xmlns=\"urn:example:hk-wan\"><link>"
		 "<name>foreign</name><bandwidth>3</bandwidth></link></links></config></edit-config></rpc>]]>]]>'; sleep 0.5) | HOME=%s %s/netconf >/dev/null",
		 w->server.directory, w->server.directory);
	assert_int_equal(system(command), 0);
}

static void test_dirty_candidate(void **state)
{
	struct world w;
	(void)state;
	if (!world_open(&w, SERVER_CANDIDATE))
		skip();
	leave_edit(&w);
	server_do(w.net, w.device, &w.request, HK_LOCK);
	assert_int_equal(w.request.outcome, HK_OUTCOME_REFUSED);
	assert_non_null(strstr(w.request.err.message, "nobody committed: /links/link"));
	w.request.discard_foreign = true;
	must(&w, HK_LOCK);
	must(&w, HK_UNLOCK);
	assert_string_equal(value_of(&w, "/wan:links/link[name='foreign']"), "(absent)");
	world_close(&w);
}

static void test_bad_paths(void **state)
{
	static const char *const bad[] = { "", "/", "links", "/lan:links", "/wan:links/link[name]", "/wan:links/link[name='x", "/wan:links//link",
					   "/wan:links/link[name='x'", "/wan:1", "/wan:links/" };
	struct hk_net_model model = { "wan", "urn:example:hk-wan" };
	struct hk_controller controller = { .name = "c", .models = &model, .n_models = 1 };
	(void)state;
	for (size_t i = 0; i < HK_COUNT(bad); i++) {
		HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
		const struct hk_setting setting = { bad[i], "1" };
		size_t at = 0;
		assert_int_equal(hk_dialect_netconf.check(&controller, &setting, 1, &at, &err), -1);
		assert_int_equal(at, 0);
		assert_int_equal(err.status, HK_INVALID);
	}
	const struct hk_setting settings[] = { { "/links/x", "a" }, { "/wan:links/x", "a\x01" }, { "/links/x", "b" } };
	size_t at = 0;
	assert_int_equal(hk_dialect_netconf.check(&controller, settings, HK_COUNT(settings), &at, NULL), -1);
	assert_int_equal(at, 1);
	at = 2;
	assert_int_equal(hk_dialect_netconf.check(&controller, settings, HK_COUNT(settings), &at, NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_apply_and_confirm), cmocka_unit_test(test_revert), cmocka_unit_test(test_delete_and_bring_back),
		cmocka_unit_test(test_provisional_survives_its_session), cmocka_unit_test(test_timer), cmocka_unit_test(test_refused_edit),
		cmocka_unit_test(test_lock_is_held), cmocka_unit_test(test_dirty_candidate), cmocka_unit_test(test_bad_paths),
	};
	return cmocka_run_group_tests_name("net/netconf_device", tests, NULL, NULL);
}
