using System.Globalization;
using System.Text;
using System.Text.Json;
using TrafficShifter.Core.Analysis;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Migrations;
using TrafficShifter.Core.Rollouts;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Demo.Peers;
using Verdict = TrafficShifter.Core.Migrations.Verdict;

namespace TrafficShifter.VictoriaMetrics.Tests;

/// <summary>The queries in <c>deploy/checks</c> on a real VictoriaMetrics: green was well an hour ago, is not well now, and said nothing three hours ago.</summary>
public sealed class ReadyMadeChecksTests(ReadyMadeChecksTests.Fixture fixture) : IClassFixture<ReadyMadeChecksTests.Fixture>
{
    public static TheoryData<string, string> Queries
    {
        get
        {
            var queries = new TheoryData<string, string>();
            foreach (var file in Directory.EnumerateFiles(Folder, "*.yaml").Order(StringComparer.Ordinal))
                foreach (var query in Read(file).Queries!) queries.Add(Path.GetFileName(file), query.Name);
            return queries;
        }
    }

    [Theory]
    [MemberData(nameof(Queries))]
    public async Task It_is_ready_where_all_is_well_not_where_it_is_not_and_unknown_where_nobody_says(string file, string name)
    {
        var query = Read(Path.Combine(Folder, file)).Queries!.Single(q => q.Name == name);
        var well = await AskAsync(query, fixture.Well);
        well.Verdict.ShouldBe(Verdict.Ready, well.Sentence);
        var ill = await AskAsync(query, name == "kafka-produced" ? fixture.Stopped : fixture.Ill);
        ill.Verdict.ShouldBe(Verdict.NotReady, ill.Sentence);
        var silent = await AskAsync(query, fixture.Silent);
        silent.Verdict.ShouldBe(Verdict.Unknown, silent.Sentence);
    }

    [Fact]
    public async Task An_application_that_was_never_deployed_is_not_ready_rather_than_unknown()
    {
        var queries = Read(Path.Combine(Folder, "kube-state-metrics.yaml")).Queries!;
        foreach (var name in new[] { "replicas-available", "replicas-equal", "images-missing" })
        {
            var finding = await AskAsync(queries.Single(q => q.Name == name), fixture.Well, "cart");
            finding.Verdict.ShouldBe(Verdict.NotReady, finding.Sentence);
        }
    }

    [Fact]
    public void Every_query_is_named_in_the_readme_and_those_with_limits_may_stand_in_a_plan()
    {
        var readme = File.ReadAllText(Path.Combine(Folder, "README.md"));
        var all = Directory.EnumerateFiles(Folder, "*.yaml").SelectMany(f => Read(f).Queries!).ToList();
        all.Count.ShouldBeGreaterThan(10);
        foreach (var query in all)
        {
            readme.ShouldContain($"`{query.Name}`");
            if (query.Equal) continue;
            var plan = JsonSerializer.SerializeToElement(new { steps = new[] { new { share = "10%", hold = "10m" } }, checks = new[] { new { name = query.Name, query = query.Query, min = query.Min, max = query.Max, window = "5m" } } });
            PlanParser.Parse(plan).ShouldBeOfType<PlanParsing.Good>(query.Name);
        }
        new Preflight { Queries = all }.FindProblems().ShouldBeEmpty();
    }

    private async Task<Finding> AskAsync(ReadinessQuery query, DateTimeOffset at, string app = "shop")
    {
        var routing = new Routing { Backend = ProxyName.Parse("shop_back") };
        var template = QueryTemplate.Parse(query.Query);
        var answer = await fixture.Source.QueryAsync(Resolve(Colour.Green), at, default);
        var other = query.Equal ? await fixture.Source.QueryAsync(Resolve(Colour.Blue), at, default) : null;
        return QueryReadiness.Judge(query, Colour.Green, answer, other, TimeSpan.Zero);

        string Resolve(Colour colour) => template.Resolve(TemplateValues.Of(AppName.Parse(app), routing, colour, query.Window));
    }

    private static Preflight Read(string file)
    {
        var (json, problem) = YamlText.ToJson(File.ReadAllText(file));
        problem.ShouldBeNull(file);
        var read = JsonSerializer.Deserialize<Preflight>(json!, DocumentJson.Options)!;
        read.FindUnknownField().ShouldBeNull(file);
        read.FindProblems().ShouldBeEmpty(file);
        return read;
    }

    private static string Folder { get; } = Find();

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (Directory.Exists(Path.Combine(folder.FullName, "deploy", "checks"))) return Path.Combine(folder.FullName, "deploy", "checks");
        throw new DirectoryNotFoundException("deploy/checks is not above the tests");
    }

    /// <summary>Samples each 15 s around three moments, as each tool's exporter writes them.</summary>
    public sealed class Fixture : IAsyncLifetime
    {
        private VictoriaMetricsProcess? _process;
        private VictoriaMetricsClient? _client;

        internal VictoriaMetricsSource Source { get; private set; } = null!;

        public DateTimeOffset Ill { get; } = DateTimeOffset.UtcNow.AddMinutes(-1);

        public DateTimeOffset Well => Ill.AddHours(-1);

        /// <summary>Nothing is written to Kafka at all, so that nobody can say what part of it is read back.</summary>
        public DateTimeOffset Stopped => Ill.AddHours(-2);

        public DateTimeOffset Silent => Ill.AddHours(-3);

        public async Task InitializeAsync()
        {
            _process = await VictoriaMetricsProcess.StartAsync();
            _client = new VictoriaMetricsClient(new VictoriaMetricsOptions { Address = _process.Address, Timeout = TimeSpan.FromSeconds(30) }, TimeProvider.System);
            Source = new VictoriaMetricsSource(_client, TimeProvider.System);
            var lines = new StringBuilder();
            for (var tick = 0; tick <= 40; tick++)
            {
                Write(lines, Well.AddSeconds(15 * (tick - 40)), tick, well: true);
                Write(lines, Ill.AddSeconds(15 * (tick - 40)), tick, well: false);
                lines.Append(CultureInfo.InvariantCulture, $"strimzi_canary_records_produced_total{{cluster=\"green\",clientid=\"strimzi-canary-client\",partition=\"0\"}} 40 {Stopped.AddSeconds(15 * (tick - 40)).ToUnixTimeMilliseconds()}\n");
            }
            await _process.ImportAsync(lines.ToString());
            await _process.FlushAsync();
        }

        public async Task DisposeAsync()
        {
            _client?.Dispose();
            if (_process is not null) await _process.DisposeAsync();
        }

        private static void Write(StringBuilder lines, DateTimeOffset at, int tick, bool well)
        {
            foreach (var (cluster, isWell) in new[] { ("blue", true), ("green", well) })
                foreach (var sample in Kubernetes(cluster, isWell).Concat(Network(tick, isWell)))
                    lines.Append(CultureInfo.InvariantCulture, $"{sample.Replace("{", $"{{cluster=\"{cluster}\",", StringComparison.Ordinal)} {at.ToUnixTimeMilliseconds()}\n");
        }

        private static IEnumerable<string> Kubernetes(string cluster, bool well)
        {
            var (registry, digest) = cluster == "blue" ? ("docker-pullable://registry/shop", "sha256:aa") : ("registry/shop", well ? "sha256:aa" : "sha256:bb");
            yield return $"kube_deployment_spec_replicas{{namespace=\"web\",deployment=\"shop\"}} {(well ? 3 : 2)}";
            yield return $"kube_deployment_status_replicas_available{{namespace=\"web\",deployment=\"shop\"}} {(well ? 3 : 1)}";
            for (var pod = 1; pod <= 3; pod++)
                yield return $"kube_pod_container_info{{namespace=\"web\",pod=\"shop-6d4cf56db6-{cluster[0]}abc{pod}\",container=\"shop\",image=\"registry/shop:1\",image_id=\"{registry}@{digest}\",image_spec=\"registry/shop:1\"}} 1";
            // Of another application whose name begins the same; its images differ, and must not count.
            yield return $"kube_pod_container_info{{namespace=\"web\",pod=\"shop-admin-5f7d8c9b4-{cluster[0]}xyz1\",container=\"shop\",image_id=\"registry/admin@sha256:{cluster}\"}} 1";
            if (cluster == "blue") yield return "kube_deployment_spec_replicas{namespace=\"web\",deployment=\"cart\"} 1";
            if (cluster == "blue") yield return "kube_pod_container_info{namespace=\"web\",pod=\"cart-7c9d8b6f5-babc1\",container=\"cart\",image_id=\"registry/cart@sha256:cc\"} 1";
        }

        private static IEnumerable<string> Network(int tick, bool well)
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
            yield return $"strimzi_canary_records_produced_total{{clientid=\"strimzi-canary-client\",partition=\"0\"}} {3 * tick}";
            yield return $"strimzi_canary_records_consumed_total{{clientid=\"strimzi-canary-client\",partition=\"0\"}} {(well ? 3 : 1) * tick}";
            if (!well) yield return $"strimzi_canary_records_produced_failed_total{{clientid=\"strimzi-canary-client\",partition=\"0\"}} {tick}";
            foreach (var (le, count) in new[] { ("100", 50 * tick), ("800", 50 * tick), ("1600", 50 * tick + slow), ("+Inf", 50 * tick + slow) })
                yield return $"strimzi_canary_records_consumed_latency_bucket{{clientid=\"strimzi-canary-client\",partition=\"0\",le=\"{le}\"}} {count}";
            yield return $"hubble_flows_processed_total{{verdict=\"FORWARDED\",type=\"Trace\",subtype=\"to-endpoint\",protocol=\"TCP\"}} {1_000 * tick}";
            yield return $"hubble_drop_total{{reason=\"UNSUPPORTED_L3_PROTOCOL\",protocol=\"ICMPv6\"}} {50 * tick}";
            if (!well) yield return $"hubble_drop_total{{reason=\"POLICY_DENIED\",protocol=\"TCP\"}} {20 * tick}";
        }
    }
}
