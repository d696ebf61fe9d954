/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What sessions write into the journal, and read from it. `device` is the name of the session.
 *
 *   session           api, values: JSON list      one for each, before the transaction begins
 *   session-request   correlation, before: JSON list of ids, where it can be told
 *   session-there     id                           it was there before
 *   session-refused   why                          nothing came of the request
 *   session-created   id
 *   session-active    id
 *   sessions-back     why                          from here the way is back
 *   session-release   id
 *   session-released
 *   sessions-end      verdict
 */
#include "apply/sessions_internal.h"
#include "out/ser.h"
#include "yaml/doc.h"

static void list_text(const char *const *texts, size_t n, struct hk_buf *out)
{
	HK_AUTO_ERR struct hk_err ignored = HK_ERR_INIT;
	struct hk_ser *ser = hk_ser_open(HK_SER_JSON_COMPACT, out);
	hk_ser_seq(ser);
	for (size_t i = 0; i < n; i++)
		hk_ser_str(ser, texts[i]);
	hk_ser_end(ser);
	(void)hk_ser_close(ser, &ignored);
	while (out->len && out->s[out->len - 1] == '\n')
		out->s[--out->len] = '\0';
}

int hk_sessions_record(struct hk_sessions *s, const char *event, const struct hk_session *session, const char *key, const char *text, struct hk_err *err)
{
	const struct hk_journal_field field = { key, text };
	if (hk_journal_append(s->options->journal, event, session ? session->name : NULL, &field, key && text ? 1 : 0, err) == 0)
		return 0;
	s->journal_lost = true;
	return -1;
}

int hk_sessions_record_request(struct hk_sessions *s, const struct hk_session *session, struct hk_err *err)
{
	HK_AUTO_BUF struct hk_buf before = HK_BUF_INIT;
	list_text(session->before, session->n_before, &before);
	const struct hk_journal_field fields[] = { { "correlation", session->correlation }, { "before", before.s } };
	if (hk_journal_append(s->options->journal, "session-request", session->name, fields, session->looked ? 2 : 1, err) == 0)
		return 0;
	s->journal_lost = true;
	return -1;
}

int hk_sessions_announce(struct hk_sessions *sessions, struct hk_err *err)
{
	for (size_t i = 0; i < sessions->n; i++) {
		const struct hk_session *session = &sessions->list[i];
		HK_AUTO_BUF struct hk_buf values = HK_BUF_INIT;
		list_text(session->values, session->n_values, &values);
		const struct hk_journal_field fields[] = { { "api", session->api }, { "values", values.s } };
		if (hk_journal_prepare(sessions->options->journal, "session", session->name, fields, HK_COUNT(fields), err) != 0)
			return -1;
	}
	return 0;
}

/* ---- reading ---- */

/* A JSON list of texts; false when it is none. */
static bool read_list(struct hk_arena *arena, const char *text, const char ***texts, size_t *n)
{
	struct hk_source source = { 0 };
	struct hk_diags diags = HK_DIAGS_INIT;
	struct hk_doc doc = { 0 };
	bool good;
	*n = 0;
	hk_source_from_text(&source, "list", text, strlen(text));
	good = hk_yaml_read_one(&source, true, &doc, &diags) == 0 && doc.root->kind == HK_SEQUENCE;
	if (good)
		*texts = hk_arena_array(arena, doc.root->count + 1, sizeof **texts);
	hk_for_each_item(item, good ? doc.root : NULL) {
		good = good && item->kind == HK_SCALAR;
		(*texts)[(*n)++] = item->kind == HK_SCALAR ? hk_arena_slicedup(arena, item->text) : "";
	}
	hk_doc_release(&doc);
	hk_diags_release(&diags);
	hk_source_release(&source);
	return good;
}

static struct hk_session *named(struct hk_sessions *s, const char *name)
{
	for (size_t i = 0; i < s->read.n; i++)
		if (strcmp(s->read.v[i].name, name) == 0)
			return &s->read.v[i];
	return NULL;
}

static bool read_session(struct hk_sessions *s, const struct hk_journal_record *record)
{
	const char *values = hk_journal_text(record, "values"), **list = NULL;
	struct hk_session session = { .name = record->device, .api = hk_journal_text(record, "api"), .err = HK_ERR_INIT };
	if (!session.api || !values || !*session.name || named(s, session.name) || !read_list(&s->arena, values, &list, &session.n_values))
		return false;
	session.values = list;
	hk_vec_push(&s->read, session);
	return true;
}

static bool read_request(struct hk_sessions *s, struct hk_session *session, const struct hk_journal_record *record)
{
	const char *before = hk_journal_text(record, "before");
	session->state = HK_SESSION_ASKED;
	session->id = NULL;
	session->correlation = hk_journal_text(record, "correlation");
	session->looked = before != NULL;
	s->begun = true;
	s->finished = s->back = false;
	return !before || read_list(&s->arena, before, &session->before, &session->n_before);
}

static enum hk_verdict verdict_named(const char *name)
{
	for (int v = HK_VERDICT_OLD; name && v <= HK_VERDICT_NEW; v++)
		if (strcmp(name, hk_verdict_names[v]) == 0)
			return (enum hk_verdict)v;
	return HK_VERDICT_UNKNOWN;
}

static bool take_state(struct hk_sessions *s, struct hk_session *session, const struct hk_journal_record *record)
{
	static const struct { const char *event; enum hk_session_state state; } states[] = { { "session-there", HK_SESSION_THERE },
											     { "session-refused", HK_SESSION_NONE },
											     { "session-created", HK_SESSION_CREATED },
		{ "session-active", HK_SESSION_ACTIVE }, { "session-release", HK_SESSION_CREATED }, { "session-released", HK_SESSION_RELEASED } };
	const char *id = hk_journal_text(record, "id");
	for (size_t i = 0; i < HK_COUNT(states); i++) {
		if (strcmp(record->event, states[i].event) != 0)
			continue;
		s->begun = true;
		s->finished = false;
		session->state = states[i].state;
		session->id = session->state == HK_SESSION_NONE || session->state == HK_SESSION_RELEASED ? NULL : id ? id : session->id;
		return session->state == HK_SESSION_NONE || session->state == HK_SESSION_RELEASED || session->id;
	}
	return true;
}

/* All is as before: whatever was between is over. */
static void forget(struct hk_sessions *s)
{
	for (size_t i = 0; i < s->read.n; i++) {
		s->read.v[i].state = HK_SESSION_NONE;
		s->read.v[i].id = NULL;
	}
}

static bool take_record(struct hk_sessions *s, const struct hk_journal_record *record)
{
	struct hk_session *session;
	if (strcmp(record->event, "session") == 0)
		return read_session(s, record);
	if (strcmp(record->event, "sessions-back") == 0) {
		s->begun = s->back = true;
		s->finished = false;
	} else if (strcmp(record->event, "sessions-end") == 0) {
		s->begun = s->finished = true;
		s->verdict = verdict_named(hk_journal_text(record, "verdict"));
		if (s->verdict == HK_VERDICT_OLD)
			forget(s);
	} else if (strncmp(record->event, "session-", 8) == 0) {
		session = named(s, record->device);
		if (!session)
			return false;
		return strcmp(record->event, "session-request") == 0 ? read_request(s, session, record) : take_state(s, session, record);
	}
	return true;
}

int hk_sessions_read(struct hk_sessions *sessions, const struct hk_sessions_options *options, struct hk_err *err)
{
	size_t n;
	const struct hk_journal_record *records = hk_journal_records(options->journal, &n);
	*sessions = (struct hk_sessions){ .options = options, .verdict = HK_VERDICT_OLD };
	for (size_t i = 0; i < n; i++)
		if (!take_record(sessions, &records[i]))
			return hk_err_set(err, HK_INVALID, "the journal's record %llu ('%s') is not one of hkctl", (unsigned long long)records[i].number,
					  records[i].event);
	sessions->list = sessions->read.v;
	sessions->n = sessions->read.n;
	if (sessions->begun && !sessions->finished)
		sessions->verdict = HK_VERDICT_UNKNOWN;
	return 0;
}

bool hk_sessions_settled(const struct hk_sessions *sessions)
{
	return !sessions->begun || (sessions->finished && sessions->verdict != HK_VERDICT_UNKNOWN);
}
