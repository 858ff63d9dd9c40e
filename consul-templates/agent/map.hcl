# For a host with `map` routing: the map files that HAProxy starts from. Rows of the running one are set by traffic-shifter-apply.
# `|| true`: what the script refused or kept is in the log. It is no reason to end consul-template, which brings the rollbacks.

template {
  source          = "/usr/local/lib/traffic-shifter/apps.map.ctmpl"
  destination     = "/var/lib/traffic-shifter/rendered/apps.map"
  command         = "/bin/sh -c '/usr/local/lib/traffic-shifter/apply/traffic-shifter-apply install /var/lib/traffic-shifter/rendered/apps.map /var/lib/haproxy/maps/apps.map || true'"
  command_timeout = "60s"
}

template {
  source          = "/usr/local/lib/traffic-shifter/hosts.map.ctmpl"
  destination     = "/var/lib/traffic-shifter/rendered/hosts.map"
  command         = "/bin/sh -c '/usr/local/lib/traffic-shifter/apply/traffic-shifter-apply install /var/lib/traffic-shifter/rendered/hosts.map /var/lib/haproxy/maps/hosts.map || true'"
  command_timeout = "60s"
}
