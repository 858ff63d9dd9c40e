# How `./dev test` runs the test projects. Sourced by ../dev, which has built them.
#
# Two lanes at a time: the end-to-end tests, which mostly wait, and one after another all other projects. Each run leaves NAME.trx, NAME.log and NAME.code
# in $results. What failed is then run once more, alone, on a machine that has nothing else to do: docs/decisions/0083-a-failed-test-runs-once-more-alone.md.

# More failures than this in one run are no accident, and are not tried again.
most_tried_again=10

# Their results depend on the version of HAProxy: these projects run on each, the others once. Tests with the trait HAProxy=any in them, which only need
# some HAProxy, run on the first.
speaks_to_haproxy() { case $1 in *.HAProxy.Tests | *.Templates.Tests | *.EndToEnd.Tests) ;; *) return 1 ;; esac; }

# Prints "PROJECT|VERSION|FILTER" of every run of a project. $1: versions with commas, or nothing; the rest: words of names.
list_runs() {
  local versions=$1 project name version filter; shift
  for project in "$root"/tests/*.Tests/*.csproj; do
    name=$(basename "$project" .csproj)
    is_chosen "$name" "$@" || continue
    if [ -n "$versions" ] && speaks_to_haproxy "$name"; then
      filter=''
      for version in ${versions//,/ }; do
        printf '%s|%s|%s\n' "$project" "$version" "$filter"
        # A filter of the caller's own decides alone.
        [ $has_arguments = 1 ] || filter='HAProxy!=any'
      done
    else
      printf '%s||\n' "$project"
    fi
  done
}

is_chosen() {
  local name=$1 word; shift
  [ $# -gt 0 ] || return 0
  for word in "$@"; do [[ ${name,,} == *"${word,,}"* ]] && return 0; done
  return 1
}

run_name() { printf '%s%s' "$(basename "$1" .csproj)" "${2:+ on HAProxy $2}"; }

# One run. $1: its line of list_runs, $2: what its results are called, $3: "shown" while it goes on, or "kept" until it ended; the rest: for `dotnet test`.
run_project() {
  local project version filter called=$2 how=$3 log="$results/$2.log" code=0 command
  IFS='|' read -r project version filter <<< "$1"; shift 3
  command=(dotnet test "$project" -c "$configuration" --no-build --nologo --results-directory "$results" --logger "trx;LogFileName=$called.trx"
    --logger 'console;verbosity=minimal' ${filter:+--filter "$filter"} "$@")
  [ -z "$version" ] || export TRAFFICSHIFTER_HAPROXY=haproxy-$version
  printf '\n%s\n' "$called" > "$log"
  if [ "$how" = shown ]; then
    cat "$log" >&2
    { "${command[@]}" 2>&1 < /dev/null || code=$?; printf '%d' "$code" > "$results/$called.code"; } | tee -a "$log" >&2
  else
    "${command[@]}" >> "$log" 2>&1 < /dev/null || code=$?
    printf '%d' "$code" > "$results/$called.code"
    cat "$log" >&2
  fi
}

# Runs the lines of standard input, one after another.
run_lane() {
  local how=$1 line project version; shift
  while read -r line; do
    IFS='|' read -r project version _ <<< "$line"
    ( run_project "$line" "$(run_name "$project" "$version")" "$how" "$@" )
  done
}

# Prints "EXECUTED PASSED TOTAL" of one test result file.
counters() { sed -n 's/.*<Counters total="\([0-9]*\)" executed="\([0-9]*\)" passed="\([0-9]*\)".*/\2 \3 \1/p' "$1" 2> /dev/null | head -1; }

# Prints the failed tests of one test result file, one a line, as methods: all rows of a theory are run again.
failed_methods() { grep -o '<UnitTestResult [^>]*outcome="Failed"' "$1" | sed 's/.*testName="\([^"(]*\).*/\1/' | sort -u; }

# Adds one run to passed, failed, skipped, broken and unstable. $1: its line of list_runs; the rest: for `dotnet test`.
count_run() {
  local line=$1 project version name executed=0 ok=0 total='' code methods method filter=''; shift
  IFS='|' read -r project version _ <<< "$line"
  name=$(run_name "$project" "$version")
  code=$(cat "$results/$name.code" 2> /dev/null || printf 1)
  read -r executed ok total < <(counters "$results/$name.trx"; echo) || true
  if [ -z "${total:-}" ] || { [ "$total" = 0 ] && [ $# = 0 ]; }; then
    say "$name: no test ran (dotnet test: exit code $code)"; broken=$((broken + 1)); return 0
  fi
  skipped=$((skipped + total - executed))
  if [ "$executed" = "$ok" ]; then
    passed=$((passed + ok))
    [ "$code" = 0 ] || { say "$name: did not end well (dotnet test: exit code $code)"; broken=$((broken + 1)); }
    return 0
  fi
  methods=$(failed_methods "$results/$name.trx")
  if [ $((executed - ok)) -le $most_tried_again ] && [ -n "$methods" ]; then
    for method in $methods; do filter+="${filter:+|}FullyQualifiedName=$method"; done
    again "$project|$version|$filter" "$name, once more" $((executed - ok))
  fi
  passed=$((passed + ok)); failed=$((failed + executed - ok))
}

# Tries failed tests once more; sets `ok` of its caller. $1: a line with them as its filter, $2: what it is called, $3: how many failed.
again() {
  local executed2=0 ok2=0 total2=0
  ( run_project "$1" "$2" shown )
  read -r executed2 ok2 total2 < <(counters "$results/$2.trx"; echo) || true
  # Fewer than had failed: they were not found, and stay failures.
  [ "${executed2:-0}" -ge "$3" ] || return 0
  ok=$((executed - (executed2 - ok2)))
  [ "$executed2" != "$ok2" ] || unstable+="$methods"$'\n'
}

run_all() {
  local versions=$1 words=$2 has_arguments=0 runs lanes line
  local passed=0 failed=0 skipped=0 broken=0 unstable=''; shift 2
  [ $# = 0 ] || has_arguments=1
  # shellcheck disable=SC2086 # words are words
  runs=$(list_runs "$versions" $words)
  [ -n "$runs" ] || fail "no test project has \"$words\" in its name"
  lanes=$(grep -c 'EndToEnd' <<< "$runs" || true)
  if [ "$lanes" -gt 0 ] && grep -qv 'EndToEnd' <<< "$runs"; then
    grep 'EndToEnd' <<< "$runs" | run_lane kept "$@" &
    grep -v 'EndToEnd' <<< "$runs" | run_lane kept "$@"
    wait $!
  else
    run_lane shown "$@" <<< "$runs"
  fi
  while read -r line; do count_run "$line" "$@"; done <<< "$runs"
  say ""
  [ -z "$unstable" ] || { say "failed once, and passed when it was run alone:"; say "$unstable"; }
  [ $broken = 0 ] || say "$broken of $(wc -l <<< "$runs") runs of test projects did not come to their end; each counts as one failure"
  failed=$((failed + broken))
  printf '%d passed, %d failed, %d skipped\n' $passed $failed $skipped
  [ $failed = 0 ] && [ $((passed + skipped)) -gt 0 ]
}
