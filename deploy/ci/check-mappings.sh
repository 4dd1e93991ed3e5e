#!/usr/bin/env bash
# Judges a folder of mappings in CI: lint, tests, and what changed since another commit. It needs hallpass on the PATH, and
# kubectl for a folder whose kustomization changes mappings.
#
#   check-mappings.sh FOLDER [COMMIT]
#
# HALLPASS_CONFIG names the settings, if there are any. The folder of HALLPASS_OUT (hallpass-out unless given) gets
# mappings.sarif, with COMMIT plan.md, and mappings.yaml if kustomize renders them. Ends with 1 when something is wrong with
# the mappings, with 2 when they cannot be judged.
set -euo pipefail

folder=$1
commit=${2:-}
out=${HALLPASS_OUT:-hallpass-out}
mkdir -p "$out"
work=$(mktemp -d)
trap 'rm -rf "$work"; git worktree prune 2>/dev/null || true' EXIT

# The mappings of a folder as they would be applied: the path to read. A kustomization that only lists them changes nothing,
# and findings in the files themselves have the lines that people know.
as_applied() {
  for name in kustomization.yaml kustomization.yml Kustomization; do
    if [ -f "$1/$name" ] && grep -qE '^(components|patches[A-Za-z0-9]*|replacements|transformers|generators):' "$1/$name"; then
      kubectl kustomize "$1" > "$2" || return 2
      echo "$2"
      return
    fi
  done
  echo "$1"
}

worst=0
# Runs a question and remembers the worst answer.
ask() {
  local code=0
  "$@" || code=$?
  if [ "$code" -gt "$worst" ]; then worst=$code; fi
}

if [ -n "$commit" ]; then
  hash=$(git rev-parse --verify --quiet --end-of-options "$commit^{commit}") || {
    echo "check-mappings.sh: there is no commit \"$commit\" here. Fetch it first, such as with fetch-depth: 0." >&2
    exit 2
  }
fi
mappings=$(as_applied "$folder" "$out/mappings.yaml") || exit 2
ask hallpass lint "$mappings" --sarif "$out/mappings.sarif"
if [ -n "$(find "$folder" \( -name '*.test.yaml' -o -name '*.test.yml' \) -print -quit)" ]; then
  ask hallpass test "$folder" --mappings "$mappings"
fi
if [ -n "$commit" ]; then
  inside=$(git -C "$folder" rev-parse --show-prefix)
  git worktree add --quiet --detach "$work/before" "$hash"
  mkdir -p "$work/before/${inside:-.}"
  before=$(as_applied "$work/before/${inside:-.}" "$work/before.yaml") || before=$work/none
  # A version that was broken before must not keep anybody from correcting it.
  hallpass plan "$before" "$mappings" > "$out/plan.md" || {
    echo 'check-mappings.sh: the two versions are not compared.' >&2
    rm "$out/plan.md"
  }
fi
exit "$worst"
