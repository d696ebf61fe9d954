/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "../test.h"

#include "base/arena.h"
#include "base/mem.h"
#include "base/vec.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

static jmp_buf out_of_memory;
static size_t wanted_bytes;

static void on_oom(size_t wanted)
{
	wanted_bytes = wanted;
	longjmp(out_of_memory, 1);
}

/* The handler must be called, with nothing returned to the caller. */
#define ASSERT_OOM(call)                               \
	do {                                           \
		hk_mem_on_oom(on_oom);                 \
		if (setjmp(out_of_memory) == 0) {      \
			(void)(call);                  \
			hk_mem_on_oom(NULL);           \
			fail_msg("%s returned", #call); \
		}                                      \
		hk_mem_on_oom(NULL);                   \
	} while (0)

static void test_overflow_is_out_of_memory(void **state)
{
	(void)state;
	ASSERT_OOM(hk_calloc(SIZE_MAX / 2, 3));
	assert_true(wanted_bytes == SIZE_MAX);
	ASSERT_OOM(hk_reallocarray(NULL, SIZE_MAX / 2, 3));
}

static void test_zero_sizes_are_not_failures(void **state)
{
	HK_AUTO_FREE void *a = hk_malloc(0);
	HK_AUTO_FREE void *b = hk_calloc(0, 8);
	HK_AUTO_FREE void *c = hk_realloc(NULL, 0);

	(void)state;
	assert_non_null(a);
	assert_non_null(b);
	assert_non_null(c);
}

static void test_strndup_stops_at_nul(void **state)
{
	HK_AUTO_FREE char *text = hk_strndup("ab\0cd", 5);
	HK_AUTO_FREE char *part = hk_strndup("abcd", 2);

	(void)state;
	assert_string_equal(text, "ab");
	assert_string_equal(part, "ab");
}

static char *make_stolen(void)
{
	HK_AUTO_FREE char *text = hk_strdup("kept");

	return HK_STEAL(text);
}

static void test_steal_outlives_the_scope(void **state)
{
	char *text = make_stolen();

	(void)state;
	assert_string_equal(text, "kept");
	free(text);
}

static void test_descriptor_is_closed_and_errno_kept(void **state)
{
	int fd = open("/dev/null", O_RDONLY), copy = fd;

	(void)state;
	errno = ENOENT;
	hk_cleanup_fd(&fd);
	assert_int_equal(errno, ENOENT);
	assert_int_equal(fd, -1);
	assert_int_equal(fcntl(copy, F_GETFD), -1);
	hk_cleanup_fd(&fd);
}

static void test_vector_grows(void **state)
{
	HK_VEC(int) numbers = { 0 };

	(void)state;
	for (int i = 0; i < 1000; i++)
		hk_vec_push(&numbers, i * 2);
	assert_int_equal(numbers.n, 1000);
	for (int i = 0; i < 1000; i++)
		assert_int_equal(numbers.v[i], i * 2);
	*hk_vec_add(&numbers) += 7;
	assert_int_equal(numbers.v[1000], 7);
	hk_vec_release(&numbers);
	assert_null(numbers.v);
	assert_int_equal(numbers.n, 0);
}

static void test_arena_is_zeroed_and_aligned(void **state)
{
	struct hk_arena arena = HK_ARENA_INIT;

	(void)state;
	for (int round = 0; round < 2; round++) {
		for (size_t size = 0; size < 6000; size += 61) {
			unsigned char *memory = hk_arena_alloc(&arena, size);

			assert_int_equal((uintptr_t)memory % 16, 0);
			for (size_t i = 0; i < size; i++)
				assert_int_equal(memory[i], 0);
			memset(memory, 0xAA, size);
		}
		hk_arena_reset(&arena);
		assert_int_equal(arena.used, 0);
	}
	hk_arena_release(&arena);
	assert_null(arena.head);
}

static void test_arena_keeps_objects_apart(void **state)
{
	struct hk_arena arena = HK_ARENA_INIT;
	char *texts[500];

	(void)state;
	for (int i = 0; i < 500; i++) {
		texts[i] = hk_arena_printf(&arena, "number %d", i);
		if (i % 50 == 0)
			memset(hk_arena_alloc(&arena, 100000), 0xFF, 100000);
	}
	for (int i = 0; i < 500; i++) {
		char expected[32];

		snprintf(expected, sizeof expected, "number %d", i);
		assert_string_equal(texts[i], expected);
	}
	assert_string_equal(hk_arena_slicedup(&arena, (struct hk_str){ "abc", 2 }), "ab");
	assert_string_equal(hk_arena_slicedup(&arena, (struct hk_str){ NULL, 0 }), "");
	hk_arena_release(&arena);
}

static void test_arena_array_grows(void **state)
{
	struct hk_arena arena = HK_ARENA_INIT;
	uint32_t *numbers = NULL;
	size_t cap = 0, moves = 0;

	(void)state;
	for (uint32_t n = 0; n < 1000; n++) {
		const uint32_t *before = numbers;

		numbers = hk_arena_grow(&arena, numbers, n, &cap, sizeof *numbers);
		assert_true(cap > n);
		moves += numbers != before;
		numbers[n] = n;
	}
	for (uint32_t n = 0; n < 1000; n++)
		assert_int_equal(numbers[n], n);
	assert_in_range(moves, 2, 10);
	cap = SIZE_MAX / 2;
	ASSERT_OOM(hk_arena_grow(&arena, NULL, SIZE_MAX / 2, &cap, sizeof *numbers));
	hk_arena_release(&arena);
}

static void test_arena_overflow_is_out_of_memory(void **state)
{
	struct hk_arena arena = HK_ARENA_INIT;

	(void)state;
	ASSERT_OOM(hk_arena_array(&arena, SIZE_MAX / 2, 3));
	ASSERT_OOM(hk_arena_alloc(&arena, SIZE_MAX - 4));
	hk_arena_release(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_overflow_is_out_of_memory),
		cmocka_unit_test(test_zero_sizes_are_not_failures),
		cmocka_unit_test(test_strndup_stops_at_nul),
		cmocka_unit_test(test_steal_outlives_the_scope),
		cmocka_unit_test(test_descriptor_is_closed_and_errno_kept),
		cmocka_unit_test(test_vector_grows),
		cmocka_unit_test(test_arena_is_zeroed_and_aligned),
		cmocka_unit_test(test_arena_keeps_objects_apart),
		cmocka_unit_test(test_arena_array_grows),
		cmocka_unit_test(test_arena_overflow_is_out_of_memory),
	};

	return cmocka_run_group_tests_name("base/mem", tests, NULL, NULL);
}
