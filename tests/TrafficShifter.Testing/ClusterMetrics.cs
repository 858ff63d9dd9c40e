using System.Globalization;
using System.Text;

namespace TrafficShifter.Testing;

/// <summary>What kube-state-metrics, Goldpinger, the Strimzi canary and Hubble write of two clusters, in Prometheus' text format with times; the labels are those of the tools, <c>cluster</c> is the colour.</summary>
public sealed class ClusterMetrics
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(15);
    private readonly StringBuilder _lines = new();

    /// <summary>Everything that was written.</summary>
    public string Lines => _lines.ToString();

    /// <summary>Both clusters from one moment to another, a sample each 15 s. Blue is well.</summary>
    /// <param name="apps">Deployments that run in both.</param>
    /// <param name="isWell">False: green lacks replicas, runs another image, loses nodes, records and packets.</param>
    public ClusterMetrics Between(DateTimeOffset from, DateTimeOffset to, IReadOnlyList<string> apps, bool isWell = true)
    {
        var tick = 0;
        for (var at = from; at <= to; at += Interval, tick++)
            foreach (var (cluster, well) in new[] { ("blue", true), ("green", isWell) })
                Write(cluster, at, apps.SelectMany(app => Deployment(app, cluster, well)).Concat(Neighbour(cluster)).Concat(Goldpinger(tick, well)).Concat(Kafka(tick, well)).Concat(Hubble(tick, well)));
        return this;
    }

    /// <summary>More samples of one cluster at one moment.</summary>
    public ClusterMetrics At(string cluster, DateTimeOffset at, params string[] samples)
    {
        Write(cluster, at, samples);
        return this;
    }

    /// <summary>A Deployment and its pods. The two clusters have other container runtimes, which write an image's name in other ways.</summary>
    public static IEnumerable<string> Deployment(string app, string cluster, bool well)
    {
        var (registry, digest) = cluster == "blue" ? ($"docker-pullable://registry/{app}", "sha256:aa") : ($"registry/{app}", well ? "sha256:aa" : "sha256:bb");
        yield return $"kube_deployment_spec_replicas{{namespace=\"web\",deployment=\"{app}\"}} {(well ? 3 : 2)}";
        yield return $"kube_deployment_status_replicas_available{{namespace=\"web\",deployment=\"{app}\"}} {(well ? 3 : 1)}";
        for (var pod = 1; pod <= 3; pod++)
            yield return $"kube_pod_container_info{{namespace=\"web\",pod=\"{app}-6d4cf56db6-{cluster[0]}abc{pod}\",container=\"{app}\",image=\"registry/{app}:1\",image_id=\"{registry}@{digest}\",image_spec=\"registry/{app}:1\"}} 1";
        // Of another application whose name begins the same: its images differ, and must not count.
        yield return $"kube_pod_container_info{{namespace=\"web\",pod=\"{app}-admin-5f7d8c9b4-{cluster[0]}xyz1\",container=\"{app}\",image_id=\"registry/admin@sha256:{cluster}\"}} 1";
    }

    /// <summary>A Deployment that only blue has.</summary>
    private static IEnumerable<string> Neighbour(string cluster) => cluster != "blue" ? [] :
    [
        "kube_deployment_spec_replicas{namespace=\"web\",deployment=\"only-blue\"} 1",
        "kube_pod_container_info{namespace=\"web\",pod=\"only-blue-7c9d8b6f5-babc1\",container=\"only-blue\",image_id=\"registry/only-blue@sha256:cc\"} 1",
    ];

    private static IEnumerable<string> Goldpinger(int tick, bool well)
    {
        var slow = well ? 0 : 40 * tick;
        foreach (var instance in new[] { "goldpinger-a", "goldpinger-b" })
        {
            yield return $"goldpinger_nodes_health_total{{goldpinger_instance=\"{instance}\",status=\"healthy\"}} {(well ? 2 : 1)}";
            yield return $"goldpinger_nodes_health_total{{goldpinger_instance=\"{instance}\",status=\"unhealthy\"}} {(well ? 0 : 1)}";
            if (!well) yield return $"goldpinger_errors_total{{goldpinger_instance=\"{instance}\",type=\"ping\"}} {tick}";
            foreach (var (le, count) in new[] { ("0.005", 60 * tick), ("0.25", 60 * tick), ("1", 60 * tick + slow), ("+Inf", 60 * tick + slow) })
                yield return $"goldpinger_peers_response_time_s_bucket{{goldpinger_instance=\"{instance}\",call_type=\"ping\",host_ip=\"10.0.0.1\",pod_ip=\"10.1.0.1\",le=\"{le}\"}} {count}";
        }
    }

    private static IEnumerable<string> Kafka(int tick, bool well)
    {
        var slow = well ? 0 : 40 * tick;
        yield return $"strimzi_canary_records_produced_total{{clientid=\"strimzi-canary-client\",partition=\"0\"}} {3 * tick}";
        yield return $"strimzi_canary_records_consumed_total{{clientid=\"strimzi-canary-client\",partition=\"0\"}} {(well ? 3 : 1) * tick}";
        if (!well) yield return $"strimzi_canary_records_produced_failed_total{{clientid=\"strimzi-canary-client\",partition=\"0\"}} {tick}";
        foreach (var (le, count) in new[] { ("100", 50 * tick), ("800", 50 * tick), ("1600", 50 * tick + slow), ("+Inf", 50 * tick + slow) })
            yield return $"strimzi_canary_records_consumed_latency_bucket{{clientid=\"strimzi-canary-client\",partition=\"0\",le=\"{le}\"}} {count}";
    }

    private static IEnumerable<string> Hubble(int tick, bool well)
    {
        yield return $"hubble_flows_processed_total{{verdict=\"FORWARDED\",type=\"Trace\",subtype=\"to-endpoint\",protocol=\"TCP\"}} {1_000 * tick}";
        yield return $"hubble_drop_total{{reason=\"UNSUPPORTED_L3_PROTOCOL\",protocol=\"ICMPv6\"}} {50 * tick}";
        if (!well) yield return $"hubble_drop_total{{reason=\"POLICY_DENIED\",protocol=\"TCP\"}} {20 * tick}";
    }

    private void Write(string cluster, DateTimeOffset at, IEnumerable<string> samples)
    {
        foreach (var sample in samples)
            _lines.Append(CultureInfo.InvariantCulture, $"{sample.Replace("{", $"{{cluster=\"{cluster}\",", StringComparison.Ordinal)} {at.ToUnixTimeMilliseconds()}\n");
    }
}
