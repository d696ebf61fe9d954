/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "check/reference.h"
#include "base/vec.h"

#define ANNOTATION "hkctl.dev/target-"

static const char *const keys[HK_REFERENCE_PARTS] = { "cluster", "namespace", "apiVersion", "kind", "name" };

bool hk_reference_read(const struct hk_node *object, const char *target, struct hk_buf *out)
{
	HK_AUTO_BUF struct hk_buf key = HK_BUF_INIT;
	const struct hk_node *reference = hk_node_get(hk_node_at(object, "spec.targets"), target), *whole;

	hk_buf_addf(&key, ANNOTATION "%s", target);
	whole = hk_node_get(hk_node_at(object, "metadata.annotations"), key.s);
	if (whole && whole->kind == HK_SCALAR) {
		hk_buf_addslice(out, whole->text);
		return true;
	}
	if (!reference || reference->kind != HK_MAPPING)
		return false;
	for (size_t i = 0; i < HK_REFERENCE_PARTS; i++) {
		const struct hk_node *part = hk_node_get(reference, keys[i]);
		if (i)
			hk_buf_addch(out, ':');
		if (part && part->kind == HK_SCALAR)
			hk_buf_addslice(out, part->text);
	}
	return true;
}

void hk_reference_split(const char *reference, struct hk_str parts[HK_REFERENCE_PARTS])
{
	struct hk_str rest = hk_str_of(reference);

	for (size_t i = 0; i + 1 < HK_REFERENCE_PARTS; i++)
		parts[i] = hk_str_cut(&rest, ':');
	parts[HK_REFERENCE_PARTS - 1] = rest;
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool may_stand(char c, size_t at)
{
	return is_letter(c) || (at > 0 && ((c >= '0' && c <= '9') || c == '-'));
}

/* The cluster's name is free text there. */
static bool part_fits(struct hk_str part)
{
	for (size_t i = 0; i < part.n; i++)
		if (!may_stand(part.s[i], i))
			return false;
	return part.n > 0;
}

bool hk_reference_fits(const char *reference)
{
	struct hk_str parts[HK_REFERENCE_PARTS];

	hk_reference_split(reference, parts);
	for (size_t i = 1; i < HK_REFERENCE_PARTS; i++)
		if (!part_fits(parts[i]))
			return false;
	return true;
}

static void add_part(struct hk_str part, struct hk_buf *out)
{
	for (size_t i = 0; i < part.n; i++) {
		if (may_stand(part.s[i], i))
			hk_buf_addch(out, part.s[i]);
		else
			hk_buf_addf(out, "_x%02x", (unsigned char)part.s[i]);
	}
	if (!part.n)
		hk_buf_addch(out, '_');
}

void hk_reference_write(const char *reference, struct hk_ser *ser)
{
	struct hk_str parts[HK_REFERENCE_PARTS];
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;

	hk_reference_split(reference, parts);
	hk_ser_map(ser);
	for (size_t i = 0; i < HK_REFERENCE_PARTS; i++) {
		hk_buf_reset(&text);
		hk_ser_key(ser, keys[i]);
		if (i == 0)
			hk_buf_addslice(&text, parts[i]);
		else
			add_part(parts[i], &text);
		hk_ser_slice(ser, (struct hk_str){ text.s, text.len });
	}
	hk_ser_end(ser);
}
