/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/diag.h"

#include "base/buf.h"

#include <string.h>

/* Findings quote hostile text: each is bounded, so that a thousand of them stay small. */
#define TEXT_MAX 2000u
#define SOURCE_LINE_MAX 1000u
#define DEFAULT_LIMIT 1000u

static const struct hk_rule rules[] = {
#define HK_RULE(number, severity, name, description) { HK##number, "HK" #number, severity, name, description },
#include "base/rules.def"
#undef HK_RULE
};

static const struct hk_rule no_rule = { HK_RULE_NONE, "HK0000", HK_ERROR, "none", "No rule." };

const struct hk_rule *hk_rule_get(enum hk_rule_id id)
{
	for (size_t i = 0; i < HK_COUNT(rules); i++)
		if (rules[i].id == id)
			return &rules[i];
	return &no_rule;
}

const struct hk_rule *hk_rule_find(const char *code)
{
	for (size_t i = 0; i < HK_COUNT(rules); i++)
		if (strcmp(rules[i].code, code) == 0 || strcmp(rules[i].name, code) == 0)
			return &rules[i];
	return NULL;
}

const struct hk_rule *hk_rule_at(size_t index)
{
	return index < HK_COUNT(rules) ? &rules[index] : NULL;
}

void hk_diags_release(struct hk_diags *diags)
{
	hk_vec_release(&diags->list);
	hk_vec_release(&diags->disabled);
	hk_arena_release(&diags->arena);
	*diags = (struct hk_diags)HK_DIAGS_INIT;
}

void hk_diags_disable(struct hk_diags *diags, enum hk_rule_id rule)
{
	hk_vec_push(&diags->disabled, rule);
}

static bool is_disabled(const struct hk_diags *diags, enum hk_rule_id rule)
{
	for (size_t i = 0; i < diags->disabled.n; i++)
		if (diags->disabled.v[i] == rule)
			return true;
	return false;
}

static const char *keep_text(struct hk_diags *diags, struct hk_str text)
{
	HK_AUTO_BUF struct hk_buf clean = HK_BUF_INIT;
	size_t n = text.n;

	if (n > TEXT_MAX) {
		/* Cut between characters: a continuation byte must not start what is dropped. */
		for (n = TEXT_MAX; n > TEXT_MAX - 3 && ((unsigned char)text.s[n] & 0xC0u) == 0x80u;)
			n--;
	}
	hk_buf_addscrubbed(&clean, (struct hk_str){ text.s, n });
	if (n < text.n)
		hk_buf_addstr(&clean, "...");
	return hk_arena_slicedup(&diags->arena, (struct hk_str){ clean.s, clean.len });
}

static const char *__attribute__((format(printf, 2, 0))) keep_format(struct hk_diags *diags, const char *format, va_list args)
{
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;

	hk_buf_vaddf(&text, format, args);
	return keep_text(diags, (struct hk_str){ text.s, text.len });
}

static struct hk_range keep_range(struct hk_diags *diags, const struct hk_range *range)
{
	struct hk_range kept = { NULL, 0, 0, 0, 0, 0, 0 };

	if (!range)
		return kept;
	kept = *range;
	if (kept.file) {
		size_t n = diags->list.n;
		const char *last = n ? diags->list.v[n - 1].range.file : NULL;

		/* Findings come file by file, so comparing with the one before saves most copies. */
		kept.file = last && strcmp(last, range->file) == 0 ? last : keep_text(diags, hk_str_of(range->file));
	}
	return kept;
}

static void count(struct hk_diags *diags, enum hk_severity severity)
{
	if (severity == HK_ERROR)
		diags->errors++;
	else if (severity == HK_WARNING)
		diags->warnings++;
	else
		diags->notes++;
}

static struct hk_diag *scratch(struct hk_diags *diags, const struct hk_rule *rule)
{
	memset(&diags->scratch, 0, sizeof diags->scratch);
	diags->scratch.rule = rule;
	diags->scratch.severity = rule->severity;
	diags->scratch.summary = "";
	return &diags->scratch;
}

/* Whether a finding of this severity may be kept: when all places are taken, the newest of the least severe findings gives way to a more severe one. */
static bool make_room(struct hk_diags *diags, enum hk_severity severity)
{
	size_t n = diags->list.n;
	enum hk_severity least = diags->kept[HK_NOTE] ? HK_NOTE : HK_WARNING;

	if (n < (diags->limit ? diags->limit : DEFAULT_LIMIT))
		return true;
	if (severity == HK_NOTE || !diags->kept[least] || severity == least)
		return false;
	for (size_t i = n; i-- > 0;) {
		if (diags->list.v[i].severity != least)
			continue;
		memmove(&diags->list.v[i], &diags->list.v[i + 1], (n - i - 1) * sizeof diags->list.v[0]);
		diags->list.n--;
		diags->kept[least]--;
		return true;
	}
	return false;
}

struct hk_diag *hk_diag_add(struct hk_diags *diags, enum hk_rule_id id, const struct hk_range *range, const char *format, ...)
{
	const struct hk_rule *rule = hk_rule_get(id);
	struct hk_range kept;
	struct hk_diag *diag;
	va_list args;

	if (is_disabled(diags, id)) {
		diags->suppressed++;
		return scratch(diags, rule);
	}
	count(diags, rule->severity);
	if (!make_room(diags, rule->severity))
		return scratch(diags, rule);
	diags->kept[rule->severity]++;
	kept = keep_range(diags, range);
	diag = hk_vec_add(&diags->list);
	diag->rule = rule;
	diag->severity = rule->severity;
	diag->range = kept;
	va_start(args, format);
	diag->summary = keep_format(diags, format, args);
	va_end(args);
	return diag;
}

void hk_diag_help(struct hk_diags *diags, struct hk_diag *diag, const char *format, ...)
{
	va_list args;

	if (diag == &diags->scratch)
		return;
	va_start(args, format);
	diag->help = keep_format(diags, format, args);
	va_end(args);
}

void hk_diag_fix(struct hk_diags *diags, struct hk_diag *diag, uint32_t start, uint32_t end, const char *replacement)
{
	if (diag == &diags->scratch)
		return;
	diag->has_fix = true;
	diag->fix_start = start;
	diag->fix_end = end;
	diag->fix_text = hk_arena_strdup(&diags->arena, replacement);
}

void hk_diag_related(struct hk_diags *diags, struct hk_diag *diag, const struct hk_range *range, const char *text)
{
	if (diag == &diags->scratch)
		return;
	diag->related = keep_range(diags, range);
	diag->related_text = keep_text(diags, hk_str_of(text));
}

void hk_diag_source_line(struct hk_diags *diags, struct hk_diag *diag, struct hk_str line)
{
	HK_AUTO_BUF struct hk_buf flat = HK_BUF_INIT;

	if (diag == &diags->scratch || line.n > SOURCE_LINE_MAX)
		return;
	if (line.n && line.s[line.n - 1] == '\n')
		line.n--;
	if (line.n && line.s[line.n - 1] == '\r')
		line.n--;
	hk_buf_addslice(&flat, line);
	for (size_t i = 0; i < flat.len; i++)
		if (flat.s[i] == '\t')
			flat.s[i] = ' ';
	diag->source_line = keep_text(diags, (struct hk_str){ flat.s, flat.len });
}

/* Findings without a file come last. */
static int compare(const struct hk_diag *a, const struct hk_diag *b)
{
	int order;

	if (!a->range.file || !b->range.file)
		order = !a->range.file - !b->range.file;
	else
		order = strcmp(a->range.file, b->range.file);
	if (order)
		return order;
	if (a->range.start_byte != b->range.start_byte)
		return a->range.start_byte < b->range.start_byte ? -1 : 1;
	return (a->rule->id > b->rule->id) - (a->rule->id < b->rule->id);
}

static void merge(struct hk_diag *to, const struct hk_diag *from, size_t left, size_t middle, size_t right)
{
	size_t i = left, j = middle;

	for (size_t k = left; k < right; k++) {
		if (i < middle && (j >= right || compare(&from[i], &from[j]) <= 0))
			to[k] = from[i++];
		else
			to[k] = from[j++];
	}
}

/* A merge sort because qsort need not be stable, and findings of one rule at one place must stay in the order they were made. */
void hk_diags_sort(struct hk_diags *diags)
{
	size_t n = diags->list.n;
	HK_AUTO_FREE struct hk_diag *spare = hk_calloc(n, sizeof *spare);

	for (size_t width = 1; width < n; width *= 2) {
		for (size_t left = 0; left < n; left += 2 * width) {
			size_t middle = left + width < n ? left + width : n;
			size_t right = left + 2 * width < n ? left + 2 * width : n;

			merge(spare, diags->list.v, left, middle, right);
		}
		memcpy(diags->list.v, spare, n * sizeof *spare);
	}
}
