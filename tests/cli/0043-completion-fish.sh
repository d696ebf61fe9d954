#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Completion in a running fish.
. "$(dirname "$0")/../lib.sh"

need fish
. "$ROOT/tests/completion.sh"

begin "sourced"
tab fish "source $ROOT/completions/hkctl.fish"
