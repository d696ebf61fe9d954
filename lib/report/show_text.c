/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/show.h"
#include "model/units.h"
#include "out/table.h"
#include "report/facts.h"
#include <math.h>
#include <stdint.h>

struct style { const char *bold, *red, *yellow, *green, *dim, *off; };
static const struct style plain = { "", "", "", "", "", "" };
static const struct style coloured = { "\033[1m", "\033[31m", "\033[33m", "\033[32m", "\033[2m", "\033[0m" };

static const struct style *style_of(const struct hk_show_options *options)
{
	return options->colour ? &coloured : &plain;
}

static void add_unit(struct hk_buf *out, enum hk_unit unit, double value)
{
	if (isnan(value))
		hk_buf_addstr(out, "-");
	else
		hk_unit_print(unit, value, out);
}

static void add_money(struct hk_buf *out, double per_hour)
{
	hk_buf_addround(out, per_hour, 6);
}

/* As many nines as there are, and one digit more: rounded down, because a promise must not look kept when it is not. */
static void add_probability(struct hk_buf *out, double value)
{
	double scale = 100;
	if (isnan(value))
		hk_buf_addch(out, '-');
	if (isnan(value))
		return;
	while (scale < 1e9 && (1 - value) * scale < 1 && value < 1)
		scale *= 10;
	hk_buf_addround(out, floor(value * scale * 10 + 1e-6) / (scale * 10) * 100, 12);
	hk_buf_addch(out, '%');
}

/* "  (compute 1.2, egress 0.1)": only the parts that are not zero. */
static void add_parts(const struct hk_plan *plan, struct hk_buf *out)
{
	const struct { const char *name; double value; } parts[] = {
		{ "compute", plan->cost_compute }, { "egress", plan->cost_egress }, { "latency", plan->cost_latency },
		{ "requests", plan->cost_requests }, { "affinity", plan->cost_affinity }, { "moves", plan->cost_moves }, { "network", plan->cost_network },
	};
	const char *separator = "  (";
	for (size_t i = 0; i < HK_COUNT(parts); i++) {
		if (fabs(parts[i].value) < 1e-9)
			continue;
		hk_buf_addf(out, "%s%s ", separator, parts[i].name);
		add_money(out, parts[i].value);
		separator = ", ";
	}
	if (*separator == ',')
		hk_buf_addch(out, ')');
}

/* A line of its own style, folded at spaces where it is wider than the terminal; what goes on is indented. */
static void add_line(struct hk_buf *out, const struct hk_show_options *options, const char *colour, const char *off, const struct hk_buf *line, unsigned indent)
{
	struct hk_str rest = { line->s, line->len };
	bool first = true;
	while (rest.n) {
		size_t room = options->width > indent + 8 ? options->width - (first ? 0 : indent) : SIZE_MAX, cut = rest.n;
		if (options->width && hk_utf8_width(rest) > room) {
			for (cut = rest.n; cut > 0 && (rest.s[cut - 1] != ' ' || hk_utf8_width((struct hk_str){ rest.s, cut - 1 }) > room); cut--)
				continue;
			cut = cut ? cut : rest.n;
		}
		hk_buf_addchn(out, ' ', first ? 0 : indent);
		hk_buf_addstr(out, colour);
		size_t shown = cut;
		while (shown && rest.s[shown - 1] == ' ')
			shown--;
		hk_buf_addslice(out, (struct hk_str){ rest.s, shown });
		hk_buf_addstr(out, off);
		hk_buf_addch(out, '\n');
		rest = (struct hk_str){ rest.s + cut, rest.n - cut };
		first = false;
	}
}

static void show_summary(const struct hk_plan *plan, const struct hk_show_options *options, struct hk_buf *out)
{
	const struct style *style = style_of(options);
	HK_AUTO_BUF struct hk_buf line = HK_BUF_INIT;
	struct hk_plan_facts facts;
	hk_plan_facts_count(plan, &facts);
	hk_buf_addf(&line, "Plan %s: %zu workload%s, %" PRIu64 " replicas in %zu cluster%s", plan->id ? plan->id : "(unsealed)", facts.workloads,
		    facts.workloads == 1 ? "" : "s", facts.replicas, facts.clusters, facts.clusters == 1 ? "" : "s");
	add_line(out, options, style->bold, style->off, &line, 2);
	hk_buf_reset(&line);
	hk_buf_addstr(&line, "  objective  ");
	add_money(&line, plan->objective);
	hk_buf_addstr(&line, " /h");
	add_parts(plan, &line);
	add_line(out, options, "", "", &line, 13);
	hk_buf_reset(&line);
	hk_buf_addstr(&line, "  bound      ");
	add_money(&line, plan->bound);
	hk_buf_addstr(&line, " /h  gap ");
	hk_buf_addround(&line, plan->gap * 100, 3);
	hk_buf_addf(&line, "%%  %s", plan->proved ? "proved" : "not proved to the gap asked for");
	add_line(out, options, plan->proved ? style->green : style->yellow, style->off, &line, 13);
	hk_buf_reset(&line);
	if (!isnan(options->cpu_seconds)) {
		hk_buf_addstr(&line, "  solved in  ");
		hk_buf_addround(&line, options->cpu_seconds, 3);
		hk_buf_addstr(&line, " s CPU, ");
		hk_buf_addround(&line, (double)options->peak_memory / 1048576.0, 3);
		hk_buf_addstr(&line, " MiB");
		add_line(out, options, "", "", &line, 13);
		hk_buf_reset(&line);
	}
	if (options->stale) {
		hk_buf_addf(&line, "  stale      these inputs changed since: %s", options->stale);
		add_line(out, options, style->yellow, style->off, &line, 13);
	}
}

static void add_nodes(const struct hk_plan_placement *placement, struct hk_buf *out)
{
	for (size_t i = 0; i < placement->n_nodes; i++)
		hk_buf_addf(out, "%s%s x%u", i ? ", " : "", placement->nodes[i].name, placement->nodes[i].replicas);
	if (!placement->n_nodes)
		hk_buf_addch(out, '-');
}

static void workload_cells(struct hk_table *table, const struct hk_plan_workload *workload, const struct hk_plan_placement *placement, bool first)
{
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	hk_table_cell(table, first ? workload->name : "");
	if (first)
		add_unit(&text, HK_UNIT_RATE, workload->rate);
	hk_table_cell(table, text.s);
	hk_table_cell(table, placement->cluster);
	int64_t change = (int64_t)placement->replicas - (int64_t)placement->previous;
	hk_buf_reset(&text);
	hk_buf_addf(&text, "%u", placement->replicas);
	if (placement->previous && change)
		hk_buf_addf(&text, " (%+lld)", (long long)change);
	hk_table_cell(table, text.s);
	hk_buf_reset(&text);
	hk_buf_addround(&text, placement->load * 100, 3);
	hk_buf_addch(&text, '%');
	hk_table_cell(table, text.s);
	hk_buf_reset(&text);
	if (placement->utilisation > 0) {
		hk_buf_addround(&text, placement->utilisation * 100, 3);
		hk_buf_addch(&text, '%');
	} else
		hk_buf_addch(&text, '-');
	hk_table_cell(table, text.s);
	hk_buf_reset(&text);
	if (first && workload->availability_target > 0) {
		add_probability(&text, workload->availability);
		hk_buf_addstr(&text, " of ");
		add_probability(&text, workload->availability_target);
	}
	hk_table_cell(table, text.s);
	hk_buf_reset(&text);
	add_nodes(placement, &text);
	hk_table_cell(table, text.s);
}

static void show_workloads(const struct hk_plan_pipeline *pipeline, const struct hk_show_options *options, struct hk_buf *out)
{
	static const struct hk_column columns[] = {
		{ "WORKLOAD", HK_LEFT, false }, { "RATE", HK_RIGHT, false }, { "CLUSTER", HK_LEFT, false }, { "REPLICAS", HK_RIGHT, false },
		{ "LOAD", HK_RIGHT, false }, { "USE", HK_RIGHT, false }, { "AVAILABILITY", HK_LEFT, true }, { "NODES", HK_LEFT, true },
	};
	struct hk_table *table = hk_table_new(columns, HK_COUNT(columns));
	for (size_t w = 0; w < pipeline->n_workloads; w++)
		for (size_t p = 0; p < pipeline->workloads[w].n_placements; p++)
			workload_cells(table, &pipeline->workloads[w], &pipeline->workloads[w].placements[p], p == 0);
	const struct style *style = style_of(options);
	hk_table_print(table, 2, options->width, style->bold, style->off, out);
	hk_table_free(table);
}

/* "5ms (12ms)": predicted, and in brackets the limit, or the request marked with "~". */
static void add_bounded(struct hk_buf *text, enum hk_unit unit, double value, double request, double limit)
{
	add_unit(text, unit, value);
	if (isnan(request) && isnan(limit))
		return;
	hk_buf_addstr(text, " (");
	if (!isnan(request)) {
		hk_buf_addch(text, '~');
		hk_unit_print(unit, request, text);
	}
	if (!isnan(limit)) {
		hk_buf_addstr(text, isnan(request) ? "max " : ", max ");
		hk_unit_print(unit, limit, text);
	}
	hk_buf_addch(text, ')');
}

static void route_cells(struct hk_table *table, const struct hk_plan_connection *connection, const struct hk_plan_route *route, bool first)
{
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	if (first)
		hk_buf_addf(&text, "%s -> %s", connection->from, connection->to);
	hk_table_cell(table, text.s);
	hk_buf_reset(&text);
	if (first)
		add_unit(&text, HK_UNIT_RATE, connection->rate);
	hk_table_cell(table, text.s);
	hk_table_cell(table, route->cluster);
	hk_buf_reset(&text);
	for (size_t t = 0; t < route->n_targets; t++) {
		hk_buf_addf(&text, "%s%s ", t ? ", " : "", route->targets[t].cluster);
		hk_buf_addround(&text, route->targets[t].probability * 100, 3);
		hk_buf_addch(&text, '%');
	}
	hk_table_cell(table, text.s);
	hk_buf_reset(&text);
	if (first)
		add_unit(&text, HK_UNIT_DURATION, connection->latency_mean);
	hk_table_cell(table, text.s);
	hk_buf_reset(&text);
	if (first)
		add_bounded(&text, HK_UNIT_DURATION, connection->latency_worst, connection->latency_request, connection->latency_limit);
	hk_table_cell(table, text.s);
}

static void show_connections(const struct hk_plan_pipeline *pipeline, const struct hk_show_options *options, struct hk_buf *out)
{
	static const struct hk_column columns[] = {
		{ "CONNECTION", HK_LEFT, true }, { "RATE", HK_RIGHT, false }, { "FROM", HK_LEFT, false }, { "TO, WITH PROBABILITY", HK_LEFT, true },
		{ "MEAN", HK_RIGHT, false }, { "WORST", HK_LEFT, true },
	};
	if (!pipeline->n_connections)
		return;
	struct hk_table *table = hk_table_new(columns, HK_COUNT(columns));
	for (size_t c = 0; c < pipeline->n_connections; c++)
		for (size_t r = 0; r < pipeline->connections[c].n_routes; r++)
			route_cells(table, &pipeline->connections[c], &pipeline->connections[c].routes[r], r == 0);
	const struct style *style = style_of(options);
	hk_buf_addch(out, '\n');
	hk_table_print(table, 2, options->width, style->bold, style->off, out);
	hk_table_free(table);
}

static void show_paths(const struct hk_plan_pipeline *pipeline, const struct hk_show_options *options, struct hk_buf *out)
{
	static const struct hk_column columns[] = {
		{ "PATH", HK_LEFT, true }, { "MEAN", HK_RIGHT, false }, { "WORST", HK_LEFT, true }, { "SLOWEST ROUTE", HK_LEFT, true },
	};
	if (!pipeline->n_paths)
		return;
	struct hk_table *table = hk_table_new(columns, HK_COUNT(columns));
	for (size_t i = 0; i < pipeline->n_paths; i++) {
		const struct hk_plan_path *path = &pipeline->paths[i];
		HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
		hk_table_cellf(table, "%s -> %s", path->from, path->to);
		add_unit(&text, HK_UNIT_DURATION, path->latency_mean);
		hk_table_cell(table, text.s);
		hk_buf_reset(&text);
		add_bounded(&text, HK_UNIT_DURATION, path->latency_worst, path->latency_request, path->latency_limit);
		hk_table_cell(table, text.s);
		hk_table_cell(table, path->worst_route);
	}
	const struct style *style = style_of(options);
	hk_buf_addch(out, '\n');
	hk_table_print(table, 2, options->width, style->bold, style->off, out);
	hk_table_free(table);
}

static void show_remarks(const struct hk_plan *plan, const struct hk_show_options *options, struct hk_buf *out)
{
	const struct style *style = style_of(options);
	struct hk_remarks remarks = { 0 };
	hk_plan_remarks(plan, HK_SHOW_TIGHT, &remarks);
	const struct { const char *title, *colour; const struct hk_remark_list *list; } groups[] = {
		{ "Moves", style->yellow, &remarks.moves }, { "Network changes", style->yellow, &remarks.network },
		{ "Tight", style->yellow, &remarks.tight }, { "Misses its request", style->red, &remarks.missed },
		{ "Left out", style->red, &remarks.left_out },
	};
	for (size_t g = 0; g < HK_COUNT(groups); g++) {
		if (!groups[g].list->n)
			continue;
		hk_buf_addf(out, "\n%s%s%s\n", groups[g].colour, groups[g].title, style->off);
		for (size_t i = 0; i < groups[g].list->n; i++) {
			HK_AUTO_BUF struct hk_buf line = HK_BUF_INIT;
			hk_buf_addstr(&line, "  ");
			hk_buf_addscrubbed(&line, hk_str_of(groups[g].list->v[i].text));
			add_line(out, options, "", "", &line, 4);
		}
	}
	hk_remarks_release(&remarks);
}

static void show_clusters(const struct hk_plan *plan, const struct hk_show_options *options, struct hk_buf *out)
{
	static const struct hk_column columns[] = {
		{ "CLUSTER", HK_LEFT, false }, { "COST /h", HK_RIGHT, false }, { "USED OF FREE", HK_LEFT, true },
	};
	struct hk_table *table = hk_table_new(columns, HK_COUNT(columns));
	for (size_t c = 0; c < plan->n_clusters; c++) {
		const struct hk_plan_cluster *cluster = &plan->clusters[c];
		HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
		hk_table_cell(table, cluster->name);
		add_money(&text, cluster->cost);
		hk_table_cell(table, text.s);
		hk_buf_reset(&text);
		for (size_t r = 0; r < cluster->n_resources; r++)
			if (cluster->resources[r].used > 0) {
				hk_buf_addstr(&text, text.len ? ", " : "");
				hk_resource_print(&cluster->resources[r], &text);
			}
		hk_table_cell(table, text.len ? text.s : "-");
	}
	const struct style *style = style_of(options);
	hk_table_print(table, 0, options->width, style->bold, style->off, out);
	hk_table_free(table);
}

static void show_reasons(const struct hk_plan_pipeline *pipeline, const struct hk_show_options *options, struct hk_buf *out)
{
	hk_buf_addch(out, '\n');
	for (size_t w = 0; w < pipeline->n_workloads; w++)
		for (size_t i = 0; i < pipeline->workloads[w].n_reasons; i++) {
			HK_AUTO_BUF struct hk_buf line = HK_BUF_INIT;
			hk_buf_addf(&line, "  %s: ", pipeline->workloads[w].name);
			hk_buf_addscrubbed(&line, hk_str_of(pipeline->workloads[w].reasons[i]));
			add_line(out, options, "", "", &line, 4);
		}
}

/* For each change of the network, who needs it. */
static void show_network_reasons(const struct hk_plan *plan, const struct hk_show_options *options, struct hk_buf *out)
{
	for (size_t i = 0; i < plan->n_network_changes; i++) {
		const struct hk_plan_network_change *change = &plan->network_changes[i];
		if (i == 0)
			hk_buf_addch(out, '\n');
		for (size_t k = 0; k < change->n_why; k++) {
			HK_AUTO_BUF struct hk_buf line = HK_BUF_INIT;
			hk_buf_addf(&line, "  %s -> %s: ", change->from, change->to);
			hk_buf_addscrubbed(&line, hk_str_of(change->why[k]));
			add_line(out, options, "", "", &line, 4);
		}
	}
}

static void show_links(const struct hk_plan *plan, const struct hk_show_options *options, struct hk_buf *out)
{
	static const struct hk_column columns[] = { { "LINK", HK_LEFT, true }, { "USED", HK_RIGHT, false }, { "OF", HK_RIGHT, false } };
	if (!plan->n_links)
		return;
	struct hk_table *table = hk_table_new(columns, HK_COUNT(columns));
	for (size_t l = 0; l < plan->n_links; l++) {
		const struct hk_plan_link *link = &plan->links[l];
		HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
		hk_table_cellf(table, "%s -> %s", link->from, link->to);
		add_unit(&text, HK_UNIT_BITRATE, link->used);
		hk_table_cell(table, text.s);
		hk_buf_reset(&text);
		add_unit(&text, HK_UNIT_BITRATE, isfinite(link->capacity) ? link->capacity : NAN);
		hk_table_cell(table, text.s);
	}
	const struct style *style = style_of(options);
	hk_buf_addch(out, '\n');
	hk_table_print(table, 0, options->width, style->bold, style->off, out);
	hk_table_free(table);
}

void hk_show_text(const struct hk_plan *plan, const struct hk_show_options *options, struct hk_buf *out)
{
	const struct style *style = style_of(options);
	for (size_t i = 0; i < plan->n_pipelines; i++) {
		const struct hk_plan_pipeline *pipeline = &plan->pipelines[i];
		hk_buf_addf(out, "%sPipeline %s%s", style->bold, pipeline->name, style->off);
		hk_buf_addf(out, pipeline->name_space ? " (namespace %s)\n" : "%s\n", pipeline->name_space ? pipeline->name_space : "");
		show_workloads(pipeline, options, out);
		show_connections(pipeline, options, out);
		show_paths(pipeline, options, out);
		if (options->all)
			show_reasons(pipeline, options, out);
		hk_buf_addch(out, '\n');
	}
	show_clusters(plan, options, out);
	if (options->all)
		show_links(plan, options, out);
	if (options->all)
		show_network_reasons(plan, options, out);
	show_remarks(plan, options, out);
	hk_buf_addch(out, '\n');
	show_summary(plan, options, out);      /* last: what scrolls away least */
}
