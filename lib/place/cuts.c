/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "place/cuts.h"

static void release_index(struct hk_cut_index *index)
{
	for (size_t b = 0; b < index->of_block.n; b++)
		hk_vec_release(&index->of_block.v[b]);
	hk_vec_release(&index->of_block);
	hk_vec_release(&index->of_nobody);
	hk_vec_release(&index->hashes);
	hk_cleanup_free(&index->slots);
	index->n_slots = 0;
}

void hk_cuts_release(struct hk_cuts *cuts)
{
	hk_vec_release(&cuts->clauses);
	hk_vec_release(&cuts->linear);
	hk_vec_release(&cuts->pairs);
	release_index(&cuts->clause_index);
	release_index(&cuts->linear_index);
	hk_arena_release(&cuts->arena);
}

static uint64_t mix(uint64_t hash, uint64_t value)
{
	hash ^= value + 0x9e3779b97f4a7c15u + (hash << 6) + (hash >> 2);
	return hash * 0xff51afd7ed558ccdu;
}

static uint64_t mix_count(uint64_t hash, struct hk_count count)
{
	return mix(mix(hash, (uint64_t)count.block << 32 | count.workload), count.candidate);
}

static uint64_t mix_number(uint64_t hash, double number)
{
	uint64_t bits;

	memcpy(&bits, &number, sizeof bits);
	return mix(hash, bits);
}

static void put_slot(struct hk_cut_index *index, uint64_t hash, uint32_t cut)
{
	size_t at = hash % index->n_slots;

	while (index->slots[at] != 0)
		at = (at + 1) % index->n_slots;
	index->slots[at] = cut + 1;
}

static void grow(struct hk_cut_index *index)
{
	if (2 * (index->hashes.n + 1) <= index->n_slots)
		return;
	hk_cleanup_free(&index->slots);
	index->n_slots = 4 * (index->hashes.n + 8) + 1;
	index->slots = hk_calloc(index->n_slots, sizeof *index->slots);
	for (uint32_t i = 0; i < index->hashes.n; i++)
		put_slot(index, index->hashes.v[i], i);
}

/* The next cut of this hash, from slot *at on; HK_NO_INDEX when there are no more. */
static uint32_t next_seen(const struct hk_cut_index *index, uint64_t hash, size_t *at)
{
	while (index->n_slots > 0 && index->slots[*at % index->n_slots] != 0) {
		uint32_t cut = index->slots[*at % index->n_slots] - 1;

		++*at;
		if (index->hashes.v[cut] == hash)
			return cut;
	}
	return HK_NO_INDEX;
}

static void add_index(struct hk_cut_index *index, uint64_t hash, uint32_t block)
{
	uint32_t cut = (uint32_t)index->hashes.n;

	grow(index);
	hk_vec_push(&index->hashes, hash);
	put_slot(index, hash, cut);
	while (block != HK_NO_INDEX && index->of_block.n <= block)
		(void)hk_vec_add(&index->of_block);
	if (block == HK_NO_INDEX)
		hk_vec_push(&index->of_nobody, cut);
	else
		hk_vec_push(&index->of_block.v[block], cut);
}

static struct hk_cut_list list_of(const struct hk_cut_index *index, uint32_t block)
{
	if (block == HK_NO_INDEX)
		return index->of_nobody;
	return block < index->of_block.n ? index->of_block.v[block] : (struct hk_cut_list){ 0 };
}

struct hk_cut_list hk_cuts_clauses_of(const struct hk_cuts *cuts, uint32_t block)
{
	return list_of(&cuts->clause_index, block);
}

struct hk_cut_list hk_cuts_linear_of(const struct hk_cuts *cuts, uint32_t block)
{
	return list_of(&cuts->linear_index, block);
}

static bool same_count(struct hk_count a, struct hk_count b)
{
	return a.block == b.block && a.workload == b.workload && a.candidate == b.candidate;
}

static bool same_clause(const struct hk_clause *clause, const struct hk_literal *literals, size_t n)
{
	if (clause->n != n)
		return false;
	for (size_t i = 0; i < n; i++) {
		const struct hk_literal *a = &clause->literals[i], *b = &literals[i];

		if (!same_count(a->count, b->count) || a->level != b->level || a->below != b->below)
			return false;
	}
	return true;
}

bool hk_cuts_clause(struct hk_cuts *cuts, const char *why, const struct hk_literal *literals, size_t n)
{
	struct hk_clause clause = { .why = why, .n = n };
	struct hk_cut_index *index = &cuts->clause_index;
	uint64_t hash = n;
	size_t at;

	for (size_t i = 0; i < n; i++)
		hash = mix(mix_count(hash, literals[i].count), (uint64_t)literals[i].level << 1 | literals[i].below);
	at = index->n_slots > 0 ? hash % index->n_slots : 0;
	for (uint32_t seen = next_seen(index, hash, &at); seen != HK_NO_INDEX; seen = next_seen(index, hash, &at))
		if (same_clause(&cuts->clauses.v[seen], literals, n))
			return false;
	clause.literals = hk_arena_array(&cuts->arena, n + 1, sizeof *clause.literals);
	for (size_t i = 0; i < n; i++)
		clause.literals[i] = literals[i];
	hk_vec_push(&cuts->clauses, clause);
	add_index(index, hash, n > 0 ? literals[0].count.block : HK_NO_INDEX);
	return true;
}

static bool same_linear(const struct hk_linear_cut *cut, const struct hk_count *counts, const double *values, size_t n, double rhs)
{
	if (cut->n != n || cut->rhs != rhs)
		return false;
	for (size_t i = 0; i < n; i++)
		if (!same_count(cut->counts[i], counts[i]) || cut->values[i] != values[i])
			return false;
	return true;
}

bool hk_cuts_linear(struct hk_cuts *cuts, const char *why, const struct hk_count *counts, const double *values, size_t n, double rhs)
{
	struct hk_linear_cut cut = { .why = why, .n = n, .rhs = rhs };
	struct hk_cut_index *index = &cuts->linear_index;
	uint64_t hash = mix_number(n, rhs);
	size_t at;

	for (size_t i = 0; i < n; i++)
		hash = mix_number(mix_count(hash, counts[i]), values[i]);
	at = index->n_slots > 0 ? hash % index->n_slots : 0;
	for (uint32_t seen = next_seen(index, hash, &at); seen != HK_NO_INDEX; seen = next_seen(index, hash, &at))
		if (same_linear(&cuts->linear.v[seen], counts, values, n, rhs))
			return false;
	cut.counts = hk_arena_array(&cuts->arena, n + 1, sizeof *cut.counts);
	cut.values = hk_arena_array(&cuts->arena, n + 1, sizeof *cut.values);
	for (size_t i = 0; i < n; i++) {
		cut.counts[i] = counts[i];
		cut.values[i] = values[i];
	}
	hk_vec_push(&cuts->linear, cut);
	add_index(index, hash, n > 0 ? counts[0].block : HK_NO_INDEX);
	return true;
}

static struct hk_pairs_cut *pairs_of(const struct hk_cuts *cuts, uint32_t block, uint32_t workload)
{
	for (size_t i = 0; i < cuts->pairs.n; i++)
		if (cuts->pairs.v[i].block == block && cuts->pairs.v[i].workload == workload)
			return &cuts->pairs.v[i];
	return NULL;
}

const struct hk_pairs_cut *hk_cuts_pairs_of(const struct hk_cuts *cuts, uint32_t block, uint32_t workload)
{
	return pairs_of(cuts, block, workload);
}

bool hk_cuts_pairs(struct hk_cuts *cuts, uint32_t block, uint32_t workload, const uint32_t *candidates, uint32_t n)
{
	struct hk_pairs_cut *cut = pairs_of(cuts, block, workload);
	uint32_t before = cut ? cut->n : 0, *all = hk_arena_array(&cuts->arena, (size_t)before + n + 1, sizeof *all), count = 0;

	for (uint32_t i = 0, k = 0; i < before || k < n;) {
		uint32_t next = i < before && (k == n || cut->candidates[i] <= candidates[k]) ? cut->candidates[i++] : candidates[k++];

		if (count == 0 || all[count - 1] != next)
			all[count++] = next;
	}
	if (cut && count == before)
		return false;
	if (!cut) {
		cut = hk_vec_add(&cuts->pairs);
		*cut = (struct hk_pairs_cut){ .block = block, .workload = workload };
	}
	cut->candidates = all;
	cut->n = count;
	return true;
}

size_t hk_cuts_count(const struct hk_cuts *cuts)
{
	return cuts->clauses.n + cuts->linear.n + cuts->pairs.n;
}
