# Whether a rendered file may be acted on, given the one of before. Prints what is wanted: the new file, and for an application that cannot
# be told from it what was there before. Sentences go to standard error. Exit code 0, or 2: not at all.
#
#   awk -v kind=runtime -v accept=0 -v held="" -f roll.awk BEFORE NEW
#
# One application's problem is its own: it keeps its line and its rows or section, and the others follow, a rollback above all. The whole
# file is refused where it is the store that is not believed: emptied, or older than before. held: applications whose part HAProxy
# itself refuses. The lines are described in the templates' "decide".

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
  if (NF != 15 || !is_number($7) || $7 > 10000 || $8 !~ /^(-|blue|green)$/ || $9 !~ /^(weights|lock|rollback|stable)$/) return 0
  if ($10 !~ /^[01]$/ || !is_number($11) || !is_number($12) || !is_number($13)) return 0
  if (($8 == "blue" && $7 != 0) || ($8 == "green" && $7 != 10000)) return 0
  if ($4 == "map") return is_made_of($5, 100, "[^A-Za-z0-9_-]") && $6 ~ /^[rs]$/
  return $4 == "weights" && is_name($5) && is_selector($14) && is_selector($15)
}

# A part is a row of a map, or a section of haproxy.cfg. Whose it is: an application; in backends.map, a backend; in haproxy.cfg what comes
# before the sections is nobody's. What it is of: of two parts with one key HAProxy would take the first, or refuse both.
function owner_of() { return kind == "apps.map" ? $1 : kind == "runtime" ? $3 : $2 }
function key_of() { return kind == "runtime" ? $2 : $1 }
function is_row() {
  if (kind == "runtime") return NF == 3 && $1 == "host" && is_made_of($2, 253, "[^a-z0-9_.-]") && is_app($3)
  return NF == 2 && is_made_of($1, 253, "[^a-z0-9_.-]") && is_made_of($2, 253, "[^A-Za-z0-9_.:-]")
}

# (1) The file of before. It was checked when it came; rows may be an agent's, without our lines.
FILENAME == ARGV[1] {
  if (FNR == 1) ours = $0 ~ /^# traffic-shifter 1 /
  if (kind == "haproxy.cfg") {
    if (!ours) next
    if (/^# servers /) { blue_before[$3] = $4; green_before[$3] = $5; section = $3 }
    if (/^# (skipped|end) /) section = ""
    if (section != "") text_before[section] = text_before[section] $0 "\n"
    if (section != "" && /^backend /) backend_before[section] = $2
  }
  if (/^# app / && ours) before[$3] = $0
  if (/^# rollback / && ours) { rollback_before = $4; rollback_line_before = $0 }
  if (kind != "haproxy.cfg" && is_row()) {
    rows_before++; row_before[rows_before] = $0; row_owner[rows_before] = owner_of(); row_key[rows_before] = key_of()
    if (kind == "apps.map" && $2 ~ /^[RS]\./) ruled[$1] = 1
  }
  next
}

# (2) The new one: its form.
!started {
  started = 1
  if ($0 != "# traffic-shifter 1 " kind) refuse("it does not begin with \"# traffic-shifter 1 " kind "\"")
  next
}
ended { refuse("something follows its end") }
/^# rollback / {
  if (NF != 5 || !is_number($4) || $3 !~ /^(none|stable|blue|green|broken)$/) refuse("its rollback is not understood")
  rollback = $4; rollback_to = $3; rollback_line = $0; has_rollback = 1
  next
}
/^# (app|gone|broken) / {
  if (!is_app($3) || ($2 == "gone" && (NF != 4 || !is_number($4))) || ($2 == "broken" && NF != 4)) refuse("line " FNR " is not understood")
  if ($3 in seen) refuse($3 " is there twice")
  seen[$3] = 1; order[++count] = $3
  if ($2 != "broken") apps++
  if ($2 == "gone") gone[$3] = $0
  else if ($2 == "broken") broken[$3] = "its " $4 " in Consul is not there or not valid"
  else if (is_app_line()) now[$3] = $0
  else broken[$3] = "line " FNR " is not understood"
  if ($3 in broken) broken_line[$3] = "# broken " $3 " " ($2 == "broken" ? $4 : "line")
  next
}
/^# end / { announced = $3; ended = 1; next }
kind == "haproxy.cfg" {
  if (/^# skipped /) print substr($0, 3) > "/dev/stderr"
  if (/^# servers /) { blue_now[$3] = $4; green_now[$3] = $5 }
  if (/^# (servers|skipped) / || parts == 0) { parts++; part_owner[parts] = /^# servers / ? $3 : "" }
  if (/^backend / && part_owner[parts] != "") part_key[parts] = $2
  part[parts] = part[parts] $0 "\n"
  next
}
!is_row() { refuse("line " FNR " is not understood") }
{ parts++; part_owner[parts] = owner_of(); part_key[parts] = key_of(); part[parts] = with_rules($0) "\n" }

# Rules of targets are the agents': the mode that looks at them stays, the share and the lock are ours.
function with_rules(row) { return kind == "apps.map" && ($1 in ruled) && $2 ~ /^[rs]\./ ? $1 " " toupper(substr($2, 1, 1)) substr($2, 2) : row }

# (3) What it says, against what was before.
END {
  if (refused) exit 2
  if (!ended || announced != count || !has_rollback) fatal("it is not complete")
  if (apps == 0) fatal("it has no application")
  if (!accept) compare()
  if (rollback_to == "broken") follow_rollback_of_before()
  split(held, names, " ")
  for (i in names) if (names[i] in now) keep(names[i], "HAProxy refuses its part")
  for (i = 1; i <= count; i++) if (order[i] in broken && !(order[i] in carried)) keep(order[i], broken[order[i]])
  print_wanted()
}

function compare(   app, was, is) {
  if (rollback + 0 < rollback_before + 0) fatal("control/rollback vanished or is older than before (" rollback_before ", now " rollback + 0 ")")
  for (app in before) {
    if (app in gone || app in broken) continue
    if (!(app in now)) { keep(app, "it vanished from Consul without being deleted"); continue }
    split(before[app], was, " "); split(now[app], is, " ")
    # The index of a key never falls, but in another store, or in an old copy of this one. 0: the weights are not there.
    if (is[11] + 0 < was[11] + 0 || is[13] + 0 < was[13] + 0 || (is[12] + 0 > 0 && is[12] + 0 < was[12] + 0)) fatal("Consul's " app " is older than what was applied before")
    # Locks are taken away together with new weights. The two are read one after the other: the old weights must not pass for them.
    if (was[8] != "-" && is[8] == "-" && is[12] + 0 <= newest(was)) { keep(app, "it was unlocked, and its new weights are not here yet"); continue }
    if (is[9] == "stable") { keep(app, "its weights in Consul are not there or not valid"); continue }
    if (app in blue_before && app in blue_now && ((blue_before[app] > 0 && blue_now[app] == 0 && is[7] < 10000) || (green_before[app] > 0 && green_now[app] == 0 && is[7] > 0))) keep(app, "all servers of a colour vanished from Consul's catalog")
  }
}

# The templates leave one that is not valid out. What is newer than the last valid one says for itself what it is; the rest stays under it.
# Where none is known, a lock is obeyed, and nothing that may be under it.
function follow_rollback_of_before(   app, is, known, since) {
  known = rollback_line_before != ""; since = known ? rollback_before : rollback
  say("control/rollback is not valid; " (known ? "the one of before counts" : "no other one is known"))
  for (app in now) {
    split(now[app], is, " ")
    if (is[13] + 0 <= since + 0 && !(app in carried) && (known || is[9] != "lock")) keep(app, "control/rollback is not valid and may be meant for it")
  }
  rollback_line = known ? rollback_line_before : "# rollback none 0 0"
}

function newest(was,   index_) {
  index_ = was[12] + 0 > was[13] + 0 ? was[12] + 0 : was[13] + 0
  return was[9] == "rollback" && rollback_before + 0 > index_ ? rollback_before + 0 : index_
}

function fatal(text) { print "refused: " text > "/dev/stderr"; exit 2 }

# What was never there cannot stay: it is left out.
function keep(app, text) {
  say(app ": " text)
  carried[app] = 1
  if (kind != "backends.map") owned[app] = 1
  else if (app in before) owned[backend_in(before[app])] = 1
}
function backend_in(line,   fields) { split(line, fields, " "); return fields[5] }

function print_wanted(   app, i, total) {
  print "# traffic-shifter 1 " kind
  print rollback_line
  for (i = 1; i <= count; i++) print line_of(order[i])
  total = count
  for (app in carried) if (!(app in seen)) { print before[app]; total++ }
  if (kind == "haproxy.cfg") print_sections(); else print_rows()
  print "# end " total
}
function line_of(app) {
  if (!(app in carried)) return app in now ? now[app] : gone[app]
  return app in before ? before[app] : app in broken_line ? broken_line[app] : "# broken " app " definition"
}

# A host stays where it was as long as its application is kept, whoever has it now.
function print_rows(   i) {
  for (i = 1; i <= rows_before; i++) if (row_owner[i] in owned) taken[row_key[i]] = 1
  for (i = 1; i <= parts; i++) if (!(part_key[i] in taken) && (kind == "backends.map" || !(part_owner[i] in owned))) printf "%s", part[i]
  for (i = 1; i <= rows_before; i++) if (row_owner[i] in owned) print row_before[i]
}

function print_sections(   app, i) {
  for (app in carried) if (app in backend_before) taken[backend_before[app]] = app
  for (i = 1; i <= parts; i++) {
    if (part_owner[i] in carried) continue
    if (part_key[i] in taken) print "skipped " part_owner[i] ": backend " part_key[i] " is kept for " taken[part_key[i]] > "/dev/stderr"
    else printf "%s", part[i]
  }
  for (app in carried) printf "%s", text_before[app]
}
