/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Between the files of the transaction: transaction.c (forward), transaction_back.c (back, and from a journal), transaction_step.c (one request to many
 * devices), transaction_record.c (journal).
 */
#ifndef HK_APPLY_TRANSACTION_INTERNAL_H
#define HK_APPLY_TRANSACTION_INTERNAL_H

#include "apply/transaction.h"

/* One request to all devices that want it, side by side. */
struct hk_step {
	enum hk_stage stage;
	enum hk_operation operation;
	bool want_old;
	unsigned attempts;                                    /* 0: 1 */
	size_t first, count;                                  /* parts it is about */
	bool heedless;                                        /* goes on when interrupted: undoing is not given up half way */
	bool (*wants)(const struct hk_part *part);            /* NULL: all */
	/*
	 * Looks at an answer that is good in itself. -1 with err when it is not what is needed; the device is then as the request left it. NULL: nothing to
	 * look at.
	 */
	int (*look)(const struct hk_transaction *transaction, struct hk_part *part, const struct hk_request *request, struct hk_err *err);
};

/* transaction_step.c. 0, or -1 with the first failure by order of parts; each part's `failed` says whether it was among them. */
int hk_step_run(struct hk_transaction *transaction, const struct hk_step *step, struct hk_err *err);
void hk_part_hang_up(struct hk_part *part);

/* transaction_record.c. A journal that cannot be written is an error before the decision; on the way back it is only remembered (journal_lost). */
int hk_record_begin(struct hk_transaction *transaction, struct hk_err *err);
int hk_record_step(struct hk_transaction *transaction, const struct hk_step *step, struct hk_err *err);
int hk_record(struct hk_transaction *transaction, const char *event, const char *key, const char *text, struct hk_err *err);
void hk_record_states(struct hk_transaction *transaction);
void hk_record_end(struct hk_transaction *transaction);

/* transaction.c */
int hk_transaction_new_token(struct hk_transaction *transaction, struct hk_err *err);
int hk_transaction_forward(struct hk_transaction *transaction, struct hk_err *err);       /* from reading to the end, or back to the old values */
int hk_transaction_settle(struct hk_transaction *transaction, struct hk_err *err);         /* the decision was made: confirm all */
/* all show the new values: extend, measure again by the caller's leave, record, confirm */
int hk_transaction_decide(struct hk_transaction *transaction, struct hk_err *err);
/* transaction_back.c: revert what was touched, unlock, verdict, last record. why is moved to *err when that is unset. Always -1. */
int hk_transaction_back(struct hk_transaction *transaction, struct hk_err *why);
void hk_transaction_close(struct hk_transaction *transaction);                              /* unlock, verdict, last record, sessions */

#endif
