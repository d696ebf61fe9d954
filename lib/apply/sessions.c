/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Forward: look, request, wait, read again. What goes wrong leads to sessions_back.c. */
#include "apply/sessions_internal.h"
#include "model/sort.h"

const char *const hk_session_state_names[] = { "none", "asked", "created", "active", "there", "released", "unknown" };

void hk_sessions_init(struct hk_sessions *sessions, const struct hk_sessions_options *options, struct hk_session *list, size_t n)
{
	*sessions = (struct hk_sessions){ .options = options, .list = list, .n = n };
	for (size_t i = 0; i < n; i++) {
		list[i].state = HK_SESSION_NONE;
		list[i].err = (struct hk_err)HK_ERR_INIT;
	}
}

void hk_sessions_release(struct hk_sessions *sessions)
{
	for (size_t i = 0; i < sessions->n; i++)
		hk_err_release(&sessions->list[i].err);
	hk_vec_release(&sessions->read);
	hk_arena_release(&sessions->arena);
}

int hk_session_open(struct hk_session_talk *talk, struct hk_sessions *s, struct hk_session *session, bool heedless, struct hk_err *err)
{
	*talk = (struct hk_session_talk){ .sessions = s, .session = session, .result = HK_API_RESULT_INIT };
	if (s->options->open(s->options->closure, session, heedless, &talk->api, err) != 0)
		return -1;
	for (size_t i = 0; i < session->n_values; i++)
		if (hk_api_values_add(&talk->values, talk->api->adapter, session->values[i], &talk->arena, err) != 0)
			return -1;
	if (session->id)
		hk_api_values_set_id(&talk->values, session->id);
	return 0;
}

void hk_session_close(struct hk_session_talk *talk)
{
	hk_api_values_release(&talk->values);
	hk_api_result_release(&talk->result);
	hk_arena_release(&talk->arena);
}

int hk_session_look(struct hk_session_talk *talk, enum hk_api_state *state, struct hk_err *err)
{
	hk_api_result_release(&talk->result);
	talk->result = (struct hk_api_result)HK_API_RESULT_INIT;
	if (!hk_api_action(talk->api->adapter, "status")) {
		*state = HK_API_UNKNOWN;
		return 0;
	}
	if (hk_api_do(talk->api, "status", &talk->values, false, false, &talk->result, err) != 0)
		return -1;
	*state = talk->result.state;
	return 0;
}

int hk_session_recover(struct hk_session_talk *talk, const char **id, struct hk_err *err)
{
	struct hk_session *session = talk->session;
	struct hk_api_list before = HK_API_LIST_INIT;
	int status = 0;
	*id = NULL;
	if (!session->looked || !hk_api_can_find(talk->api)) {
		if (talk->sessions->options->force)
			return 0;
		return hk_err_set(err, HK_UNVERIFIED,
				  "whether the request was carried out cannot be told, since the operator has no list of what there is; ask there for %s, end it if it is there (hkctl api release), "
				  "then say --force to take it for not done",
				  session->correlation ? session->correlation : "it");
	}
	for (size_t i = 0; i < session->n_before; i++)
		hk_vec_push(&before.list, (struct hk_api_found){ session->before[i], HK_API_UNKNOWN, false });
	if (before.list.n)               /* a journal may have been written by anybody */
		hk_sort(before.list.v, before.list.n, sizeof *before.list.v, hk_sort_by_text);
	status = hk_api_recover(talk->api, &talk->values, &before, &talk->result, id, err);
	if (!status && *id) {
		session->id = *id = hk_arena_strdup(&talk->sessions->arena, *id);
		session->state = HK_SESSION_CREATED;
		hk_api_values_set_id(&talk->values, session->id);
	}
	hk_api_list_release(&before);
	return status;
}

/* ---- requesting ---- */

static int on_creating(void *closure, const struct hk_api_list *before, const char *correlation, struct hk_err *err)
{
	struct hk_session_talk *talk = closure;
	struct hk_session *session = talk->session;
	struct hk_arena *arena = &talk->sessions->arena;
	size_t n = before ? before->list.n : 0;
	if (talk->sessions->options->interrupted && *talk->sessions->options->interrupted)
		return hk_err_set(err, HK_INTERRUPTED, "interrupted");
	session->looked = before != NULL;
	session->correlation = hk_arena_strdup(arena, correlation);
	session->before = hk_arena_array(arena, n + 1, sizeof *session->before);
	session->n_before = n;
	for (size_t i = 0; i < n; i++)
		session->before[i] = hk_arena_strdup(arena, before->list.v[i].id);
	if (hk_sessions_record_request(talk->sessions, session, err) != 0)
		return -1;
	session->state = HK_SESSION_ASKED;
	return 0;
}

static int on_created(void *closure, const char *id, struct hk_err *err)
{
	struct hk_session_talk *talk = closure;
	talk->session->id = hk_arena_strdup(&talk->sessions->arena, id);
	talk->session->state = HK_SESSION_CREATED;
	return hk_sessions_record(talk->sessions, "session-created", talk->session, "id", talk->session->id, err);
}

static int request(struct hk_session_talk *talk, struct hk_err *err)
{
	const struct hk_api_watch watch = { on_creating, on_created, talk };
	struct hk_session *session = talk->session;
	session->id = NULL;
	/* Waiting comes when all have been asked for: operators take their time side by side. */
	if (hk_api_request(talk->api, &talk->values, false, false, &watch, &talk->result, err) == 0) {
		session->state = session->id ? HK_SESSION_CREATED : HK_SESSION_UNKNOWN;
		return session->id ? 0 : hk_err_set(err, HK_FAILED, "the adapter does not say where the id of what was created is");
	}
	HK_AUTO_ERR struct hk_err ignored = HK_ERR_INIT;
	if (talk->result.taken_back) {
		session->state = HK_SESSION_RELEASED;
		(void)hk_sessions_record(talk->sessions, "session-released", session, NULL, NULL, &ignored);
	} else if (session->state == HK_SESSION_ASKED && !talk->result.maybe) {
		session->state = HK_SESSION_NONE;
		(void)hk_sessions_record(talk->sessions, "session-refused", session, "why", err->message, &ignored);
	}
	return -1;
}

/* What is there and says all that would be asked for is not asked for a second time. 1: there is. */
static int take_what_is_there(struct hk_session_talk *talk, struct hk_err *err)
{
	struct hk_api_list list = HK_API_LIST_INIT;
	struct hk_session *session = talk->session;
	int status = 0;
	if (!hk_api_can_find(talk->api))
		return 0;
	if (hk_api_find(talk->api, &talk->values, &list, err) != 0) {
		status = err->status == HK_USAGE ? 0 : -1;
		if (!status)
			hk_err_release(err);
	}
	for (size_t i = 0; !status && i < list.list.n; i++) {
		if (list.list.v[i].state != HK_API_ACTIVE || !list.list.v[i].same || session->id)
			continue;
		session->id = hk_arena_strdup(&talk->sessions->arena, list.list.v[i].id);
		status = hk_sessions_record(talk->sessions, "session-there", session, "id", session->id, err) != 0 ? -1 : 1;
		session->state = HK_SESSION_THERE;
	}
	hk_api_list_release(&list);
	return status;
}

static int want(struct hk_session_talk *talk, struct hk_err *err)
{
	talk->session->id = NULL;
	int there = take_what_is_there(talk, err);
	if (there < 0)
		return -1;
	if (!there && request(talk, err) != 0)
		return -1;
	return 0;
}

/* ---- one session, from wherever it is ---- */

/* Of one that has an id: 0 it is active or may become so, 1 it is gone, -1. */
static int still_there(struct hk_session_talk *talk, struct hk_err *err)
{
	enum hk_api_state state;
	if (hk_session_look(talk, &state, err) != 0)
		return -1;
	if (state == HK_API_ACTIVE || state == HK_API_PENDING || state == HK_API_UNKNOWN)
		return 0;
	/* What failed or ended may stand in the way of a new one for a while. */
	if (!talk->result.absent && talk->session->state != HK_SESSION_THERE && hk_session_undo(talk, err) != 0)
		return -1;
	talk->session->state = HK_SESSION_NONE;
	talk->session->id = NULL;
	return 1;
}

static int bring(struct hk_session_talk *talk, struct hk_err *err)
{
	struct hk_session *session = talk->session;
	const char *id;
	int gone = 1;
	if (session->state == HK_SESSION_ASKED) {
		if (hk_session_recover(talk, &id, err) != 0)
			return -1;
		if (id && hk_sessions_record(talk->sessions, "session-created", session, "id", id, err) != 0)
			return -1;
	}
	if (session->id && (session->state == HK_SESSION_CREATED || session->state == HK_SESSION_ACTIVE || session->state == HK_SESSION_THERE))
		gone = still_there(talk, err);
	return gone > 0 ? want(talk, err) : gone;
}

static int await(struct hk_session_talk *talk, struct hk_err *err)
{
	struct hk_session *session = talk->session;
	enum hk_api_state state;
	if (session->state != HK_SESSION_CREATED)
		return 0;
	if (hk_session_look(talk, &state, err) != 0)
		return -1;
	talk->result.id = session->id;
	if (state != HK_API_UNKNOWN && hk_api_await(talk->api, &talk->values, &talk->result, err) != 0)
		return -1;
	session->state = HK_SESSION_ACTIVE;
	return hk_sessions_record(talk->sessions, "session-active", session, "id", session->id, err);
}

static int verify(struct hk_session_talk *talk, struct hk_err *err)
{
	enum hk_api_state state;
	if (hk_session_look(talk, &state, err) != 0)
		return -1;
	if (state == HK_API_ACTIVE || state == HK_API_UNKNOWN)
		return 0;
	return hk_err_set(err, HK_UNVERIFIED, "'%s' was active, and is %s now", talk->session->id,
			  talk->result.absent ? "not there any more" : hk_api_state_names[state]);
}

static int each(struct hk_sessions *s, struct hk_session *session, int (*act)(struct hk_session_talk *talk, struct hk_err *err), const char *what,
		struct hk_err *err)
{
	struct hk_session_talk talk;
	int status;
	if (s->options->interrupted && *s->options->interrupted)
		return hk_err_set(err, HK_INTERRUPTED, "interrupted");
	if (s->options->progress)
		s->options->progress(s->options->closure, session, what);
	status = hk_session_open(&talk, s, session, false, err);
	if (!status)
		status = act(&talk, err);
	hk_session_close(&talk);
	if (!status)
		return 0;
	if (session->err.status == HK_OK)
		hk_err_set(&session->err, err->status, "%s", err->message);
	return hk_err_wrap(err, "session '%s'", session->name);
}

static int all(struct hk_sessions *s, struct hk_err *err)
{
	for (size_t i = 0; i < s->n; i++) {
		hk_err_release(&s->list[i].err);
		if (each(s, &s->list[i], bring, "request", err) != 0)
			return -1;
	}
	for (size_t i = 0; i < s->n; i++)
		if (each(s, &s->list[i], await, "wait", err) != 0)
			return -1;
	for (size_t i = 0; i < s->n; i++)
		if (each(s, &s->list[i], verify, "verify", err) != 0)
			return -1;
	return hk_sessions_record(s, "sessions-end", NULL, "verdict", hk_verdict_names[HK_VERDICT_NEW], err);
}

int hk_sessions_check(struct hk_sessions *sessions, bool heedless, struct hk_err *err)
{
	for (size_t i = 0; i < sessions->n; i++) {
		struct hk_session_talk talk;
		const char *token;
		int status = hk_session_open(&talk, sessions, &sessions->list[i], heedless, err);
		if (!status)
			status = talk.api->auth.header(talk.api->auth.closure, false, &token, err);
		if (!status)
			status = hk_api_values_complete(&talk.values, talk.api->adapter, "request", err);
		hk_session_close(&talk);
		if (status)
			return hk_err_wrap(err, "session '%s'", sessions->list[i].name);
	}
	return 0;
}

int hk_sessions_forward(struct hk_sessions *sessions, struct hk_err *err)
{
	HK_AUTO_ERR struct hk_err problem = HK_ERR_INIT;
	if (!sessions->n || (sessions->finished && sessions->verdict == HK_VERDICT_NEW)) {
		sessions->verdict = HK_VERDICT_NEW;
		return 0;
	}
	if (sessions->back && !sessions->finished && hk_sessions_back(sessions, "the way back was cut off", err) != 0)
		return -1;
	sessions->begun = true;
	sessions->finished = false;
	if (all(sessions, err) == 0) {
		sessions->verdict = HK_VERDICT_NEW;
		sessions->finished = true;
		return 0;
	}
	if (hk_sessions_back(sessions, err->message, &problem) != 0)
		hk_err_set(err, err->status, "%s; going back: %s", hk_arena_strdup(&sessions->arena, err->message), problem.message);
	return -1;
}
