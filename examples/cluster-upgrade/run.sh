#!/usr/bin/env bash
# Empties a cluster, changes it in place, and fills it again: ./run.sh green ./upgrade.sh
#   What comes after the colour is run once nobody is on it. REASON, PATIENCE (how often readiness is asked, each 10 s; default 180: half an hour).
set -euo pipefail
colour=${1:?the colour of the cluster, blue or green}; shift
(( $# > 0 )) || { echo "what changes the cluster? ./run.sh $colour ./upgrade.sh" >&2; exit 2; }
reason=${REASON:-cluster upgrade}
plan=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/plan.yaml

# 1. Who would leave, and who would not, and why.
shifter evacuate "$colour" --dry-run

# 2. Away, half first; over when HAProxy has nobody there any more. Exit code 1: some are left, and they are named.
shifter evacuate "$colour" --steps "${STEPS:-50%:2m,100%}" --reason "$reason" --yes --watch

# 3. The upgrade: nodes rotated, network layer exchanged, whatever it is. When it fails everybody stays where they are, on the other side.
"$@"

# 4. Nobody comes back to a cluster that is not ready: usable servers on every HAProxy, and what the applications' own preflight says.
for (( try = ${PATIENCE:-180}; ; try-- )); do
  if shifter parity --to "$colour"; then break; fi
  (( try > 1 )) || { echo "$colour is not ready; everybody stays where they are. Later: shifter restore $colour --plan $plan --watch" >&2; exit 1; }
  sleep "${PAUSE:-10}"
done

# 5. Back by canary, each application to exactly what it had.
shifter restore "$colour" --plan "$plan" --reason "$reason" --yes --watch
shifter colours get "$colour"
