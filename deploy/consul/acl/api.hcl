# The role api: whatever people may do, and the only one that reads tokens and sessions. It does not lead: the controllers' lock is read, for plans with a failsafe.

key_prefix "traffic-shifter/apps/" { policy = "write" }
key_prefix "traffic-shifter/weights/" { policy = "write" }
key_prefix "traffic-shifter/state/" { policy = "write" }
key_prefix "traffic-shifter/targets/" { policy = "write" }
key_prefix "traffic-shifter/target-chunks/" { policy = "write" }
key_prefix "traffic-shifter/claims/" { policy = "write" }
key_prefix "traffic-shifter/control/" { policy = "write" }
key_prefix "traffic-shifter/plans/" { policy = "write" }
key_prefix "traffic-shifter/rollouts/" { policy = "write" }
key_prefix "traffic-shifter/evacuations/" { policy = "write" }
key_prefix "traffic-shifter/hooks/" { policy = "write" }
key_prefix "traffic-shifter/migrations/" { policy = "write" }
key_prefix "traffic-shifter/moves/" { policy = "write" }
key_prefix "traffic-shifter/history/" { policy = "write" }
key_prefix "traffic-shifter/feed/" { policy = "write" }
key_prefix "traffic-shifter/outbox/" { policy = "write" }
key_prefix "traffic-shifter/overrides/" { policy = "write" }

# Forgetting a node that is gone for good.
key_prefix "traffic-shifter/nodes/" { policy = "write" }
key_prefix "traffic-shifter/live/" { policy = "read" }

key_prefix "traffic-shifter/judge/" { policy = "read" }
key_prefix "traffic-shifter/probes/" { policy = "read" }
key_prefix "traffic-shifter/locks/" { policy = "read" }
key_prefix "traffic-shifter/deliveries/" { policy = "read" }
key_prefix "traffic-shifter/dead-letters/" { policy = "read" }

# Hashes of tokens and sessions: nobody else's.
key_prefix "traffic-shifter/tokens/" { policy = "write" }
key_prefix "traffic-shifter/sessions/" { policy = "write" }
key "traffic-shifter/token-uses" { policy = "write" }
key "traffic-shifter/token-serial" { policy = "write" }
