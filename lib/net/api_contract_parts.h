/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Inside of api_contract*.c: contracts of several files, and schemas as lists of the parts they are put together from. A question about a schema is asked of
 * all its parts; whatever cannot be told (too much, too deep, a reference that leads nowhere) counts as allowed, so that what is reported is certain.
 */
#ifndef HK_NET_API_CONTRACT_PARTS_H
#define HK_NET_API_CONTRACT_PARTS_H

#include "base/vec.h"
#include "net/api_contract.h"

struct hk_contract_file { char *path; struct hk_source source; struct hk_doc doc; };
struct hk_contract_place { const struct hk_contract_file *file; const struct hk_node *node; };

struct hk_contract {
	HK_VEC(struct hk_contract_file *) files;        /* the first is the contract itself */
	HK_VEC(struct hk_contract_place) nowhere;       /* references that were followed and lead nowhere */
	size_t bytes;                                   /* of all files */
	bool swagger;                                   /* OpenAPI 2 */
};

/* The thing itself behind references, also into other files beside the contract; node NULL when there is none. */
struct hk_contract_place hk_contract_follow(struct hk_contract *contract, struct hk_contract_place place);
/* A member of a mapping, followed. */
struct hk_contract_place hk_contract_get(struct hk_contract *contract, struct hk_contract_place place, const char *key);
bool hk_contract_is(struct hk_contract_place place, const char *key, const char *text);

/* certain: not one of several alternatives. */
struct hk_schema_part { struct hk_contract_place place; bool certain; };
struct hk_schema { HK_VEC(struct hk_schema_part) parts; bool cut; };
#define HK_SCHEMA_INIT { { NULL, 0, 0 }, false }

enum { HK_SCHEMA_OBJECT = 1, HK_SCHEMA_ARRAY = 2, HK_SCHEMA_STRING = 4, HK_SCHEMA_INTEGER = 8, HK_SCHEMA_NUMBER = 16, HK_SCHEMA_BOOLEAN = 32,
       HK_SCHEMA_NULL = 64, HK_SCHEMA_ANY = 127 };
enum hk_schema_found { HK_SCHEMA_NOWHERE, HK_SCHEMA_OPEN, HK_SCHEMA_FOUND };

/* template: what is sent, whose constant decides on a discriminator; NULL. */
void hk_schema_open(struct hk_contract *contract, struct hk_contract_place place, const struct hk_node *template, struct hk_schema *schema);
void hk_schema_release(struct hk_schema *schema);
/* Only FOUND fills *member. OPEN: it may be there, and nothing is known of it. */
enum hk_schema_found hk_schema_member(struct hk_contract *contract, const struct hk_schema *schema, struct hk_str name, const struct hk_node *template,
				      struct hk_schema *member);
enum hk_schema_found hk_schema_items(struct hk_contract *contract, const struct hk_schema *schema, const struct hk_node *template, struct hk_schema *items);
unsigned hk_schema_types(const struct hk_schema *schema);
/* "a text", "a number or a list": for messages. */
const char *hk_schema_type_name(unsigned types);
/* Whichever alternative is taken. */
bool hk_schema_requires(struct hk_contract *contract, const struct hk_schema *schema, struct hk_str name);
/* Every list has so many items that there is one of this number. */
bool hk_schema_has_item(const struct hk_schema *schema, struct hk_str index);
/* Every name that has to be there whichever alternative is taken, one after the other. NULL at the end. */
struct hk_schema_at { size_t part; const struct hk_node *item; };
#define HK_SCHEMA_AT_START { 0, NULL }
const struct hk_node *hk_schema_next_required(struct hk_contract *contract, const struct hk_schema *schema, struct hk_schema_at *at);
bool hk_schema_has_words(const struct hk_schema *schema);
bool hk_schema_allows(const struct hk_schema *schema, struct hk_str word);
const struct hk_node *hk_schema_next_word(const struct hk_schema *schema, struct hk_schema_at *at);
bool hk_schema_flag(const struct hk_schema *schema, const char *key);        /* readOnly and the like */
/* "minimum" or "maximum"; NULL when there is none. */
const struct hk_node *hk_schema_bound(const struct hk_schema *schema, const char *key, struct hk_exact *bound);

/* said: findings so far, so that none is told twice. what is compared as an address. */
struct hk_contract_said { uint32_t at; enum hk_rule_id rule; const char *what, *name; };
struct hk_contract_linting {
	struct hk_contract *contract;
	const struct hk_api_adapter *adapter;
	struct hk_diags *diags;
	size_t found;
	const struct hk_node *action;
	HK_VEC(struct hk_contract_said) said;
};
struct hk_diag *hk_contract_complain(struct hk_contract_linting *l, const struct hk_node *node, enum hk_rule_id rule, const char *what, struct hk_str name);
/* api_contract_send.c, api_contract_reply.c */
/* template: the path as the contract has it. */
void hk_contract_check_request(struct hk_contract_linting *l, struct hk_str template, struct hk_contract_place item, struct hk_contract_place operation);
void hk_contract_check_replies(struct hk_contract_linting *l, struct hk_contract_place operation);
/* The schema of JSON among the contents of a request or reply; node NULL when there is none. exact: only application/json itself. */
struct hk_contract_place hk_contract_json(struct hk_contract *contract, struct hk_contract_place holder, bool exact);

#endif
