/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What exists already becomes documents of hkctl: saved Kubernetes nodes and pods and Karmada clusters a Topology, manifests and the policies of other
 * schedulers a Pipeline to be filled in, measurements of Prometheus Metrics, constraint policies themselves in a form Kubernetes takes.
 *
 * Nothing is made up silently: what the source does not say is left out, or guessed and marked in a comment ("guess:", "fill in:"); what is not carried over is
 * a finding. The result passes the schemas. Formats, units and traps: docs/import.md.
 */
#ifndef HK_IMPORT_IMPORT_H
#define HK_IMPORT_IMPORT_H

#include "base/buf.h"
#include "base/diag.h"
#include "base/err.h"

enum hk_import_format {
	HK_IMPORT_NODES,          /* v1 Node, with Pods where they are given: a Topology without what they use */
	HK_IMPORT_PODS,           /* the same, and there must be pods */
	HK_IMPORT_MANIFESTS,      /* Deployment and its like, Service, Ingress, HorizontalPodAutoscaler: a Pipeline */
	HK_IMPORT_KARMADA,        /* Cluster, PropagationPolicy, ClusterPropagationPolicy, ResourceBinding */
	HK_IMPORT_KUBEFED,        /* ReplicaSchedulingPreference */
	HK_IMPORT_DIKTYO,         /* AppGroup, NetworkTopology */
	HK_IMPORT_TURNBUCKLE,     /* ConstraintPolicy, ConstraintPolicyOffer, ConstraintPolicyBinding, the mock providers */
	HK_IMPORT_PROMETHEUS,     /* query results as JSON, or the text exposition format: Metrics */
	HK_IMPORT_FORMATS
};

/* One file, or one text for tests and fuzzing. */
struct hk_import_file {
	const char *path;         /* "-": standard input */
	const char *cluster;      /* the cluster everything in it belongs to; NULL when not said */
	const char *text;         /* NULL: read path */
	size_t length;
};

/* "name=quantity" of --metric, taken apart. */
struct hk_import_metric { const char *metric, *quantity; };

struct hk_import_options {
	const char *name, *name_space;          /* of the document; NULL: guessed from the input */
	const char *cluster_label;              /* node label that tells clusters apart; NULL: one cluster a file */
	const char *output;                     /* where the result will stand; manifests are named relative to it. NULL: the current directory */
	const char *const *without; size_t n_without;          /* namespaces whose pods do not count as used */
	const char *weights;                    /* NetworkTopology: which set of weights; NULL: UserDefined, else the only one */
	double cost_unit;                       /* seconds of latency that a network cost of 1 stands for; 0: one millisecond */
	const char *const *clusters; size_t n_clusters;        /* names a topology already has: inputs are put into the first, and no stand-in is written */
	const char *const *sites; size_t n_sites;
	const struct hk_import_metric *metrics; size_t n_metrics;
	bool partial;                           /* take what is complete of a file that was cut off */
};

/* Most bytes of one file. */
#define HK_IMPORT_MAX ((size_t)1 << 30)

/* "nodes"; NULL past the end. */
const char *hk_import_format_name(enum hk_import_format format);
/*
 * Append the documents made of all files to *out. 0, or -1 with errors among the findings (out is as before) or an operational error. Warnings and notes say
 * what was guessed and what was left out.
 */
int hk_import(enum hk_import_format format, const struct hk_import_file *files, size_t count, const struct hk_import_options *options, struct hk_buf *out,
	      struct hk_diags *diags, struct hk_err *err);

#endif
