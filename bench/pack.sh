#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Replicas onto 10,000 nodes, of one cluster and of a thousand; see pack.c. Arguments: cases whose name has one of these words.
set -eu
cd "$(dirname "$0")/.."
exec "${BUILD:-build/release}/bench/pack" "$@"
