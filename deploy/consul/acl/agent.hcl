# The role agent, beside each HAProxy: reads where traffic should go, says that it is there and what it sees. It moves nothing in the store, and reads neither tokens nor history.
# The narrowest policy for one node names it: key "traffic-shifter/nodes/hap1", key "traffic-shifter/live/hap1".

key_prefix "traffic-shifter/apps/" { policy = "read" }
key_prefix "traffic-shifter/weights/" { policy = "read" }
key_prefix "traffic-shifter/state/" { policy = "read" }
key_prefix "traffic-shifter/targets/" { policy = "read" }
key_prefix "traffic-shifter/target-chunks/" { policy = "read" }
key_prefix "traffic-shifter/control/" { policy = "read" }
key_prefix "traffic-shifter/feed/" { policy = "read" }

# What it registers as, its sign of life, and what it was told past the store.
key_prefix "traffic-shifter/nodes/" { policy = "write" }
key_prefix "traffic-shifter/live/" { policy = "write" }
key_prefix "traffic-shifter/overrides/" { policy = "write" }

# The session that its sign of life hangs on.
session_prefix "" { policy = "write" }
