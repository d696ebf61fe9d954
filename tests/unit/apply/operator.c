/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "operator.h"
#include "../test.h"
#include <string.h>
#include <sys/mman.h>

static const char adapter[] =
	"apiVersion: hkctl.dev/v1alpha1\nkind: NetworkApiAdapter\nmetadata: {name: t}\nspec:\n"
	"  limits: {tries: 3}\n"
	"  inputs: {profile: {description: p}}\n"
	"  actions:\n"
	"    request: {method: POST, path: /things, needs: [profile], body: {profile: {$in: profile}}, ok: [201], id: {from: /id}, state: &state {from: /state, pending: [WAIT], active: [GOOD],"
	" ended: [END], failed: [BAD]}, wait: {every: 2s, atMost: 30s}, undo: release}\n"
	"    status: {method: GET, path: \"/things/{id}\", needs: [id], state: *state}\n"
	"    release: {method: DELETE, path: \"/things/{id}\", needs: [id], ok: [204]}\n";
static const char find[] = "    find: {method: GET, path: /things, each: [\"\"], id: {from: /id}, match: {/profile: {$in: profile}}, state: *state}\n";

static const char *const words[] = { "END", "WAIT", "GOOD", "BAD", "END" };

struct operator *operator_new(uint64_t seed)
{
	struct operator *op = mmap(NULL, sizeof *op, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(op, MAP_FAILED);
	hk_rng_seed(&op->rng, seed);
	op->kill_in = op->interrupt_in = -1;
	op->now_us = 1000000;
	return op;
}

void operator_free(struct operator *op)
{
	munmap(op, sizeof *op);
}

static void kill_point(struct operator *op)
{
	if (op->kill_in >= 0 && op->kill_in-- == 0)
		_exit(99);
}

size_t operator_count(const struct operator *op, const char *profile)
{
	size_t n = 0;
	for (size_t i = 0; i < op->used; i++)
		n += (op->things[i].state == OPERATOR_PENDING || op->things[i].state == OPERATOR_ACTIVE) &&
		    (!profile || strcmp(op->things[i].profile, profile) == 0);
	return n;
}

size_t operator_add(struct operator *op, const char *profile, int state)
{
	struct operator_thing *thing = &op->things[op->used];
	assert_true(op->used < OPERATOR_THINGS);
	thing->state = state;
	thing->asked = 0;
	snprintf(thing->profile, sizeof thing->profile, "%s", profile);
	return op->used++;
}

static void show(const struct operator *op, size_t i, struct hk_buf *body)
{
	hk_buf_addf(body, "{\"id\":\"t%zu\",\"profile\":\"%s\",\"state\":\"%s\"}", i, op->things[i].profile, words[op->things[i].state]);
}

static void create(struct operator *op, struct hk_str body, struct hk_http_reply *reply)
{
	char profile[16] = "";
	const char *at = body.n ? strstr(body.s, "\"profile\":\"") : NULL;
	assert_non_null(at);
	snprintf(profile, sizeof profile, "%.*s", (int)strcspn(at + 11, "\""), at + 11);
	if (op->refuse) {
		reply->status = 403;
		return;
	}
	reply->status = 201;
	show(op, operator_add(op, profile, hk_rng_unit(&op->rng) < op->fault_rate ? OPERATOR_FAILED : OPERATOR_PENDING), &reply->body);
}

static void list(const struct operator *op, struct hk_http_reply *reply)
{
	size_t n = 0;
	reply->status = 200;
	hk_buf_addch(&reply->body, '[');
	for (size_t i = 0; i < op->used; i++) {
		if (op->things[i].state == OPERATOR_FREE)
			continue;
		hk_buf_addstr(&reply->body, n++ ? "," : "");
		show(op, i, &reply->body);
	}
	hk_buf_addch(&reply->body, ']');
}

/* A state moves on with every second question. */
static void carry_out(struct operator *op, const struct hk_http_request *request, struct hk_http_reply *reply)
{
	const char *slash = strstr(request->url, "/things/");
	size_t i = slash ? (size_t)strtoul(slash + 9, NULL, 10) : 0;
	struct operator_thing *thing = slash && i < op->used ? &op->things[i] : NULL;
	if (strcmp(request->method, "POST") == 0)
		create(op, request->body, reply);
	else if (!slash)
		list(op, reply);
	else if (!thing || thing->state == OPERATOR_FREE)
		reply->status = 404;
	else if (strcmp(request->method, "DELETE") == 0) {
		thing->state = hk_rng_below(&op->rng, 2) ? OPERATOR_FREE : OPERATOR_ENDING;
		thing->asked = 0;
		reply->status = 204;
	} else {
		if (++thing->asked % 2 == 0)
			thing->state = thing->state == OPERATOR_PENDING ? OPERATOR_ACTIVE : thing->state == OPERATOR_ENDING ? OPERATOR_FREE : thing->state;
		reply->status = thing->state == OPERATOR_FREE ? 404 : 200;
		if (reply->status == 200)
			show(op, i, &reply->body);
	}
}

static int lose(struct hk_http_reply *reply, enum hk_http_fate *fate, struct hk_err *err)
{
	hk_http_reply_release(reply);
	*fate = HK_HTTP_MAYBE_SENT;
	return hk_err_set(err, HK_UNREACHABLE, "the connection broke");
}

static int exchange(void *closure, const struct hk_http_request *request, struct hk_http_reply *reply, enum hk_http_fate *fate, struct hk_err *err)
{
	struct operator *op = closure;
	uint64_t fault = hk_rng_unit(&op->rng) < op->fault_rate ? 1 + hk_rng_below(&op->rng, 6) : 0;
	kill_point(op);
	op->requests++;
	*fate = HK_HTTP_NOT_SENT;
	if (op->interrupt_in >= 0 && op->interrupt_in-- == 0)
		op->interrupted = 1;
	if (op->down)
		return hk_err_set(err, HK_UNREACHABLE, "nobody answers");
	if (fault == 1)
		return lose(reply, fate, err);
	if (fault == 2) {
		reply->status = 503;
		return 0;
	}
	carry_out(op, request, reply);
	kill_point(op);
	if (fault == 3)
		return lose(reply, fate, err);
	if (fault == 4) {
		hk_http_reply_release(reply);
		reply->status = 500;
	}
	if (fault == 5 && reply->body.len > 3)
		reply->body.s[reply->body.len -= 3] = '\0';
	return 0;
}

static int64_t now_us(void *closure)
{
	return ((struct operator *)closure)->now_us;
}

static int sleep_us(void *closure, int64_t us)
{
	struct operator *op = closure;
	kill_point(op);
	op->now_us += us;
	return 0;
}

static int no_header(void *closure, bool renew, const char **value, struct hk_err *err)
{
	(void)closure, (void)renew, (void)err;
	*value = NULL;
	return 0;
}

static int open_api(void *closure, const struct hk_session *session, bool heedless, struct hk_api **api, struct hk_err *err)
{
	struct operator_session *s = closure;
	(void)session, (void)heedless, (void)err;
	s->api.deadline_us = s->op->now_us + 100000000;
	*api = &s->api;
	return 0;
}

static int64_t journal_time(void *closure)
{
	return 1769860800 + ((struct operator *)closure)->now_us / 1000000;
}

static ssize_t journal_write(void *closure, int fd, const void *bytes, size_t n)
{
	kill_point(closure);
	return write(fd, bytes, n);
}

static int journal_sync(void *closure, int fd)
{
	(void)fd;
	kill_point(closure);
	return 0;
}

void operator_session_open(struct operator_session *s, struct operator *op, bool can_find)
{
	static const char *const values[OPERATOR_WANTED] = { "profile=p0", "profile=p1", "profile=p2" }, *const names[OPERATOR_WANTED] = { "s0", "s1", "s2" };
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	*s = (struct operator_session){ .op = op };
	hk_buf_addf(&text, "%s%s", adapter, can_find ? find : "");
	assert_int_equal(hk_workspace_add_text(&s->workspace, "a.yaml", (struct hk_str){ text.s, text.len }, false, &s->diags, &err), 0);
	assert_int_equal(s->diags.errors, 0);
	hk_api_adapter_open(&s->adapter, &s->workspace.documents[0]->doc);
	s->http = (struct hk_http){ exchange, NULL, op };
	s->api = (struct hk_api){ .name = "op", .base_url = "https://op.example", .adapter = &s->adapter, .http = &s->http, .auth = { no_header, NULL },
				  .clock = { now_us, sleep_us, op },
				  .timeout_us = 30000000, .correlation = "run" };
	s->io = (struct hk_journal_io){ .now = journal_time, .write = journal_write, .sync = journal_sync, .closure = op };
	s->options = (struct hk_sessions_options){ .open = open_api, .closure = s, .interrupted = &op->interrupted };
	for (size_t i = 0; i < OPERATOR_WANTED; i++) {
		s->values[i][0] = values[i];
		s->list[i] = (struct hk_session){ .name = names[i], .api = "op", .values = s->values[i], .n_values = 1 };
	}
}

void operator_session_close(struct operator_session *s)
{
	hk_journal_close(s->options.journal);
	hk_workspace_release(&s->workspace);
	hk_diags_release(&s->diags);
}
