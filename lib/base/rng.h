/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Seeded pseudo-random numbers (xoshiro256**, seeded through splitmix64): same seed, same numbers everywhere. Not for secrets. */
#ifndef HK_BASE_RNG_H
#define HK_BASE_RNG_H

#include <stdint.h>

struct hk_rng { uint64_t s[4]; };
void hk_rng_seed(struct hk_rng *rng, uint64_t seed);
uint64_t hk_rng_next(struct hk_rng *rng);
uint64_t hk_rng_below(struct hk_rng *rng, uint64_t bound);   /* uniform in [0, bound), bound >= 1 */
double hk_rng_unit(struct hk_rng *rng);                      /* uniform in [0, 1) */

#endif
