/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/api_pointer.h"
#include <string.h>

bool hk_pointer_part(struct hk_str *rest, struct hk_buf *out)
{
	struct hk_str part;
	hk_buf_reset(out);
	if (!rest->n)
		return false;
	rest->s++;
	rest->n--;
	part = (struct hk_str){ rest->s, 0 };
	while (part.n < rest->n && rest->s[part.n] != '/')
		part.n++;
	*rest = (struct hk_str){ rest->s + part.n, rest->n - part.n };
	for (size_t i = 0; i < part.n; i++)
		if (part.s[i] == '~' && i + 1 < part.n)
			hk_buf_addch(out, part.s[++i] == '1' ? '/' : '~');
		else
			hk_buf_addch(out, part.s[i]);
	return true;
}

bool hk_pointer_valid(const char *pointer)
{
	if (*pointer && *pointer != '/')
		return false;
	for (; *pointer; pointer++)
		if (*pointer == '~' && pointer[1] != '0' && pointer[1] != '1')
			return false;
	return true;
}

static const struct hk_node *item_number(const struct hk_node *list, struct hk_str part)
{
	size_t index = 0;
	if (!part.n || part.n > 7 || (part.n > 1 && part.s[0] == '0'))
		return NULL;
	for (size_t i = 0; i < part.n; i++) {
		if (part.s[i] < '0' || part.s[i] > '9')
			return NULL;
		index = index * 10 + (size_t)(part.s[i] - '0');
	}
	hk_for_each_item(item, list)
		if (!index--)
			return item;
	return NULL;
}

static const struct hk_node *member(const struct hk_node *mapping, struct hk_str name)
{
	hk_for_each_pair(key, mapping)
		if (hk_str_eq(key->text, name))
			return key->next;
	return NULL;
}

static const struct hk_node *select_item(const struct hk_node *list, struct hk_str inside, const struct hk_pointer_names *names)
{
	const struct hk_node *found = NULL;
	struct hk_str value = inside, key = hk_str_cut(&value, '=');
	if (value.n > 2 && value.s[0] == '{' && value.s[value.n - 1] == '}') {
		const char *text = names ? names->get(names->closure, (struct hk_str){ value.s + 1, value.n - 2 }) : NULL;
		if (!text)
			return NULL;
		value = hk_str_of(text);
	}
	hk_for_each_item(item, list) {
		const struct hk_node *mark = member(item, key);
		if (!mark || mark->kind != HK_SCALAR || !hk_str_eq(mark->text, value))
			continue;
		if (found)
			return NULL;
		found = item;
	}
	return found;
}

const struct hk_node *hk_pointer_get(const struct hk_node *root, const char *pointer, const struct hk_pointer_names *names)
{
	HK_AUTO_BUF struct hk_buf part = HK_BUF_INIT;
	struct hk_str rest = hk_str_of(pointer);
	const struct hk_node *node = root;
	while (node && hk_pointer_part(&rest, &part)) {
		struct hk_str name = { part.s, part.len };
		if (node->kind == HK_MAPPING)
			node = member(node, name);
		else if (node->kind == HK_SEQUENCE && name.n > 2 && name.s[0] == '[' && name.s[name.n - 1] == ']')
			node = select_item(node, (struct hk_str){ name.s + 1, name.n - 2 }, names);
		else
			node = node->kind == HK_SEQUENCE ? item_number(node, name) : NULL;
	}
	return node;
}
