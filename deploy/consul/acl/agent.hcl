# The role agent, beside each HAProxy: reads where traffic should go, says that it is there and what it sees. It moves nothing in the store, and reads neither tokens nor history.
# For each agent, NODE is its node's name (Agent:Nodes:0:Name) and HOST that of the Consul agent it asks (`consul info` there, or the host's name):
#   sed "s/NODE/hap1/; s/HOST/web1/" agent.hcl | consul acl policy create -name traffic-shifter-agent-hap1 -rules -
# An agent with several nodes has the lines with NODE once for each.

key_prefix "traffic-shifter/apps/" { policy = "read" }
key_prefix "traffic-shifter/weights/" { policy = "read" }
key_prefix "traffic-shifter/state/" { policy = "read" }
key_prefix "traffic-shifter/targets/" { policy = "read" }
key_prefix "traffic-shifter/target-chunks/" { policy = "read" }
key_prefix "traffic-shifter/control/" { policy = "read" }
key_prefix "traffic-shifter/feed/" { policy = "read" }

# What it registers as, its sign of life, and what it was told past the store: its own, and no other node's.
key "traffic-shifter/nodes/NODE" { policy = "write" }
key "traffic-shifter/live/NODE" { policy = "write" }
key_prefix "traffic-shifter/overrides/NODE/" { policy = "write" }

# The session that its sign of life hangs on; whoever may write sessions of a host may end all of that host, and no others.
session "HOST" { policy = "write" }
