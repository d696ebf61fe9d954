/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Connections whose ends are joined by an interface of their pods (connections[].chain).
 *
 * nsm: Network Service Mesh. A chain is one NetworkService: a client asks for it, each function on the way is an endpoint of it and asks for it again, and
 * `matches` says by the label "app" who is connected to whom. Connections into one workload belong to one service, and what leaves a workload on a single
 * connection goes on in it; where several leave, each starts a service of its own, since a service cannot tell them apart. Weights are not written: the mesh
 * takes candidates in turn.
 *
 * multus: functions on one node, joined by a bridge of that node: a NetworkAttachmentDefinition for each connection. Without addresses (ipam): functions of a
 * chain forward frames.
 */
#include "base/digest.h"
#include "render/route.h"
#include "render/value.h"
#include <string.h>

/* The registry of Network Service Mesh reads its own namespace; this is that of the usual installation. */
#define NSM_NAMESPACE "nsm-system"
enum { NAME_BUDGET = 63 };

struct grouping {
	const struct hk_pipeline *pipeline;
	size_t *parent;                   /* [connection] */
	size_t *inbound;                  /* [workload]: a connection of the mesh that leads there, or NONE */
	size_t *outdegree;                /* [workload]: connections of the mesh that leave */
	bool *split;                      /* [connection, of a root]: each connection is a service of its own */
	size_t *head;                     /* [connection, of a root]: the first that starts the chain */
};
static const size_t NONE = (size_t)-1;

static bool is_nsm(const struct hk_pipeline *pipeline, size_t i)
{
	return pipeline->connections[i].chain == HK_CHAIN_NSM;
}

static size_t root_of(const struct grouping *g, size_t i)
{
	while (g->parent[i] != i) {
		g->parent[i] = g->parent[g->parent[i]];
		i = g->parent[i];
	}
	return i;
}

static void join(struct grouping *g, size_t a, size_t b)
{
	size_t left = root_of(g, a), right = root_of(g, b);
	if (left < right)
		g->parent[right] = left;
	else
		g->parent[left] = right;
}

/* Two ways that part and meet again would be one service in which their source has a choice. */
static void find_splits(struct grouping *g, struct hk_arena *arena)
{
	const struct hk_pipeline *p = g->pipeline;
	size_t *last = hk_arena_array(arena, p->n_connections + 1, sizeof *last);       /* [root]: source seen last, plus one */
	for (size_t i = 0; i < p->n_connections; i++) {       /* sorted by source */
		if (!is_nsm(p, i))
			continue;
		size_t root = root_of(g, i), source = p->connections[i].from_workload + (size_t)1;
		g->split[root] = g->split[root] || last[root] == source;
		last[root] = source;
	}
}

/* Its source is no endpoint of the same service. */
static bool is_head(const struct grouping *g, size_t i)
{
	size_t inbound = g->inbound[g->pipeline->connections[i].from_workload], root = root_of(g, i);
	return inbound == NONE || root_of(g, inbound) != root || g->split[root];
}

static void find_heads(struct grouping *g, struct hk_arena *arena)
{
	g->head = hk_arena_array(arena, g->pipeline->n_connections + 1, sizeof *g->head);
	for (size_t i = g->pipeline->n_connections; i-- > 0; )
		if (is_nsm(g->pipeline, i) && is_head(g, i))
			g->head[root_of(g, i)] = i;
}

static void group(struct grouping *g, struct hk_arena *arena)
{
	const struct hk_pipeline *p = g->pipeline;
	g->parent = hk_arena_array(arena, p->n_connections + 1, sizeof *g->parent);
	g->split = hk_arena_array(arena, p->n_connections + 1, sizeof *g->split);
	g->inbound = hk_arena_array(arena, p->n_workloads + 1, sizeof *g->inbound);
	g->outdegree = hk_arena_array(arena, p->n_workloads + 1, sizeof *g->outdegree);
	for (size_t i = 0; i < p->n_workloads; i++)
		g->inbound[i] = NONE;
	for (size_t i = 0; i < p->n_connections; i++) {
		const struct hk_connection *c = &p->connections[i];
		g->parent[i] = i;
		if (!is_nsm(p, i))
			continue;
		g->outdegree[c->from_workload]++;
		if (g->inbound[c->to_workload] == NONE)
			g->inbound[c->to_workload] = i;
		else
			join(g, g->inbound[c->to_workload], i);
	}
	for (size_t i = 0; i < p->n_connections; i++)
		if (is_nsm(p, i) && g->outdegree[p->connections[i].from_workload] == 1 && g->inbound[p->connections[i].from_workload] != NONE)
			join(g, i, g->inbound[p->connections[i].from_workload]);
	find_splits(g, arena);
	find_heads(g, arena);
}

static const char *pair_name(struct hk_job *job, const struct hk_pipeline *p, const struct hk_connection *c)
{
	const char *text = hk_arena_printf(&job->arena, "%s-%s-%s", p->name, p->workloads[c->from_workload].name, p->workloads[c->to_workload].name);
	return hk_route_label(&job->arena, text, NAME_BUDGET);
}

/* A service is named after the first function of the chain. */
static const char *service_name(struct hk_job *job, const struct grouping *g, size_t i)
{
	const struct hk_pipeline *p = g->pipeline;
	size_t root = root_of(g, i);
	if (g->split[root])
		return pair_name(job, p, &p->connections[i]);
	const char *text = hk_arena_printf(&job->arena, "%s-%s", p->name, p->workloads[p->connections[g->head[root]].to_workload].name);
	return hk_route_label(&job->arena, text, NAME_BUDGET);
}

static void add_link(struct hk_job *job, const struct grouping *g, size_t i, uint32_t *outs, uint32_t *ins)
{
	const struct hk_pipeline *p = g->pipeline;
	const struct hk_connection *c = &p->connections[i];
	bool nsm = c->chain == HK_CHAIN_NSM;
	if (!hk_planned_named(job, p->name, p->workloads[c->from_workload].name) || !hk_planned_named(job, p->name, p->workloads[c->to_workload].name))
		return;
	struct hk_chain_link link = { .pipeline = p, .connection = c, .network = nsm ? service_name(job, g, i) : pair_name(job, p, c),
				      .first = nsm && is_head(g, i) };
	if (!nsm || link.first)
		link.out = outs[c->from_workload]++;
	if (!nsm)
		link.in = ins[c->to_workload]++;
	hk_index_add(&job->chained, p->name, p->workloads[c->from_workload].name, "", job->chains.n);
	hk_index_add(&job->chained, p->name, p->workloads[c->to_workload].name, "", job->chains.n);
	hk_vec_push(&job->chains, link);
}

void hk_chains_plan(struct hk_job *job)
{
	for (size_t i = 0; i < job->model->n_pipelines; i++) {
		struct grouping g = { .pipeline = &job->model->pipelines[i] };
		bool any = false;
		for (size_t k = 0; k < g.pipeline->n_connections; k++)
			any = any || g.pipeline->connections[k].chain != HK_CHAIN_NONE;
		if (!any)
			continue;
		group(&g, &job->arena);
		uint32_t *outs = hk_arena_array(&job->arena, g.pipeline->n_workloads + 1, sizeof *outs),
		    *ins = hk_arena_array(&job->arena, g.pipeline->n_workloads + 1, sizeof *ins);
		for (size_t k = 0; k < g.pipeline->n_connections; k++)
			if (g.pipeline->connections[k].chain != HK_CHAIN_NONE)
				add_link(job, &g, k, outs, ins);
	}
}

/* Networks of a node are in the namespace of the source; pods elsewhere must say which. */
static const char *network_of(struct hk_job *job, const struct hk_chain_link *link, const struct hk_entry *entry)
{
	const char *own = link->pipeline->workloads[link->connection->from_workload].manifest.name_space;
	const char *folder = own ? own : link->pipeline->name_space ? link->pipeline->name_space : "default";
	return strcmp(folder, entry->folder) == 0 ? link->network : hk_arena_printf(&job->arena, "%s/%s", folder, link->network);
}

static void tell_endpoint(struct hk_job *job, const struct hk_entry *entry, const char *network)
{
	struct hk_diag *diag = hk_job_diag(job, HK0932, &entry->range, "%s '%s' is an endpoint of the NetworkService '%s'", entry->kind, entry->name, network);
	hk_diag_help(job->diags, diag,
		     "endpoints register themselves: its program must offer that service with the label app:%s (NSM_SERVICE_NAMES and NSM_LABELS of the mesh's own "
		     "endpoints)%s", entry->workload->name, strcmp(entry->kind, "VirtualMachine") == 0 ? "; the interface ends in the pod around the machine"
		     : "");
}

void hk_chain_attach(struct hk_job *job, struct hk_entry *entry)
{
	HK_VEC(struct hk_chain_end) ends = { 0 };
	const char *told = NULL;
	hk_index_each(at, &job->chained, entry->pipeline->name, entry->workload->name, "") {
		const struct hk_chain_link *link = &job->chains.v[job->chained.links.v[at].value];
		bool source = &link->pipeline->workloads[link->connection->from_workload] == entry->workload;
		struct hk_chain_end end = { .chain = link->connection->chain };
		if (end.chain == HK_CHAIN_MULTUS) {
			end.text = network_of(job, link, entry);
			end.interface = hk_arena_printf(&job->arena, "%s%u", source ? "out" : "in", source ? link->out : link->in);
		} else if (source && link->first) {
			end.text = hk_arena_printf(&job->arena, "kernel://%s/nsm-%u?app=%s", link->network, link->out + 1, entry->workload->name);
		} else if (!source && !(told && strcmp(told, link->network) == 0)) {
			told = link->network;
			tell_endpoint(job, entry, told);
		}
		if (end.text)
			hk_vec_push(&ends, end);
	}
	struct hk_chain_end *kept = hk_arena_array(&job->arena, ends.n + 1, sizeof *kept);
	for (size_t i = 0; i < ends.n; i++)
		kept[i] = ends.v[i];
	entry->chain = (struct hk_chain_ends){ kept, ends.n };
	hk_vec_release(&ends);
}

/* Objects */

static const struct hk_entry *entry_of(const struct hk_job *job, const struct hk_index *by_workload, const struct hk_pipeline *pipeline, uint32_t workload)
{
	size_t link = hk_index_first(by_workload, pipeline->name, pipeline->workloads[workload].name, "");
	return link == HK_INDEX_END ? NULL : job->claims.v[by_workload->links.v[link].value].entry;
}

static void add_objects(struct hk_job *job, const struct hk_value *object, const char *suffix, const bool *clusters)
{
	for (uint32_t c = 0; c < job->model->n_clusters; c++)
		if (clusters[c])
			hk_vec_push(&job->items, (struct hk_item){ .suffix = suffix, .cluster = c, .object = object });
}

static void mark(const struct hk_job *job, const struct hk_entry *entry, bool *clusters)
{
	for (size_t c = 0; entry && c < job->model->n_clusters; c++)
		clusters[c] |= entry->clusters[c];
}

static void tell_apart(struct hk_job *job, const struct hk_chain_link *link, const struct hk_entry *from, const struct hk_entry *to)
{
	for (size_t c = 0; from && to && c < job->model->n_clusters; c++) {
		if (!from->clusters[c] || to->clusters[c])
			continue;
		struct hk_diag *diag = hk_job_diag(job, HK0933, &from->range, "'%s' is chained to '%s' (%s), but in cluster '%s' there is no replica of '%s'",
						   from->workload->name, to->workload->name, link->connection->chain == HK_CHAIN_NSM ? "nsm" : "multus",
						   job->model->clusters[c].name, to->workload->name);
		hk_diag_help(job->diags, diag, "chains join pods of one cluster; keep both together (placement.together, level cluster or node, required)");
		return;
	}
}

static const struct hk_value *attachment_config(struct hk_job *job, const char *name)
{
	char digest[HK_SHA256_TEXT];
	hk_sha256_text(name, strlen(name), digest);
	/* A name of a Linux interface has at most 15 bytes. */
	return hk_value_str(&job->arena,
			    hk_arena_printf(&job->arena,
					    "{\"cniVersion\": \"0.3.1\", \"name\": \"%s\", \"type\": \"bridge\", \"bridge\": \"hk%.8s\", \"ipam\": {}}", name,
					    digest));
}

static void emit_attachment(struct hk_job *job, const struct hk_chain_link *link, const struct hk_entry *from, const struct hk_entry *to)
{
	struct hk_arena *arena = &job->arena;
	bool *clusters = hk_arena_array(arena, job->model->n_clusters + 1, sizeof *clusters);
	const struct hk_entry *owner = from ? from : to;
	mark(job, from, clusters);
	mark(job, to, clusters);
	if (!owner)
		return;
	const char *suffix = hk_item_suffix(job, owner, "NetworkAttachmentDefinition", link->network);
	struct hk_value *object = hk_route_object(job, owner, "k8s.cni.cncf.io/v1", "NetworkAttachmentDefinition", link->network);
	hk_value_put(arena, object, "spec", hk_value_put(arena, hk_value_map(arena), "config", attachment_config(job, link->network)));
	if (suffix)
		add_objects(job, object, suffix, clusters);
}

static struct hk_value *app_selector(struct hk_arena *arena, const struct hk_workload *workload)
{
	return hk_value_put_str(arena, hk_value_map(arena), "app", workload->name);
}

struct service { const struct hk_chain_link *any; struct hk_value *matches; bool *clusters; };
struct services { HK_VEC(struct service) list; struct hk_index named; };     /* (pipeline, network) -> list */

static void declare_service(struct hk_job *job, struct services *services, const struct hk_chain_link *link)
{
	if (hk_index_first(&services->named, link->pipeline->name, link->network, "") != HK_INDEX_END)
		return;
	hk_index_add(&services->named, link->pipeline->name, link->network, "", services->list.n);
	hk_vec_push(&services->list,
		    (struct service){ link, hk_value_seq(&job->arena), hk_arena_array(&job->arena, job->model->n_clusters + 1, sizeof(bool)) });
}

/* Every connection of the mesh goes to its service, in the order messages take. */
static void fill_services(struct hk_job *job, struct services *services, const struct hk_index *by_workload, const struct hk_pipeline *p)
{
	struct hk_arena *arena = &job->arena;
	for (size_t k = 0; k < p->n_workloads; k++) {
		hk_index_each(at, &job->chained, p->name, p->workloads[p->order[k]].name, "") {
			const struct hk_chain_link *link = &job->chains.v[job->chained.links.v[at].value];
			if (link->connection->from_workload != p->order[k] || link->connection->chain != HK_CHAIN_NSM)
				continue;
			struct service *service = &services->list.v[services->named.links.v[hk_index_first(&services->named, p->name, link->network,
													   "")].value];
			const struct hk_workload *to = &p->workloads[link->connection->to_workload];
			struct hk_value *route = hk_value_put(arena, hk_value_map(arena), "destination_selector", app_selector(arena, to));
			struct hk_value *match = hk_value_put(arena, hk_value_map(arena), "source_selector", app_selector(arena, &p->workloads[p->order[k]]));
			hk_value_push(arena, service->matches, hk_value_put(arena, match, "routes", hk_value_push(arena, hk_value_seq(arena), route)));
			mark(job, entry_of(job, by_workload, p, link->connection->from_workload), service->clusters);
			mark(job, entry_of(job, by_workload, p, link->connection->to_workload), service->clusters);
		}
	}
}

static void emit_service(struct hk_job *job, const struct service *service)
{
	struct hk_arena *arena = &job->arena;
	const struct hk_entry registry = { .name_space = NSM_NAMESPACE };
	const char *name = service->any->network;
	struct hk_value *spec = hk_value_put_str(arena, hk_value_map(arena), "name", name);
	hk_value_put_str(arena, spec, "payload", "IP");
	hk_value_put(arena, spec, "matches", service->matches);
	struct hk_value *object = hk_route_object(job, &registry, "networkservicemesh.io/v1", "NetworkService", name);
	add_objects(job, hk_value_put(arena, object, "spec", spec), hk_arena_printf(arena, NSM_NAMESPACE "/networkservice-%s.yaml", name), service->clusters);
}

void hk_chains_emit(struct hk_job *job)
{
	struct hk_index by_workload = HK_INDEX_INIT;
	struct services services = { .named = HK_INDEX_INIT };
	for (size_t i = 0; job->chains.n && i < job->claims.n; i++)
		hk_index_add(&by_workload, job->claims.v[i].pipeline->name, job->claims.v[i].workload->name, "", i);
	for (size_t i = 0; i < job->chains.n; i++) {
		const struct hk_chain_link *link = &job->chains.v[i];
		const struct hk_entry *from = entry_of(job, &by_workload, link->pipeline, link->connection->from_workload);
		const struct hk_entry *to = entry_of(job, &by_workload, link->pipeline, link->connection->to_workload);
		tell_apart(job, link, from, to);
		if (link->connection->chain == HK_CHAIN_MULTUS)
			emit_attachment(job, link, from, to);
		else
			declare_service(job, &services, link);
	}
	for (size_t i = 0; i < job->chains.n; i++)
		if (i == 0 || job->chains.v[i].pipeline != job->chains.v[i - 1].pipeline)
			fill_services(job, &services, &by_workload, job->chains.v[i].pipeline);
	for (size_t i = 0; i < services.list.n; i++)
		emit_service(job, &services.list.v[i]);
	hk_index_release(&by_workload);
	hk_index_release(&services.named);
	hk_vec_release(&services.list);
}
