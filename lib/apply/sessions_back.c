/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Back: what is ours is released, last first, and asked for until it is gone. */
#include "apply/sessions_internal.h"

#define ATTEMPTS 3
#define LOOKS 10
#define LOOK_US ((int64_t)1000000)

/* "Released" from an operator is no proof: it is gone when it says so of itself. */
static int await_end(struct hk_session_talk *talk, struct hk_err *err)
{
	enum hk_api_state state = HK_API_UNKNOWN;
	for (int look = 0; look < LOOKS; look++) {
		if (look)
			(void)talk->api->clock.sleep_us(talk->api->clock.closure, LOOK_US);
		if (hk_session_look(talk, &state, err) != 0)
			return -1;
		if (state == HK_API_ENDED || state == HK_API_FAILED || state == HK_API_UNKNOWN)
			return 0;
	}
	return hk_err_set(err, HK_UNVERIFIED, "'%s' was released, and is %s all the same", talk->session->id, hk_api_state_names[state]);
}

int hk_session_undo(struct hk_session_talk *talk, struct hk_err *err)
{
	struct hk_session *session = talk->session;
	struct hk_sessions *s = talk->sessions;
	HK_AUTO_ERR struct hk_err ignored = HK_ERR_INIT;
	int64_t wait = LOOK_US;
	int status = -1;
	/* The record may fail, the disk being what failed: going back is right all the same. */
	(void)hk_sessions_record(s, "session-release", session, "id", session->id, &ignored);
	for (int attempt = 0; attempt < ATTEMPTS && status; attempt++, wait *= 2) {
		struct hk_api_result result = HK_API_RESULT_INIT;
		if (attempt)
			(void)talk->api->clock.sleep_us(talk->api->clock.closure, wait);
		hk_err_release(err);
		status = hk_api_do(talk->api, "release", &talk->values, false, false, &result, err);
		if (!status && !result.absent)
			status = await_end(talk, err);
		hk_api_result_release(&result);
	}
	if (status) {
		session->state = HK_SESSION_UNKNOWN;
		return -1;
	}
	session->state = HK_SESSION_RELEASED;
	hk_err_release(&ignored);
	(void)hk_sessions_record(s, "session-released", session, NULL, NULL, &ignored);
	return 0;
}

static int take_back(struct hk_session_talk *talk, struct hk_err *err)
{
	struct hk_session *session = talk->session;
	const char *id = session->id;
	if (session->state == HK_SESSION_ASKED && hk_session_recover(talk, &id, err) != 0)
		return -1;
	if (!id) {
		session->state = HK_SESSION_NONE;
		return 0;
	}
	return hk_session_undo(talk, err);
}

static int back_one(struct hk_sessions *s, struct hk_session *session, struct hk_err *err)
{
	struct hk_session_talk talk;
	HK_AUTO_ERR struct hk_err problem = HK_ERR_INIT;
	if (session->state == HK_SESSION_NONE || session->state == HK_SESSION_THERE || session->state == HK_SESSION_RELEASED)
		return 0;
	if (s->options->progress)
		s->options->progress(s->options->closure, session, "release");
	int status = hk_session_open(&talk, s, session, true, &problem);
	if (!status)
		status = take_back(&talk, &problem);
	hk_session_close(&talk);
	if (!status)
		return 0;
	session->state = HK_SESSION_UNKNOWN;
	if (session->err.status == HK_OK)
		hk_err_set(&session->err, problem.status, "%s", problem.message);
	return hk_err_set(err, problem.status, "session '%s': %s", session->name, problem.message);
}

int hk_sessions_back(struct hk_sessions *sessions, const char *why, struct hk_err *err)
{
	HK_AUTO_ERR struct hk_err ignored = HK_ERR_INIT;
	struct hk_err first = HK_ERR_INIT;
	if (!sessions->begun || (sessions->finished && sessions->verdict == HK_VERDICT_OLD)) {
		sessions->verdict = HK_VERDICT_OLD;
		return 0;
	}
	sessions->back = true;
	sessions->finished = false;
	sessions->verdict = HK_VERDICT_OLD;
	(void)hk_sessions_record(sessions, "sessions-back", NULL, "why", why, &ignored);
	for (size_t i = sessions->n; i-- > 0;) {
		struct hk_err problem = HK_ERR_INIT;
		if (back_one(sessions, &sessions->list[i], &problem) == 0)
			continue;
		sessions->verdict = HK_VERDICT_UNKNOWN;
		if (first.status == HK_OK)
			first = problem;
		else
			hk_err_release(&problem);
	}
	sessions->finished = true;
	hk_err_release(&ignored);
	(void)hk_sessions_record(sessions, "sessions-end", NULL, "verdict", hk_verdict_names[sessions->verdict], &ignored);
	if (first.status == HK_OK)
		return 0;
	*err = first;
	return -1;
}
