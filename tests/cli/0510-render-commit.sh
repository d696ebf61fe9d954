#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname "$0")/../lib.sh"
need git
unset GIT_DIR GIT_INDEX_FILE GIT_WORK_TREE
export GIT_CONFIG_NOSYSTEM=1 GIT_CEILING_DIRECTORIES="$ROOT"/build/trash
git config --global user.name 'Ada Operator'
git config --global user.email ada@example.org
git config --global init.defaultBranch main
cp "$ROOT"/examples/hybridkube/*.yaml .
run hkctl plan -f topology.yaml -f pipeline.yaml -o plan.yaml
id=$(sed -n 's/^  id: "\{0,1\}\([0-9a-f]*\)"\{0,1\}$/\1/p' plan.yaml)
[ ${#id} -eq 16 ] || fail "no id: $id"
render() { hkctl render "$@"; }
git init -q repo
cp ./*.yaml repo

begin "the first commit of a branch without one: only the output; plan id and counts in the message, author from the configuration"
cd repo
run render plan.yaml -d deploy --commit
err "files added"
[ "$(git rev-list --count HEAD)" = 1 ] || fail "commits: $(git log --oneline)"
git show --name-only --format= HEAD | grep -qv '^deploy/' && fail "more than the output was committed"
[ "$(git log -1 --format='%an <%ae> %s')" = "Ada Operator <ada@example.org> render: plan $id" ] || fail "$(git log -1)"
[ "$(git log -1 --format='%(trailers:key=Hkctl-Plan,valueonly)')" = "$id" ] || fail "no trailer: $(git log -1)"
git log -1 --format=%b | grep -q 'files added, 0 changed, 0 removed in deploy' || fail "no summary: $(git log -1)"
[ -z "$(git status --porcelain -- deploy)" ] || fail "the index did not follow: $(git status --porcelain)"

begin "again: nothing to commit"
run render plan.yaml -d deploy --commit
err "nothing to commit"
[ "$(git rev-list --count HEAD)" = 1 ] || fail "an empty commit"

begin "what is staged stays staged, what is not stays not; an edit of the output is mended in one commit"
git add plan.yaml && git commit -qm 'plan'
echo "# staged" >>topology.yaml
git add topology.yaml
echo "# not staged" >>pipeline.yaml
echo foreign >deploy/foreign.txt
echo "# edited" >>"$(git ls-files deploy | grep deployment-workload-1)"
git commit -qm 'somebody edits' -- deploy
git ls-files --stage -- topology.yaml >staged
run render plan.yaml -d deploy --commit-message "Back to the plan

As it was reviewed."
[ "$(git log -1 --format=%s)" = "Back to the plan" ] || fail "$(git log -1)"
[ "$(git log -1 --format='%(trailers:key=Hkctl-Plan,valueonly)')" = "$id" ] || fail "no trailer"
[ "$(git show --name-only --format= HEAD | wc -l)" = 1 ] || fail "$(git show --stat HEAD)"
git ls-files --stage -- topology.yaml | cmp -s - staged || fail "the index changed"
[ "$(git status --porcelain --untracked-files=no)" = "A  topology.yaml" ] || fail "$(git status --porcelain)"
git status --porcelain | grep -q '^?? deploy/foreign.txt' || fail "a foreign file was committed"

begin "files that are pruned are removed in the commit, also when they went earlier"
printf 'kind: X\n' >deploy/clusters/old.yaml
printf '%s  clusters/old.yaml\n' "$(sha256sum <deploy/clusters/old.yaml | cut -d' ' -f1)" >>deploy/.hkctl-render
git add deploy/clusters/old.yaml deploy/.hkctl-render && git commit -qm 'an older rendering' -- deploy/clusters/old.yaml deploy/.hkctl-render
run render plan.yaml -d deploy --prune
run render plan.yaml -d deploy --commit
err "1 changed, 1 removed"
[ "$(git show --name-status --format= HEAD | sort)" = "$(printf 'D\tdeploy/clusters/old.yaml\nM\tdeploy/.hkctl-render')" ] || fail "$(git show --name-status HEAD)"

begin "a detached HEAD moves, branches stay"
git checkout -q --detach
rm -r deploy/clusters && git commit -qm 'gone' -- deploy
run render plan.yaml -d deploy --commit
[ "$(git rev-parse main)" = "$(git rev-parse HEAD~2)" ] || fail "the branch moved"
git checkout -q main

begin "linked work trees, hidden names: only there"
git worktree add -q "../other tree" -b other
cp plan.yaml topology.yaml pipeline.yaml app.yaml "../other tree"
cd "../other tree"
git checkout -q HEAD -- . && git restore --staged . && rm -rf deploy
git commit -qam 'without' 2>/dev/null; [ ! -e deploy ] || fail "deploy is there"
run render plan.yaml -d deploy --commit
[ "$(git log -1 --format=%s other)" = "render: plan $id" ] || fail "$(git log other)"
cd ../repo

begin "hostile names: of the directory, of the repository, of what is staged; options, globs, quotes, line ends"
for name in '-q' '*' ':(top)x' "a'b \"c\"" 'a;touch owned' '$(touch owned)' "$(printf 'line\nend')" '--' "$(printf '\303\251')"; do
	rm -rf "$TRASH/hostile"
	mkdir -p "$TRASH/hostile/$name"
	cd "$TRASH/hostile/$name"
	git init -q .
	cp "$TRASH"/*.yaml .
	echo x >"./$name"x
	git add -A -- "./$name"x
	run render plan.yaml -d "./$name" --commit
	[ "$(git show --name-only --format= -z HEAD | tr '\0' '\n' | grep -c 'clusters/')" -gt 5 ] || fail "nothing was committed below '$name'"
	git show --name-only --format= -z HEAD | tr '\0' '\n' | grep -q 'topology' && fail "more was committed"
	[ "$(git status --porcelain -z --untracked-files=no | tr '\0' '\n' | wc -l)" = 1 ] || { [ "$name" = "$(printf 'line\nend')" ] || fail "staged: $(git status --porcelain)"; }
	[ ! -e owned ] || fail "a shell ran"
	run render plan.yaml -d "./$name" --commit
	err "nothing to commit"
done
cd "$TRASH/repo"

begin "environment of a hook of another repository leads nowhere"
git init -q "$TRASH/elsewhere"
rm -r deploy/clusters && git commit -qm 'gone again' -- deploy
run env "GIT_DIR=$TRASH/elsewhere/.git" "GIT_INDEX_FILE=$TRASH/elsewhere/.git/index" "GIT_WORK_TREE=$TRASH/elsewhere" "$HKCTL" render plan.yaml -d deploy --commit
[ "$(git log -1 --format=%s)" = "render: plan $id" ] || fail "not here"
[ ! -e "$TRASH/elsewhere/.git/index" ] && ! git -C "$TRASH/elsewhere" rev-parse -q --verify HEAD >/dev/null || fail "there"

begin "refused before anything is written: unmerged, merging, locked, no author, no repository, bare"
rm -r deploy
refuse() {
	must_fail 1 hkctl render plan.yaml -d "${1:-deploy}" --commit
	[ ! -e "${1:-deploy}" ] || fail "it wrote"
}
: >.git/index.lock
refuse
err "index.lock"
rm .git/index.lock
git checkout -q -- . && git restore --staged topology.yaml && git add -A && git commit -qm all
git checkout -qb left && echo left >conflict && git add conflict && git commit -qm left
git checkout -q main && echo right >conflict && git add conflict && git commit -qm right
git merge -q left >/dev/null 2>&1 && fail "no conflict"
rm -r deploy
refuse
err "unmerged"
git add conflict
refuse
err "merge is under way"
git merge --abort 2>/dev/null || git reset -q --hard
rm -rf deploy
git config --global --unset user.name
git config --global --unset user.email
git config --global user.useConfigOnly true
refuse
err "nobody to commit as"
git config --global user.name A && git config --global user.email a@example.org
refuse "$TRASH/none/deploy"
err "git repository"
echo ignored >.gitignore
refuse ignored/deploy
err "ignore"
git init -q --bare "$TRASH/bare.git"
refuse "$TRASH/bare.git/deploy"
must_fail 2 hkctl render plan.yaml -d deploy --check --commit
[ -z "$(find "$TRASH" -name 'hkctl-index*')" ] || fail "a temporary index was left behind"

begin "a branch that moves meanwhile is not moved back"
mkdir bin
cat >bin/git <<'SH'
#!/bin/sh
case " $* " in *" update-ref "*) "$REAL_GIT" -C "$2" commit -q --allow-empty -m 'meanwhile' ;; esac
exec "$REAL_GIT" "$@"
SH
chmod +x bin/git
REAL_GIT=$(command -v git)
export REAL_GIT
git checkout -q -- . 2>/dev/null || :
rm -rf deploy/clusters && git commit -qm 'gone' -- deploy
must_fail 1 env "PATH=$PWD/bin:$PATH" "$HKCTL" render plan.yaml -d deploy --commit
err "moved meanwhile"
[ "$(git log -1 --format=%s)" = meanwhile ] || fail "$(git log --oneline)"

begin "without git it says so"
must_fail 1 env PATH=/nonexistent "$HKCTL" render plan.yaml -d deploy --commit
err "git"
