/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * References in ConstraintPolicyBinding objects. The definition of that kind allows letters, digits, '_' and '-' only in apiVersion, kind, name and namespace,
 * and no digit in front: "apps/v1" or "db.example" cannot be stored. Such a part is written with every other byte as "_xHH", and the whole reference as it is
 * in the annotation hkctl.dev/target-NAME.
 */
#ifndef HK_CHECK_REFERENCE_H
#define HK_CHECK_REFERENCE_H

#include "out/ser.h"
#include "yaml/doc.h"

#define HK_REFERENCE_PARTS 5u

/* Append the text of a target's reference in a binding object: its annotation's when it has one. False when there is none. */
bool hk_reference_read(const struct hk_node *object, const char *target, struct hk_buf *out);
/* "cluster:namespace:apiVersion:Kind:name" apart; a name may hold colons. */
void hk_reference_split(const char *reference, struct hk_str parts[HK_REFERENCE_PARTS]);
/* Can the definition store it as it is? */
bool hk_reference_fits(const char *reference);
void hk_reference_write(const char *reference, struct hk_ser *ser);    /* as a mapping */

#endif
