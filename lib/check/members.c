/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a target selects: pods of the offer's namespace, clusters, endpoints, network services; by any label selector Kubernetes knows. */
#include "check/check.h"
#include <string.h>

struct members { HK_VEC(struct hk_member) list; };

static const char *cluster_name(const struct hk_check *check, uint32_t cluster)
{
	return cluster == HK_NO_INDEX ? "" : check->model->clusters[cluster].name;
}

static void add_pods(struct hk_check *check, const struct hk_check_offer *offer, const struct hk_check_target *target, struct members *members)
{
	for (size_t i = 0; i < check->inventory.pods.n; i++) {
		const struct hk_check_pod *pod = &check->inventory.pods.v[i];
		if (strcmp(pod->name_space, offer->name_space) != 0 || !hk_selector_matches(&target->selector, &pod->labels))
			continue;
		hk_vec_push(&members->list,
			    (struct hk_member){ hk_arena_printf(&check->arena, "%s:%s:v1:Pod:%s", cluster_name(check, pod->cluster), pod->name_space,
								pod->name), (uint32_t)i,
						pod->cluster, pod->node, HK_NO_INDEX, 0 });
	}
}

static void add_clusters(struct hk_check *check, const struct hk_check_offer *offer, const struct hk_check_target *target, struct members *members)
{
	for (uint32_t c = 0; c < check->model->n_clusters; c++)
		if (hk_selector_matches(&target->selector, &check->model->clusters[c].labels))
			hk_vec_push(&members->list,
				    (struct hk_member){ hk_arena_printf(&check->arena, "%s:%s:v1:Cluster:%s", check->model->clusters[c].name, offer->name_space,
									check->model->clusters[c].name),
							HK_NO_INDEX, c, HK_NO_INDEX, HK_NO_INDEX, 0 });
}

/* turnbuckle takes the name of an endpoint for that of a node; a site or cluster of that name is where it is, too. */
static void add_objects(struct hk_check *check, const struct hk_check_offer *offer, const struct hk_check_target *target, struct members *members)
{
	const struct hk_model *model = check->model;

	for (size_t i = 0; i < check->inventory.objects.n; i++) {
		const struct hk_check_object *object = &check->inventory.objects.v[i];
		uint32_t cluster = object->cluster, node, site;

		if (strcmp(object->kind, target->kind) != 0 || strcmp(object->name_space, offer->name_space) != 0 ||
		    !hk_selector_matches(&target->selector, &object->labels))
			continue;
		node = hk_inventory_node(&check->inventory, cluster, object->name);
		site = hk_model_site(model, object->name);
		if (node != HK_NO_INDEX)
			cluster = check->inventory.nodes.v[node].cluster;
		else if (site != HK_NO_INDEX)
			cluster = model->sites[site].cluster;
		else if (cluster == HK_NO_INDEX)
			cluster = hk_model_cluster(model, object->name);
		hk_vec_push(&members->list,
			    (struct hk_member){ hk_arena_printf(&check->arena, "%s:%s:%s:%s:%s", cluster_name(check, cluster), object->name_space,
								object->api_version, object->kind, object->name), HK_NO_INDEX, cluster, node, (uint32_t)i, 0 });
	}
}

void hk_check_select(struct hk_check *check, struct hk_check_offer *offer)
{
	offer->n_bindings = offer->n_targets ? 1 : 0;
	for (size_t t = 0; t < offer->n_targets; t++) {
		struct hk_check_target *target = &offer->targets[t];
		struct members members = { { NULL, 0, 0 } };

		if (strcmp(target->kind, "Pod") == 0)
			add_pods(check, offer, target, &members);
		else if (strcmp(target->kind, "Cluster") == 0)
			add_clusters(check, offer, target, &members);
		else
			add_objects(check, offer, target, &members);
		target->n_members = members.list.n;
		if (members.list.n) {
			target->members = hk_arena_array(&check->arena, members.list.n, sizeof *target->members);
			memcpy(target->members, members.list.v, members.list.n * sizeof *target->members);
		}
		hk_vec_release(&members.list);
		/* saturates: what is past the limit is refused, whatever it is */
		offer->n_bindings = target->n_members &&
		    offer->n_bindings > UINT64_MAX / target->n_members ? UINT64_MAX : offer->n_bindings * target->n_members;
	}
}
