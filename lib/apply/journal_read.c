/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading journals. Only whole, checked lines are looked into; a last line that is not is torn, any other is damage. */
#include "apply/journal_internal.h"
#include "yaml/doc.h"
#include <stdio.h>

/* `,"check":"` + digits + `"}` */
enum { TAIL = sizeof HK_JOURNAL_CHECK_KEY - 1 + HK_JOURNAL_CHECK + 2 };

void hk_journal_check(const char *before, const char *text, size_t count, char check[HK_JOURNAL_CHECK + 1])
{
	char digits[HK_SHA256_TEXT];
	struct hk_sha256 sha;

	hk_sha256_init(&sha);
	hk_sha256_update(&sha, before, strlen(before));
	hk_sha256_update(&sha, text, count);
	hk_sha256_final(&sha, digits);
	memcpy(check, digits, HK_JOURNAL_CHECK);
	check[HK_JOURNAL_CHECK] = '\0';
}

static bool is_whole(struct hk_str line, const char *before, char check[HK_JOURNAL_CHECK + 1])
{
	size_t body;

	if (line.n <= TAIL || line.n > HK_JOURNAL_LINE_MAX)
		return false;
	body = line.n - TAIL;
	if (memcmp(line.s + body, HK_JOURNAL_CHECK_KEY, sizeof HK_JOURNAL_CHECK_KEY - 1) != 0 || memcmp(line.s + line.n - 2, "\"}", 2) != 0)
		return false;
	hk_journal_check(before, line.s, body, check);
	return memcmp(line.s + line.n - 2 - HK_JOURNAL_CHECK, check, HK_JOURNAL_CHECK) == 0;
}

static bool is_text(const struct hk_node *node)
{
	return node && node->kind == HK_SCALAR && node->style == HK_DOUBLE_QUOTED;
}

static const char *copy_of(struct hk_arena *arena, const struct hk_node *node)
{
	return hk_arena_slicedup(arena, node->text);
}

static bool take_record(const struct hk_node *root, uint64_t number, struct hk_arena *arena, struct hk_journal_record *record)
{
	int64_t stated;

	if (root->kind != HK_MAPPING || root->count < 5 || !hk_node_int(hk_node_get(root, "n"), &stated) || stated < 1 || (uint64_t)stated != number)
		return false;
	record->number = number;
	record->fields = hk_arena_array(arena, root->count, sizeof *record->fields);
	hk_for_each_pair(key, root) {
		const struct hk_node *value = key->next;

		if (hk_str_is(key->text, "n") || hk_str_is(key->text, "check"))
			continue;
		if (!is_text(value))
			return false;
		if (hk_str_is(key->text, "at"))
			record->at = copy_of(arena, value);
		else if (hk_str_is(key->text, "event"))
			record->event = copy_of(arena, value);
		else if (hk_str_is(key->text, "device"))
			record->device = copy_of(arena, value);
		else
			record->fields[record->n_fields++] = (struct hk_journal_field){ copy_of(arena, key), copy_of(arena, value) };
	}
	return record->at && record->event && record->device;
}

static bool read_line(struct hk_str line, uint64_t number, struct hk_arena *arena, struct hk_journal_record *record)
{
	struct hk_source source = { 0 };
	struct hk_diags diags = { 0 };
	struct hk_doc doc = { 0 };
	bool good;

	hk_source_from_text(&source, "journal", line.s, line.n);
	good = hk_yaml_read_one(&source, true, &doc, &diags) == 0 && take_record(doc.root, number, arena, record);
	hk_doc_release(&doc);
	hk_diags_release(&diags);
	hk_source_release(&source);
	return good;
}

static int damaged(const char *name, size_t line, struct hk_err *err)
{
	return hk_err_set(err, HK_INVALID,
			  "'%s' line %zu is damaged: it does not follow from the line before it; restore the journal from a copy, or look at the devices themselves",
			  name, line);
}

/*
 * Can these bytes be what is left of a record that was being written when the power went? They begin as the next record does, or are zeros where a file system
 * had made room and written nothing. A line that is whole in itself and has a wrong check is not torn: somebody changed it. Nor is a text that is no journal at
 * all; it must not be cut off.
 */
static bool may_be_torn(const char *tail, size_t count, size_t number)
{
	char start[48];
	bool zeros = memchr(tail, '\0', count) != NULL;
	size_t n;

	snprintf(start, sizeof start, "{\"n\":%zu,\"at\":\"", number);
	n = strlen(start);
	for (size_t i = 0; i < count && i < n; i++)
		if (tail[i] && tail[i] != start[i])
			return false;
	return zeros || count <= TAIL || memcmp(tail + count - 3, "\"}\n", 3) != 0 ||
	    memcmp(tail + count - 1 - TAIL, HK_JOURNAL_CHECK_KEY, sizeof HK_JOURNAL_CHECK_KEY - 1) != 0;
}

int hk_journal_parse_all(const char *name, const char *text, size_t count, struct hk_arena *arena, struct hk_journal_records *records, size_t *good,
			 char last[HK_JOURNAL_CHECK + 1], struct hk_err *err)
{
	struct hk_journal_record record;

	last[0] = '\0';
	*good = 0;
	while (*good < count) {
		const char *start = text + *good, *end = memchr(start, '\n', count - *good);
		char check[HK_JOURNAL_CHECK + 1];
		struct hk_str line = { start, end ? (size_t)(end - start) : count - *good };

		if (!end || !is_whole(line, last, check)) {
			if ((!end || (size_t)(end - text) + 1 == count) && may_be_torn(start, count - *good, records->list.n + 1))
				return 0;
			if (!records->list.n)
				return hk_err_set(err, HK_INVALID, "'%s' is no journal of hkctl, or its first line is damaged", name);
			return damaged(name, records->list.n + 1, err);
		}
		record = (struct hk_journal_record){ 0 };
		if (!read_line(line, records->list.n + 1, arena, &record))
			return damaged(name, records->list.n + 1, err);
		hk_vec_push(&records->list, record);
		memcpy(last, check, sizeof check);
		*good += line.n + 1;
	}
	return 0;
}

int hk_journal_parse(const char *name, const char *text, size_t count, struct hk_arena *arena, struct hk_journal_record **records, size_t *n, size_t *good,
		     struct hk_err *err)
{
	struct hk_journal_records list = { 0 };
	char last[HK_JOURNAL_CHECK + 1];
	int status = hk_journal_parse_all(name, text, count, arena, &list, good, last, err);

	*n = list.list.n;
	*records = hk_arena_array(arena, *n + 1, sizeof **records);
	if (*n)
		memcpy(*records, list.list.v, *n * sizeof **records);
	hk_vec_release(&list.list);
	return status;
}

const char *hk_journal_text(const struct hk_journal_record *record, const char *key)
{
	for (size_t i = 0; i < record->n_fields; i++)
		if (strcmp(record->fields[i].key, key) == 0)
			return record->fields[i].text;
	return NULL;
}
