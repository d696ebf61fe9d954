/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The cheapest traffic between given replicas: one linear program, columns share by share. Limits of paths are no rows: whenever the answer uses a chain that
 * is too slow, each of its pairs is forbidden in turn and the best of these programs counts.
 */
#include "brute.h"

#include <glpk.h>
#include <math.h>
#include <string.h>

struct arc { uint32_t connection, from, to; struct brute_quality quality; double cost, flow; bool forbidden; };
struct traffic {
	struct brute *brute;
	double fixed;
	struct arc arcs[BRUTE_ARCS]; uint32_t n_arcs;
	glp_prob *lp;
	int load[BRUTE_WORKLOADS][BRUTE_CLUSTERS], arc[BRUTE_ARCS];     /* columns, 0 = none */
};

enum quantity { LATENCY, JITTER, LOSS, N_QUANTITIES };

static double value_of(const struct brute_quality *quality, enum quantity q)
{
	return q == LATENCY ? quality->latency : q == JITTER ? quality->jitter : fmin(700, -log1p(-quality->loss));
}

static double late(const struct hk_bound *bound, double value)
{
	return bound->has_request && value > bound->request ? value - bound->request : 0;
}

static double arc_cost(const struct brute_connection *connection, const struct arc *arc)
{
	const struct hk_objective *objective = &connection->pipeline->objective;
	const struct hk_bounds *bounds = &connection->model->bounds;
	double lateness = late(&bounds->latency, arc->quality.latency) + late(&bounds->jitter, arc->quality.jitter) + late(&bounds->loss, arc->quality.loss);

	if (bounds->bandwidth.has_request && arc->quality.bandwidth < bounds->bandwidth.request * (1 - 1e-9))
		lateness += fmax(0, 1 - arc->quality.bandwidth_given / bounds->bandwidth.request);
	return objective->cost * connection->rate * connection->model->size * 3600 * arc->quality.price +
	    objective->latency * connection->rate * arc->quality.latency +
	       objective->request * connection->rate * lateness + (arc->from != arc->to ? objective->affinity * connection->model->affinity : 0);
}

static bool within(const struct hk_bound *bound, double value)
{
	return !bound->has_limit || value <= bound->limit * (1 + 1e-9);
}

/* Do required together rules keep this connection inside domains that these clusters do not share? */
static bool is_torn(const struct brute *brute, const struct brute_connection *connection, uint32_t from, uint32_t to)
{
	if (connection->from == HK_NO_INDEX || connection->to == HK_NO_INDEX)
		return false;
	for (int side = 0; side < 2; side++) {
		uint32_t w = side ? connection->to : connection->from, other = side ? connection->from : connection->to;
		const struct brute_workload *workload = &brute->workloads[w];

		for (size_t i = 0; i < workload->model->n_together; i++) {
			const struct hk_pairing *pairing = &workload->model->together[i];

			if (pairing->required && workload->first + pairing->with == other && !brute_same_domain(brute->model, pairing->level, from, to))
				return true;
		}
	}
	return false;
}

bool brute_allowed(const struct brute *brute, const struct brute_connection *connection, uint32_t from, uint32_t to)
{
	const struct hk_bounds *bounds = &connection->model->bounds;
	struct brute_quality quality = brute_along(brute, connection, from, to);

	return quality.reachable && within(&bounds->latency, quality.latency) && within(&bounds->jitter, quality.jitter) &&
	    within(&bounds->loss, quality.loss) &&
	       !(bounds->bandwidth.has_limit && quality.bandwidth < bounds->bandwidth.limit * (1 - 1e-9)) && !is_torn(brute, connection, from, to);
}

static bool is_end(const struct brute *brute, uint32_t workload, uint32_t fixed, uint32_t cluster)
{
	return workload == HK_NO_INDEX ? fixed == cluster : brute->x[workload][cluster] > 0;
}

static void list_arcs(struct traffic *traffic)
{
	const struct brute *brute = traffic->brute;
	uint32_t n = (uint32_t)brute->model->n_clusters;

	for (uint32_t i = 0; i < brute->n_connections; i++)
		for (uint32_t from = 0; from < n; from++)
			for (uint32_t to = 0; to < n; to++) {
				const struct brute_connection *connection = &brute->connections[i];
				struct arc arc = { .connection = i, .from = from, .to = to, .quality = brute_along(brute, connection, from, to) };

				if (!is_end(brute, connection->from, connection->from_cluster, from) ||
				    !is_end(brute, connection->to, connection->to_cluster, to) || !brute_allowed(brute, connection, from, to))
					continue;
				arc.cost = arc_cost(connection, &arc);
				traffic->arcs[traffic->n_arcs++] = arc;
			}
}

static int add_column(glp_prob *lp, double most, double cost)
{
	int column = glp_add_cols(lp, 1);

	glp_set_col_bnds(lp, column, isfinite(most) ? (most > 0 ? GLP_DB : GLP_FX) : GLP_LO, 0, isfinite(most) ? most : 0);
	glp_set_obj_coef(lp, column, cost);
	return column;
}

/* A row being put together; columns may come twice. */
struct row { int columns[256]; double values[256]; int n; };

static void add_term(struct row *row, int column, double value)
{
	for (int i = 1; i <= row->n; i++)
		if (row->columns[i] == column) {
			row->values[i] += value;
			return;
		}
	row->n++;
	row->columns[row->n] = column;
	row->values[row->n] = value;
}

static void add_row(glp_prob *lp, struct row *row, int type, double low, double high)
{
	int index = glp_add_rows(lp, 1);

	glp_set_row_bnds(lp, index, type, low, high);
	glp_set_mat_row(lp, index, row->n, row->columns, row->values);
}

static bool has_condition(const struct brute *brute, const struct brute_workload *workload, const struct hk_prefer *prefer, uint32_t cluster)
{
	struct brute_quality quality;
	double value;

	if (!prefer->has_when)
		return true;
	quality = brute->given[prefer->from_input != HK_NO_INDEX ? workload->pipeline->inputs[prefer->from_input].cluster : prefer->from_cluster][cluster];
	if (prefer->from_input != HK_NO_INDEX && workload->pipeline->inputs[prefer->from_input].site != HK_NO_INDEX)
		quality.latency += brute->model->sites[workload->pipeline->inputs[prefer->from_input].site].latency;
	/* The generator asks for latency alone. */
	value = quality.latency;
	return quality.reachable && (prefer->below ? value < prefer->value : value > prefer->value);
}

static double load_cost(const struct brute *brute, uint32_t w, uint32_t cluster)
{
	const struct brute_workload *workload = &brute->workloads[w];
	double sum = 0;

	for (size_t i = 0; i < workload->model->n_prefer; i++) {
		const struct hk_prefer *prefer = &workload->model->prefer[i];
		bool inside = hk_selector_matches(&prefer->selector, &brute->model->clusters[cluster].labels) &&
		    has_condition(brute, workload, prefer, cluster);

		if (inside != (prefer->weight >= 0))
			sum += fabs(prefer->weight);
	}
	return workload->pipeline->objective.affinity * sum;
}

static void add_columns(struct traffic *traffic)
{
	const struct brute *brute = traffic->brute;

	for (uint32_t w = 0; w < brute->n_workloads; w++)
		for (uint32_t c = 0; c < brute->model->n_clusters; c++) {
			const struct brute_workload *workload = &brute->workloads[w];
			double most = 1;

			if (isfinite(workload->model->capacity) && workload->rate > 0)
				most = fmin(1, workload->model->capacity * brute->x[w][c] / workload->rate);
			traffic->load[w][c] = brute->x[w][c] > 0 ? add_column(traffic->lp, most, load_cost(brute, w, c)) : 0;
		}
	for (uint32_t a = 0; a < traffic->n_arcs; a++)
		traffic->arc[a] = traffic->arcs[a].forbidden ? 0 : add_column(traffic->lp, 1, traffic->arcs[a].cost);
}

static void add_sources(struct traffic *traffic, uint32_t connection)
{
	const struct brute *brute = traffic->brute;
	uint32_t source = brute->connections[connection].from;

	for (uint32_t c = 0; c < brute->model->n_clusters; c++) {
		struct row row = { .n = 0 };

		if (!is_end(brute, source, brute->connections[connection].from_cluster, c))
			continue;
		for (uint32_t a = 0; a < traffic->n_arcs; a++)
			if (traffic->arcs[a].connection == connection && traffic->arcs[a].from == c && traffic->arc[a])
				add_term(&row, traffic->arc[a], 1);
		if (source != HK_NO_INDEX)
			add_term(&row, traffic->load[source][c], -1);
		add_row(traffic->lp, &row, GLP_FX, source == HK_NO_INDEX, source == HK_NO_INDEX);
	}
}

static void add_loads(struct traffic *traffic, uint32_t w)
{
	const struct brute *brute = traffic->brute;
	struct row all = { .n = 0 };

	for (uint32_t c = 0; c < brute->model->n_clusters; c++) {
		struct row row = { .n = 0 };

		if (!traffic->load[w][c])
			continue;
		add_term(&all, traffic->load[w][c], 1);
		add_term(&row, traffic->load[w][c], -1);
		for (uint32_t a = 0; a < traffic->n_arcs; a++)
			if (brute->connections[traffic->arcs[a].connection].to == w && traffic->arcs[a].to == c && traffic->arc[a])
				add_term(&row, traffic->arc[a], brute->connections[traffic->arcs[a].connection].part);
		if (brute->workloads[w].entered)
			add_row(traffic->lp, &row, GLP_FX, 0, 0);
	}
	add_row(traffic->lp, &all, GLP_FX, 1, 1);
}

static void add_links(struct traffic *traffic)
{
	const struct brute *brute = traffic->brute;

	for (uint32_t l = 0; l < brute->model->n_links; l++) {
		struct row row = { .n = 0 };

		for (uint32_t a = 0; a < traffic->n_arcs; a++) {
			const struct brute_connection *connection = &brute->connections[traffic->arcs[a].connection];

			for (uint32_t i = 0; i < traffic->arcs[a].quality.n_links; i++)
				if (traffic->arcs[a].quality.links[i] == l && traffic->arc[a])
					add_term(&row, traffic->arc[a], 8e-6 * connection->model->size * connection->rate * traffic->arcs[a].quality.parts[i]);
		}
		if (row.n == 0 || !isfinite(brute->model->links[l].bandwidth))
			continue;
		/* any amount beyond what is bought already, in Mbit/s */
		if (brute->model->links[l].adjustable_bandwidth && !(brute->model->links[l].bandwidth_step > 0) &&
		    brute_offer(&brute->model->links[l]) > brute->more[l])
			add_term(&row, add_column(traffic->lp, 1e-6 * (brute_offer(&brute->model->links[l]) - brute->more[l]),
						  1e6 * brute->model->links[l].bandwidth_price), -1);
		add_row(traffic->lp, &row, GLP_UP, 0, 1e-6 * (brute->model->links[l].bandwidth + brute->more[l]));
	}
}

/* affinity * weight * (load in the domain beyond that of the other workload), one column for each domain. */
static void add_together(struct traffic *traffic, uint32_t w, const struct hk_pairing *pairing)
{
	const struct brute *brute = traffic->brute;
	uint32_t with = brute->workloads[w].first + pairing->with;

	for (uint32_t c = 0; !pairing->required && c < brute->model->n_clusters; c++) {
		struct row row = { .n = 0 };
		bool first = true;

		for (uint32_t d = 0; d < c; d++)
			first &= !brute_same_domain(brute->model, pairing->level, c, d);
		if (!first)
			continue;
		add_term(&row, add_column(traffic->lp, (double)INFINITY, brute->workloads[w].pipeline->objective.affinity * pairing->weight), 1);
		for (uint32_t d = c; d < brute->model->n_clusters; d++) {
			if (!brute_same_domain(brute->model, pairing->level, c, d))
				continue;
			if (traffic->load[w][d])
				add_term(&row, traffic->load[w][d], -1);
			if (traffic->load[with][d])
				add_term(&row, traffic->load[with][d], 1);
		}
		add_row(traffic->lp, &row, GLP_LO, 0, 0);
	}
}

/* One way of a path: lateness of its mean, at least the sum of the means of its connections. */
struct way { struct traffic *traffic; const struct hk_path *path; const struct hk_pipeline *pipeline; uint32_t first; int late[N_QUANTITIES];
	     uint32_t steps[BRUTE_CONNECTIONS], n; double service; };

static const struct hk_bound *bound_of(const struct hk_path *path, enum quantity q)
{
	return q == LATENCY ? &path->bounds.latency : q == JITTER ? &path->bounds.jitter : &path->bounds.loss;
}

static void add_way(const struct way *way)
{
	const struct traffic *traffic = way->traffic;

	for (enum quantity q = LATENCY; q < N_QUANTITIES; q++) {
		const struct hk_bound *bound = bound_of(way->path, q);
		struct row row = { .n = 0 };
		double request = q == LOSS ? -log1p(-bound->request) : bound->request;

		if (!bound->has_request)
			continue;
		add_term(&row, way->late[q], 1);
		for (uint32_t i = 0; i < way->n; i++)
			for (uint32_t a = 0; a < traffic->n_arcs; a++)
				if (traffic->arcs[a].connection == way->steps[i] && traffic->arc[a])
					add_term(&row, traffic->arc[a], -1e3 * value_of(&traffic->arcs[a].quality, q));
		add_row(traffic->lp, &row, GLP_LO, 1e3 * ((q == LATENCY ? way->service : 0) - request), 0);
	}
}

static bool ends_here(const struct way *way, uint32_t connection)
{
	const struct hk_connection *model = way->traffic->brute->connections[connection].model;

	return way->path->to_output != HK_NO_INDEX ? model->to_output == way->path->to_output : model->to_workload == way->path->to_workload;
}

static void follow(struct way *way, uint32_t workload)
{
	const struct brute *brute = way->traffic->brute;

	for (uint32_t i = 0; i < brute->n_connections; i++) {
		const struct brute_connection *connection = &brute->connections[i];
		bool goes_on = workload != HK_NO_INDEX ? connection->from == workload
						       : connection->pipeline == way->pipeline && way->path->from_input != HK_NO_INDEX &&
						       connection->model->from_input == way->path->from_input;

		if (!goes_on)
			continue;
		double service = connection->to != HK_NO_INDEX ? brute->workloads[connection->to].model->service_time : 0;

		way->steps[way->n++] = i;
		way->service += service;
		if (ends_here(way, i))
			add_way(way);
		else if (connection->to != HK_NO_INDEX)
			follow(way, connection->to);
		way->service -= service;
		way->n--;
	}
}

static uint32_t path_start(const struct hk_path *path, uint32_t first)
{
	return path->from_workload == HK_NO_INDEX ? HK_NO_INDEX : first + path->from_workload;
}

static void add_late_path(struct traffic *traffic, const struct hk_pipeline *pipeline, uint32_t first, const struct hk_path *path)
{
	struct way way = { .traffic = traffic, .path = path, .pipeline = pipeline, .first = first };
	uint32_t start = path_start(path, first);
	double rate = path->from_input != HK_NO_INDEX ? pipeline->inputs[path->from_input].rate : traffic->brute->workloads[start].rate;

	for (enum quantity q = LATENCY; q < N_QUANTITIES; q++)
		way.late[q] = bound_of(path, q)->has_request ? add_column(traffic->lp, (double)INFINITY, 1e-3 * pipeline->objective.request * rate) : 0;
	way.service = start != HK_NO_INDEX ? traffic->brute->workloads[start].model->service_time : 0;
	follow(&way, start);
}

static void build(struct traffic *traffic)
{
	const struct brute *brute = traffic->brute;
	uint32_t first = 0;

	add_columns(traffic);
	for (uint32_t i = 0; i < brute->n_connections; i++)
		add_sources(traffic, i);
	for (uint32_t w = 0; w < brute->n_workloads; w++) {
		add_loads(traffic, w);
		for (size_t i = 0; i < brute->workloads[w].model->n_together; i++)
			add_together(traffic, w, &brute->workloads[w].model->together[i]);
	}
	add_links(traffic);
	for (size_t p = 0; p < brute->model->n_pipelines; p++) {
		for (size_t i = 0; i < brute->model->pipelines[p].n_paths; i++)
			add_late_path(traffic, &brute->model->pipelines[p], first, &brute->model->pipelines[p].paths[i]);
		first += (uint32_t)brute->model->pipelines[p].n_workloads;
	}
}

/* Search for a chain in use that breaks a limit of a path. */
struct chain { const struct traffic *traffic; const struct hk_path *path; uint32_t arcs[BRUTE_CONNECTIONS], n; const struct hk_pipeline *pipeline; };

static bool too_much(const struct chain *chain, double service)
{
	for (enum quantity q = LATENCY; q < N_QUANTITIES; q++) {
		const struct hk_bound *bound = bound_of(chain->path, q);
		double sum = q == LATENCY ? service : 0;

		for (uint32_t i = 0; i < chain->n; i++)
			sum += value_of(&chain->traffic->arcs[chain->arcs[i]].quality, q);
		if (bound->has_limit && (q == LOSS ? -expm1(-sum) : sum) > bound->limit * (1 + 1e-9))
			return true;
	}
	return false;
}

static bool find_chain(struct chain *chain, uint32_t workload, uint32_t cluster, double service)
{
	const struct brute *brute = chain->traffic->brute;

	for (uint32_t a = 0; a < chain->traffic->n_arcs; a++) {
		const struct arc *arc = &chain->traffic->arcs[a];
		const struct brute_connection *connection = &brute->connections[arc->connection];
		bool goes_on = workload != HK_NO_INDEX ? connection->from == workload && (cluster == HK_NO_INDEX || arc->from == cluster)
						       : connection->pipeline == chain->pipeline && chain->path->from_input != HK_NO_INDEX &&
						       connection->model->from_input == chain->path->from_input;

		if (!goes_on || arc->flow < 1e-9)
			continue;
		double after = service + (connection->to != HK_NO_INDEX ? brute->workloads[connection->to].model->service_time : 0);
		bool ends = chain->path->to_output != HK_NO_INDEX ? connection->model->to_output == chain->path->to_output
		    : connection->model->to_workload == chain->path->to_workload;

		chain->arcs[chain->n++] = a;
		if (ends ? too_much(chain, after) : connection->to != HK_NO_INDEX && find_chain(chain, connection->to, arc->to, after))
			return true;
		chain->n--;
	}
	return false;
}

static bool find_broken_path(const struct traffic *traffic, struct chain *chain)
{
	const struct brute *brute = traffic->brute;
	uint32_t first = 0;

	for (size_t p = 0; p < brute->model->n_pipelines; p++) {
		const struct hk_pipeline *pipeline = &brute->model->pipelines[p];

		for (size_t i = 0; i < pipeline->n_paths; i++) {
			uint32_t start = path_start(&pipeline->paths[i], first);

			*chain = (struct chain){ .traffic = traffic, .path = &pipeline->paths[i], .pipeline = pipeline };
			if (find_chain(chain, start, HK_NO_INDEX, start != HK_NO_INDEX ? brute->workloads[start].model->service_time : 0))
				return true;
		}
		first += (uint32_t)pipeline->n_workloads;
	}
	return false;
}

static double solve(struct traffic *traffic)
{
	glp_smcp control;
	double objective = (double)INFINITY;

	glp_init_smcp(&control);
	control.msg_lev = GLP_MSG_OFF;
	traffic->brute->programs++;
	traffic->lp = glp_create_prob();
	build(traffic);
	if (!glp_simplex(traffic->lp, &control) && glp_get_status(traffic->lp) == GLP_OPT)
		objective = glp_get_obj_val(traffic->lp);
	for (uint32_t a = 0; a < traffic->n_arcs; a++)
		traffic->arcs[a].flow = traffic->arc[a] ? glp_get_col_prim(traffic->lp, traffic->arc[a]) : 0;
	glp_delete_prob(traffic->lp);
	return objective;
}

/* Cheapest with what is forbidden so far; only answers below `best` matter. */
static double branch(struct traffic *traffic, double best)
{
	struct chain chain;
	double objective = traffic->fixed + solve(traffic);

	if (!(objective < best))
		return (double)INFINITY;
	if (!find_broken_path(traffic, &chain))
		return objective;
	for (uint32_t i = 0; i < chain.n; i++) {
		struct arc *arc = &traffic->arcs[chain.arcs[i]];

		arc->forbidden = true;
		best = fmin(best, branch(traffic, best));
		arc->forbidden = false;
	}
	return best;
}

double brute_traffic(struct brute *brute, double fixed)
{
	struct traffic traffic = { .brute = brute, .fixed = fixed };
	double objective;

	list_arcs(&traffic);
	objective = branch(&traffic, brute->best);
	return objective < brute->best ? objective : (double)INFINITY;
}

double brute_slope(const struct hk_model *model)
{
	struct brute brute = { 0 };
	double sum = 0;

	if (!brute_open(&brute, model))
		return 0;
	for (uint32_t i = 0; i < brute.n_connections; i++) {
		double dearest = 0;

		for (uint32_t from = 0; from < model->n_clusters; from++)
			for (uint32_t to = 0; to < model->n_clusters; to++) {
				struct arc arc = { .from = from, .to = to, .quality = brute_along(&brute, &brute.connections[i], from, to) };

				dearest = arc.quality.reachable ? fmax(dearest, arc_cost(&brute.connections[i], &arc)) : dearest;
			}
		sum += dearest;
	}
	return sum;
}
