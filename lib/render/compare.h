/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Two Kubernetes objects, field by field.
 *
 * Between two files every difference counts. A live object also holds what the API server, controllers and admission wrote into it, so against one of those a
 * field that only the live object has is a difference unless it is bookkeeping (status, metadata.uid, managedFields ...), an annotation, something empty, or
 * has the value the API server fills in (compare_defaults.c). A field that was rendered must be there with its value in any case, but what is empty or zero may
 * be absent. Quantities are equal by value (500m and 0.5) where the API has quantities. Lists whose items have names (containers by name, ports by number,
 * mounts by path) are matched by them, whatever their order; other lists by position.
 */
#ifndef HK_RENDER_COMPARE_H
#define HK_RENDER_COMPARE_H

#include "base/arena.h"
#include "base/vec.h"
#include "yaml/doc.h"

/*
 * "spec.template.spec.containers[server].image"; keys with dots are quoted in brackets. Values as compact JSON of at most 200 bytes; of a Secret only that they
 * differ. NULL: absent.
 */
struct hk_field_change { const char *path, *before, *after; };
struct hk_field_changes { struct hk_field_change *v; size_t n, cap; };

struct hk_compare_options {
	bool live;                         /* `after` is a live object */
	bool autoscaled;                   /* spec.replicas belongs to an autoscaler: no difference */
	const char *const *ignored;        /* paths whose fields, and all below them, do not count; may be NULL */
	size_t n_ignored;
};

/*
 * Append the differences, in the order of `before`, then what only `after` has. Text is in the arena. The rest of a list longer than 1000 differences is
 * dropped.
 */
void hk_objects_compare(const struct hk_node *before, const struct hk_node *after, const struct hk_compare_options *options, struct hk_arena *arena,
			struct hk_field_changes *changes);

/* Where a field is: keys, and "*" for positions in lists. */
struct hk_field_path {
	const char *part[HK_YAML_MAX_DEPTH + 2];
	const struct hk_node *holder[HK_YAML_MAX_DEPTH + 2];   /* the live mapping a key stands in; NULL for positions and where there is none */
	size_t n;
};
/* compare_defaults.c: is what stands there written by the server rather than by a person? */
bool hk_compare_is_default(const struct hk_field_path *path, const struct hk_node *value);
/* Is it the server's own, so that even a manifest that states it means nothing by it? */
bool hk_compare_is_server_owned(const struct hk_field_path *path);
/* Are texts there equal when they are quantities of one value? */
bool hk_compare_is_quantity(const struct hk_field_path *path);

#endif
