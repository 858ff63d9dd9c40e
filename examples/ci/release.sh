#!/usr/bin/env bash
# Releases an image of an application that runs on both sides: ./release.sh shop registry.example.com/shop:42
#   First to the side without traffic, then users by canary, then to the other side, so that both run the same again. Exit codes are those of `shifter` (docs/cli.md): 0 released;
#   1 rolled back, nobody is on the new version; 8 the time was up; 9 it waits for a person.
set -euo pipefail
app=${1:?the application}; image=${2:?the image}
plan=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/plan.yaml

# One kubectl context for each side, by the name of its colour.
deploy() {
  kubectl --context "$1" set image "deployment/$app" "$app=$image"
  kubectl --context "$1" rollout status "deployment/$app" --timeout=10m
}

# 1. To the side that nobody is on.
stable=$(shifter status "$app" -o json | jq -r .stable)
if [[ $stable == blue ]]; then idle=green; else idle=blue; fi
deploy "$idle"

# 2. Users follow, and go back by themselves when they get errors. A pipeline that is ended ends nothing: the rollout goes on.
shifter rollout start "$app" -f "$plan" --watch --timeout "${TIMEOUT:-2h}" --reason "$image ${CI_COMMIT_SHA:-}"

# 3. Now the other side is the one that nobody is on: it gets the same, ready for a migration or an evacuation.
deploy "$stable"
for (( try = ${PATIENCE:-60}; ; try-- )); do
  if shifter parity "$app"; then break; fi
  (( try > 1 )) || { echo "released; but $stable is not as $idle is, see above" >&2; exit 1; }
  sleep "${PAUSE:-10}"
done
