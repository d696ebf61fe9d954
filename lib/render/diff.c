/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "render/diff.h"
#include "base/vec.h"
#include <string.h>

enum { CONTEXT = 3, MOST_CHANGES = 1000 };

struct lines { HK_VEC(struct hk_str) list; };
/* What happens to a stretch of lines: kept in both, removed from old, added in new. */
enum run_kind { KEPT, REMOVED, ADDED };
struct run { enum run_kind kind; size_t old_at, new_at, count; };
struct runs { HK_VEC(struct run) list; };

static void split(struct hk_str text, struct lines *lines)
{
	while (text.n > 0) {
		const char *end = memchr(text.s, '\n', text.n);
		size_t n = end ? (size_t)(end - text.s) + 1 : text.n;
		hk_vec_push(&lines->list, (struct hk_str){ text.s, n });
		text.s += n;
		text.n -= n;
	}
}

static void add_run(struct runs *runs, enum run_kind kind, size_t old_at, size_t new_at, size_t count)
{
	struct run *last = runs->list.n ? &runs->list.v[runs->list.n - 1] : NULL;
	if (count == 0)
		return;
	if (last && last->kind == kind)
		last->count += count;
	else
		hk_vec_push(&runs->list, (struct run){ kind, old_at, new_at, count });
}

/* The furthest point on each diagonal after each number of changes: row d has 2d + 1 entries, of which every other is used. */
struct trace { size_t *rows; };

static size_t *row_of(const struct trace *trace, size_t d)
{
	return trace->rows + d * d;                /* sum of 2i + 1 for i < d */
}

/* Old position reached on diagonal k (|k| <= d) by one more change than row d - 1 has. */
static size_t step_to(const struct trace *trace, size_t d, long k, bool *down)
{
	const size_t *before = row_of(trace, d - 1) + (d - 1);
	*down = k == -(long)d || (k != (long)d && before[k - 1] < before[k + 1]);
	return *down ? before[k + 1] : before[k - 1] + 1;
}

static size_t slide(const struct hk_str *old, size_t n, const struct hk_str *new, size_t m, size_t x, long k)
{
	size_t y = (size_t)((long)x - k);
	while (x < n && y < m && hk_str_eq(old[x], new[y])) {
		x++;
		y++;
	}
	return x;
}

/* Number of changes, or MOST_CHANGES + 1 when there are more. */
static size_t search(const struct hk_str *old, size_t n, const struct hk_str *new, size_t m, struct trace *trace)
{
	long goal = (long)n - (long)m;
	size_t cap = 0;
	for (size_t d = 0; d <= MOST_CHANGES; d++) {
		if ((d + 1) * (d + 1) > cap) {
			cap = 4 * (d + 1) * (d + 1);
			trace->rows = hk_reallocarray(trace->rows, cap, sizeof *trace->rows);
		}
		size_t *row = row_of(trace, d) + d;
		for (long k = -(long)d; k <= (long)d; k += 2) {
			bool down;
			size_t x = d == 0 ? 0 : step_to(trace, d, k, &down);
			/* Points outside the two texts are kept as dead ends. */
			bool inside = x <= n && (long)x - k >= 0 && (size_t)((long)x - k) <= m;
			row[k] = inside ? slide(old, n, new, m, x, k) : x;
			if (inside && k == goal && row[k] >= n)
				return d;
		}
	}
	return MOST_CHANGES + 1;
}

struct change { size_t x, y; bool down; };

static void replay(size_t n, size_t m, const struct trace *trace, size_t d, size_t offset, struct runs *runs)
{
	struct change *changes = hk_calloc(d + 1, sizeof *changes);
	long k = (long)n - (long)m;
	size_t x = 0, y = 0;
	for (size_t i = d; i > 0; i--) {
		bool down;
		size_t at = step_to(trace, i, k, &down);
		changes[i - 1] = (struct change){ down ? at : at - 1, (size_t)((long)at - k) - (down ? 1 : 0), down };
		k += down ? 1 : -1;
	}
	for (size_t i = 0; i < d; i++) {
		add_run(runs, KEPT, x + offset, y + offset, changes[i].x - x);
		add_run(runs, changes[i].down ? ADDED : REMOVED, changes[i].x + offset, changes[i].y + offset, 1);
		x = changes[i].x + !changes[i].down;
		y = changes[i].y + changes[i].down;
	}
	add_run(runs, KEPT, x + offset, y + offset, n - x);
	hk_cleanup_free(&changes);
}

static void compare(const struct lines *old, const struct lines *new, struct runs *runs)
{
	size_t n = old->list.n, m = new->list.n, head = 0, tail = 0;
	while (head < n && head < m && hk_str_eq(old->list.v[head], new->list.v[head]))
		head++;
	while (tail < n - head && tail < m - head && hk_str_eq(old->list.v[n - tail - 1], new->list.v[m - tail - 1]))
		tail++;
	add_run(runs, KEPT, 0, 0, head);
	struct trace trace = { NULL };
	size_t inner_old = n - head - tail, inner_new = m - head - tail;
	const struct hk_str *a = n ? old->list.v + head : NULL, *b = m ? new->list.v + head : NULL;
	size_t d = search(a, inner_old, b, inner_new, &trace);
	if (d <= MOST_CHANGES) {
		replay(inner_old, inner_new, &trace, d, head, runs);
	} else {
		add_run(runs, REMOVED, head, head, inner_old);
		add_run(runs, ADDED, head + inner_old, head, inner_new);
	}
	add_run(runs, KEPT, n - tail, m - tail, tail);
	hk_cleanup_free(&trace.rows);
}

static void print_line(struct hk_buf *out, char sign, struct hk_str line)
{
	hk_buf_addch(out, sign);
	hk_buf_addslice(out, line);
	if (line.n == 0 || line.s[line.n - 1] != '\n')
		hk_buf_addstr(out, "\n\\ No newline at end of file\n");
}

static void print_range(struct hk_buf *out, char sign, size_t at, size_t count)
{
	hk_buf_addf(out, "%c%zu", sign, count == 0 ? at : at + 1);
	if (count != 1)
		hk_buf_addf(out, ",%zu", count);
}

/* The lines of a run that lie in [from, to) counted from the run's start. */
static void print_part(struct hk_buf *out, const struct lines *old, const struct lines *new, const struct run *run, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++) {
		if (run->kind == ADDED)
			print_line(out, '+', new->list.v[run->new_at + i]);
		else
			print_line(out, run->kind == KEPT ? ' ' : '-', old->list.v[run->old_at + i]);
	}
}

/* One hunk: runs first ... last, of which the outer kept ones are shown by CONTEXT lines only. */
static void print_hunk(struct hk_buf *out, const struct lines *old, const struct lines *new, const struct run *runs, size_t first, size_t last)
{
	size_t lead = runs[first].kind == KEPT && runs[first].count > CONTEXT ? runs[first].count - CONTEXT : 0;
	size_t olds = 0, news = 0;
	for (size_t i = first; i <= last; i++) {
		size_t count = runs[i].count - (i == first ? lead : 0);
		if (i == last && runs[i].kind == KEPT && count > CONTEXT)
			count = CONTEXT;
		olds += runs[i].kind != ADDED ? count : 0;
		news += runs[i].kind != REMOVED ? count : 0;
	}
	hk_buf_addstr(out, "@@ ");
	print_range(out, '-', runs[first].old_at + lead, olds);
	hk_buf_addch(out, ' ');
	print_range(out, '+', runs[first].new_at + lead, news);
	hk_buf_addstr(out, " @@\n");
	for (size_t i = first; i <= last; i++) {
		size_t to = i == last && i != first && runs[i].kind == KEPT && runs[i].count > CONTEXT ? CONTEXT : runs[i].count;
		print_part(out, old, new, &runs[i], i == first ? lead : 0, to);
	}
}

static void print_runs(struct hk_buf *out, const struct lines *old, const struct lines *new, const struct runs *runs)
{
	const struct run *list = runs->list.v;
	size_t n = runs->list.n, first = 0;
	for (size_t i = 0; i < n; i++) {
		bool gap = list[i].kind == KEPT && i > first && i + 1 < n && list[i].count > 2 * CONTEXT;
		if (!gap && i + 1 < n)
			continue;
		print_hunk(out, old, new, list, first, i);
		first = i;
	}
}

void hk_diff_unified(const char *old_name, struct hk_str old_text, const char *new_name, struct hk_str new_text, struct hk_buf *out)
{
	if (hk_str_eq(old_text, new_text))
		return;
	struct lines old = { { 0 } }, new = { { 0 } };
	struct runs runs = { { 0 } };
	split(old_text, &old);
	split(new_text, &new);
	compare(&old, &new, &runs);
	hk_buf_addf(out, "--- %s%s\n+++ %s%s\n", old_name ? "a/" : "", old_name ? old_name : "/dev/null", new_name ? "b/" : "",
		    new_name ? new_name : "/dev/null");
	print_runs(out, &old, &new, &runs);
	hk_vec_release(&old.list);
	hk_vec_release(&new.list);
	hk_vec_release(&runs.list);
}
