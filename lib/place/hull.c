/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "place/hull_internal.h"

#include "place/availability.h"
#include "place/domain.h"
#include "place/milp_form.h"
#include "place/scene.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
	NEED_MAX = 64,                /* beyond it counts are nearly fractions, and their rows nearly those of pairs of domains */
	NODES_MAX = 20000,            /* of the walk over all lists of counts */
	NODES_FEW = 3000,             /* where pipelines are so few that a list costs as much as all the rest */
	BLOCKS_FEW = 40,
	NODES_WITHIN = 2000,          /* where little room is left: for one search */
	NODES_AGAIN = 300000,         /* of all walks of one hull, when plans miss the target for want of lists */
	SUMS_MAX = 40,                /* beyond the lists that are looked at one by one */
	TIERS_MAX = 8,                /* of one sum */
	FEW = 6,                      /* domains whose pairs cost next to nothing */
	MORE = 10,                    /* times as many nodes as the time before */
};

/* Lists up to so many times as many replicas as are needed describe little of a hull. */
static const double LITTLE = 1.2;
/* A target that is missed by less is met: never too many rows. */
static const double TOLERANCE = 1e-11;

static uint32_t least_of(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

static int by_up(const void *left, const void *right)
{
	const struct hk_hull_domain *a = left, *b = right;

	if (a->up != b->up)
		return a->up > b->up ? -1 : 1;
	if (a->most != b->most)
		return a->most > b->most ? -1 : 1;
	return (a->number > b->number) - (a->number < b->number);
}

/* most: per candidate; NULL = what its cluster holds. */
static void find_domains(struct hk_hull *h, const struct hk_problem *problem, const uint32_t *most)
{
	const struct hk_block *b = &problem->blocks[h->block];
	uint32_t *number = hk_calloc((size_t)h->n_candidates + 1, sizeof *number);

	for (uint32_t c = 0; c < h->n_candidates; c++) {
		uint32_t cluster = h->placed->candidates[c].cluster, at = 0;

		number[c] = hk_domain_of(problem->model, HK_LEVEL_FAILURE_DOMAIN, cluster);
		while (at < h->n && h->domains[at].number != number[c])
			at++;
		if (at == h->n)
			h->domains[h->n++] = (struct hk_hull_domain){ .number = number[c], .up = hk_domain_availability(problem->model, cluster) };
		/* more than what is needed is of no use */
		h->domains[at].most = (uint32_t)fmin(h->need, (double)h->domains[at].most + (most ? most[c] : hk_form_most(problem, b, h->workload, c)));
	}
	if (h->n > 1)
		qsort(h->domains, h->n, sizeof *h->domains, by_up);
	for (uint32_t d = h->n; d-- > 0;)
		h->domains[d].alike = d + 1 < h->n && h->domains[d + 1].up == h->domains[d].up ? h->domains[d + 1].alike : d + 1;
	for (uint32_t c = 0; c < h->n_candidates; c++)
		while (h->domains[h->domain_of[c]].number != number[c])
			h->domain_of[c]++;
	hk_cleanup_free(&number);
}

/* A walk over all falling lists of counts with one sum. */
struct walk {
	struct hk_hull *h;
	uint32_t spare;
	double allowed, none;
	uint32_t nodes, nodes_most;
	uint32_t parts[HK_HULL_DOMAINS];
	/* of every number of replicas up among the parts so far; only of numbers that there are and that what is left can still complete */
	double chance[HK_HULL_DOMAINS + 1][NEED_MAX + 1];
	uint32_t room[HK_HULL_DOMAINS + 1];   /* from here on */
};

static double odds(const struct walk *walk, uint32_t d)
{
	double up = walk->h->domains[d].up;

	return up > 0 ? (1 - up) / up : 0;
}

/* What the newest part adds to the chance of losing too much with one domain, or two of those so far. */
static double lost_with(const struct walk *walk, uint32_t at)
{
	double sum = walk->parts[at] > walk->spare ? walk->none * odds(walk, at) : 0;

	for (uint32_t d = 0; d < at; d++)
		if (walk->parts[d] > 0 && walk->parts[at] > 0 && walk->parts[d] + walk->parts[at] > walk->spare)
			sum += walk->none * odds(walk, d) * odds(walk, at);
	return sum;
}

/* With `part` more in the domain. placed: before these; left: after them. */
static void add_chance(const struct walk *walk, const double *from, uint32_t at, uint32_t part, uint32_t placed, uint32_t left, double *to)
{
	double up = walk->h->domains[at].up;
	uint32_t need = walk->h->need, most = placed < need ? placed : need, least = left < need ? need - left : 0;

	for (uint32_t k = least; k < need && k <= placed + part; k++)
		to[k] = (k <= most ? from[k] * (1 - up) : 0) + (k >= part ? from[k - part] * up : 0);
	if (placed + part < need)
		return;
	to[need] = most == need ? from[need] * (1 - up) : 0;
	for (uint32_t k = part < need ? need - part : 0; k <= most; k++)
		to[need] += from[k] * up;
}

/* placed: replicas the chances are of. */
static bool enough(const struct walk *walk, const double *chance, uint32_t placed)
{
	return placed >= walk->h->need && chance[walk->h->need] >= walk->h->placed->availability - TOLERANCE;
}

/* Is one replica less enough as well? Then a list of a smaller sum says more. */
static bool too_many(const struct walk *walk)
{
	const struct hk_hull *h = walk->h;
	double trial[2][NEED_MAX + 1];
	uint32_t all = h->tail, placed;
	bool can_go = false;

	for (uint32_t d = h->n, before = all; d-- > 0 && !can_go;) {
		before -= walk->parts[d];
		if (walk->parts[d] == 0 || (d + 1 < h->n && h->domains[d + 1].up == h->domains[d].up && walk->parts[d + 1] == walk->parts[d]))
			continue;
		placed = before + walk->parts[d] - 1;
		add_chance(walk, walk->chance[d], d, walk->parts[d] - 1, before, all - 1 - placed, trial[d % 2]);
		for (uint32_t at = d + 1; at < h->n; placed += walk->parts[at], at++)
			add_chance(walk, trial[(at - 1) % 2], at, walk->parts[at], placed, all - 1 - placed - walk->parts[at], trial[at % 2]);
		can_go = enough(walk, trial[(h->n - 1) % 2], placed);
	}
	return can_go;
}

static void note(struct walk *walk)
{
	struct hk_hull *h = walk->h;

	if (!enough(walk, walk->chance[h->n], h->tail) || too_many(walk))
		return;
	for (uint32_t d = 0; d < h->n; d++)
		hk_vec_push(&h->parts, walk->parts[d]);
	h->n_lists++;
}

/* Can what is left still be enough, all of it in places that never fail, without losing too much with two domains of which one is the fullest so far? */
static bool hopeless(const struct walk *walk, uint32_t at, uint32_t left, double lost)
{
	const struct hk_hull *h = walk->h;
	uint32_t fullest = 0, safe = 0, more = h->n, wide = 0;
	double chance = 0, rarest = INFINITY;

	for (uint32_t k = left < h->need ? h->need - left : 0; k <= h->need && k <= h->tail - left; k++)
		chance += walk->chance[at][k];
	if (chance < h->placed->availability - TOLERANCE)
		return true;
	for (uint32_t d = 1; d < at; d++)
		fullest = walk->parts[d] > walk->parts[fullest] ? d : fullest;
	if (at == 0 || walk->parts[fullest] == 0)
		return false;
	for (uint32_t d = at; d < h->n; d++) {
		uint32_t most = h->domains[d].most < walk->spare || 1 - h->domains[d].up <= walk->allowed ? h->domains[d].most : walk->spare, held;

		if (h->domains[d].up == h->domains[at - 1].up && walk->parts[at - 1] < most)
			most = walk->parts[at - 1];
		held = walk->parts[fullest] < walk->spare ? walk->spare - walk->parts[fullest] : 0;
		held = held < most ? held : most;
		safe += held;
		wide = most - held > wide ? most - held : wide;
		rarest = fmin(rarest, odds(walk, d));
	}
	if (rarest > 0) {
		double forgiven = fmax(0, (walk->allowed - lost) / (walk->none * odds(walk, fullest) * rarest)) * (1 + 1e-6) + 1e-6;

		more = forgiven < h->n ? (uint32_t)forgiven : h->n;
	}
	return safe + more * wide < left;
}

/* False when it takes too long. */
static bool go(struct walk *walk, uint32_t at, uint32_t left, double lost)
{
	const struct hk_hull_domain *domains = walk->h->domains;
	uint32_t most, least;

	if (at == walk->h->n) {
		note(walk);
		return true;
	}
	if (++walk->nodes > walk->nodes_most)
		return false;
	most = domains[at].most < left ? domains[at].most : left;
	if (at > 0 && domains[at - 1].up == domains[at].up && walk->parts[at - 1] < most)
		most = walk->parts[at - 1];
	if (1 - domains[at].up > walk->allowed && walk->spare < most)
		most = walk->spare;
	least = left > walk->room[at + 1] ? left - walk->room[at + 1] : 0;
	for (uint32_t part = most + 1; part-- > least;) {
		double more;

		walk->parts[at] = part;
		more = lost + lost_with(walk, at);
		if (more > walk->allowed)
			continue;
		add_chance(walk, walk->chance[at], at, part, walk->h->tail - left, left - part, walk->chance[at + 1]);
		/* fewer than these are enough: they are in a list of a smaller sum */
		if ((part < left && enough(walk, walk->chance[at + 1], walk->h->tail - left + part)) || hopeless(walk, at + 1, left - part, more))
			continue;
		if (!go(walk, at + 1, left - part, more))
			return false;
	}
	return true;
}

static int rising(const void *left, const void *right)
{
	double a = *(const double *)left, b = *(const double *)right;

	return (a > b) - (a < b);
}

/* How many domains may be lost in pairs and then be missed, if they are those that fail least: all of some, or one with each of some. */
static void forgive(struct hk_hull *h, const struct walk *walk)
{
	double odd[HK_HULL_CANDIDATES], all = 0, one = 0;

	h->n_risky = h->big = h->beside = 0;
	for (uint32_t d = 0; d < h->n; d++) {
		if (!h->domains[d].risky)
			continue;
		odd[h->n_risky] = odds(walk, d);
		h->roomiest[h->n_risky++] = h->domains[d].most;
	}
	if (h->n_risky == 0)
		return;
	qsort(h->roomiest, h->n_risky, sizeof *h->roomiest, hk_counts_falling);
	qsort(odd, h->n_risky, sizeof *odd, rising);
	for (; h->big < h->n_risky; h->big++) {
		for (uint32_t d = 0; d < h->big; d++)
			all += walk->none * odd[d] * odd[h->big];
		if (all > walk->allowed)
			break;
	}
	for (h->beside = 0; h->beside + 1 < h->n_risky; h->beside++) {
		one += walk->none * odd[0] * odd[h->beside + 1];
		if (one > walk->allowed)
			break;
	}
}

/* Lists by their sums, from the tail on, until there are too many: then tail is the first sum that was left out. */
static void list_counts(struct hk_hull *h)
{
	struct walk walk = { .h = h, .nodes_most = h->nodes, .none = 1, .allowed = (1 - h->placed->availability) * (1 + 1e-9) + TOLERANCE };
	uint32_t all = 0;

	for (uint32_t d = h->n; d-- > 0;) {
		all += h->domains[d].most;
		walk.room[d] = all;
		walk.none *= h->domains[d].up;
		h->domains[d].risky = 1 - h->domains[d].up > walk.allowed;
	}
	walk.chance[0][0] = 1;
	for (; h->tail <= all; h->tail++) {
		size_t before = h->parts.n, lists = h->n_lists;

		walk.spare = h->tail - h->need;
		if (!go(&walk, 0, h->tail, 0)) {
			h->parts.n = before;
			h->n_lists = lists;
			break;
		}
	}
	h->whole = h->tail > all;
	forgive(h, &walk);
}

static struct hk_hull *open_hull(const struct hk_problem *problem, uint32_t block, uint32_t workload, const uint32_t *most, uint32_t nodes)
{
	const struct hk_place_workload *placed = &problem->blocks[block].workloads[workload];
	struct hk_hull *h;

	if (placed->availability <= 0 || placed->need > NEED_MAX || placed->n_candidates > HK_HULL_CANDIDATES)
		return NULL;
	h = hk_calloc(1, sizeof *h);
	h->placed = placed;
	h->block = block;
	h->workload = workload;
	h->need = placed->need;
	h->n_candidates = placed->n_candidates;
	find_domains(h, problem, most);
	h->nodes = nodes;
	h->tail = h->need;
	if (h->n <= HK_HULL_DOMAINS && h->n > 0)
		list_counts(h);
	/* without a list of the first sums there is nothing to say, but that there are no sums at all */
	if (h->tail > h->need || h->whole)
		return h;
	hk_hull_close(h);
	return NULL;
}

struct hk_hull *hk_hull_open(const struct hk_problem *problem, uint32_t block, uint32_t workload)
{
	return open_hull(problem, block, workload, NULL, problem->n_blocks > BLOCKS_FEW ? NODES_MAX : NODES_FEW);
}

struct hk_hull *hk_hull_open_within(const struct hk_hull *within, const struct hk_problem *problem, const uint32_t *most)
{
	uint32_t has[HK_HULL_CANDIDATES] = { 0 };
	bool tighter = false;

	for (uint32_t c = 0; c < within->n_candidates; c++)
		has[within->domain_of[c]] += most[c];
	for (uint32_t d = 0; d < within->n; d++)
		tighter = tighter || has[d] < within->domains[d].most;
	return tighter ? open_hull(problem, within->block, within->workload, most, NODES_WITHIN) : NULL;
}

bool hk_hull_extend(struct hk_hull *h, uint32_t sum)
{
	uint32_t before = h->tail;

	if (h->whole || sum < h->tail || h->nodes * MORE > NODES_AGAIN)
		return false;
	h->nodes *= MORE;
	list_counts(h);
	return h->tail > before;
}

bool hk_hull_says_little(const struct hk_hull *h)
{
	return !h->whole && (h->n <= FEW || h->tail < LITTLE * h->need);
}

void hk_hull_close(struct hk_hull *h)
{
	if (!h)
		return;
	hk_vec_release(&h->parts);
	hk_cleanup_free(&h);
}

/* Domains, the cheapest first among those that are alike: which one, its price and its room. */
struct offer { uint32_t domain, most; double price; };

static void list_offers(const struct hk_hull *h, const double *price, struct offer *offers)
{
	for (uint32_t d = 0; d < h->n; d++) {
		uint32_t at = d;

		for (; at > 0 && h->domains[at - 1].alike > d && offers[at - 1].price > price[d]; at--)
			offers[at] = offers[at - 1];
		offers[at] = (struct offer){ d, h->domains[d].most, price[d] };
	}
}

/* Falling parts to the cheapest domains that can hold them: nothing is cheaper, for two that stand the other way round may change places. */
static double cost_of(const struct hk_hull *h, const uint32_t *parts, const struct offer *offers, double limit, uint32_t *counts)
{
	bool used[HK_HULL_DOMAINS] = { false };
	double sum = 0;

	for (uint32_t d = 0, first = 0; d < h->n && sum < limit; d++) {
		uint32_t k, end = h->domains[d].alike;

		if (d > 0 && h->domains[d - 1].alike == d)
			first = d;
		if (parts[d] == 0)
			continue;
		/* those before it are taken */
		while (first < end && used[first])
			first++;
		for (k = first; k < end && (used[k] || offers[k].most < parts[d]); k++)
			;
		if (k == end)
			return INFINITY;
		used[k] = true;
		sum += offers[k].price * parts[d];
		if (counts)
			counts[offers[k].domain] = parts[d];
	}
	return sum;
}

/* Most that domains have in a sum that is not listed. */
struct tiers { uint32_t sum, most, half, rest; };

/*
 * Where the sum is cheapest when risky domains have no more than the tiers say: as many as `big` the first, one and those beside it the second, the others the
 * last. Who has which tier is left open: the cheapest domains get what the roomiest could, so nothing that keeps the tiers is cheaper.
 */
static double fill(const struct hk_hull *h, const struct tiers *tiers, const double *price, const uint32_t *order, double limit, uint32_t *counts)
{
	uint32_t left = tiers->sum, risky = 0;
	double sum = 0;

	for (uint32_t k = 0; k < h->n && left > 0 && sum < limit; k++) {
		const struct hk_hull_domain *domain = &h->domains[order[k]];
		uint32_t part = domain->most;

		if (domain->risky) {
			uint32_t roomiest = h->roomiest[risky];

			part = least_of(part, tiers->rest);
			if (risky < h->beside + 1)
				part += least_of(roomiest, tiers->half) - least_of(roomiest, tiers->rest);
			if (risky < h->big && risky < h->beside + 1)
				part += least_of(roomiest, tiers->most) - least_of(roomiest, tiers->half);
			risky++;
		}
		part = least_of(part, left);
		sum += price[order[k]] * part;
		left -= part;
		if (counts)
			counts[order[k]] = part;
	}
	return left > 0 ? INFINITY : sum;
}

/* All of it where it is cheapest. */
static double fill_freely(const struct hk_hull *h, uint32_t left, const double *price, const uint32_t *order)
{
	double sum = 0;

	for (uint32_t k = 0; k < h->n && left > 0; k++) {
		uint32_t part = least_of(h->domains[order[k]].most, left);

		sum += price[order[k]] * part;
		left -= part;
	}
	return left > 0 ? INFINITY : sum;
}

/*
 * Sums that are in no list. Beyond the need there are `spare` replicas: no risky domain has more, two that have more than these together are missed when both
 * are down, and only so many pairs may be. So few have more than a half, and when one has much, most others have no more than what is left beside it.
 */
static double cost_of_tail(const struct hk_hull *h, const double *price, const uint32_t *order, uint32_t *counts)
{
	struct tiers best = { .sum = h->tail };
	double least = INFINITY;

	for (uint32_t sum = h->tail;; sum++) {
		uint32_t spare = sum - h->need, half = spare / 2, step = 1 + (spare - half) / TIERS_MAX;
		double free = fill_freely(h, sum, price, order);

		if (free >= least)
			break;
		if (sum - h->tail >= SUMS_MAX) {
			best = (struct tiers){ .sum = sum, .most = UINT32_MAX, .half = UINT32_MAX, .rest = UINT32_MAX };
			least = free;
			break;
		}
		for (uint32_t most = half; most <= spare; most += step) {
			struct tiers tiers = { .sum = sum, .most = least_of(spare, most + step - 1), .half = half, .rest = least_of(half, spare - most) };
			double cost = fill(h, &tiers, price, order, least, NULL);

			if (cost < least) {
				least = cost;
				best = tiers;
			}
		}
	}
	if (counts)
		(void)fill(h, &best, price, order, INFINITY, counts);
	return least;
}

double hk_hull_cheapest(const struct hk_hull *h, const double *price, uint32_t *counts)
{
	uint32_t order[HK_HULL_DOMAINS];
	struct offer offers[HK_HULL_DOMAINS];
	double least = INFINITY;
	size_t best = h->n_lists;

	for (uint32_t d = 0; d < h->n; d++) {
		uint32_t at = d;

		for (; at > 0 && price[order[at - 1]] > price[d]; at--)
			order[at] = order[at - 1];
		order[at] = d;
	}
	list_offers(h, price, offers);
	if (!h->whole)
		least = cost_of_tail(h, price, order, NULL);
	for (size_t i = 0; i < h->n_lists; i++) {
		double cost = cost_of(h, h->parts.v + i * h->n, offers, least, NULL);

		if (cost < least) {
			least = cost;
			best = i;
		}
	}
	memset(counts, 0, h->n * sizeof *counts);
	if (best < h->n_lists)
		(void)cost_of(h, h->parts.v + best * h->n, offers, INFINITY, counts);
	else if (!h->whole)
		(void)cost_of_tail(h, price, order, counts);
	return least;
}
