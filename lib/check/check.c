/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "check/check.h"
#include "place/route.h"
#include <math.h>

static void complain(struct hk_check *check, const struct hk_check_offer *offer, struct hk_diags *diags)
{
	for (size_t t = 0; t < offer->n_targets; t++) {
		if (offer->targets[t].n_members)
			continue;
		hk_diag_help(diags, hk_node_diag(diags, offer->doc, offer->targets[t].node, HK1004,
						 "target '%s' of offer '%s' selects nothing, so the offer has no binding", offer->targets[t].name, offer->name),
			     check->planned ? "a plan's replicas have the labels of their manifests' pods, and live in the manifests' namespace"
			     : "is it among the saved pods, in namespace '%s'?", offer->name_space);
	}
}

static int prepare(struct hk_check *check, struct hk_diags *diags, struct hk_err *err)
{
	uint64_t total = 0;

	for (size_t i = 0; i < check->n_offers; i++) {
		struct hk_check_offer *offer = &check->offers[i];
		hk_check_select(check, offer);
		complain(check, offer, diags);
		if (offer->n_bindings > HK_CHECK_MOST_BINDINGS - total)
			return hk_err_set(err, HK_INVALID, "offer '%s/%s' brings the number of bindings above %llu; narrow the selectors of its targets",
					  offer->name_space, offer->name, (unsigned long long)HK_CHECK_MOST_BINDINGS);
		total += offer->n_bindings;
	}
	return 0;
}

int hk_check_open(struct hk_check *check, const struct hk_model *model, struct hk_workspace *workspace, const struct hk_plan *plan,
		  const struct hk_check_origin *origins, size_t n_origins, const struct hk_check_options *options, struct hk_diags *diags, struct hk_err *err)
{
	*check = (struct hk_check){ .options = *options, .model = model, .routes = hk_routes_open(model), .now = options->now };
	hk_inventory_open(&check->inventory, model, workspace, origins, n_origins);
	check->n_pods = check->inventory.pods.n;
	check->planned = plan && !check->n_pods && !options->pods_saved && !check->inventory.origins.n;
	if (check->planned)
		hk_inventory_add_plan(&check->inventory, plan);
	hk_measured_open(&check->measured, model, workspace);
	hk_check_providers_open(&check->providers, workspace);
	if (isnan(check->now))
		check->now = check->measured.newest;
	if (check->inventory.n_unknown_nodes)
		hk_diag_help(diags, hk_diag_add(diags, HK1005, NULL, "%zu %s of no topology", check->inventory.n_unknown_nodes,
					 check->inventory.n_unknown_nodes == 1 ? "pod runs on a node" : "pods run on nodes"),
			     "say whose they are with --pods CLUSTER=FILE, or add the nodes to the topology");
	hk_check_read_offers(check, workspace, diags);
	if (prepare(check, diags, err))
		return -1;
	for (size_t i = 0; i < check->n_offers; i++) {
		hk_check_ask_programs(check, &check->offers[i]);
		hk_check_classify(check, &check->offers[i]);
		hk_check_evaluate(check, &check->offers[i]);
	}
	return 0;
}

void hk_check_close(struct hk_check *check)
{
	for (size_t i = 0; i < check->n_offers; i++)
		for (size_t r = 0; check->offers[i].replies && r < check->offers[i].n_rules; r++)
			hk_reply_release(&check->offers[i].replies[r]);
	hk_check_providers_close(&check->providers);
	hk_measured_close(&check->measured);
	hk_inventory_close(&check->inventory);
	if (check->routes)
		hk_routes_close(check->routes);
	hk_map_release(&check->texts);
	hk_vec_release(&check->text_list);
	hk_arena_release(&check->arena);
}
