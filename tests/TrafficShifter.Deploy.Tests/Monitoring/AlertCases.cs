namespace TrafficShifter.Deploy.Tests.Monitoring;

/// <summary>For each alert, samples at which it fires: each series as it was, and as it is now.</summary>
internal static class AlertCases
{
    public const string Well = """
        up{job="traffic-shifter",instance="a:1"} 1 1
        trafficshifter_node_up{node="hap1"} 1 1
        trafficshifter_node_exceptions{node="hap1"} 0 0
        trafficshifter_desired_share_ratio{app="shop",colour="green"} 0.1 0.1
        trafficshifter_observed_share_ratio{app="shop",colour="green",node="hap1"} 0.1 0.1039
        trafficshifter_weight_commands_refused_total{node="hap1"} 3 3
        trafficshifter_weight_drift_total{node="hap1",app="shop"} 2 2
        trafficshifter_haproxy_process_changes_total{node="hap1"} 10 13
        trafficshifter_kv_lost{instance="a:1"} 0 0
        trafficshifter_store_age_seconds{instance="a:1"} 10 70
        trafficshifter_leader{instance="a:1"} 1 1
        trafficshifter_leader{instance="b:1"} 0 0
        trafficshifter_leaderless_seconds{instance="a:1"} 0 0
        trafficshifter_rollout_holds{app="shop",why="time"} 1 1
        trafficshifter_migration_phase{migration="to-cilium",phase="running"} 1 1
        trafficshifter_rollouts_ended_total{app="shop",outcome="Succeeded"} 1 2
        trafficshifter_rollouts_ended_total{app="shop",outcome="RolledBack"} 1 1
        trafficshifter_evidence_receiving{node="hap1"} 1 1
        trafficshifter_evidence_lost_total{node="hap1",reason="unread"} 7 7
        trafficshifter_evacuation_applications{colour="green",is="evacuated"} 500 500
        trafficshifter_evacuation_applications{colour="green",is="leaving"} 0 0
        trafficshifter_probe_failing{migration="to-cilium",app="shop",colour="green"} 0 0
        trafficshifter_deliveries_pending{sink="ops"} 0 0
        trafficshifter_dead_letters_total{sink="ops"} 4 4
        trafficshifter_refused_requests_total{instance="a:1",reason="wrong-token"} 1000 1040
        trafficshifter_refused_requests_total{instance="b:1",reason="wrong-token"} 1000 1040
        trafficshifter_refused_requests_total{instance="a:1",reason="session-over"} 1000 2000
        trafficshifter_certificate_due{instance="a:1",setting="Agent:Authorities"} 0 0
        """;

    public static IReadOnlyDictionary<string, string> Bad { get; } = new Dictionary<string, string>
    {
        ["TrafficShifterAgentAway"] = """up{job="traffic-shifter",instance="a:1"} 1 0""",
        ["TrafficShifterMigrationStopped"] = """trafficshifter_migration_phase{migration="to-cilium",phase="stopped"} 1 1""",
        ["TrafficShifterNodeDown"] = """trafficshifter_node_up{node="hap1"} 1 0""",
        ["TrafficShifterAppsNotAsWanted"] = """trafficshifter_node_exceptions{node="hap1"} 0 1""",
        ["TrafficShifterShareWrong"] = """
            trafficshifter_desired_share_ratio{app="shop",colour="green",instance="a:1"} 0.1 0.1
            trafficshifter_desired_share_ratio{app="shop",colour="green",instance="b:1"} 0.1 0.1
            trafficshifter_observed_share_ratio{app="shop",colour="green",node="hap1"} 0.1 0.1
            trafficshifter_observed_share_ratio{app="shop",colour="green",node="hap2"} 0.1 0.13
            """,
        ["TrafficShifterWeightsRefused"] = """trafficshifter_weight_commands_refused_total{node="hap1"} 0 1""",
        ["TrafficShifterDrift"] = """trafficshifter_weight_drift_total{node="hap1",app="shop"} 2 3""",
        ["TrafficShifterHAProxyRestarts"] = """trafficshifter_haproxy_process_changes_total{node="hap1"} 10 16""",
        ["TrafficShifterKVLost"] = """trafficshifter_kv_lost{instance="a:1"} 0 1""",
        ["TrafficShifterStoreAway"] = """trafficshifter_store_age_seconds{instance="a:1"} 61 121""",
        ["TrafficShifterNoLeader"] = """trafficshifter_leader{instance="a:1"} 1 0""",
        ["TrafficShifterTwoLeaders"] = """
            trafficshifter_leader{instance="a:1"} 1 1
            trafficshifter_leader{instance="b:1"} 0 1
            """,
        ["TrafficShifterRollbackHeld"] = """trafficshifter_rollout_holds{app="shop",why="servers"} 1 1""",
        ["TrafficShifterMetricsAway"] = """trafficshifter_rollout_holds{app="shop",why="metrics"} 1 1""",
        ["TrafficShifterEvidenceAway"] = """trafficshifter_evidence_receiving{node="hap1"} 1 0""",
        ["TrafficShifterEvidenceLost"] = """trafficshifter_evidence_lost_total{node="hap1",reason="unread"} 7 8""",
        ["TrafficShifterRolloutWaitsForNodes"] = """trafficshifter_rollout_holds{app="shop",why="nodes"} 1 1""",
        ["TrafficShifterRolloutWaitsForSomebody"] = """trafficshifter_rollout_holds{app="shop",why="gate"} 1 1""",
        ["TrafficShifterRolledBack"] = """trafficshifter_rollouts_ended_total{app="shop",outcome="RolledBack"} 0 1""",
        ["TrafficShifterEvacuationStandsStill"] = """trafficshifter_evacuation_applications{colour="green",is="left"} 1 1""",
        ["TrafficShifterNotRestored"] = """trafficshifter_evacuation_applications{colour="green",is="notRestored"} 1 1""",
        ["TrafficShifterProbeFails"] = """trafficshifter_probe_failing{migration="to-cilium",app="shop",colour="green"} 1 1""",
        ["TrafficShifterSinkBehind"] = """trafficshifter_deliveries_pending{sink="ops"} 0 1""",
        ["TrafficShifterRequestsRefused"] = """
            trafficshifter_refused_requests_total{instance="a:1",reason="wrong-token"} 1000 1060
            trafficshifter_refused_requests_total{instance="b:1",reason="wrong-token"} 1000 1060
            """,
        ["TrafficShifterCertificateDue"] = """trafficshifter_certificate_due{instance="a:1",setting="Agent:ClientCertificate"} 0 1""",
        ["TrafficShifterDeadLetters"] = """trafficshifter_dead_letters_total{sink="ops"} 0 1""",
    };
}
