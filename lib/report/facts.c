/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/facts.h"
#include "base/time.h"
#include "model/units.h"
#include <math.h>

void hk_plan_facts_count(const struct hk_plan *plan, struct hk_plan_facts *facts)
{
	*facts = (struct hk_plan_facts){ 0 };
	for (size_t i = 0; i < plan->n_pipelines; i++)
		for (size_t w = 0; w < plan->pipelines[i].n_workloads; w++, facts->workloads++)
			for (size_t p = 0; p < plan->pipelines[i].workloads[w].n_placements; p++)
				facts->replicas += plan->pipelines[i].workloads[w].placements[p].replicas;
	for (size_t c = 0; c < plan->n_clusters; c++) {
		bool used = false;
		for (size_t i = 0; i < plan->n_pipelines && !used; i++)
			for (size_t w = 0; w < plan->pipelines[i].n_workloads && !used; w++)
				for (size_t p = 0; p < plan->pipelines[i].workloads[w].n_placements; p++)
					used = used || strcmp(plan->pipelines[i].workloads[w].placements[p].cluster, plan->clusters[c].name) == 0;
		facts->clusters += used;
	}
}

static void add_amount(const char *resource, double amount, struct hk_buf *out)
{
	bool bytes = strcmp(resource, "memory") == 0 || hk_str_ends(hk_str_of(resource), "storage") || hk_str_starts(hk_str_of(resource), "hugepages-");
	static const char *const units[] = { "", "Ki", "Mi", "Gi", "Ti", "Pi" };
	size_t unit = 0;
	for (; bytes && amount >= 1024 && unit + 1 < HK_COUNT(units); unit++)
		amount /= 1024;
	if (bytes) {
		hk_buf_addround(out, amount, 4);
		hk_buf_addstr(out, units[unit]);
	} else
		hk_buf_addround(out, amount, 4);
}

void hk_resource_print(const struct hk_plan_resource *resource, struct hk_buf *out)
{
	hk_buf_addf(out, "%s ", resource->name);
	add_amount(resource->name, resource->used, out);
	if (isfinite(resource->capacity)) {
		hk_buf_addstr(out, " of ");
		add_amount(resource->name, resource->capacity, out);
	}
}

static void add_remark(struct hk_remarks *remarks, struct hk_remark_list *list, const char *kind, const char *subject, double value, double bound,
		       const struct hk_buf *text)
{
	struct hk_remark remark = { kind, hk_arena_strdup(&remarks->arena, subject), hk_arena_strdup(&remarks->arena, text->s), value, bound };
	hk_vec_push(list, remark);
}

static void tight_clusters(const struct hk_plan *plan, double share, struct hk_remarks *remarks)
{
	for (size_t c = 0; c < plan->n_clusters; c++)
		for (size_t r = 0; r < plan->clusters[c].n_resources; r++) {
			const struct hk_plan_resource *resource = &plan->clusters[c].resources[r];
			if (!isfinite(resource->capacity) || resource->used <= 0 || resource->used < share * resource->capacity)
				continue;
			HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
			hk_buf_addf(&text, "cluster %s: ", plan->clusters[c].name);
			hk_resource_print(resource, &text);
			add_remark(remarks, &remarks->tight, "cluster", plan->clusters[c].name, resource->used, resource->capacity, &text);
		}
}

static void tight_links(const struct hk_plan *plan, double share, struct hk_remarks *remarks)
{
	for (size_t l = 0; l < plan->n_links; l++) {
		const struct hk_plan_link *link = &plan->links[l];
		if (!isfinite(link->capacity) || link->used <= 0 || link->used < share * link->capacity)
			continue;
		HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
		HK_AUTO_BUF struct hk_buf name = HK_BUF_INIT;
		hk_buf_addf(&name, "%s -> %s", link->from, link->to);
		hk_buf_addf(&text, "link %s: ", name.s);
		hk_unit_print(HK_UNIT_BITRATE, link->used, &text);
		hk_buf_addstr(&text, " of ");
		hk_unit_print(HK_UNIT_BITRATE, link->capacity, &text);
		add_remark(remarks, &remarks->tight, "link", name.s, link->used, link->capacity, &text);
	}
}

/* One measure of a connection or path against its limit (tight) or request (missed). */
struct measure { const char *name; enum hk_unit unit; double value, wanted, request, limit; bool lower_is_better; };

static void judge(struct hk_remarks *remarks, const char *kind, const char *subject, const struct measure *m, double share)
{
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	bool close = !isnan(m->limit) && (m->lower_is_better ? m->value >= share * m->limit && m->value > 0 : m->value * share <= m->limit);
	if (close) {
		hk_buf_addf(&text, "%s %s: %s ", kind, subject, m->name);
		hk_unit_print(m->unit, m->value, &text);
		hk_buf_addstr(&text, ", limit ");
		hk_unit_print(m->unit, m->limit, &text);
		add_remark(remarks, &remarks->tight, kind, subject, m->value, m->limit, &text);
		hk_buf_reset(&text);
	}
	bool misses = !isnan(m->request) && (m->lower_is_better ? m->wanted > m->request * (1 + 1e-9) : m->wanted < m->request * (1 - 1e-9));
	if (misses) {
		hk_buf_addf(&text, "%s %s: %s ", kind, subject, m->name);
		hk_unit_print(m->unit, m->wanted, &text);
		hk_buf_addstr(&text, ", requested ");
		hk_unit_print(m->unit, m->request, &text);
		add_remark(remarks, &remarks->missed, kind, subject, m->wanted, m->request, &text);
	}
}

/* A connection's request holds for every message, so the worst pair decides; a path's for the mean. */
static void judge_pipeline(const struct hk_plan_pipeline *pipeline, double share, struct hk_remarks *remarks)
{
	for (size_t i = 0; i < pipeline->n_connections; i++) {
		const struct hk_plan_connection *c = &pipeline->connections[i];
		HK_AUTO_BUF struct hk_buf name = HK_BUF_INIT;
		hk_buf_addf(&name, "%s -> %s", c->from, c->to);
		const struct measure measures[] = {
			{ "latency", HK_UNIT_DURATION, c->latency_worst, c->latency_worst, c->latency_request, c->latency_limit, true },
			{ "jitter", HK_UNIT_DURATION, c->jitter_worst, c->jitter_worst, c->jitter_request, c->jitter_limit, true },
			{ "loss", HK_UNIT_RATIO, c->loss_worst, c->loss_worst, c->loss_request, c->loss_limit, true },
			{ "bandwidth", HK_UNIT_BITRATE, c->bandwidth_least, c->bandwidth_least, c->bandwidth_request, c->bandwidth_limit, false },
		};
		for (size_t m = 0; m < HK_COUNT(measures); m++)
			judge(remarks, "connection", name.s, &measures[m], share);
	}
	for (size_t i = 0; i < pipeline->n_paths; i++) {
		const struct hk_plan_path *p = &pipeline->paths[i];
		HK_AUTO_BUF struct hk_buf name = HK_BUF_INIT;
		hk_buf_addf(&name, "%s -> %s", p->from, p->to);
		const struct measure measures[] = {
			{ "latency", HK_UNIT_DURATION, p->latency_worst, p->latency_mean, p->latency_request, p->latency_limit, true },
			{ "jitter", HK_UNIT_DURATION, p->jitter_worst, p->jitter_worst, p->misses_request ? p->jitter_request : NAN, p->jitter_limit, true },
			{ "loss", HK_UNIT_RATIO, p->loss_worst, p->loss_worst, p->misses_request ? p->loss_request : NAN, p->loss_limit, true },
		};
		for (size_t m = 0; m < HK_COUNT(measures); m++)
			judge(remarks, "path", name.s, &measures[m], share);
	}
}

static void list_moves(const struct hk_plan *plan, struct hk_remarks *remarks)
{
	for (int additions = 0; additions < 2; additions++)
		for (size_t i = 0; i < plan->n_moves; i++) {
			const struct hk_plan_move *move = &plan->moves[i];
			if ((move->change > 0) != additions)
				continue;
			HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
			hk_buf_addf(&text, "%s: %s %s in %s: %+d replica%s", move->pipeline, additions ? "add" : "remove", move->workload, move->cluster,
				    move->change, abs(move->change) == 1 ? "" : "s");
			add_remark(remarks, &remarks->moves, "move", move->workload, move->change, 0, &text);
		}
}

static void print_change(enum hk_unit unit, const char *name, double before, double after, struct hk_buf *out)
{
	if (!isfinite(before) || !isfinite(after))
		return;
	hk_buf_addf(out, "%s%s ", out->len ? ", " : "", name);
	hk_unit_print(unit, before, out);
	hk_buf_addstr(out, " -> ");
	hk_unit_print(unit, after, out);
}

void hk_network_change_print(const struct hk_plan_network_change *change, struct hk_buf *out)
{
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	print_change(HK_UNIT_BITRATE, "bandwidth", change->bandwidth_before, change->bandwidth_after, &text);
	print_change(HK_UNIT_DURATION, "latency", change->latency_before, change->latency_after, &text);
	hk_buf_addstr(out, text.len ? text.s : "nothing");
}

static void list_network(const struct hk_plan *plan, struct hk_remarks *remarks)
{
	for (size_t i = 0; i < plan->n_network_changes; i++) {
		const struct hk_plan_network_change *change = &plan->network_changes[i];
		HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT, name = HK_BUF_INIT;
		hk_buf_addf(&name, "%s -> %s", change->from, change->to);
		hk_buf_addf(&text, "link %s: ", name.s);
		hk_network_change_print(change, &text);
		hk_buf_addstr(&text, ", ");
		hk_buf_addround(&text, change->price, 6);
		hk_buf_addstr(&text, " /h");
		if (change->controller)
			hk_buf_addf(&text, ", by controller %s", change->controller);
		if (change->expires > 0) {
			hk_buf_addstr(&text, ", offer ends ");
			hk_time_print(change->expires, &text);
		}
		add_remark(remarks, &remarks->network, "network", name.s, change->price, 0, &text);
	}
}

static void list_left_out(const struct hk_plan *plan, struct hk_remarks *remarks)
{
	for (size_t i = 0; i < plan->n_left_out; i++) {
		const struct hk_plan_left_out *left = &plan->left_out[i];
		HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
		hk_buf_addf(&text, "pipeline %s (priority %d): %s", left->pipeline, (int)left->priority, left->why);
		add_remark(remarks, &remarks->left_out, "pipeline", left->pipeline, left->priority, 0, &text);
	}
}

void hk_plan_remarks(const struct hk_plan *plan, double tight_share, struct hk_remarks *remarks)
{
	*remarks = (struct hk_remarks){ 0 };
	list_moves(plan, remarks);
	list_network(plan, remarks);
	list_left_out(plan, remarks);
	tight_clusters(plan, tight_share, remarks);
	tight_links(plan, tight_share, remarks);
	for (size_t i = 0; i < plan->n_pipelines; i++)
		judge_pipeline(&plan->pipelines[i], tight_share, remarks);
}

void hk_remarks_release(struct hk_remarks *remarks)
{
	hk_vec_release(&remarks->tight);
	hk_vec_release(&remarks->missed);
	hk_vec_release(&remarks->moves);
	hk_vec_release(&remarks->network);
	hk_vec_release(&remarks->left_out);
	hk_arena_release(&remarks->arena);
}
