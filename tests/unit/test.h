/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What every unit test includes: cmocka with the headers it needs, and the seed of property tests. */
#ifndef HK_TESTS_UNIT_TEST_H
#define HK_TESTS_UNIT_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

/* A new seed for every run, printed so that a failure can be repeated with TEST_SEED=... */
static inline uint64_t test_seed(void)
{
	const char *wanted = getenv("TEST_SEED");
	struct timespec now;
	uint64_t seed;

	clock_gettime(CLOCK_REALTIME, &now);
	seed = wanted ? strtoull(wanted, NULL, 10) : (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec + (uint64_t)getpid();
	printf("# TEST_SEED=%llu\n", (unsigned long long)seed);
	return seed;
}

/* How often a test that draws at random is to be done: TEST_TIMES times as often as usual (make check-deep). */
static inline uint64_t test_times(uint64_t usual)
{
	const char *times = getenv("TEST_TIMES");

	return times ? usual * strtoull(times, NULL, 10) : usual;
}

#endif
