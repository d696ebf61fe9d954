#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname "$0")/../lib.sh"

for shell in bash zsh fish; do
	run hkctl completion "$shell"
	out "complete -- "
done
must_fail 2 hkctl completion tcsh
err "bash, zsh and fish"

begin "verbs"
run hkctl complete -- va
[ "$(cat .out)" = validate ] || fail "got: $(cat .out)"
run hkctl complete -- ''
out plan
run hkctl complete --
out plan

begin "options and their values"
run hkctl complete -- plan --dump
[ "$(cat .out)" = --dump-model ] || fail "got: $(cat .out)"
run hkctl complete -- validate -o s
[ "$(cat .out)" = sarif ] || fail "got: $(cat .out)"
run hkctl complete -- validate --output=js
[ "$(cat .out)" = --output=json ] || fail "got: $(cat .out)"
run hkctl complete -- -v validate --disa
[ "$(cat .out)" = --disable ] || fail "got: $(cat .out)"

begin "paths are left to the shell, behind what the word begins with"
run hkctl complete -- plan -f ''
[ "$(cat .out)" = '	FILE	' ] || fail "got: $(cat .out)"
run hkctl complete -- render --directory=de
[ "$(cat .out)" = '	DIR	--directory=' ] || fail "got: $(cat .out)"
run hkctl complete -- diff --live=edge=p
[ "$(cat .out)" = '	FILE	--live=edge=' ] || fail "got: $(cat .out)"

begin "the files that are installed are what the verb prints"
for pair in bash:hkctl.bash zsh:hkctl.zsh fish:hkctl.fish; do
	run hkctl completion "${pair%%:*}"
	same "$ROOT/completions/${pair#*:}" .out
done
