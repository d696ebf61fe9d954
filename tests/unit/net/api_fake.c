/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "api_fake.h"
#include "../test.h"

static void add_headers(struct hk_http_headers *headers, const char *text)
{
	struct hk_str rest = hk_str_of(text);
	while (rest.n) {
		struct hk_str line = hk_str_cut(&rest, '\n'), name = hk_str_cut(&line, ':');
		hk_http_headers_add(headers, name, hk_str_trim(line));
	}
}

static int exchange(void *closure, const struct hk_http_request *request, struct hk_http_reply *reply, enum hk_http_fate *fate, struct hk_err *err)
{
	struct fake *fake = closure;
	const struct fake_reply *next = fake->at < fake->n ? &fake->replies[fake->at] : NULL;
	fake->at++;
	hk_buf_addf(&fake->log, "%s %s", request->method, request->url);
	if (fake->note_header)
		hk_buf_addf(&fake->log, " [%s]", hk_http_headers_get(&request->headers, fake->note_header));
	if (request->body.n)
		hk_buf_addf(&fake->log, " %.*s", HK_STR_ARG(request->body));
	hk_buf_addch(&fake->log, '\n');
	*fate = HK_HTTP_NOT_SENT;
	if (!next)
		return hk_err_set(err, HK_FAILED, "the script has no reply for %s %s", request->method, request->url);
	if (!next->status) {
		*fate = next->fate;
		return hk_err_set(err, HK_UNREACHABLE, "the connection broke");
	}
	reply->status = next->status;
	add_headers(&reply->headers, next->headers);
	hk_buf_addstr(&reply->body, next->body ? next->body : "");
	return 0;
}

static int64_t now_us(void *closure)
{
	return ((struct fake *)closure)->now_us;
}

static int sleep_us(void *closure, int64_t us)
{
	struct fake *fake = closure;
	fake->now_us += us;
	fake->slept_us += us;
	return fake->interrupt_after >= 0 && fake->interrupt_after-- == 0;
}

static int header(void *closure, bool renew, const char **value, struct hk_err *err)
{
	struct fake *fake = closure;
	(void)err;
	fake->tokens += renew;
	*value = "Bearer correct-horse-battery-staple";
	return 0;
}

struct hk_http fake_http(struct fake *fake)
{
	return (struct hk_http){ exchange, NULL, fake };
}

struct hk_api_clock fake_clock(struct fake *fake)
{
	return (struct hk_api_clock){ now_us, sleep_us, fake };
}

void fake_open(struct fake *fake, const char *adapter, const struct fake_reply *replies, size_t n)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	*fake = (struct fake){ .replies = replies, .n = n, .log = HK_BUF_INIT, .diags = HK_DIAGS_INIT, .secrets = HK_SECRETS_INIT, .interrupt_after = -1,
			       .now_us = 1000000 };
	if (adapter) {
		assert_int_equal(hk_workspace_add_text(&fake->workspace, "adapter.yaml", hk_str_of(adapter), false, &fake->diags, &err), 0);
		for (size_t i = 0; i < fake->diags.list.n; i++)
			print_message("# %s\n", fake->diags.list.v[i].summary);
		assert_int_equal(fake->diags.errors, 0);
		assert_int_equal(fake->workspace.n_documents, 1);
		hk_api_adapter_open(&fake->adapter, &fake->workspace.documents[0]->doc);
	}
	fake->http = fake_http(fake);
	hk_secrets_add(&fake->secrets, HK_STR("correct-horse-battery-staple"));
	fake->api = (struct hk_api){ .name = "op", .base_url = "https://op.example/v1", .adapter = &fake->adapter, .http = &fake->http,
				     .auth = { header, fake }, .clock = fake_clock(fake),
				     .timeout_us = 30000000, .deadline_us = 300000000, .correlation = "run", .secrets = &fake->secrets };
}

void fake_close(struct fake *fake)
{
	hk_api_values_release(&fake->values);
	hk_workspace_release(&fake->workspace);
	hk_diags_release(&fake->diags);
	hk_secrets_release(&fake->secrets);
	hk_arena_release(&fake->arena);
	hk_buf_release(&fake->log);
}

void fake_value(struct fake *fake, const char *assignment)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	if (hk_api_values_add(&fake->values, &fake->adapter, assignment, &fake->arena, &err))
		fail_msg("%s: %s", assignment, err.message);
}

int fake_do(struct fake *fake, const char *action, struct hk_api_result *result, struct hk_err *err)
{
	return hk_api_do(&fake->api, action, &fake->values, true, false, result, err) ? (int)err->status : HK_OK;
}
