# The role controller: leads rollouts, sweeps after a rollback of all, tells sinks, cleans up. It stores no plan and no target rule, and reads no token.

# Read, and required to be as they were read. Consul asks for write where a transaction requires that a key is not there ("check-not-exists").
key_prefix "traffic-shifter/control/" { policy = "write" }

key_prefix "traffic-shifter/plans/" { policy = "read" }
key_prefix "traffic-shifter/targets/" { policy = "read" }
key_prefix "traffic-shifter/nodes/" { policy = "read" }
key_prefix "traffic-shifter/live/" { policy = "read" }

key_prefix "traffic-shifter/weights/" { policy = "write" }
key_prefix "traffic-shifter/state/" { policy = "write" }
key_prefix "traffic-shifter/rollouts/" { policy = "write" }
key_prefix "traffic-shifter/evacuations/" { policy = "write" }
key_prefix "traffic-shifter/judge/" { policy = "write" }
key_prefix "traffic-shifter/migrations/" { policy = "write" }
key_prefix "traffic-shifter/moves/" { policy = "write" }
key_prefix "traffic-shifter/probes/" { policy = "write" }
key_prefix "traffic-shifter/releases/" { policy = "write" }
key_prefix "traffic-shifter/hooks/" { policy = "write" }
key_prefix "traffic-shifter/history/" { policy = "write" }
key_prefix "traffic-shifter/feed/" { policy = "write" }
key_prefix "traffic-shifter/outbox/" { policy = "write" }
key_prefix "traffic-shifter/overrides/" { policy = "write" }
key_prefix "traffic-shifter/deliveries/" { policy = "write" }
key_prefix "traffic-shifter/dead-letters/" { policy = "write" }

# Tombstones, and chunks that nothing names, are taken away after their time.
key_prefix "traffic-shifter/apps/" { policy = "write" }
key_prefix "traffic-shifter/target-chunks/" { policy = "write" }

# Leadership.
key_prefix "traffic-shifter/locks/" { policy = "write" }
session_prefix "" { policy = "write" }
