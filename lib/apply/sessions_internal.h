/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Between sessions.c (forward), sessions_back.c (back) and sessions_record.c (what the journal holds). */
#ifndef HK_APPLY_SESSIONS_INTERNAL_H
#define HK_APPLY_SESSIONS_INTERNAL_H

#include "apply/sessions.h"

/* One session while it is talked about with its operator. */
struct hk_session_talk {
	struct hk_sessions *sessions;
	struct hk_session *session;
	struct hk_api *api;
	struct hk_api_values values;
	struct hk_api_result result;
	struct hk_arena arena;
};
/* Close in any case. */
int hk_session_open(struct hk_session_talk *talk, struct hk_sessions *sessions, struct hk_session *session, bool heedless, struct hk_err *err);
void hk_session_close(struct hk_session_talk *talk);
/* How it is now; HK_API_UNKNOWN when the adapter cannot ask. result.absent: there is none. */
int hk_session_look(struct hk_session_talk *talk, enum hk_api_state *state, struct hk_err *err);
/* What became of a request without a reply: *id, or NULL when nothing did. */
int hk_session_recover(struct hk_session_talk *talk, const char **id, struct hk_err *err);
/* Release what has an id, and see that it is gone. */
int hk_session_undo(struct hk_session_talk *talk, struct hk_err *err);

/* One record; session and key may be NULL. -1: journal_lost is set. */
int hk_sessions_record(struct hk_sessions *sessions, const char *event, const struct hk_session *session, const char *key, const char *text,
		       struct hk_err *err);
int hk_sessions_record_request(struct hk_sessions *sessions, const struct hk_session *session, struct hk_err *err);

#endif
