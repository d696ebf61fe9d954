/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What is to change in one manifest: a list of edits that is carried out by yaml/edit.h and then proved without its help: the new text is read by another
 * parser and must equal the old tree but for exactly the edits of the list.
 *
 * Edits of what comes from an alias or a merge key ("<<") are refused, since the text they would change is used elsewhere too.
 */
#ifndef HK_RENDER_SCRIPT_H
#define HK_RENDER_SCRIPT_H

#include "base/arena.h"
#include "base/vec.h"
#include "yaml/edit.h"

enum hk_step_kind { HK_STEP_REPLACE, HK_STEP_ADD_KEY, HK_STEP_ADD_ITEM, HK_STEP_REMOVE_KEY };
struct hk_step {
	enum hk_step_kind kind;
	const struct hk_node *node;         /* what is replaced, or the collection that grows or shrinks */
	const char *key;                    /* HK_STEP_ADD_KEY, HK_STEP_REMOVE_KEY */
	const struct hk_value *value;
};
struct hk_script {
	const struct hk_doc *doc;
	struct hk_arena *arena;             /* for values; must outlive the script */
	HK_VEC(struct hk_step) steps;
	const struct hk_node *refused;      /* first node that cannot be edited, with the reason; NULL when all is well */
	const char *reason;
};

void hk_script_begin(struct hk_script *script, const struct hk_doc *doc, struct hk_arena *arena);
void hk_script_release(struct hk_script *script);

void hk_script_replace(struct hk_script *script, const struct hk_node *node, const struct hk_value *value);
void hk_script_add_key(struct hk_script *script, const struct hk_node *mapping, const char *key, const struct hk_value *value);
void hk_script_add_item(struct hk_script *script, const struct hk_node *sequence, const struct hk_value *value);
/* Nothing when the key is not there. */
void hk_script_remove_key(struct hk_script *script, const struct hk_node *mapping, const char *key);
/* Set `key` of a mapping to a scalar: nothing when it has that value already, replaced when it is there, else added. */
void hk_script_set(struct hk_script *script, const struct hk_node *mapping, const char *key, const struct hk_value *scalar);
/*
 * The value of `key` in `parent` when it is a collection of that kind (possibly empty); otherwise NULL after having put `fallback` there: added when the key is
 * missing, replacing a null value. Anything else there is refused.
 */
const struct hk_node *hk_script_descend(struct hk_script *script, const struct hk_node *parent, const char *key, enum hk_node_kind kind,
					const struct hk_value *fallback);
void hk_script_refuse(struct hk_script *script, const struct hk_node *node, const char *reason);

/*
 * Apply and read back, which is the proof. out holds the edited document alone. HK_INVALID when something was refused or a YAML 1.1 reader cannot read the
 * manifest, HK_FAILED when a proof fails.
 */
int hk_script_apply(struct hk_script *script, struct hk_buf *out, struct hk_err *err);
/* jsonpatch.c: the same edits as a JSON patch (RFC 6902), for kustomize. */
int hk_script_patch(const struct hk_script *script, struct hk_buf *out, struct hk_err *err);
/*
 * readback.c: what a YAML 1.1 reader (libyaml, on which Kubernetes' own is modelled) finds in `text` must be the script's document with exactly its steps;
 * scalars must stay plain or quoted as they were, so that no reader types one differently. Shares no code with editor or reader. HK_INVALID when that reader
 * does not find the unedited document either, HK_FAILED otherwise.
 */
int hk_script_read_back(const struct hk_script *script, struct hk_str text, struct hk_err *err);

#endif
