/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Does a value fit the YANG module of its controller? Asked before any device is, where the modules are there as files and libyang's program `yanglint` is
 * installed. It is run with an argument vector, its input in files of a scratch directory, so nothing of libyang is linked in and its versions do not matter.
 *
 * Two things are looked at: types (unknown nodes, wrong types, ranges, patterns, enumerations), and leaves that are mandatory in a list entry that comes into
 * being and that nothing sets. What depends on the rest of a device's configuration ("must", "when", references) stays the device's answer.
 */
#ifndef HK_NET_YANG_H
#define HK_NET_YANG_H

#include "base/buf.h"
#include "base/vec.h"
#include "net/controller.h"
#include "net/dialect.h"

#define HK_YANG_MODULE_MAX ((size_t)8 << 20)      /* bytes of one module */

struct hk_yang_module { const char *file, *name, *name_space; };
struct hk_yang {
	struct hk_arena arena;
	HK_VEC(struct hk_yang_module) modules;          /* by file name */
	const char *directory, *scratch;
	char *const *environment;
};

/* All modules (*.yang) of the directory. scratch: a directory of the caller's, to be written into. HK_INVALID when there are none. */
int hk_yang_open(struct hk_yang *yang, const char *directory, const char *scratch, char *const *environment, struct hk_err *err);
void hk_yang_release(struct hk_yang *yang);
/* Whether yanglint can be run at all. */
bool hk_yang_is_there(const struct hk_yang *yang);
/* First model of the controller that no module of the directory has; NULL when all are there. */
const struct hk_net_model *hk_yang_missing(const struct hk_yang *yang, const struct hk_controller *controller);
/*
 * Do the values fit? 1: yes. 0: no, and `why` says in libyang's words what is wrong and where (a YANG path). -1 with err: it cannot be said, because yanglint
 * ended badly or a module is wrong.
 */
int hk_yang_fits(struct hk_yang *yang, const struct hk_controller *controller, const struct hk_setting *settings, size_t n, struct hk_buf *why,
		 struct hk_err *err);

struct hk_yang_lack { const char *entry, *leaf; };      /* object of the list entry, and the leaf below it, as a path: "qos/rate" */
struct hk_yang_lacks { HK_VEC(struct hk_yang_lack) list; };
/* Mandatory leaves that are not set in entries that the changes create. Text lives in yang's arena. */
int hk_yang_mandatory(struct hk_yang *yang, const struct hk_controller *controller, const struct hk_change *changes, size_t n, struct hk_yang_lacks *lacks,
		      struct hk_err *err);
/* RFC 7950 section 6.2, and no longer than 200 letters. */
bool hk_yang_is_identifier(struct hk_str name);
/* Names of modules and submodules that the text of one imports or includes. */
void hk_yang_needs(struct hk_str text, void (*need)(void *closure, struct hk_str name), void *closure);
/*
 * For hk_yang_mandatory, and for tests: from the text of `yanglint -f tree`, mandatory leaves of the list whose names from the root are given, as paths below
 * it.
 */
void hk_yang_tree_mandatory(struct hk_str tree, const char *const *names, size_t n_names, struct hk_arena *arena, struct hk_yang_lacks *out);

#endif
