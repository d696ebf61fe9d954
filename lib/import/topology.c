/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "import/topology.h"
#include "model/sort.h"
#include <string.h>

static void write_pair(struct hk_buf *out, unsigned indent, const char *key, const char *value)
{
	if (!value)
		return;
	hk_buf_addchn(out, ' ', indent);
	hk_buf_addf(out, "%s: ", key);
	hk_write_text(out, value);
	hk_buf_addch(out, '\n');
}

/* Amounts nobody deducted from keep the text they had. */
static void write_allocatable(struct hk_buf *out, const struct hk_draft_node *node)
{
	bool first = true;

	if (!node->stated) {
		hk_write_amounts(out, &node->allocatable);
		return;
	}
	hk_buf_addch(out, '{');
	hk_for_each_pair(key, node->stated) {
		if (!hk_is_label_key(key->text.s) || hk_node_is_null(key->next) || key->next->kind != HK_SCALAR)
			continue;
		hk_buf_addstr(out, first ? "" : ", ");
		hk_write_text(out, key->text.s);
		hk_buf_addstr(out, ": ");
		hk_write_text(out, key->next->text.s);
		first = false;
	}
	hk_buf_addch(out, '}');
}

static void write_taints(struct hk_buf *out, const struct hk_draft_node *node)
{
	static const char *const effects[] = { [HK_NO_SCHEDULE] = "NoSchedule", [HK_PREFER_NO_SCHEDULE] = "PreferNoSchedule", [HK_NO_EXECUTE] = "NoExecute" };

	if (!node->n_taints)
		return;
	hk_buf_addstr(out, "      taints:\n");
	for (size_t i = 0; i < node->n_taints; i++) {
		hk_buf_addstr(out, "      - {key: ");
		hk_write_text(out, node->taints[i].key);
		if (node->taints[i].value) {
			hk_buf_addstr(out, ", value: ");
			hk_write_text(out, node->taints[i].value);
		}
		hk_buf_addf(out, ", effect: %s}\n", effects[node->taints[i].effect]);
	}
}

static void write_node(struct hk_buf *out, const struct hk_draft_node *node)
{
	hk_buf_addstr(out, "    - name: ");
	hk_write_text(out, node->name);
	hk_buf_addch(out, '\n');
	if (node->count > 1)
		hk_buf_addf(out, "      count: %u\n", node->count);
	hk_buf_addstr(out, "      allocatable: ");
	write_allocatable(out, node);
	hk_write_note(out, node->note);
	if (node->labels.n) {
		hk_buf_addstr(out, "      labels:\n");
		for (size_t i = 0; i < node->labels.n; i++) {
			hk_buf_addstr(out, "        ");
			hk_write_text(out, node->labels.v[i].key);
			hk_buf_addstr(out, ": ");
			hk_write_text(out, node->labels.v[i].value);
			hk_buf_addch(out, '\n');
		}
	}
	write_taints(out, node);
	if (node->unschedulable)
		hk_buf_addstr(out, "      unschedulable: true\n");
}

static void write_cluster(struct hk_buf *out, const struct hk_draft_cluster *cluster)
{
	hk_buf_addstr(out, "  - name: ");
	hk_write_text(out, cluster->name);
	hk_buf_addch(out, '\n');
	for (size_t i = 0; i < cluster->remarks.n; i++)
		hk_write_comment(out, 4, "%s", cluster->remarks.v[i]);
	write_pair(out, 4, "region", cluster->region);
	write_pair(out, 4, "zone", cluster->zone);
	write_pair(out, 4, "provider", cluster->provider);
	if (cluster->labels.n) {
		hk_buf_addstr(out, "    labels: ");
		hk_write_labels(out, &cluster->labels);
		hk_buf_addch(out, '\n');
	}
	hk_write_comment(out, 4, "fill in: tier, availability, failureDomain, nodeAvailability, prices, reserve (hkctl-topology(5))");
	if (cluster->node_selector.n) {
		hk_buf_addstr(out, "    nodeSelector: ");
		hk_write_labels(out, &cluster->node_selector);
		hk_buf_addch(out, '\n');
	}
	if (cluster->unlimited) {
		hk_write_comment(out, 4, "fill in: nodes; a cluster without a list of nodes grows as needed");
		return;
	}
	hk_buf_addstr(out, cluster->nodes.n ? "    nodes:\n" : "    nodes: []\n");
	for (size_t i = 0; i < cluster->nodes.n; i++)
		write_node(out, &cluster->nodes.v[i]);
}

static int compare_links(const void *a, const void *b)
{
	const struct hk_draft_link *left = a, *right = b;
	int order = strcmp(left->from, right->from);

	return order ? order : strcmp(left->to, right->to);
}

static void write_links(struct hk_buf *out, struct hk_draft_topology *topology)
{
	if (!topology->links.n) {
		if (topology->clusters.n > 1)
			hk_write_comment(out, 2, "fill in: links between the clusters, and sites where traffic enters; without a link no message can pass");
		return;
	}
	hk_sort(topology->links.v, topology->links.n, sizeof *topology->links.v, compare_links);
	hk_buf_addstr(out, "  links:\n");
	for (size_t i = 0; i < topology->links.n; i++) {
		const struct hk_draft_link *link = &topology->links.v[i];

		hk_buf_addstr(out, "  - {from: ");
		hk_write_text(out, link->from);
		hk_buf_addstr(out, ", to: ");
		hk_write_text(out, link->to);
		hk_buf_addstr(out, link->both ? ", latency: " : ", both: false, latency: ");
		hk_write_duration(out, link->latency);
		if (link->bandwidth >= 0) {
			hk_buf_addstr(out, ", bandwidth: ");
			hk_write_bitrate(out, link->bandwidth);
		}
		hk_buf_addch(out, '}');
		hk_write_note(out, link->note);
	}
}

void hk_draft_topology_write(struct hk_buf *out, struct hk_draft_topology *topology)
{
	for (size_t i = 0; i < topology->remarks.n; i++)
		hk_write_comment(out, 0, "%s", topology->remarks.v[i]);
	hk_write_head(out, "Topology", topology->name, NULL);
	hk_sort(topology->clusters.v, topology->clusters.n, sizeof *topology->clusters.v, hk_sort_by_text);
	hk_buf_addstr(out, topology->clusters.n ? "  clusters:\n" : "  clusters: []\n");
	for (size_t i = 0; i < topology->clusters.n; i++) {
		struct hk_draft_cluster *cluster = &topology->clusters.v[i];

		hk_sort(cluster->nodes.v, cluster->nodes.n, sizeof *cluster->nodes.v, hk_sort_by_text);
		write_cluster(out, cluster);
	}
	write_links(out, topology);
}

void hk_draft_topology_release(struct hk_draft_topology *topology)
{
	for (size_t i = 0; i < topology->clusters.n; i++) {
		struct hk_draft_cluster *cluster = &topology->clusters.v[i];

		for (size_t n = 0; n < cluster->nodes.n; n++)
			hk_amounts_release(&cluster->nodes.v[n].allocatable);
		hk_vec_release(&cluster->nodes);
		hk_vec_release(&cluster->remarks);
	}
	hk_vec_release(&topology->clusters);
	hk_vec_release(&topology->links);
	hk_vec_release(&topology->remarks);
}
