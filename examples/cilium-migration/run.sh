#!/usr/bin/env bash
# Moves every application from blue to green, wave by wave. It may be ended and begun again at any time: the migration itself goes on without it.
#   APPROVE="ann: seen on staging" ./run.sh      answers gates beforehand; without it, and at a terminal, a person is asked
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
name=to-cilium

# 1. What there is: applications with their labels, the plan, the campaign. Nothing moves yet.
shifter migration lint migration.yaml
for app in apps/*.yaml; do shifter apps apply -f "$app"; done
shifter plan apply -f plan.yaml
phase=$(shifter migration get "$name" -o json 2>/dev/null | jq -r .phase || true)
if [[ -z $phase || $phase == draft ]]; then
  shifter migration apply -f migration.yaml

  # 2. Who is ready, who is not, and why; what is missing the pipeline is asked for when its turn comes. Then the whole schedule.
  shifter parity --migration "$name" || echo "not all are ready yet: that is known now, and no reason to wait"
  shifter migration start "$name" --dry-run
  shifter migration start "$name" --yes --reason "${REASON:-the campaign of the network layer}"
fi

# 3. Until it has ended, one way or the other. Exit code 9: it waits for a person.
code=9
while [[ $code == 9 ]]; do
  code=0
  shifter migration watch "$name" --fail-on-gate || code=$?
  [[ $code == 9 ]] || break
  if [[ $(shifter migration get "$name" -o json | jq -r .phase) != running ]]; then
    echo "it is paused or stopped: look at \`shifter migration get $name\`, then resume or abort it" >&2
    exit 9
  fi
  if [[ -z ${APPROVE:-} ]]; then
    [[ -t 0 ]] || { echo "a wave waits for approval: shifter migration approve $name" >&2; exit 9; }
    read -r -p "The next wave waits. Why may it begin? " APPROVE
  fi
  shifter migration approve "$name" --reason "$APPROVE"
done

# 4. What became of each application, and what probes of both sides saw the whole time.
shifter migration report "$name"
exit "$code"
