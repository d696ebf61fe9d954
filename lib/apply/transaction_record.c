/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a transaction writes into its journal, and reads from it.
 *
 *   device    changes: JSON text, digest           one for each device, valid with the `begin` that follows
 *   begin     title, token, confirm, devices; expires, offer where something cannot always be bought
 *   step      step: read|lock|apply|verify|measure|extend, first, count
 *   decide                                         from here the way is forward
 *   back      why                                  from here the way is back
 *   state     state, why, fate                     of each device at the end
 *   end       verdict
 *   again     token                                a resume starts from the beginning
 *   rollback                                       asked for by a person
 */
#include "apply/transaction_internal.h"
#include "base/time.h"
#include "out/ser.h"
#include "yaml/doc.h"

static void changes_text(const struct hk_part *part, struct hk_buf *out)
{
	HK_AUTO_ERR struct hk_err ignored = HK_ERR_INIT;
	struct hk_ser *ser = hk_ser_open(HK_SER_JSON_COMPACT, out);

	hk_ser_seq(ser);
	for (size_t i = 0; i < part->n_changes; i++) {
		hk_ser_map(ser);
		hk_ser_kstr(ser, "object", part->changes[i].object);
		hk_ser_kstr(ser, "from", part->changes[i].from);
		hk_ser_kstr(ser, "to", part->changes[i].to);
		hk_ser_kstr(ser, "why", part->changes[i].why);
		hk_ser_end(ser);
	}
	hk_ser_end(ser);
	hk_ser_close(ser, &ignored);
}

int hk_record_begin(struct hk_transaction *t, struct hk_err *err)
{
	HK_AUTO_BUF struct hk_buf confirm = HK_BUF_INIT, count = HK_BUF_INIT, expires = HK_BUF_INIT;

	for (size_t i = 0; i < t->n_parts; i++) {
		HK_AUTO_BUF struct hk_buf changes = HK_BUF_INIT;

		changes_text(&t->parts[i], &changes);
		const struct hk_journal_field fields[] = { { "changes", changes.s }, { "digest", t->parts[i].digest } };
		if (hk_journal_prepare(t->options->journal, "device", t->parts[i].name, fields, HK_COUNT(fields), err) != 0)
			return -1;
	}
	hk_buf_addf(&confirm, "%u", t->options->confirm_s);
	hk_buf_addf(&count, "%zu", t->n_parts);
	if (t->expires > 0)
		hk_time_print(t->expires, &expires);
	const struct hk_journal_field fields[] = { { "title", t->options->title }, { "token", t->token }, { "confirm", confirm.s }, { "devices", count.s },
						   { "expires", expires.len ? expires.s : NULL }, { "offer", expires.len ? t->offer : NULL } };
	return hk_journal_append(t->options->journal, "begin", NULL, fields, HK_COUNT(fields), err);
}

int hk_record_step(struct hk_transaction *t, const struct hk_step *step, struct hk_err *err)
{
	HK_AUTO_BUF struct hk_buf first = HK_BUF_INIT, count = HK_BUF_INIT;

	hk_buf_addf(&first, "%zu", step->first);
	hk_buf_addf(&count, "%zu", step->count);
	const struct hk_journal_field fields[] = { { "step", hk_stage_names[step->stage] }, { "first", first.s }, { "count", count.s } };
	return hk_journal_append(t->options->journal, "step", NULL, fields, HK_COUNT(fields), err);
}

int hk_record(struct hk_transaction *t, const char *event, const char *key, const char *text, struct hk_err *err)
{
	const struct hk_journal_field field = { key, text };

	return hk_journal_append(t->options->journal, event, NULL, &field, key ? 1 : 0, err);
}

void hk_record_states(struct hk_transaction *t)
{
	for (size_t i = 0; i < t->n_parts; i++) {
		HK_AUTO_ERR struct hk_err ignored = HK_ERR_INIT;
		const struct hk_journal_field fields[] = { { "state", hk_device_state_names[t->parts[i].state] }, { "why", t->parts[i].err.message },
							   { "fate", t->parts[i].fate } };

		hk_journal_prepare(t->options->journal, "state", t->parts[i].name, fields, HK_COUNT(fields), &ignored);
	}
}

void hk_record_end(struct hk_transaction *t)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;

	/* Without this record a later process reads the devices again and finds what we know now. */
	if (hk_record(t, "end", "verdict", hk_verdict_names[t->verdict], &err) != 0)
		t->journal_lost = true;
	t->finished = true;
}

/* ---- reading ---- */

static const char *text_at(struct hk_arena *arena, const struct hk_node *mapping, const char *key)
{
	const char *text = hk_node_string(hk_node_get(mapping, key));

	return text ? hk_arena_strdup(arena, text) : NULL;
}

static bool read_changes(struct hk_arena *arena, const char *text, struct hk_part *part)
{
	struct hk_source source = { 0 };
	struct hk_diags diags = { 0 };
	struct hk_doc doc = { 0 };
	struct hk_change *changes = NULL;
	bool good;

	hk_source_from_text(&source, "changes", text, strlen(text));
	good = hk_yaml_read_one(&source, true, &doc, &diags) == 0 && doc.root->kind == HK_SEQUENCE;
	if (good)
		changes = hk_arena_array(arena, doc.root->count + 1, sizeof *changes);
	hk_for_each_item(item, good ? doc.root : NULL) {
		struct hk_change *c = &changes[part->n_changes++];

		*c = (struct hk_change){ text_at(arena, item, "object"), text_at(arena, item, "from"), text_at(arena, item, "to"),
					 text_at(arena, item, "why") };
		good = good && c->object;
	}
	part->changes = changes;
	hk_doc_release(&doc);
	hk_diags_release(&diags);
	hk_source_release(&source);
	return good;
}

static bool read_device(struct hk_transaction *t, const struct hk_journal_record *record)
{
	struct hk_part *part = hk_vec_add(&t->read);
	const char *changes = hk_journal_text(record, "changes");

	part->name = record->device;
	part->digest = hk_journal_text(record, "digest");
	part->state = HK_DEVICE_UNKNOWN;
	part->err = (struct hk_err)HK_ERR_INIT;
	return changes && *part->name && read_changes(&t->arena, changes, part);
}

static bool take_token(struct hk_transaction *t, const struct hk_journal_record *record)
{
	const char *token = hk_journal_text(record, "token");

	if (!token || strlen(token) != sizeof t->token - 1 || strspn(token, "0123456789abcdef") != sizeof t->token - 1)
		return false;
	memcpy(t->token, token, sizeof t->token);
	return true;
}

static enum hk_verdict verdict_named(const char *name)
{
	for (int v = HK_VERDICT_OLD; name && v <= HK_VERDICT_NEW; v++)
		if (strcmp(name, hk_verdict_names[v]) == 0)
			return (enum hk_verdict)v;
	return HK_VERDICT_UNKNOWN;
}

static void take_state(struct hk_transaction *t, const struct hk_journal_record *record)
{
	const char *state = hk_journal_text(record, "state");

	for (size_t i = 0; i < t->read.n; i++)
		for (int s = HK_DEVICE_OLD; state && s <= HK_DEVICE_UNKNOWN; s++)
			if (strcmp(t->read.v[i].name, record->device) == 0 && strcmp(state, hk_device_state_names[s]) == 0)
				t->read.v[i].state = (enum hk_device_state)s;
}

static void take_begin(struct hk_transaction *t, const struct hk_journal_record *record)
{
	const char *expires = hk_journal_text(record, "expires");

	t->title = hk_journal_text(record, "title");
	t->offer = hk_journal_text(record, "offer");
	if (!expires || !hk_time_parse_moment(hk_str_of(expires), &t->expires))
		t->expires = 0;
}

static bool take_record(struct hk_transaction *t, const struct hk_journal_record *record, bool *begun)
{
	const char *event = record->event;

	if (strcmp(event, "device") == 0)
		return !*begun && read_device(t, record);
	if (strcmp(event, "begin") == 0 || strcmp(event, "again") == 0) {
		*begun = true;
		t->decided = t->finished = t->rolled_back = t->confirmed = false;
		if (strcmp(event, "begin") == 0)
			take_begin(t, record);
		return take_token(t, record);
	}
	if (strcmp(event, "decide") == 0)
		t->decided = t->confirmed = true;
	else if (strcmp(event, "back") == 0)
		t->decided = false;
	else if (strcmp(event, "rollback") == 0) {
		t->rolled_back = true;
		t->decided = t->finished = false;
	} else if (strcmp(event, "state") == 0)
		take_state(t, record);
	else if (strcmp(event, "end") == 0) {
		t->finished = true;
		t->verdict = verdict_named(hk_journal_text(record, "verdict"));
	}
	return true;
}

int hk_transaction_read(struct hk_transaction *transaction, const struct hk_transaction_options *options, struct hk_err *err)
{
	const struct hk_journal_record *records;
	bool begun = false;
	size_t n;

	*transaction = (struct hk_transaction){ .options = options, .verdict = HK_VERDICT_UNKNOWN };
	records = hk_journal_records(options->journal, &n);
	for (size_t i = 0; i < n; i++)
		if (!take_record(transaction, &records[i], &begun))
			return hk_err_set(err, HK_INVALID, "the journal's record %llu ('%s') is not one of hkctl", (unsigned long long)records[i].number,
					  records[i].event);
	if (!begun)
		return hk_err_set(err, HK_INVALID, "the journal ends before anything was begun: nothing was changed; remove it and apply again");
	transaction->parts = transaction->read.v;
	transaction->n_parts = transaction->read.n;
	return 0;
}
