/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Topology documents: clusters with their nodes, sites, controllers. Several documents make one topology. Links: links.c. */
#include "model/build.h"
#include "model/links.h"
#include "model/nodes.h"
#include "model/sort.h"
#include <math.h>
#include <string.h>

/* Clusters, sites or controllers as declared: places where names must be unique. */
struct declared { const char *name; struct hk_where where; };
struct declarations { struct hk_map names; HK_VEC(struct declared) list; };

static void declare(struct hk_build *b, struct declarations *into, const struct hk_node *node, const char *what)
{
	const struct hk_node *name_node = hk_node_get(node, "name");
	const char *name = hk_read_text(b, node, "name");
	size_t known;

	if (!name)
		return;
	known = hk_map_get(&into->names, hk_str_of(name));
	if (hk_refer_declare(b, &into->names, name, name_node, known == HK_MAP_NONE ? NULL : &into->list.v[known].where, what, into->list.n))
		hk_vec_push(&into->list, (struct declared){ name, { b->doc, node } });
}

static void declarations_release(struct declarations *declarations)
{
	hk_map_release(&declarations->names);
	hk_vec_release(&declarations->list);
}

/* Price of one resource: of bytes ("0.008/GiB/h") for those counted in bytes, else per whole unit ("0.06/h"). */
static void read_prices(struct hk_build *b, const struct hk_node *mapping, double *prices)
{
	hk_for_each_pair(key, mapping) {
		bool bytes = hk_str_is(key->text, "memory") || hk_str_is(key->text, "ephemeral-storage") || hk_str_starts(key->text, "hugepages-");
		uint32_t r = hk_model_resource(b->model, hk_arena_slicedup(b->arena, key->text));

		if (r != HK_NO_INDEX && !hk_node_is_null(key->next))
			hk_read_unit_node(b, key->next, HK0201, bytes ? HK_UNIT_PRICE_MEMORY : HK_UNIT_PRICE_HOUR, &prices[r]);
	}
}

static void read_reserve(struct hk_build *b, const struct hk_node *mapping, double *reserve)
{
	hk_for_each_pair(key, mapping) {
		uint32_t r = hk_model_resource(b->model, hk_arena_slicedup(b->arena, key->text));

		if (r != HK_NO_INDEX && !hk_node_is_null(key->next))
			hk_read_unit_node(b, key->next, HK0201, HK_UNIT_RATIO, &reserve[r]);
	}
}

static void add_implicit_labels(struct hk_build *b, struct hk_cluster *c)
{
	hk_labels_add(b, &c->labels, "name", c->name);
	hk_labels_add(b, &c->labels, "tier", c->tier);
	hk_labels_add(b, &c->labels, "region", c->region);
	hk_labels_add(b, &c->labels, "zone", c->zone);
	hk_labels_add(b, &c->labels, "provider", c->provider);
	hk_labels_add(b, &c->labels, "failureDomain", c->failure_domain);
}

static void read_cluster(struct hk_build *b, struct hk_cluster *c, const struct declared *declared)
{
	const struct hk_node *node = declared->where.node;

	b->doc = declared->where.doc;
	c->name = declared->name;
	c->where = declared->where;
	c->tier = hk_read_text(b, node, "tier");
	c->region = hk_read_text(b, node, "region");
	c->zone = hk_read_text(b, node, "zone");
	c->provider = hk_read_text(b, node, "provider");
	c->failure_domain = hk_read_text(b, node, "failureDomain");
	if (!c->failure_domain)
		c->failure_domain = c->name;
	c->output = hk_read_text(b, node, "output");
	if (!c->output)
		c->output = hk_arena_printf(b->arena, "clusters/%s", c->name);
	hk_read_labels(b, hk_read_map(b, node, "labels"), &c->labels);
	add_implicit_labels(b, c);
	hk_read_labels(b, hk_read_map(b, node, "nodeSelector"), &c->node_selector);
	c->availability = c->node_availability = 1;
	hk_read_unit(b, node, "availability", HK_UNIT_PROBABILITY, &c->availability);
	hk_read_unit(b, node, "nodeAvailability", HK_UNIT_PROBABILITY, &c->node_availability);
	c->price = hk_arena_array(b->arena, b->model->n_resources, sizeof *c->price);
	c->reserve = hk_arena_array(b->arena, b->model->n_resources, sizeof *c->reserve);
	read_prices(b, hk_read_map(b, node, "prices"), c->price);
	read_reserve(b, hk_read_map(b, node, "reserve"), c->reserve);
	hk_build_nodes(b, c, node);
}

static void read_site(struct hk_build *b, struct hk_site *site, const struct declared *declared)
{
	const struct hk_node *node = declared->where.node;

	b->doc = declared->where.doc;
	site->name = declared->name;
	site->where = declared->where;
	site->cluster = hk_refer_cluster(b, node, "cluster");
	site->bandwidth = INFINITY;
	hk_read_unit(b, node, "latency", HK_UNIT_DURATION, &site->latency);
	hk_read_unit(b, node, "jitter", HK_UNIT_DURATION, &site->jitter);
	hk_read_unit(b, node, "loss", HK_UNIT_RATIO, &site->loss);
	hk_read_unit(b, node, "bandwidth", HK_UNIT_BITRATE, &site->bandwidth);
}

static void build_clusters(struct hk_build *b, struct declarations *declared)
{
	struct hk_model *model = b->model;

	hk_sort(declared->list.v, declared->list.n, sizeof *declared->list.v, hk_sort_by_text);
	model->clusters = hk_arena_array(b->arena, declared->list.n, sizeof *model->clusters);
	for (size_t i = 0; i < declared->list.n; i++)
		read_cluster(b, &model->clusters[i], &declared->list.v[i]);
	model->n_clusters = declared->list.n;
}

/* A site whose cluster is unknown is left out: nothing could use it. */
static void build_sites(struct hk_build *b, struct declarations *declared)
{
	struct hk_model *model = b->model;

	hk_sort(declared->list.v, declared->list.n, sizeof *declared->list.v, hk_sort_by_text);
	model->sites = hk_arena_array(b->arena, declared->list.n, sizeof *model->sites);
	for (size_t i = 0, n = 0; i < declared->list.n; i++) {
		struct hk_site site = { 0 };

		read_site(b, &site, &declared->list.v[i]);
		if (site.cluster == HK_NO_INDEX) {
			b->sites_partial = true;
			continue;
		}
		model->sites[n] = site;
		model->n_sites = ++n;
	}
}

/* A link names the one or the other, so they share one space of names. */
static void declare_controllers(struct hk_build *b, const struct hk_node *spec, struct declarations *controllers)
{
	static const char *const keys[] = { "controllers", "networkApis" };

	for (size_t k = 0; k < HK_COUNT(keys); k++)
		hk_for_each_item(item, hk_read_list(b, spec, keys[k]))
			declare(b, controllers, item, "controller or network API");
}

static void check_switches(struct hk_build *b, const struct hk_node *spec)
{
	hk_for_each_item(item, hk_read_list(b, spec, "switches"))
		if (hk_node_get(item, "cluster"))
			hk_refer_cluster(b, item, "cluster");
}

void hk_build_topologies(struct hk_build *b)
{
	struct declarations clusters = { .names = HK_MAP_INIT }, sites = { .names = HK_MAP_INIT }, controllers = { .names = HK_MAP_INIT };
	const struct hk_document *document;

	for (size_t i = 0; (document = hk_next_document(b, HK_KIND_TOPOLOGY, &i)); ) {
		const struct hk_node *spec = hk_document_spec(document);
		hk_for_each_item(item, hk_read_list(b, spec, "clusters"))
			declare(b, &clusters, item, "cluster");
		hk_for_each_item(item, hk_read_list(b, spec, "sites"))
			declare(b, &sites, item, "site");
		declare_controllers(b, spec, &controllers);
	}
	for (size_t i = 0; i < controllers.list.n; i++)
		hk_vec_push(&b->controllers, controllers.list.v[i].name);
	build_clusters(b, &clusters);
	build_sites(b, &sites);
	hk_build_links(b);
	for (size_t i = 0; (document = hk_next_document(b, HK_KIND_TOPOLOGY, &i)); )
		check_switches(b, hk_document_spec(document));
	declarations_release(&clusters);
	declarations_release(&sites);
	declarations_release(&controllers);
}
