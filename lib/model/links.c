/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Links between clusters and what a controller may change about them. */
#include "model/links.h"
#include "model/sort.h"
#include <math.h>
#include <string.h>

struct link_list { HK_VEC(struct hk_link) links; };

static void check_controller(struct hk_build *b, const struct hk_node *node, const struct hk_link *link)
{
	if (!link->controller || b->topology_partial)
		return;
	for (size_t i = 0; i < b->controllers.n; i++)
		if (strcmp(b->controllers.v[i], link->controller) == 0)
			return;
	hk_refer_unknown(b, hk_node_get(node, "controller"), HK0308, "controller", b->controllers.v, b->controllers.n);
}

static void read_adjustable_bandwidth(struct hk_build *b, const struct hk_node *node, struct hk_link *link)
{
	const struct hk_node *bandwidth = hk_read_map(b, node, "bandwidth");

	if (!bandwidth || !hk_read_unit(b, bandwidth, "max", HK_UNIT_BITRATE, &link->bandwidth_max))
		return;
	link->adjustable_bandwidth = true;
	hk_read_unit(b, bandwidth, "step", HK_UNIT_BITRATE, &link->bandwidth_step);
	hk_read_unit(b, bandwidth, "price", HK_UNIT_PRICE_BITRATE, &link->bandwidth_price);
	if (hk_node_get(bandwidth, "step") && !(link->bandwidth_step > 0)) {
		hk_diag_help(b->diags, hk_node_diag(b->diags, b->doc, hk_node_get(bandwidth, "step"), HK0206, "bandwidth cannot be sold in steps of nothing"),
			     "leave 'step' out where any amount can be bought");
	} else if (isinf(link->bandwidth)) {
		hk_node_diag(b->diags, b->doc, bandwidth, HK0206, "the bandwidth is adjustable, but the link has no bandwidth to start from");
	} else if (link->bandwidth_max < link->bandwidth) {
		hk_node_diag(b->diags, b->doc, hk_node_get(bandwidth, "max"), HK0206, "the largest bandwidth is below the link's present bandwidth");
	} else if (link->bandwidth_max - link->bandwidth < link->bandwidth_step * (1 - 1e-9) || !(link->bandwidth_max > link->bandwidth)) {
		hk_diag_help(b->diags, hk_node_diag(b->diags, b->doc, hk_node_get(bandwidth, "max"), HK0414,
						    "no bandwidth can be bought: not even one step fits below the largest bandwidth"),
			     "raise 'max', or make 'step' smaller");
	}
}

static void read_adjustable_latency(struct hk_build *b, const struct hk_node *node, struct hk_link *link)
{
	const struct hk_node *latency = hk_read_map(b, node, "latency");

	if (!latency || !hk_read_unit(b, latency, "min", HK_UNIT_DURATION, &link->latency_min))
		return;
	link->adjustable_latency = true;
	hk_read_unit(b, latency, "price", HK_UNIT_PRICE_LATENCY, &link->latency_price);
	if (link->latency_min > link->latency)
		hk_node_diag(b->diags, b->doc, hk_node_get(latency, "min"), HK0206, "the least latency is above the link's present latency");
	else if (!(link->latency_min < link->latency))
		hk_diag_help(b->diags, hk_node_diag(b->diags, b->doc, hk_node_get(latency, "min"), HK0414,
						    "no latency can be bought: the link has the least latency already"),
			     "lower 'min', or leave 'latency' out of 'adjustable'");
}

static void read_values(struct hk_build *b, const struct hk_node *node, struct hk_link *link)
{
	const struct hk_node *adjustable = hk_read_map(b, node, "adjustable");

	link->where = hk_where_of(b, node);
	link->bandwidth = INFINITY;
	link->availability = 1;
	hk_read_unit(b, node, "latency", HK_UNIT_DURATION, &link->latency);
	hk_read_unit(b, node, "jitter", HK_UNIT_DURATION, &link->jitter);
	hk_read_unit(b, node, "loss", HK_UNIT_RATIO, &link->loss);
	hk_read_unit(b, node, "bandwidth", HK_UNIT_BITRATE, &link->bandwidth);
	hk_read_unit(b, node, "price", HK_UNIT_PRICE_DATA, &link->price);
	hk_read_unit(b, node, "availability", HK_UNIT_PROBABILITY, &link->availability);
	hk_read_bool(b, node, "equalCost", &link->equal_cost);
	hk_read_labels(b, hk_read_map(b, node, "labels"), &link->labels);
	link->controller = hk_read_text(b, node, "controller");
	check_controller(b, node, link);
	read_adjustable_bandwidth(b, adjustable, link);
	read_adjustable_latency(b, adjustable, link);
	hk_read_expiry(b, adjustable, link);
	if (adjustable && !link->controller)
		hk_diag_help(b->diags, hk_node_diag(b->diags, b->doc, adjustable, HK0207,
						    "the link is adjustable, but no controller is named that could change it"),
			     "add 'controller: <name>'");
}

static void read_link(struct hk_build *b, const struct hk_node *node, struct link_list *list)
{
	struct hk_link link = { 0 };
	bool both = true;

	link.from = hk_refer_cluster(b, node, "from");
	link.to = hk_refer_cluster(b, node, "to");
	hk_read_bool(b, node, "both", &both);
	read_values(b, node, &link);
	if (link.from == HK_NO_INDEX || link.to == HK_NO_INDEX)
		return;
	if (link.from == link.to) {
		hk_node_diag(b->diags, b->doc, hk_node_get(node, "to"), HK0402, "the link joins cluster '%s' to itself", b->model->clusters[link.from].name);
		return;
	}
	hk_vec_push(&list->links, link);
	if (both) {
		uint32_t from = link.from;
		link.from = link.to;
		link.to = from;
		hk_vec_push(&list->links, link);
	}
}

static int compare_doubles(double a, double b)
{
	return (a > b) - (a < b);
}

static int compare_links(const void *a, const void *b)
{
	const struct hk_link *left = a, *right = b;

	if (left->from != right->from)
		return left->from < right->from ? -1 : 1;
	if (left->to != right->to)
		return left->to < right->to ? -1 : 1;
	if (left->latency != right->latency)
		return compare_doubles(left->latency, right->latency);
	return compare_doubles(right->bandwidth, left->bandwidth);
}

void hk_sort_links(struct hk_model *model)
{
	hk_sort(model->links, model->n_links, sizeof *model->links, compare_links);
}

/* Said once per pair of clusters, at the link that is not used. */
static void note_parallel_links(struct hk_build *b)
{
	const struct hk_model *model = b->model;

	for (size_t i = 1; i < model->n_links; i++) {
		const struct hk_link *best = &model->links[i - 1], *link = &model->links[i];
		struct hk_range range;
		struct hk_diag *diag;

		if (best->from != link->from || best->to != link->to || link->from > link->to ||
		    (best->equal_cost && link->equal_cost && !compare_doubles(best->latency, link->latency)))
			continue;
		diag = hk_node_diag(b->diags, link->where.doc, link->where.node, HK0411,
				    "another link joins '%s' and '%s' too; traffic uses the one with the least latency", model->clusters[link->from].name,
				    model->clusters[link->to].name);
		hk_node_range(best->where.doc, best->where.node, &range);
		hk_diag_related(b->diags, diag, &range, "the other link");
	}
}

void hk_build_links(struct hk_build *b)
{
	struct link_list list = { { NULL, 0, 0 } };
	const struct hk_document *document;

	hk_build_now(b);
	for (size_t i = 0; (document = hk_next_document(b, HK_KIND_TOPOLOGY, &i)); )
		hk_for_each_item(item, hk_read_list(b, hk_document_spec(document), "links"))
			read_link(b, item, &list);
	b->model->links = hk_keep(b, list.links.v, list.links.n, sizeof *list.links.v);
	b->model->n_links = list.links.n;
	hk_vec_release(&list.links);
	hk_sort_links(b->model);
	note_parallel_links(b);
}
