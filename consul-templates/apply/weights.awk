# The commands that bring HAProxy's weights to what is wanted: the same whole numbers as the service's own agent sets.
#
#   awk -f weights.awk WANTED SERVERS     WANTED: roll.awk's output; SERVERS: "show servers state"
#
# Of all pairs of levels up to 256 the one whose ratio is nearest to the share; at level n the server with the largest capacity (the
# configuration's weight) has weight n, its siblings theirs in proportion. Servers that take no traffic do not count.
# Raises come before cuts: with all weights at 0 HAProxy answers 503 at once.

function keep(app, text) { print "kept: " app ": " text > "/dev/stderr" }
function bit(number, value) { return int(number / value) % 2 }
function is_name(text) { return length(text) >= 1 && length(text) <= 128 && text !~ /[^A-Za-z0-9_.:-]/ }
function matches(selector, name) {
  if (selector ~ /^prefix=/) return substr(name, 1, length(selector) - 7) == substr(selector, 8)
  return index("," substr(selector, 9) ",", "," name ",") > 0
}

FILENAME == ARGV[1] {
  # Weights that are not valid and never were: there is nothing to go by.
  if ($2 != "app" || $4 != "weights") next
  if ($9 == "stable") { keep($3, "its weights in Consul are not there or not valid"); next }
  apps++; name[apps] = $3; backend[apps] = $5; share[apps] = $7 + 0; force[apps] = $10; selector[apps, "blue"] = $14; selector[apps, "green"] = $15
  of[$5] = of[$5] " " apps
  next
}

# Columns are found by their heading: later versions add some.
$1 == "#" && $3 == "be_name" { for (i = 2; i <= NF; i++) at[$i] = i - 1; next }
/^Name: / { exit }
NF > 10 && ("srv_iweight" in at) {
  known[$at["be_name"]] = 1
  server = $at["srv_name"]
  if (!is_name(server)) next
  count = split(of[$at["be_name"]], candidates, " ")
  for (i = 1; i <= count; i++) {
    app = candidates[i]
    colour = matches(selector[app, "blue"], server) ? "blue" : matches(selector[app, "green"], server) ? "green" : ""
    if (colour != "") { add(app, colour, server, $at["srv_uweight"] + 0, $at["srv_iweight"] + 0, is_usable($at["srv_op_state"] + 0, $at["srv_admin_state"] + 0)); break }
  }
}

# Not: down (0), asked for no traffic by its check (3), maintenance (1, 2, 32), draining (8, 16).
function is_usable(operational, admin) {
  return operational != 0 && operational != 3 && !bit(admin, 1) && !bit(admin, 2) && !bit(admin, 8) && !bit(admin, 16) && !bit(admin, 32)
}

function add(app, colour, server, weight, capacity, usable,   n) {
  n = ++servers[app, colour]
  s_name[app, colour, n] = server; s_weight[app, colour, n] = weight; s_capacity[app, colour, n] = capacity; s_usable[app, colour, n] = usable
  if (usable) any_usable[app, colour] = 1
}

END { for (app = 1; app <= apps; app++) plan(app) }

function plan(app,   levels, blue_total, green_total, blue_now, green_now, gains, gaining, losing) {
  if (!(backend[app] in known)) { keep(name[app], "HAProxy has no servers in backend " backend[app]); return }
  if (servers[app, "blue"] + 0 == 0 && share[app] < 10000) { keep(name[app], "backend " backend[app] " has no blue server"); return }
  if (servers[app, "green"] + 0 == 0 && share[app] > 0) { keep(name[app], "backend " backend[app] " has no green server"); return }
  split(find_levels(app), levels, " ")
  measure(app, "blue"); blue_total = total_at(app, "blue", levels[1])
  measure(app, "green"); green_total = total_at(app, "green", levels[2])
  blue_now = now_total(app, "blue"); green_now = now_total(app, "green")
  # Above 0 when green gains. Where neither does, the smaller colour is the one that must not get too much on the way.
  gains = blue_now + green_now > 0 ? green_total * blue_now - green_now * blue_total : 0
  if (!force[app] && gains != 0 && any_usable[app, "blue"] + 0 != any_usable[app, "green"] + 0 && !any_usable[app, gains > 0 ? "green" : "blue"]) {
    keep(name[app], (gains > 0 ? "green" : "blue") " has no usable server and would get more of the traffic")
    return
  }
  if (gains == 0) gains = blue_total - green_total
  gaining = gains > 0 ? "green" : "blue"; losing = gains > 0 ? "blue" : "green"
  level["blue"] = levels[1]; level["green"] = levels[2]
  emit(app, losing, 1); emit(app, gaining, 1); emit(app, gaining, 0); emit(app, losing, 0)
}

function emit(app, colour, raises,   n, weight) {
  measure(app, colour)
  for (n = 1; n <= servers[app, colour]; n++) {
    weight = weight_at(level[colour], capacity_of(app, colour, n))
    if (raises ? weight > s_weight[app, colour, n] : weight < s_weight[app, colour, n])
      print "set server " backend[app] "/" s_name[app, colour, n] " weight " weight
  }
}

# Sets counts, largest: for the functions below. A colour without a usable server counts as if all were; one that starts at 0 has equal capacities.
function measure(app, colour,   n) {
  counts = 0; largest = 0
  for (n = 1; n <= servers[app, colour]; n++) if (counted(app, colour, n) && s_capacity[app, colour, n] > largest) largest = s_capacity[app, colour, n]
  counts = largest > 0
  if (!counts) largest = 1
}
function counted(app, colour, n) { return s_usable[app, colour, n] || !any_usable[app, colour] }
function capacity_of(app, colour, n) { return counts ? s_capacity[app, colour, n] : 1 }
function weight_at(at_level, capacity,   weight) { weight = int((2 * at_level * capacity + largest) / (2 * largest)); return weight > 256 ? 256 : weight }
function total_at(app, colour, at_level,   n, total) {
  for (n = 1; n <= servers[app, colour]; n++) if (counted(app, colour, n)) total += weight_at(at_level, capacity_of(app, colour, n))
  return total + 0
}
function now_total(app, colour,   n, total) {
  for (n = 1; n <= servers[app, colour]; n++) if (counted(app, colour, n)) total += s_weight[app, colour, n]
  return total + 0
}

# Most applications have the same capacities and share: each question is answered once.
function find_levels(app,   question, blue_capacities, green_capacities, n) {
  if (share[app] == 0) return "256 0"
  if (share[app] == 10000) return "0 256"
  measure(app, "blue"); for (n = 1; n <= servers[app, "blue"]; n++) if (counted(app, "blue", n)) blue_capacities = blue_capacities " " capacity_of(app, "blue", n)
  measure(app, "green"); for (n = 1; n <= servers[app, "green"]; n++) if (counted(app, "green", n)) green_capacities = green_capacities " " capacity_of(app, "green", n)
  question = share[app] "|" blue_capacities "|" green_capacities
  if (!(question in answers)) answers[question] = search(app)
  return answers[question]
}

function search(app,   green, rest, b, g, ideal, low, high, middle, best, offset, sum, best_offset, best_sum, there, here) {
  green = share[app]; rest = 10000 - green; best = ""
  measure(app, "blue"); for (b = 0; b <= 256; b++) blues[b] = total_at(app, "blue", b)
  measure(app, "green"); for (g = 0; g <= 256; g++) greens[g] = total_at(app, "green", g)
  for (b = 256; b >= 1; b--) {
    ideal = int(blues[b] * green / rest)
    low = 0; high = 256
    while (low < high) { middle = int((low + high + 1) / 2); if (greens[middle] <= ideal) low = middle; else high = middle - 1 }
    for (g = low; g <= low + 1; g++) {
      if (g < 1 || g > 256) continue
      sum = blues[b] + greens[g]; offset = greens[g] * 10000 - green * sum
      if (best != "") {
        there = absolute(best_offset) * sum; here = absolute(offset) * best_sum
        if (here > there) continue
        if (here == there && larger(b, g) < larger(best_b, best_g)) continue
        if (here == there && larger(b, g) == larger(best_b, best_g) && offset >= best_offset) continue
      }
      best = b " " g; best_b = b; best_g = g; best_offset = offset; best_sum = sum
    }
  }
  return best
}
function absolute(number) { return number < 0 ? -number : number }
function larger(a, b) { return a > b ? a : b }
