/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Memory of libssh2 sessions. libssh2 forgets what it was at when a session is thrown away in the middle of a key exchange or a login (1.10 and 1.11), so each block is known by its connection
   and what is left goes with the session. */
#include "net/ssh_internal.h"
#include <stdint.h>
#include <stdlib.h>

struct hk_ssh_block {
	_Alignas(max_align_t) struct hk_ssh_block *previous, *next;
};

static void link_block(struct hk_ssh_connection *c, struct hk_ssh_block *block)
{
	block->previous = NULL;
	block->next = c->memory;
	if (block->next)
		block->next->previous = block;
	c->memory = block;
}

static void unlink_block(struct hk_ssh_connection *c, struct hk_ssh_block *block)
{
	if (block->previous)
		block->previous->next = block->next;
	else
		c->memory = block->next;
	if (block->next)
		block->next->previous = block->previous;
}

void *hk_ssh_alloc(struct hk_ssh_connection *c, size_t size)
{
	struct hk_ssh_block *block = size <= SIZE_MAX - sizeof *block ? malloc(sizeof *block + size) : NULL;
	if (!block)
		return NULL;
	link_block(c, block);
	return block + 1;
}

void hk_ssh_free(struct hk_ssh_connection *c, void *memory)
{
	struct hk_ssh_block *block = memory;
	if (!block)
		return;
	unlink_block(c, --block);
	free(block);
}

void *hk_ssh_realloc(struct hk_ssh_connection *c, void *memory, size_t size)
{
	struct hk_ssh_block *old = memory, *block;
	if (!old)
		return hk_ssh_alloc(c, size);
	old--;
	block = size <= SIZE_MAX - sizeof *old ? realloc(old, sizeof *old + size) : NULL;
	if (!block)
		return NULL;              /* the old one is where it was */
	*(block->previous ? &block->previous->next : &c->memory) = block;
	if (block->next)
		block->next->previous = block;
	return block + 1;
}

void hk_ssh_free_all(struct hk_ssh_connection *c)
{
	for (struct hk_ssh_block *block = c->memory, *next; block; block = next) {
		next = block->next;
		free(block);
	}
	c->memory = NULL;
}

static LIBSSH2_ALLOC_FUNC(alloc_for)
{
	return hk_ssh_alloc(*abstract, count);
}

static LIBSSH2_FREE_FUNC(free_for)
{
	hk_ssh_free(*abstract, ptr);
}

static LIBSSH2_REALLOC_FUNC(realloc_for)
{
	return hk_ssh_realloc(*abstract, ptr, count);
}

LIBSSH2_SESSION *hk_ssh_session_new(struct hk_ssh_connection *c)
{
	return libssh2_session_init_ex(alloc_for, free_for, realloc_for, c);
}
