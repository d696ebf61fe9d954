/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "import/prometheus.h"
#include "base/num.h"
#include "model/sort.h"
#include <math.h>
#include <string.h>

struct reader { struct hk_import *import; struct hk_source *source; struct hk_samples *samples; struct hk_str line; size_t at; size_t start; };

bool hk_sample_number(struct hk_str text, double *value)
{
	if (hk_str_is(text, "NaN") || hk_str_is(text, "Nan") || hk_str_is(text, "nan"))
		*value = NAN;
	else if (hk_str_is(text, "+Inf") || hk_str_is(text, "Inf") || hk_str_is(text, "-Inf"))
		*value = text.s[0] == '-' ? -HUGE_VAL : HUGE_VAL;
	else
		return hk_num_parse(text, value);
	return true;
}

struct hk_diag *hk_sample_diag(struct hk_import *import, const struct hk_sample *sample, enum hk_rule_id rule, const char *format, ...)
{
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	struct hk_range range;
	struct hk_diag *diag;
	va_list args;

	va_start(args, format);
	hk_buf_vaddf(&text, format, args);
	va_end(args);
	hk_source_range(sample->source, sample->start, sample->end, &range);
	diag = hk_diag_add(import->diags, rule, &range, "%s", text.s);
	hk_diag_source_line(import->diags, diag, hk_source_line(sample->source, range.line));
	return diag;
}

static void complain(struct reader *r, const char *what)
{
	struct hk_sample place = { .source = r->source, .start = (uint32_t)(r->start + r->at), .end = (uint32_t)(r->start + r->line.n) };

	hk_sample_diag(r->import, &place, HK1112, "%s; the line is left out", what);
}

static void skip_blanks(struct reader *r)
{
	while (r->at < r->line.n && (r->line.s[r->at] == ' ' || r->line.s[r->at] == '\t'))
		r->at++;
}

static bool is_name(char c, bool first)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == ':' || (!first && c >= '0' && c <= '9');
}

static struct hk_str read_name(struct reader *r)
{
	size_t start = r->at;

	while (r->at < r->line.n && is_name(r->line.s[r->at], r->at == start))
		r->at++;
	return (struct hk_str){ r->line.s + start, r->at - start };
}

/* "text" with \\, \" and \n; NULL when it does not end. */
static const char *read_quoted(struct reader *r)
{
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;

	if (r->at >= r->line.n || r->line.s[r->at] != '"')
		return NULL;
	for (r->at++; r->at < r->line.n; r->at++) {
		char c = r->line.s[r->at];

		if (c == '"') {
			r->at++;
			return hk_arena_strdup(&r->import->arena, text.s);
		}
		if (c == '\\' && r->at + 1 < r->line.n)
			c = r->line.s[++r->at] == 'n' ? '\n' : r->line.s[r->at];
		if (c)
			hk_buf_addch(&text, c);
	}
	return NULL;
}

static bool read_labels(struct reader *r, struct hk_labels *labels)
{
	HK_VEC(struct hk_label) list = { NULL, 0, 0 };
	bool ok = false;

	r->at++;
	for (;;) {
		struct hk_label label;

		skip_blanks(r);
		if (r->at < r->line.n && r->line.s[r->at] == '}') {
			ok = true;
			break;
		}
		struct hk_str name = read_name(r);
		skip_blanks(r);
		if (!name.n || r->at >= r->line.n || r->line.s[r->at++] != '=')
			break;
		skip_blanks(r);
		label = (struct hk_label){ hk_arena_slicedup(&r->import->arena, name), read_quoted(r) };
		if (!label.value)
			break;
		hk_vec_push(&list, label);
		skip_blanks(r);
		if (r->at < r->line.n && r->line.s[r->at] == ',')
			r->at++;
	}
	r->at += ok;
	if (list.n)
		hk_sort(list.v, list.n, sizeof *list.v, hk_sort_by_text);
	labels->v = hk_arena_array(&r->import->arena, list.n + 1, sizeof *labels->v);
	labels->n = list.n;
	if (list.n)
		memcpy(labels->v, list.v, list.n * sizeof *list.v);
	hk_vec_release(&list);
	return ok;
}

static struct hk_str read_word(struct reader *r)
{
	size_t start;

	skip_blanks(r);
	start = r->at;
	while (r->at < r->line.n && r->line.s[r->at] != ' ' && r->line.s[r->at] != '\t')
		r->at++;
	return (struct hk_str){ r->line.s + start, r->at - start };
}

static void read_sample(struct reader *r)
{
	struct hk_sample sample = { .source = r->source, .start = (uint32_t)r->start, .time = NAN };
	struct hk_str name = read_name(r), number, stamp;
	double time;

	skip_blanks(r);
	if (!name.n) {
		complain(r, "a metric begins with a letter, '_' or ':'");
		return;
	}
	if (r->at < r->line.n && r->line.s[r->at] == '{' && !read_labels(r, &sample.labels)) {
		complain(r, "the labels are not {name=\"value\", ...}");
		return;
	}
	number = read_word(r);
	if (!hk_sample_number(number, &sample.value)) {
		r->at -= number.n;
		complain(r, "the value is no number");
		return;
	}
	stamp = read_word(r);
	/* milliseconds; OpenMetrics has seconds with a fraction */
	if (stamp.n && stamp.s[0] != '#' && hk_num_parse(stamp, &time))
		sample.time = memchr(stamp.s, '.', stamp.n) || fabs(time) < 1e11 ? time : time / 1000;
	else if (stamp.n && stamp.s[0] != '#') {
		r->at -= stamp.n;
		complain(r, "the time stamp is no number");
		return;
	}
	sample.name = hk_arena_slicedup(&r->import->arena, name);
	sample.end = (uint32_t)(r->start + r->line.n);
	hk_vec_push(&r->samples->list, sample);
}

/* "# TYPE name counter"; other comments say nothing that counts here. */
static void read_comment(struct reader *r)
{
	struct hk_str word, name, type;

	r->at++;
	word = read_word(r);
	if (!hk_str_is(word, "TYPE"))
		return;
	name = read_word(r);
	type = read_word(r);
	if (name.n && type.n)
		hk_map_put(&r->samples->types, hk_str_of(hk_arena_slicedup(&r->import->arena, name)), (size_t)(unsigned char)type.s[0]);
}

void hk_exposition_read(struct hk_import *import, struct hk_source *source, struct hk_samples *samples)
{
	struct reader r = { import, source, samples, { NULL, 0 }, 0, 0 };
	struct hk_str rest = { source->text.s, source->text.len };

	while (rest.n) {
		r.start = (size_t)(rest.s - source->text.s);
		r.line = hk_str_cut(&rest, '\n');
		if (r.line.n && r.line.s[r.line.n - 1] == '\r')
			r.line.n--;
		r.at = 0;
		skip_blanks(&r);
		if (r.at == r.line.n)
			continue;
		if (r.line.s[r.at] == '#')
			read_comment(&r);
		else
			read_sample(&r);
	}
}
