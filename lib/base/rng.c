/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/rng.h"

static uint64_t rotate(uint64_t x, unsigned bits)
{
	return x << bits | x >> (64 - bits);
}

/* splitmix64 spreads one seed over the state, as the authors of xoshiro recommend: a state of all zeros would stay there. */
void hk_rng_seed(struct hk_rng *rng, uint64_t seed)
{
	for (unsigned i = 0; i < 4; i++) {
		uint64_t z = seed += 0x9E3779B97F4A7C15u;

		z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
		z = (z ^ z >> 27) * 0x94D049BB133111EBu;
		rng->s[i] = z ^ z >> 31;
	}
}

uint64_t hk_rng_next(struct hk_rng *rng)
{
	uint64_t *s = rng->s;
	uint64_t result = rotate(s[1] * 5, 7) * 9;
	uint64_t t = s[1] << 17;

	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= t;
	s[3] = rotate(s[3], 45);
	return result;
}

uint64_t hk_rng_below(struct hk_rng *rng, uint64_t bound)
{
	uint64_t reject, drawn;

	if (bound <= 1)
		return 0;
	reject = (0 - bound) % bound;   /* 2^64 mod bound: values below it would make small results likelier */
	do
		drawn = hk_rng_next(rng);
	while (drawn < reject);
	return drawn % bound;
}

double hk_rng_unit(struct hk_rng *rng)
{
	return (double)(hk_rng_next(rng) >> 11) * 0x1p-53;
}
