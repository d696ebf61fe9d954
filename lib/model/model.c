/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Looking things up in a finished model. */
#include "model/model.h"
#include <string.h>

/* Position of name in a sorted array whose elements start with a const char *. */
static uint32_t find_name(const void *base, size_t count, size_t size, const char *name)
{
	size_t low = 0, high = name ? count : 0;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strcmp(*(const char *const *)(const void *)((const char *)base + middle * size), name);
		if (order == 0)
			return (uint32_t)middle;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return HK_NO_INDEX;
}

uint32_t hk_model_cluster(const struct hk_model *model, const char *name)
{
	return find_name(model->clusters, model->n_clusters, sizeof *model->clusters, name);
}

uint32_t hk_model_site(const struct hk_model *model, const char *name)
{
	return find_name(model->sites, model->n_sites, sizeof *model->sites, name);
}

uint32_t hk_model_pipeline(const struct hk_model *model, const char *name)
{
	return find_name(model->pipelines, model->n_pipelines, sizeof *model->pipelines, name);
}

uint32_t hk_model_resource(const struct hk_model *model, const char *name)
{
	return find_name(model->resources, model->n_resources, sizeof *model->resources, name);
}

uint32_t hk_pipeline_workload(const struct hk_pipeline *pipeline, const char *name)
{
	return find_name(pipeline->workloads, pipeline->n_workloads, sizeof *pipeline->workloads, name);
}

uint32_t hk_pipeline_input(const struct hk_pipeline *pipeline, const char *name)
{
	return find_name(pipeline->inputs, pipeline->n_inputs, sizeof *pipeline->inputs, name);
}

uint32_t hk_pipeline_output(const struct hk_pipeline *pipeline, const char *name)
{
	return find_name(pipeline->outputs, pipeline->n_outputs, sizeof *pipeline->outputs, name);
}

const char *hk_cluster_label(const struct hk_cluster *cluster, const char *key)
{
	return hk_labels_get(&cluster->labels, key);
}

static const char *name_from(const struct hk_pipeline *pipeline, uint32_t input, uint32_t workload)
{
	return input != HK_NO_INDEX ? pipeline->inputs[input].name : pipeline->workloads[workload].name;
}

static const char *name_to(const struct hk_pipeline *pipeline, uint32_t output, uint32_t workload)
{
	return output != HK_NO_INDEX ? pipeline->outputs[output].name : pipeline->workloads[workload].name;
}

const char *hk_connection_from(const struct hk_pipeline *pipeline, const struct hk_connection *connection)
{
	return name_from(pipeline, connection->from_input, connection->from_workload);
}

const char *hk_connection_to(const struct hk_pipeline *pipeline, const struct hk_connection *connection)
{
	return name_to(pipeline, connection->to_output, connection->to_workload);
}

const char *hk_path_from(const struct hk_pipeline *pipeline, const struct hk_path *path)
{
	return name_from(pipeline, path->from_input, path->from_workload);
}

const char *hk_path_to(const struct hk_pipeline *pipeline, const struct hk_path *path)
{
	return name_to(pipeline, path->to_output, path->to_workload);
}

const char *hk_level_name(enum hk_level level)
{
	static const char *const names[] = { "node", "cluster", "zone", "region", "failureDomain" };

	return names[level];
}

const char *hk_manifest_kind_name(enum hk_manifest_kind kind)
{
	static const char *const names[] = { "Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob", "Pod", "VirtualMachine", "ReplicaSet" };

	return names[kind];
}

void hk_model_release(struct hk_model *model)
{
	hk_arena_release(&model->arena);
	memset(model, 0, sizeof *model);
}
