# For every host: what the script applies to the running HAProxy. Start it together with weights.hcl, map.hcl or both:
#
#   consul-template -config consul-template.hcl -config weights.hcl
#
# Works with consul-template 0.22 and later (`safeLs`). Run it under something that always starts it again, however often it ended:
# traffic-shifter-consul-template.service. It ends by itself when a command takes longer than command_timeout or a template fails.

consul {
  # The Consul agent of this host. The token comes from the environment, CONSUL_TOKEN.
  address = "127.0.0.1:8500"

  retry {
    # 0: for ever. The default gives up after twelve attempts and ends consul-template.
    attempts    = 0
    backoff     = "250ms"
    max_backoff = "5s"
  }
}

# No stale reads. The default lets any server of Consul answer with data up to ten minutes old: a rollback would come that late, and
# after a restart weights of before it would be applied.
max_stale = "0s"

# Documents that change together are read by several queries. This is long enough for all of them to arrive, and for a sweep over
# thousands of applications to become a few renderings.
wait {
  min = "100ms"
  max = "1s"
}

template {
  source      = "/usr/local/lib/traffic-shifter/runtime.ctmpl"
  destination = "/var/lib/traffic-shifter/runtime"
  perms       = 0640

  # Whatever it ends with is in the log, the timer tries again, and consul-template goes on: HAProxy may be away, a document broken.
  command         = "/bin/sh -c '/usr/local/lib/traffic-shifter/apply/traffic-shifter-apply runtime || true'"
  command_timeout = "120s"
}
