#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname "$0")/../lib.sh"

begin "no verb at all is a usage error that shows the verbs"
must_fail 2 hkctl
out "validate"
out "render"

begin "help lists verbs, without the hidden one"
run hkctl help
out "plan"
grep -q '^  complete ' .out && fail "help shows a hidden verb"
run hkctl --help
out "plan"
run hkctl -h
out "plan"

begin "help of a verb"
run hkctl help plan
out "Usage: hkctl plan"
out "--dump-model"
must_fail 2 hkctl help plann

begin "a misspelt verb is told the nearest"
must_fail 2 hkctl valdate
err "did you mean 'validate'"
must_fail 2 hkctl frobnicate
err "not a verb"
must_fail 2 hkctl ../../bin/sh
err "not a verb"

begin "a misspelt option is told the nearest"
must_fail 2 hkctl plan --dump-modle x
err "--dump-model"

begin "usage errors"
must_fail 2 hkctl show
must_fail 2 hkctl show a b
must_fail 2 hkctl validate -o nonsense .
must_fail 2 hkctl plan --gap minus .
must_fail 2 hkctl plan -o json .
err "hkctl show plan.yaml -o json"

begin "external verbs: hkctl-NAME of PATH, with the exit status and arguments passed on"
mkdir bin
printf '#!/bin/sh\necho "external $#:$1"\nexit 9\n' >bin/hkctl-hello
chmod +x bin/hkctl-hello
PATH=$PWD/bin:$PATH
must_fail 9 hkctl hello 'a b; c'
out "external 1:a b; c"
