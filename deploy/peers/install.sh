#!/usr/bin/env bash
# Finds the real programs that TrafficShifter is built and tested against, and on Debian installs what is missing.
# Called by `./dev peers`. Quiet when nothing is missing. Leaves apt's sources, pins and running services as they are.
#
#   haproxy >= 2.6       apt
#   victoria-metrics     apt
#   socat                apt; tests speak to HAProxy with it as people do
#   wrk                  apt; only with --with-bench, for ./dev bench dataplane
#   consul               a package of an older Debian suite, pinned by version and checksum, unpacked into .peers/ (no root needed)
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
peers=$root/.peers
haproxy_least=2.6
consul_suite=bullseye
consul_version=1.8.7+dfsg1-2+b3
declare -A consul_sha256=(
  [amd64]=e4e888bba104daba1d9161f49bfc52649a7e4efd45b1a7ead5bc54f2cb9c89d9
  [arm64]=7318cfa77a7ba6f71dd096e44353279de246ffc6561216ace42353685dcf8255
)

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

# Where apt gets Debian itself from, whatever form its sources are written in.
mirror() {
  apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' "Codename: $VERSION_CODENAME" | head -1
}

# A package of another suite from that same mirror, with a private apt state: signature checked by apt, checksum by us.
install_consul() {
  local architecture state uri deb
  architecture=$(dpkg --print-architecture)
  [ -n "${consul_sha256[$architecture]:-}" ] || fail "no pinned Consul package for $architecture; put a consul (1.8 or later) on the PATH"
  uri=$(mirror)
  [ -n "$uri" ] || { apt_quietly update; uri=$(mirror); }
  [ -n "$uri" ] || fail "apt has no source for Debian $VERSION_CODENAME; put a consul (1.8 or later) on the PATH"
  say "getting consul $consul_version into .peers"
  state=$peers/apt
  mkdir -p "$state"/{lists/partial,cache/archives/partial,empty.d} "$peers/bin"
  printf 'deb [signed-by=%s] %s %s main\n' /usr/share/keyrings/debian-archive-keyring.gpg "$uri" "$consul_suite" > "$state/sources.list"
  : > "$state/status"
  private_apt -qq update || fail "the mirror that apt uses does not answer for Debian $consul_suite; put a consul (1.8 or later) on the PATH"
  (cd "$state" && rm -f ./*.deb && private_apt -qq download "consul=$consul_version") \
    || fail "the mirror that apt uses no longer has consul $consul_version in Debian $consul_suite; put a consul (1.8 or later) on the PATH"
  deb=$(echo "$state"/consul_*.deb)
  echo "${consul_sha256[$architecture]}  $deb" | sha256sum --check --status || fail "the checksum of $(basename "$deb") is not the pinned one; nothing was installed"
  rm -rf "$peers/consul.new" "$peers/consul"
  dpkg-deb -x "$deb" "$peers/consul.new"
  mv "$peers/consul.new" "$peers/consul"
  ln -sfn ../consul/usr/bin/consul "$peers/bin/consul"
  rm -rf "$state"
}

private_apt() {
  local state=$peers/apt
  apt-get -o "Dir::Etc::sourcelist=$state/sources.list" -o "Dir::Etc::sourceparts=$state/empty.d" -o "Dir::Etc::preferencesparts=$state/empty.d" \
    -o Dir::Etc::preferences=/dev/null -o "Dir::State::Lists=$state/lists" -o "Dir::State::status=$state/status" -o "Dir::Cache=$state/cache" \
    -o "APT::Sandbox::User=$(id -un)" -o Acquire::Languages=none -o Acquire::Check-Valid-Until=false -o Acquire::Retries=3 \
    -o APT::Update::Post-Invoke-Success::= "$@"
}

is_debian() {
  [ -r /etc/os-release ] || return 1
  . /etc/os-release
  [ "${ID:-}" = debian ]
}

main() {
  check_dotnet
  local packages=() missing=()
  has_haproxy || { packages+=(haproxy); missing+=("haproxy $haproxy_least or later"); }
  [ -n "$(find_program socat)" ] || { packages+=(socat); missing+=("socat"); }
  [ -n "$(find_program victoria-metrics)" ] || { packages+=(victoria-metrics); missing+=("victoria-metrics"); }
  if [ "${1:-}" = --with-bench ] && [ -z "$(find_program wrk)" ]; then packages+=(wrk); missing+=(wrk); fi
  [ -n "$(find_program consul)" ] || missing+=("consul 1.8 or later")
  [ ${#missing[@]} -gt 0 ] || return 0

  is_debian || fail "missing: $(printf '%s; ' "${missing[@]}")this is not Debian, so install them yourself: on the PATH, under these names, or linked into .peers/bin"
  [ ${#packages[@]} = 0 ] || apt_install "${packages[@]}"
  has_haproxy || fail "the haproxy that apt has is older than $haproxy_least"
  [ -n "$(find_program victoria-metrics)" ] || fail "victoria-metrics is still not on the PATH after its package was installed"
  [ -n "$(find_program consul)" ] || install_consul
  "$(find_program consul)" version > /dev/null || fail "$(find_program consul) does not run here"
  say "haproxy $(haproxy_version "$(find_program haproxy)"), $("$(find_program consul)" version | head -1), victoria-metrics: ready"
}

main "$@"
