#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname "$0")/../lib.sh"
need git
unset GIT_DIR GIT_INDEX_FILE GIT_WORK_TREE
export GIT_CONFIG_NOSYSTEM=1 GIT_CEILING_DIRECTORIES="$ROOT"/build/trash
git config --global user.name A
git config --global user.email a@example.org
git config --global init.defaultBranch main
mkdir bin tmp
export TMPDIR="$TRASH"/tmp
ln -s "$HKCTL" bin/hkctl
PATH=$TRASH/bin:$PATH

begin "no repository: said, and nothing written"
must_fail 2 hkctl init --hook .
must_fail 2 hkctl init --hook not/there
[ ! -e topology.yaml ] && [ ! -e not ] || fail "samples were written"
mkdir empty-bare && git init -q --bare empty-bare
must_fail 2 hkctl init --hook empty-bare

begin "a hook that runs on git commit"
git init -q repo && cd repo
run hkctl init --hook
[ -x .git/hooks/pre-commit ] || fail "no hook"
sh -n .git/hooks/pre-commit
! command -v shellcheck >/dev/null || shellcheck -S warning .git/hooks/pre-commit || fail "shellcheck"
run hkctl plan -f topology.yaml -f pipeline.yaml -o plan.yaml
run hkctl render plan.yaml -d deploy
git add -A
run git commit -qm 'all is well'

begin "a second run changes nothing"
cp .git/hooks/pre-commit hook && ls -l --time-style=full-iso .git/hooks/pre-commit >stamp
run hkctl init --hook
err "up to date"
same hook .git/hooks/pre-commit
ls -l --time-style=full-iso .git/hooks/pre-commit | cmp -s - stamp || fail "it was written again"

begin "what is staged counts, not the work tree: bad in the index, good in the tree"
cp pipeline.yaml good.txt
sed -i 's/rate: 120/rat: 120/' pipeline.yaml
git add pipeline.yaml
cp good.txt pipeline.yaml
must_fail 1 git commit -qm bad
err "pipeline.yaml:"
err "rat"
begin "... and good in the index, bad in the tree"
git add pipeline.yaml
echo "nonsense: [" >>pipeline.yaml
run git commit --allow-empty -qm 'nothing bad is staged'
echo remark >remark.txt && git add remark.txt
run git commit -qm 'no document is staged'
git checkout -q pipeline.yaml

begin "a tree that is not what the plan renders"
file=$(git ls-files deploy | grep deployment-web.yaml | head -n 1)
sed -i 's/replicas: [0-9]*/replicas: 77/' "$file"
git add "$file"
must_fail 1 git commit -qm 'a quick change'
err "-  replicas: 77"
err "hkctl render 'plan.yaml' -d 'deploy'"
[ -z "$(ls -A "$TMPDIR")" ] || fail "a temporary folder was left behind"
git checkout -q HEAD -- deploy

begin "git commit -a and git commit FILE use other indexes"
sed -i 's/rate: 120/rat: 120/' pipeline.yaml
must_fail 1 git commit -qam bad
must_fail 1 git commit -qm bad pipeline.yaml
git checkout -q HEAD -- pipeline.yaml

begin "linked work trees share the hook; their own index counts"
git worktree add -q ../linked -b linked
cd ../linked
run hkctl init --hook
err "up to date"
sed -i 's/rate: 120/rat: 120/' pipeline.yaml
must_fail 1 git commit -qam bad
git checkout -q HEAD -- pipeline.yaml
cd ../repo

begin "hostile folder: blanks, quotes, globs; and two projects in one hook"
name="a 'b' [x]*\$(touch owned)"
mkdir "$name"
run hkctl init --hook "$name"
[ "$(grep -c '^(check' .git/hooks/pre-commit)" = 2 ] || fail "$(cat .git/hooks/pre-commit)"
git add -A
must_fail 1 git commit -qm 'names of two pipelines in one project collide at the top'
rm -f ./*.yaml && rm -rf deploy
git add -A
run git commit -qm 'only the one below'
sed -i 's/rate: 120/rat: 120/' "$name/pipeline.yaml"
must_fail 1 git commit -qam bad
[ -z "$(find . -name owned)" ] || fail "a shell took the name apart"
git checkout -q HEAD -- .

begin "core.hooksPath, counted from the top"
git config core.hooksPath .githooks
run hkctl init --hook "$name"
[ -x .githooks/pre-commit ] || fail "not where git looks"
git config --unset core.hooksPath

begin "somebody else's hook is left alone"
git init -q ../foreign && cd ../foreign
printf '#!/bin/sh\nexit 0\n' >.git/hooks/pre-commit
must_fail 1 hkctl init --hook
err "somebody else"
[ "$(cat .git/hooks/pre-commit)" = "$(printf '#!/bin/sh\nexit 0\n')" ] || fail "it was changed"
rm .git/hooks/pre-commit
run hkctl init --hook --dry-run
err "would write"
[ ! -e .git/hooks/pre-commit ] || fail "dry run wrote"

begin "a directory in use gets no samples"
mkdir used && echo 'a: 1' >used/values.yaml
run hkctl init --hook used
[ "$(ls used)" = values.yaml ] || fail "$(ls used)"

begin "without hkctl nothing is let through unseen"
git add -A
must_fail 1 env PATH=/usr/bin:/bin git commit -qm x
err "not in PATH"
