# Whether a rendered file may be acted on, given the one of before. Prints what is wanted: the new file's lines, and for an application
# that cannot be told from it the line of before. Sentences go to standard error. Exit code 0, or 2: not at all.
#
#   awk -v kind=runtime -v keep=1 -v accept=0 -f roll.awk BEFORE NEW
#
# keep=1: one application's problem is its own, it keeps what it had. keep=0: any problem refuses the file, because a part of it
# cannot be taken. The lines are described in the templates' "decide".

function say(text) { print "kept: " text > "/dev/stderr" }
function refuse(text) { print "refused: " text > "/dev/stderr"; refused = 1; exit 2 }
function is_made_of(text, most, bad) { return length(text) >= 1 && length(text) <= most && text !~ bad }
function is_number(text) { return is_made_of(text, 15, "[^0-9]") }
function is_name(text) { return is_made_of(text, 128, "[^A-Za-z0-9_.:-]") }
function is_app(text) { return is_made_of(text, 63, "[^a-z0-9-]") && text !~ /^-/ && text !~ /-$/ }
function is_selector(text,   parts, i, count) {
  if (text ~ /^prefix=/) return is_name(substr(text, 8))
  if (text !~ /^servers=/) return 0
  count = split(substr(text, 9), parts, ",")
  for (i = 1; i <= count; i++) if (!is_name(parts[i])) return 0
  return count > 0
}

# Every field that may come near HAProxy's socket, whoever wrote the file.
function is_app_line() {
  if (NF != 15 || !is_app($3) || !is_number($7) || $7 > 10000 || $8 !~ /^(-|blue|green)$/ || $9 !~ /^(weights|lock|rollback|stable)$/) return 0
  if ($10 !~ /^[01]$/ || !is_number($11) || !is_number($12) || !is_number($13)) return 0
  if (($8 == "blue" && $7 != 0) || ($8 == "green" && $7 != 10000)) return 0
  if ($4 == "map") return is_made_of($5, 100, "[^A-Za-z0-9_-]") && $6 ~ /^[rs]$/
  return $4 == "weights" && is_name($5) && is_selector($14) && is_selector($15)
}

# (1) The file of before. It was checked when it came.
FILENAME == ARGV[1] {
  if ($2 == "app") before[$3] = $0
  if ($2 == "rollback") rollback_before = $4
  if ($2 == "servers") { blue_before[$3] = $4; green_before[$3] = $5 }
  if ($1 == "host") hosts_before[$3] = hosts_before[$3] $0 "\n"
  next
}

# (2) The new one: its form.
!started {
  started = 1
  if ($0 != "# traffic-shifter 1 " kind) refuse("it does not begin with \"# traffic-shifter 1 " kind "\"")
  next
}
ended { refuse("something follows its end") }
$1 == "#" && $2 == "rollback" {
  if (NF != 5 || !is_number($4)) refuse("its rollback is not understood")
  if ($3 == "broken") refuse("control/rollback is not valid")
  if ($3 !~ /^(none|stable|blue|green)$/) refuse("its rollback is not understood")
  rollback = $4; rollback_line = $0; has_rollback = 1
  next
}
$1 == "#" && $2 == "app" {
  if (!is_app_line()) refuse("line " FNR " is not understood")
  if ($3 in seen) refuse($3 " is there twice")
  seen[$3] = 1; now[$3] = $0; order[++count] = $3; apps++
  next
}
$1 == "#" && ($2 == "gone" || $2 == "broken") && $3 in seen { refuse($3 " is there twice") }
$1 == "#" && $2 == "gone" {
  if (NF != 4 || !is_app($3) || !is_number($4)) refuse("line " FNR " is not understood")
  seen[$3] = 1; gone[$3] = $0; order[++count] = $3; apps++
  next
}
$1 == "#" && $2 == "broken" {
  if (NF != 4 || !is_app($3)) refuse("line " FNR " is not understood")
  seen[$3] = 1; broken[$3] = $4; order[++count] = $3
  next
}
$1 == "#" && $2 == "end" { announced = $3; ended = 1; next }
$1 == "#" && $2 == "servers" && kind == "haproxy.cfg" { blue_now[$3] = $4; green_now[$3] = $5; next }
$1 == "#" && $2 == "skipped" && kind == "haproxy.cfg" { print substr($0, 3) > "/dev/stderr"; next }
kind == "runtime" {
  if (NF != 3 || $1 != "host" || !is_made_of($2, 253, "[^a-z0-9_.-]") || !is_app($3)) refuse("line " FNR " is not understood")
  hosts[$3] = hosts[$3] $0 "\n"
}

# (3) What it says, against what was before.
END {
  if (refused) exit 2
  if (!ended || announced != count || !has_rollback) { print "refused: it is not complete" > "/dev/stderr"; exit 2 }
  if (apps == 0) { print "refused: it has no application" > "/dev/stderr"; exit 2 }
  if (!accept) compare()
  if (problems && !keep) exit 2
  print_wanted()
}

function compare(   app, was, is) {
  if (rollback + 0 < rollback_before + 0) fatal("control/rollback vanished or is older than before (" rollback_before ", now " rollback + 0 ")")
  for (app in before) {
    if (app in gone) continue
    if (app in broken) { carry(app, "its " broken[app] " in Consul is not there or not valid"); continue }
    if (!(app in now)) { carry(app, "it vanished from Consul without being deleted"); continue }
    split(before[app], was, " "); split(now[app], is, " ")
    # The index of a key never falls, but in another store, or in an old copy of this one. 0: the weights are not there.
    if (is[11] + 0 < was[11] + 0 || is[13] + 0 < was[13] + 0 || (is[12] + 0 > 0 && is[12] + 0 < was[12] + 0)) fatal("Consul's " app " is older than what was applied before")
    # Locks are taken away together with new weights. The two are read one after the other: the old weights must not pass for them.
    if (was[8] != "-" && is[8] == "-" && is[12] + 0 <= newest(was)) { carry(app, "it was unlocked, and its new weights are not here yet"); continue }
    if (is[9] == "stable" && keep) carry(app, "its weights in Consul are not there or not valid")
  }
  for (app in broken) if (!(app in before)) problem(app, "its " broken[app] " in Consul is not there or not valid")
  for (app in blue_before) {
    if (!(app in now) || !(app in blue_now)) continue
    if ((blue_before[app] > 0 && blue_now[app] == 0) || (green_before[app] > 0 && green_now[app] == 0)) problem(app, "all servers of a colour vanished from Consul's catalog")
  }
}

function newest(was,   index_) {
  index_ = was[12] + 0 > was[13] + 0 ? was[12] + 0 : was[13] + 0
  return was[9] == "rollback" && rollback_before + 0 > index_ ? rollback_before + 0 : index_
}

function fatal(text) { print "refused: " text > "/dev/stderr"; exit 2 }
function problem(app, text) { say(app ": " text); problems++ }
function carry(app, text) { problem(app, text); carried[app] = 1 }

function print_wanted(   app, i, total) {
  print "# traffic-shifter 1 " kind
  print rollback_line
  for (i = 1; i <= count; i++) {
    app = order[i]
    print (app in carried) ? before[app] : (app in now) ? now[app] : (app in gone) ? gone[app] : "# broken " app " " broken[app]
  }
  total = count
  for (app in carried) if (!(app in seen)) { print before[app]; total++ }
  for (i = 1; i <= count; i++) printf "%s", (order[i] in carried) ? hosts_before[order[i]] : hosts[order[i]]
  for (app in carried) if (!(app in seen)) printf "%s", hosts_before[app]
  print "# end " total
}
