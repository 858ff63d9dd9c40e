# Sourced by install.sh: programs that come from packages of another Debian suite, unpacked into .peers/NAME (no root needed).
#
# pins/NAME.ARCHITECTURE lists the packages, one a line: SUITE PACKAGE VERSION SHA256. They come from the mirror that apt uses already, by way of an
# apt with sources, state and preferences of its own: apt checks the signature, we check the checksum.

pins=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/pins
side=$peers/apt

pins_of() { printf '%s/%s.%s' "$pins" "$1" "$(dpkg --print-architecture)"; }

# Where apt gets Debian itself from, whatever form its sources are written in.
mirror() {
  apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' "Codename: $VERSION_CODENAME" | head -1
}

# side_apt ARCHITECTURE PROGRAM ARGUMENT...: apt-get or apt-cache on the private state.
side_apt() {
  local architecture=$1 program=$2; shift 2
  "$program" -o "APT::Architecture=$architecture" -o "APT::Architectures=$architecture" -o "Dir::Etc::sourcelist=$side/sources.list" \
    -o "Dir::Etc::sourceparts=$side/empty.d" -o "Dir::Etc::preferencesparts=$side/empty.d" -o Dir::Etc::preferences=/dev/null \
    -o "Dir::State::Lists=$side/lists" -o "Dir::State::status=$side/status" -o "Dir::Cache=$side/cache" -o "APT::Sandbox::User=$(id -un)" \
    -o Acquire::Languages=none -o Acquire::Check-Valid-Until=false -o Acquire::Retries=3 -o APT::Update::Post-Invoke-Success::= "$@"
}

# open_suite NAME SUITE ARCHITECTURE: makes that suite known to side_apt.
open_suite() {
  local uri
  uri=$(mirror)
  [ -n "$uri" ] || { apt_quietly update; uri=$(mirror); }
  [ -n "$uri" ] || fail "apt has no source for Debian $VERSION_CODENAME, so $1 cannot be had from Debian $2; $(by_hand "$1")"
  rm -rf "$side"
  mkdir -p "$side"/{lists/partial,cache/archives/partial,empty.d,debs} "$peers/bin"
  printf 'deb [signed-by=%s] %s %s main\n' /usr/share/keyrings/debian-archive-keyring.gpg "$uri" "$2" > "$side/sources.list"
  : > "$side/status"
  side_apt "$3" apt-get -qq update || fail "the mirror that apt uses does not answer for Debian $2; $(by_hand "$1")"
}

by_hand() { printf 'put %s on the PATH, or link it into .peers/bin, under that name' "$1"; }

# unpack_pinned NAME: everything that pins/NAME lists, into .peers/NAME.
unpack_pinned() {
  local name=$1 list suite package version checksum wanted=() missing deb
  list=$(pins_of "$name")
  [ -r "$list" ] || fail "no packages are pinned for $name on $(dpkg --print-architecture); $(by_hand "$name")"
  suite=$(awk '!/^#/ { print $1; exit }' "$list")
  say "getting $name from Debian $suite into .peers"
  open_suite "$name" "$suite" "$(dpkg --print-architecture)"
  while read -r _ package version _; do wanted+=("$package=$version"); done < <(grep -v '^#' "$list")
  if ! missing=$(cd "$side/debs" && side_apt "$(dpkg --print-architecture)" apt-get -qq download "${wanted[@]}" 2>&1); then
    say "$missing"
    fail "Debian $suite does not have all packages that ${list#"$root"/} pins, at least one was replaced by a newer version (see above). \
\`deploy/peers/install.sh --pin $name\` pins what is there now; run the tests before you commit that. Or $(by_hand "$name")"
  fi
  rm -rf "${peers:?}/$name"
  mkdir -p "$peers/$name"
  while read -r _ package _ checksum; do
    deb=$(echo "$side/debs/${package}_"*.deb)
    echo "$checksum  $deb" | sha256sum --check --status || fail "the checksum of $(basename "$deb") is not the one pinned in ${list#"$root"/}; $name was not installed"
    dpkg-deb -x "$deb" "$peers/$name"
  done < <(grep -v '^#' "$list")
  rm -rf "$side" "$peers/$name/usr/share"
}

# pin NAME: rewrites its lists with the versions and checksums that Debian has now. Which packages: those that the lists name already.
pin() {
  local name=$1 list architecture suite package
  compgen -G "$pins/$name.*" > /dev/null || fail "there are no pins for \"$name\"; there are: $(cd "$pins" && printf '%s\n' * | sed 's/\.[^.]*$//' | sort -u | paste -sd ' ')"
  for list in "$pins/$name".*; do
    architecture=${list##*.}
    suite=$(awk '!/^#/ { print $1; exit }' "$list")
    open_suite "$name" "$suite" "$architecture"
    {
      grep '^#' "$list" || true
      while read -r _ package _; do
        side_apt "$architecture" apt-cache show --no-all-versions "$package" \
          | awk -v suite="$suite" '$1 == "Package:" { p = $2 } $1 == "Version:" { v = $2 } $1 == "SHA256:" { s = $2 } END { if (!p || !v || !s) exit 1; print suite, p, v, s }'
      done < <(grep -v '^#' "$list")
    } > "$list.new" || { rm -f "$list.new"; fail "Debian $suite does not have all packages of ${list#"$root"/} on $architecture"; }
    mv "$list.new" "$list"
    say "pinned: ${list#"$root"/}"
  done
  rm -rf "$side"
}

# Programs of a newer Debian need its C library: the loader and the folder of the libraries become part of each program. Not by calling the loader
# with the program as its argument: HAProxy starts itself anew on a reload, and would lose it.
use_own_libraries() {
  local name=$1 program=$2 libraries loader
  libraries=$(dirname "$(find "$peers/$name" -name libc.so.6 -print -quit)")
  loader=$(echo "$libraries"/ld-linux*.so.*)
  [ -x "$loader" ] || fail "the packages of $name hold no program loader"
  patchelf --set-interpreter "$loader" --force-rpath --set-rpath "$libraries" "$program"
}
