#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Reading YAML against the libraries it stands on.
set -e
exec "${BUILD:-build/release}/bench/parse_yaml" "${1:-10000}"
