/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A model as free-format MPS (IBM MPSX, as CBC, GLPK, HiGHS and SCIP read it): minimise, full precision, no constant in the objective, one sense per row,
 * bounds of integer columns always written out. Names say what a row or column is; bytes other readers could trip over are replaced, long ones shortened, and
 * doubles numbered.
 */
#ifndef HK_PLACE_MPS_H
#define HK_PLACE_MPS_H

#include "base/buf.h"
#include "base/err.h"
#include "place/milp.h"

void hk_mps_format(const struct hk_milp *milp, struct hk_buf *out);
/* hk_mps_format to a file, atomically. */
int hk_mps_write(const struct hk_milp *milp, const char *path, struct hk_err *err);

#endif
