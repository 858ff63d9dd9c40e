# For a host with `weights` routing whose HAProxy starts from haproxy.cfg.ctmpl. Neither command reloads HAProxy: weights reach the
# running one by traffic-shifter-apply. Reload it when servers came or went: `echo reload | socat - UNIX-CONNECT:/run/haproxy/master.sock`.
# `|| true`: what the script refused or kept is in the log. It is no reason to end consul-template, which brings the rollbacks.

template {
  source          = "/usr/local/lib/traffic-shifter/backends.map.ctmpl"
  destination     = "/var/lib/traffic-shifter/rendered/backends.map"
  command         = "/bin/sh -c '/usr/local/lib/traffic-shifter/apply/traffic-shifter-apply install /var/lib/traffic-shifter/rendered/backends.map /etc/haproxy/hosts.map || true'"
  command_timeout = "60s"
}

template {
  source          = "/usr/local/lib/traffic-shifter/haproxy.cfg.ctmpl"
  destination     = "/var/lib/traffic-shifter/rendered/haproxy.cfg"
  command         = "/bin/sh -c '/usr/local/lib/traffic-shifter/apply/traffic-shifter-apply install /var/lib/traffic-shifter/rendered/haproxy.cfg /etc/haproxy/haproxy.cfg || true'"
  command_timeout = "60s"
}
