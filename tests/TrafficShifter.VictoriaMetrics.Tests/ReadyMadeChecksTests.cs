using System.Text.Json;
using TrafficShifter.Core.Analysis;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Migrations;
using TrafficShifter.Core.Rollouts;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Demo.Peers;
using TrafficShifter.Testing;
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
            var finding = await AskAsync(queries.Single(q => q.Name == name), fixture.Well, "only-blue");
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

    [Fact]
    public void The_example_of_a_migration_asks_what_is_here()
    {
        var (json, problem) = YamlText.ToJson(File.ReadAllText(Path.Combine(Folder, "..", "..", "examples", "cilium-migration", "migration.yaml")));
        problem.ShouldBeNull();
        var asked = JsonSerializer.Deserialize<JsonElement>(json!).GetProperty("preflight").Deserialize<Preflight>(DocumentJson.Options)!;
        asked.FindUnknownField().ShouldBeNull();
        asked.Queries!.OrderBy(q => q.Name, StringComparer.Ordinal).ShouldBe(Directory.EnumerateFiles(Folder, "*.yaml").SelectMany(f => Read(f).Queries!).OrderBy(q => q.Name, StringComparer.Ordinal));
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

#pragma warning disable CA1001 // xunit calls DisposeAsync, which disposes the client.
    /// <summary>Samples each 15 s around three moments, as each tool's exporter writes them.</summary>
    public sealed class Fixture : IAsyncLifetime
#pragma warning restore CA1001
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
            var (before, metrics) = (TimeSpan.FromMinutes(10), new ClusterMetrics());
            metrics.Between(Well - before, Well, ["shop"]).Between(Ill - before, Ill, ["shop"], isWell: false);
            for (var at = Stopped - before; at <= Stopped; at += TimeSpan.FromSeconds(15))
                metrics.At("green", at, "strimzi_canary_records_produced_total{clientid=\"strimzi-canary-client\",partition=\"0\"} 40");
            await _process.ImportAsync(metrics.Lines);
            await _process.FlushAsync();
        }

        public async Task DisposeAsync()
        {
            _client?.Dispose();
            if (_process is not null) await _process.DisposeAsync();
        }
    }
}
