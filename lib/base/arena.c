/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/arena.h"

#include "base/buf.h"
#include "base/mem.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define ALIGNMENT 16u
#define FIRST_BLOCK 4096u
#define GROW_FROM (8 * FIRST_BLOCK)
#define LARGEST_BLOCK ((size_t)1 << 20)

struct hk_arena_block {
	struct hk_arena_block *next;
	size_t size, used;
	_Alignas(ALIGNMENT) unsigned char data[];
};

static struct hk_arena_block *block_new(size_t size)
{
	struct hk_arena_block *block;

	if (size > SIZE_MAX - sizeof *block)
		hk_reallocarray(NULL, SIZE_MAX, 2);   /* reports the overflow as out of memory */
	block = hk_malloc(sizeof *block + size);
	block->next = NULL;
	block->size = size;
	block->used = 0;
	return block;
}

static struct hk_arena_block *block_for(struct hk_arena *arena, size_t size)
{
	struct hk_arena_block *head = arena->head, *block;
	size_t wanted;

	if (head && head->size - head->used >= size)
		return head;
	/* Thousands of small documents have an arena each, and half of a last block that doubles would be lost in each. */
	wanted = arena->used < GROW_FROM ? FIRST_BLOCK : head->size * 2;
	if (wanted > LARGEST_BLOCK)
		wanted = LARGEST_BLOCK;
	/* A large object gets a block of its own behind the head, so that the space left in the head is not lost. */
	if (head && size > wanted / 4) {
		block = block_new(size);
		block->next = head->next;
		head->next = block;
		return block;
	}
	block = block_new(size > wanted ? size : wanted);
	block->next = head;
	arena->head = block;
	return block;
}

void *hk_arena_alloc(struct hk_arena *arena, size_t size)
{
	struct hk_arena_block *block;
	void *memory;

	if (size == 0)
		size = 1;
	if (size > SIZE_MAX - ALIGNMENT)
		hk_reallocarray(NULL, SIZE_MAX, 2);
	size = (size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
	block = block_for(arena, size);
	memory = block->data + block->used;
	block->used += size;
	arena->used += size;
	return memset(memory, 0, size);
}

void *hk_arena_array(struct hk_arena *arena, size_t count, size_t size)
{
	if (size && count > SIZE_MAX / size)
		hk_reallocarray(NULL, count, size);
	return hk_arena_alloc(arena, count * size);
}

void *hk_arena_grow(struct hk_arena *arena, void *array, size_t n, size_t *cap, size_t size)
{
	void *more;

	if (n < *cap)
		return array;
	*cap = *cap > SIZE_MAX / 4 ? SIZE_MAX : 2 * *cap + 16;
	more = hk_arena_array(arena, *cap, size);
	if (n > 0)
		memcpy(more, array, n * size);
	return more;
}

char *hk_arena_strdup(struct hk_arena *arena, const char *text)
{
	return hk_arena_slicedup(arena, hk_str_of(text));
}

char *hk_arena_slicedup(struct hk_arena *arena, struct hk_str text)
{
	char *copy = hk_arena_alloc(arena, text.n + 1);

	if (text.n)
		memcpy(copy, text.s, text.n);
	return copy;
}

char *hk_arena_printf(struct hk_arena *arena, const char *format, ...)
{
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	va_list args;

	va_start(args, format);
	hk_buf_vaddf(&text, format, args);
	va_end(args);
	return hk_arena_slicedup(arena, (struct hk_str){ text.s, text.len });
}

void hk_arena_reset(struct hk_arena *arena)
{
	struct hk_arena_block *block = arena->head, *next;

	while (block && block->next) {
		next = block->next;
		free(block);
		block = next;
	}
	if (block)
		block->used = 0;
	arena->head = block;
	arena->used = 0;
}

void hk_arena_release(struct hk_arena *arena)
{
	hk_arena_reset(arena);
	free(arena->head);
	*arena = (struct hk_arena)HK_ARENA_INIT;
}
