# The commands that bring one map of `map` routing to what is wanted, and in the file `rows` all rows as they should be.
#
#   awk -v map=apps.map -v file=/var/lib/haproxy/maps/apps.map -v rows=OUT -f maps.awk WANTED MAP     MAP: "show map FILE"
#
# Rows of applications that Consul says nothing about stay: they are somebody else's, or their application could not be read.

function keep(app, text) { print "kept: " app ": " text > "/dev/stderr" }
function is_safe(text) { return length(text) >= 1 && length(text) <= 512 && text !~ /[^A-Za-z0-9_.:-]/ }

FILENAME == ARGV[1] {
  if ($2 == "gone") mine[$3] = 1
  if ($2 == "app" && $4 == "weights") mine[$3] = 1
  if ($2 == "app" && $4 == "map") {
    if ($9 == "stable") { keep_row[$3] = 1; if (map == "apps.map") keep($3, "its weights in Consul are not there or not valid") }
    else mine[$3] = 1
    any = 1
    mode = $8 == "blue" ? "b" : $8 == "green" ? "g" : $6
    if (map == "apps.map") want[$3] = mode "." $7 "." $5 "." $3
  }
  if (map == "hosts.map" && $1 == "host") want[$2] = $3
  next
}

/^Unknown map identifier/ { unknown = 1 }
/^Name: / { exit }
# 0x55d0c6f0 shop s.500.web.shop
NF == 3 && $1 ~ /^0x[0-9a-f]+$/ { if ($2 in is_now) next; is_now[$2] = $3; order[++count] = $2 }

END {
  if (unknown) {
    if (any && map == "apps.map") print "kept: " file ": HAProxy does not use this map, and there are applications with `map` routing" > "/dev/stderr"
    exit
  }
  printf "" > rows
  for (i = 1; i <= count; i++) {
    key = order[i]; app = map == "apps.map" ? key : is_now[key]
    # Rules of targets are the agents': the mode that looks at them stays, the share and the lock are ours.
    if (map == "apps.map" && key in want && is_now[key] ~ /^[RS]\./ && want[key] ~ /^[rs]\./) want[key] = toupper(substr(want[key], 1, 1)) substr(want[key], 2)
    if (map == "apps.map" && key in keep_row) want[key] = is_now[key]
    if (key in want) {
      if (want[key] != is_now[key]) change("set map " file " " key " " want[key], key, want[key])
      done[key] = 1
      row(key, want[key])
    }
    else if (app in mine) change("del map " file " " key, key, "-")
    else row(key, is_now[key])
  }
  for (key in want) if (!(key in done)) { change("add map " file " " key " " want[key], key, want[key]); row(key, want[key]) }
}

function change(command, key, value) { if (is_safe(key) && is_safe(value)) print command }
function row(key, value) { if (is_safe(key) && is_safe(value)) print key, value > rows }
