#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Print the version: the VERSION file, which release archives carry too; else the nearest tag; else "unknown".
cd "$(dirname "$0")/.." || exit 1
if [ -s VERSION ]; then
	head -n 1 VERSION
else
	git describe --tags --dirty 2>/dev/null || echo unknown
fi
