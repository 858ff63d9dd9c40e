#!/usr/bin/env bash
# Finds the real programs that TrafficShifter is built and tested against, and on Debian installs what is missing.
# Called by `./dev peers`. Quiet when nothing is missing. Leaves apt's sources, pins and running services as they are.
#
#   haproxy >= 2.6       apt
#   victoria-metrics     apt
#   socat                apt; tests speak to HAProxy with it as people do
#   consul               a package of an older Debian suite, pinned (see pinned.sh)
#   --with-bench         wrk, apt; for ./dev bench dataplane
#   --with-haproxy X     haproxy-X as well: 2.6 is the one of Debian 12, 3.0 (of trixie) and 3.2 (of sid) are pinned packages with their own libraries
#   --with-dashboard     chromium with a font, and nodejs >= 18 with npm, apt; for the dashboard's tests and for ./dev dashboard
#   --with-faults        libfaketime, apt; it moves the clock of a running server, for ./dev test --faults
#   --with-compose       docker-compose, pinned, and systemd-analyze; they check docker-compose.yml and the units without starting anything
#   --pin NAME           none of that: pins the versions of consul, docker-compose, haproxy-3.0 or haproxy-3.2 that Debian has now
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
peers=$root/.peers
haproxy_least=2.6
node_least=18

say() { printf '%s\n' "peers: $*" >&2; }
fail() { say "$*"; exit 1; }

# The same places and order as PeerLocator in src/TrafficShifter.Demo, so that what is found here is found there.
find_program() { PATH="$peers/bin:$PATH:/usr/sbin" command -v "$1" || true; }

haproxy_version() { "$1" -v 2>/dev/null | sed -n 's/^HA-\{0,1\}Proxy version \([0-9][0-9.]*\).*/\1/p' | head -1; }

at_least() { [ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -1)" = "$2" ]; }

has_haproxy() {
  local program version
  program=$(find_program haproxy)
  [ -n "$program" ] || return 1
  version=$(haproxy_version "$program")
  at_least "${version:-0}" "$haproxy_least" || { say "$program is version ${version:-unknown}; $haproxy_least or later is needed"; return 1; }
}

has_node() {
  local program
  program=$(find_program node)
  [ -n "$program" ] && at_least "$("$program" --version | tr -d v)" "$node_least"
}

# The same places as FakedClock in tests/TrafficShifter.Faults.
has_faketime() { compgen -G '/usr/lib/*/faketime/libfaketimeMT.so.1' > /dev/null || [ -e /usr/lib/faketime/libfaketimeMT.so.1 ] || [ -e /usr/local/lib/faketime/libfaketimeMT.so.1 ]; }

check_dotnet() {
  local version
  command -v dotnet > /dev/null || fail "the .NET SDK 10 is missing: install it from your distribution or from Microsoft, then run this again"
  version=$(cd "$root" && dotnet --version 2> /dev/null) || fail "no .NET SDK that fits global.json (10.0 or later) is installed; found: $(cd / && dotnet --version 2> /dev/null || echo none)"
  at_least "$version" 10 || fail "the .NET SDK is $version; 10.0 or later is needed"
}

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"
  elif command -v sudo > /dev/null; then sudo "$@"
  else fail "root is needed for: $* (no sudo here; run that as root, then run this again)"
  fi
}

# Debian's own way to keep a package from starting its service: a policy that says no, put away afterwards if it was not there before.
apt_install() {
  local policy=/usr/sbin/policy-rc.d temporary='' result=0
  if [ ! -e $policy ]; then
    printf '#!/bin/sh\nexit 101\n' | as_root tee $policy > /dev/null
    as_root chmod 755 $policy
    temporary=yes
    trap 'as_root rm -f /usr/sbin/policy-rc.d' EXIT
  fi
  say "installing $*"
  apt_quietly install -y --no-install-recommends "$@" \
    || { apt_quietly update && apt_quietly install -y --no-install-recommends "$@"; } || result=$?
  if [ -n "$temporary" ]; then as_root rm -f $policy; trap - EXIT; fi
  [ $result = 0 ] || fail "apt-get could not install $* (its messages are above)"
}

# Runs apt-get with its output kept back, and shown when it fails.
apt_quietly() {
  local log; log=$(mktemp)
  if as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 "$@" < /dev/null > "$log" 2>&1; then rm -f "$log"
  else cat "$log" >&2; rm -f "$log"; return 1
  fi
}

is_debian() {
  [ -r /etc/os-release ] || return 1
  . /etc/os-release
  [ "${ID:-}" = debian ]
}

install_consul() {
  unpack_pinned consul
  ln -sfn ../consul/usr/bin/consul "$peers/bin/consul"
}

install_compose() {
  unpack_pinned docker-compose
  ln -sfn ../docker-compose/usr/bin/docker-compose "$peers/bin/docker-compose"
}

# Whether haproxy-X is here, runs and is an X. A clone that was moved has one that does not run: its libraries' place is written in it.
has_haproxy_series() {
  local program
  program=$(find_program "haproxy-$1")
  [ -n "$program" ] || return 1
  case $(haproxy_version "$program") in "$1".*) ;; *) return 1 ;; esac
}

install_haproxy_series() {
  local series=$1 program
  program=$(find_program haproxy)
  mkdir -p "$peers/bin"
  case $(haproxy_version "${program:-haproxy}") in
    "$series".*) ln -sfn "$program" "$peers/bin/haproxy-$series" ;;
    *)
      [ -r "$(pins_of "haproxy-$series")" ] || fail "HAProxy $series is neither the one that apt installed here nor pinned for $(dpkg --print-architecture); $(by_hand "haproxy-$series")"
      [ -n "$(find_program patchelf)" ] || apt_install patchelf
      unpack_pinned "haproxy-$series"
      use_own_libraries "haproxy-$series" "$peers/haproxy-$series/usr/sbin/haproxy"
      ln -sfn "../haproxy-$series/usr/sbin/haproxy" "$peers/bin/haproxy-$series"
      ;;
  esac
  has_haproxy_series "$series" || fail "$peers/bin/haproxy-$series does not run here, or is not HAProxy $series: $("$peers/bin/haproxy-$series" -v 2>&1 | head -1)"
  say "haproxy-$series: $(haproxy_version "$peers/bin/haproxy-$series")"
}

read_arguments() {
  while [ $# -gt 0 ]; do
    case $1 in
      --with-bench) with_bench=yes ;;
      --with-compose) with_compose=yes ;;
      --with-faults) with_faults=yes ;;
      --with-dashboard) with_dashboard=yes ;;
      --with-haproxy)
        [[ ${2:-} =~ ^[0-9]+\.[0-9]+$ ]] || fail "--with-haproxy: a version like 3.0, not \"${2:-}\""
        series+=("$2"); shift ;;
      --pin)
        [ -n "${2:-}" ] || fail "--pin: whose packages?"
        is_debian || fail "--pin works on Debian"
        pin "$2"; exit 0 ;;
      *) fail "unknown option $1" ;;
    esac
    shift
  done
}

main() {
  local with_bench='' with_compose='' with_dashboard='' with_faults='' series=() each
  read_arguments "$@"
  check_dotnet
  local packages=() missing=()
  has_haproxy || { packages+=(haproxy); missing+=("haproxy $haproxy_least or later"); }
  [ -n "$(find_program socat)" ] || { packages+=(socat); missing+=("socat"); }
  [ -n "$(find_program victoria-metrics)" ] || { packages+=(victoria-metrics); missing+=("victoria-metrics"); }
  if [ -n "$with_bench" ] && [ -z "$(find_program wrk)" ]; then packages+=(wrk); missing+=(wrk); fi
  if [ -n "$with_compose" ] && [ -z "$(find_program systemd-analyze)" ]; then packages+=(systemd); missing+=(systemd-analyze); fi
  if [ -n "$with_faults" ] && ! has_faketime; then packages+=(libfaketime); missing+=(libfaketime); fi
  [ -n "$(find_program consul)" ] || missing+=("consul 1.8 or later")
  if [ -n "$with_dashboard" ]; then
    [ -n "$(find_program chromium)" ] || { packages+=(chromium fonts-dejavu-core); missing+=("chromium"); }
    has_node || { packages+=(nodejs); missing+=("nodejs $node_least or later"); }
    [ -n "$(find_program npm)" ] || { packages+=(npm); missing+=("npm"); }
  fi
  if [ -n "$with_compose" ] && [ -z "$(find_program docker-compose)" ]; then missing+=("docker-compose 2"); fi
  for each in "${series[@]}"; do has_haproxy_series "$each" || missing+=("haproxy-$each"); done
  [ ${#missing[@]} -gt 0 ] || return 0

  is_debian || fail "missing: $(printf '%s; ' "${missing[@]}")this is not Debian, so install them yourself: on the PATH, under these names, or linked into .peers/bin"
  [ ${#packages[@]} = 0 ] || apt_install "${packages[@]}"
  has_haproxy || fail "the haproxy that apt has is older than $haproxy_least"
  [ -n "$(find_program victoria-metrics)" ] || fail "victoria-metrics is still not on the PATH after its package was installed"
  [ -n "$(find_program consul)" ] || install_consul
  "$(find_program consul)" version > /dev/null || fail "$(find_program consul) does not run here"
  for each in "${series[@]}"; do has_haproxy_series "$each" || install_haproxy_series "$each"; done
  if [ -n "$with_compose" ] && [ -z "$(find_program docker-compose)" ]; then install_compose; fi
  say "haproxy $(haproxy_version "$(find_program haproxy)"), $("$(find_program consul)" version | head -1), victoria-metrics: ready"
}

. "$(dirname "${BASH_SOURCE[0]}")/pinned.sh"
main "$@"
