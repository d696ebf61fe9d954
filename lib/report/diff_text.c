/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/term.h"
#include "base/vec.h"
#include "model/units.h"
#include "report/diff.h"
#include <inttypes.h>
#include <math.h>
#include <string.h>

struct page {
	const struct hk_diff_view *view;
	struct hk_buf *out;
	struct hk_arena arena;
	struct hk_why_world world;
};

static void heading(struct page *page, const char *text)
{
	if (page->out->len)
		hk_buf_addch(page->out, '\n');
	hk_term_add(page->out, page->view->colour, HK_STYLE_BOLD, text);
	hk_buf_addch(page->out, '\n');
}

static enum hk_style style_of(enum hk_difference difference)
{
	return difference == HK_DIFFERENCE_DELETED ? HK_STYLE_REMOVED : difference == HK_DIFFERENCE_ADDED ? HK_STYLE_ADDED : HK_STYLE_WARNING;
}

static void put_fields(struct page *page, const struct hk_drift_item *item)
{
	for (size_t i = 0; i < item->n_fields; i++) {
		const struct hk_field_change *field = &item->fields[i];
		hk_buf_addf(page->out, "      %s: ", field->path);
		hk_term_add(page->out, page->view->colour, HK_STYLE_REMOVED, field->before ? field->before : "(absent)");
		hk_buf_addstr(page->out, " -> ");
		hk_term_add(page->out, page->view->colour, HK_STYLE_ADDED, field->after ? field->after : "(absent)");
		hk_buf_addch(page->out, '\n');
	}
}

static void put_item(struct page *page, const struct hk_drift_item *item, bool change)
{
	static const char *const signs[] = { "-", "~", "+" };
	HK_AUTO_BUF struct hk_buf line = HK_BUF_INIT;
	hk_buf_addf(&line, "%s ", signs[item->difference]);
	if (item->kind) {
		hk_buf_addf(&line, "%s: %s%s ", item->cluster, change ? "" : item->live ? "live " : "file of ", item->kind);
		hk_buf_addf(&line, "%s%s%s", item->name_space, *item->name_space ? "/" : "", item->name);
	} else {
		hk_buf_addstr(&line, item->path);
	}
	hk_buf_addstr(page->out, "  ");
	hk_term_begin(page->out, page->view->colour, style_of(item->difference));
	hk_buf_addscrubbed(page->out, (struct hk_str){ line.s, line.len });
	hk_term_end(page->out, page->view->colour, style_of(item->difference));
	if (change) {
		struct hk_file_why why = hk_diff_file_why(page->view->after, item, &page->arena);
		hk_buf_addstr(page->out, ": ");
		hk_buf_addscrubbed(page->out, hk_str_of(why.text));
	} else if (!item->note && item->difference == HK_DIFFERENCE_DELETED) {
		hk_buf_addstr(page->out, ": it is not there");
	}
	if (item->note)
		hk_buf_addf(page->out, "%s %s", change ? ";" : ":", item->note);
	if (item->overwrites)
		hk_buf_addstr(page->out, "; overwrites an edit");
	hk_buf_addch(page->out, '\n');
	put_fields(page, item);
}

static void put_drift(struct page *page)
{
	const struct hk_drift_list *list = &page->view->drift->drift;
	if (!list->n)
		return;
	heading(page, "Drift: what is there is not what was rendered");
	for (size_t i = 0; i < list->n; i++)
		put_item(page, &list->v[i], false);
}

static void put_files(struct page *page)
{
	const struct hk_drift_list *list = &page->view->drift->changes;
	HK_AUTO_BUF struct hk_buf title = HK_BUF_INIT;
	if (!list->n)
		return;
	hk_buf_addstr(&title, "Files: what rendering would change in ");
	hk_buf_addscrubbed(&title, hk_str_of(page->view->directory));
	heading(page, title.s);
	for (size_t i = 0; i < list->n; i++)
		put_item(page, &list->v[i], true);
}

static void put_reasons(struct page *page, struct hk_why_list *why)
{
	for (size_t i = 0; i < why->n; i++) {
		hk_buf_addstr(page->out, "      because ");
		hk_buf_addscrubbed(page->out, hk_str_of(why->v[i].text));
		hk_buf_addch(page->out, '\n');
	}
	hk_why_release(why);
}

static bool is_same_workload(const struct hk_plan_replica_change *a, const struct hk_plan_replica_change *b)
{
	return strcmp(a->pipeline, b->pipeline) == 0 && strcmp(a->workload, b->workload) == 0;
}

/* Reasons of all changes of one workload, each once. */
static void merge_reasons(struct hk_why_list *all, struct hk_why_list *more)
{
	for (size_t i = 0; i < more->n; i++) {
		bool told = false;
		for (size_t j = 0; j < all->n; j++)
			told = told || strcmp(all->v[j].text, more->v[i].text) == 0;
		if (!told)
			hk_vec_push(all, more->v[i]);
	}
	hk_why_release(more);
}

/* One workload: its changes from `first` on stand together. Returns where the next begins. */
static size_t put_workload(struct page *page, size_t first)
{
	static const char *const verbs[] = { "move", "remove", "add" };
	static const enum hk_style styles[] = { HK_STYLE_WARNING, HK_STYLE_REMOVED, HK_STYLE_ADDED };
	const struct hk_plan_diff *diff = page->view->plans;
	const struct hk_plan_replica_change *changes = diff->replicas;
	struct hk_why_list all = { NULL, 0, 0 };
	size_t end = first;
	HK_AUTO_BUF struct hk_buf line = HK_BUF_INIT;
	hk_buf_addf(&line, "%s %s/%s:", verbs[changes[first].kind], changes[first].pipeline, changes[first].workload);
	for (; end < diff->n_replicas && is_same_workload(&changes[first], &changes[end]); end++) {
		struct hk_why_list why = { NULL, 0, 0 };
		hk_buf_addf(&line, "%s %s %u -> %u", end > first ? "," : "", changes[end].cluster, changes[end].before, changes[end].after);
		hk_why_replicas(&page->world, &changes[end], &why);
		merge_reasons(&all, &why);
	}
	hk_buf_addstr(page->out, "  ");
	hk_term_begin(page->out, page->view->colour, styles[changes[first].kind]);
	hk_buf_addscrubbed(page->out, (struct hk_str){ line.s, line.len });
	hk_term_end(page->out, page->view->colour, styles[changes[first].kind]);
	hk_buf_addch(page->out, '\n');
	put_reasons(page, &all);
	return end;
}

static void add_percent(struct hk_buf *out, double probability)
{
	hk_buf_addround(out, probability * 100, 4);
	hk_buf_addch(out, '%');
}

static void put_routes(struct page *page)
{
	const struct hk_plan_diff *diff = page->view->plans;
	if (diff->n_routes)
		heading(page, "Routes: share of the messages at the source");
	for (size_t i = 0; i < diff->n_routes; i++) {
		const struct hk_plan_route_change *change = &diff->routes[i];
		struct hk_why_list why = { NULL, 0, 0 };
		HK_AUTO_BUF struct hk_buf line = HK_BUF_INIT;
		hk_buf_addf(&line, "  %s: %s in %s -> %s in %s: ", change->pipeline, change->from, change->source, change->to, change->target);
		add_percent(&line, change->before);
		hk_buf_addstr(&line, " -> ");
		add_percent(&line, change->after);
		hk_buf_addscrubbed(page->out, (struct hk_str){ line.s, line.len });
		hk_buf_addch(page->out, '\n');
		hk_why_route(&page->world, change, &why);
		put_reasons(page, &why);
	}
}

static void put_network(struct page *page)
{
	const struct hk_plan_diff *diff = page->view->plans;
	if (diff->n_network)
		heading(page, "Network: what is bought beyond what links have");
	for (size_t i = 0; i < diff->n_network; i++) {
		const struct hk_plan_network_diff *change = &diff->network[i];
		enum hk_unit unit = strcmp(change->what, "bandwidth") == 0 ? HK_UNIT_BITRATE : HK_UNIT_DURATION;
		struct hk_why_list why = { NULL, 0, 0 };
		HK_AUTO_BUF struct hk_buf line = HK_BUF_INIT;
		hk_buf_addf(&line, "  %s -> %s: %s ", change->from, change->to, unit == HK_UNIT_BITRATE ? "more bandwidth" : "less latency");
		hk_unit_print(unit, change->before, &line);
		hk_buf_addstr(&line, " -> ");
		hk_unit_print(unit, change->after, &line);
		hk_buf_addscrubbed(page->out, (struct hk_str){ line.s, line.len });
		hk_buf_addch(page->out, '\n');
		hk_why_network(&page->world, change, &why);
		put_reasons(page, &why);
	}
}

static void put_plans(struct page *page)
{
	const struct hk_plan_diff *diff = page->view->plans;
	HK_AUTO_BUF struct hk_buf title = HK_BUF_INIT;
	hk_buf_addf(&title, "Changes: plan %s -> %s", page->view->before->id, page->view->after->id);
	if (diff->n_replicas)
		heading(page, title.s);
	for (size_t i = 0; i < diff->n_replicas;)
		i = put_workload(page, i);
	put_routes(page);
	put_network(page);
}

static void sum_plans(struct page *page, const struct hk_diff_counts *counts)
{
	const struct hk_diff_view *view = page->view;
	if (hk_plan_diff_is_empty(view->plans)) {
		hk_buf_addf(page->out, "  plans    %s and %s decide the same\n", view->before->id, view->after->id);
	} else {
		hk_buf_addf(page->out, "  plans    %zu moved, %zu reduced, %zu increased (%" PRIu64 " replicas fewer, %" PRIu64 " more), %zu routes, %zu network\n",
			    counts->moved, counts->removed, counts->added, counts->replicas_fewer, counts->replicas_more, view->plans->n_routes,
			    view->plans->n_network);
		hk_buf_addstr(page->out, "  cost     ");
		hk_buf_addround(page->out, view->plans->objective_before, 6);
		hk_buf_addstr(page->out, " -> ");
		hk_buf_addround(page->out, view->plans->objective_after, 6);
		hk_buf_addstr(page->out, " /h\n");
	}
}

static void put_summary(struct page *page)
{
	const struct hk_diff_view *view = page->view;
	struct hk_diff_counts counts;
	hk_diff_count(view, &counts);
	heading(page, hk_diff_is_empty(view) ? "No difference" : "Summary");
	if (view->plans)
		sum_plans(page, &counts);
	if (view->directory)
		hk_buf_addf(page->out, "  files    %zu to delete, %zu to change, %zu to add\n", counts.deleted_files, counts.changed_files, counts.added_files);
	if (view->drift)
		hk_buf_addf(page->out, "  drift    %zu", view->drift->drift.n);
	if (view->live)
		hk_buf_addf(page->out, "; %zu live objects compared, %zu not ours, %zu left to autoscalers, %zu rendered ones not known", view->drift->compared,
			    view->drift->foreign, view->drift->autoscaled, view->drift->unknown);
	if (view->drift)
		hk_buf_addch(page->out, '\n');
	if (view->stale)
		hk_buf_addf(page->out, "  stale    changed since the plan was made: %s\n", view->stale);
}

void hk_diff_text(const struct hk_diff_view *view, struct hk_buf *out)
{
	struct page page = { .view = view, .out = out, .arena = HK_ARENA_INIT };
	page.world = (struct hk_why_world){ view->before, view->after, view->plans, view->clusters, view->n_clusters, &page.arena };
	if (view->drift)
		put_drift(&page);
	if (view->plans)
		put_plans(&page);
	if (view->drift)
		put_files(&page);
	put_summary(&page);
	hk_arena_release(&page.arena);
}
