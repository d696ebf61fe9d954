/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Whose replica a pod is: by namespace and one label of the workload's pod template, so that a hundred thousand pods are not held against a thousand workloads
 * each.
 */
#include "check/inventory.h"
#include "model/build.h"
#include <stdlib.h>

struct owner { struct hk_labels labels; uint32_t pipeline, workload; size_t next; };
struct hk_pod_owners { struct hk_arena arena; struct hk_map heads; HK_VEC(struct owner) list; struct hk_buf key; };

static struct hk_str key_of(struct hk_pod_owners *owners, const char *name_space, const struct hk_label *label)
{
	hk_buf_reset(&owners->key);
	hk_buf_addstr(&owners->key, name_space);
	hk_buf_addch(&owners->key, '\n');
	hk_buf_addstr(&owners->key, label->key);
	hk_buf_addch(&owners->key, '\n');
	hk_buf_addstr(&owners->key, label->value);
	return (struct hk_str){ owners->key.s, owners->key.len };
}

static void add(struct hk_pod_owners *owners, const struct hk_model *model, uint32_t p, uint32_t w)
{
	const struct hk_pipeline *pipeline = &model->pipelines[p];
	const struct hk_manifest_ref *manifest = &pipeline->workloads[w].manifest;
	struct owner owner = { manifest->pod_labels, p, w, HK_MAP_NONE };
	size_t head;

	if (!manifest->file) {
		owner.labels.v = hk_arena_array(&owners->arena, 1, sizeof *owner.labels.v);
		owner.labels.v[0] = (struct hk_label){ "app", pipeline->workloads[w].name };
		owner.labels.n = 1;
	}
	if (!owner.labels.n)
		return;
	struct hk_str key = key_of(owners, manifest->name_space ? manifest->name_space : pipeline->name_space, &owner.labels.v[0]);
	head = hk_map_put(&owners->heads, hk_str_of(hk_arena_slicedup(&owners->arena, key)), owners->list.n);
	if (head != HK_MAP_NONE) {
		owner.next = owners->list.v[head].next;
		owners->list.v[head].next = owners->list.n;
	}
	hk_vec_push(&owners->list, owner);
}

struct hk_pod_owners *hk_pod_owners_open(const struct hk_model *model)
{
	struct hk_pod_owners *owners = hk_calloc(1, sizeof *owners);

	hk_buf_init(&owners->key);
	for (uint32_t p = 0; p < model->n_pipelines; p++)
		for (uint32_t w = 0; w < model->pipelines[p].n_workloads; w++)
			add(owners, model, p, w);
	return owners;
}

void hk_pod_owners_close(struct hk_pod_owners *owners)
{
	hk_map_release(&owners->heads);
	hk_vec_release(&owners->list);
	hk_buf_release(&owners->key);
	hk_arena_release(&owners->arena);
	free(owners);
}

bool hk_pod_owner(struct hk_pod_owners *owners, const struct hk_labels *labels, const char *name_space, uint32_t *pipeline, uint32_t *workload)
{
	for (size_t i = 0; owners->list.n && i < labels->n; i++) {
		for (size_t at = hk_map_get(&owners->heads, key_of(owners, name_space, &labels->v[i])); at != HK_MAP_NONE; at = owners->list.v[at].next) {
			if (!hk_labels_include(labels, &owners->list.v[at].labels))
				continue;
			*pipeline = owners->list.v[at].pipeline;
			*workload = owners->list.v[at].workload;
			return true;
		}
	}
	return false;
}
