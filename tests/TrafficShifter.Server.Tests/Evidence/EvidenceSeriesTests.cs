using System.Diagnostics;
using System.Globalization;
using TrafficShifter.Server.Evidence;

namespace TrafficShifter.Server.Tests.Evidence;

/// <summary>Which series there are, from when to when.</summary>
public sealed class EvidenceSeriesTests
{
    private const string Line = "cart blue1 200 -- 0 0/0/1 - -";
    private readonly EvidenceNode _node = new();

    [Fact]
    public void Series_begin_at_0_when_the_rollout_does_and_end_ten_minutes_after_it()
    {
        _node.Log(Line, 5);
        Has().ShouldBeFalse();

        _node.SetRollout("cart", running: true);
        Has().ShouldBeTrue();
        _node.Sum("evidence_requests_total").ShouldBe(0);
        _node.Log(Line, 3);
        _node.Sum("evidence_requests_total{app=\"cart\",colour=\"blue\"").ShouldBe(3);

        _node.SetRollout("cart", running: false);
        _node.Time.Advance(TimeSpan.FromMinutes(10));
        Has().ShouldBeTrue();
        _node.Time.Advance(TimeSpan.FromSeconds(1));
        Has().ShouldBeFalse();

        _node.Log(Line, 2);
        _node.SetRollout("cart", running: true);
        _node.Sum("evidence_requests_total").ShouldBe(0);
    }

    [Fact]
    public void A_rollout_of_hours_keeps_its_series()
    {
        _node.SetRollout("cart", running: true);
        for (var minute = 0; minute < 60; minute++)
        {
            _node.Time.Advance(TimeSpan.FromMinutes(5));
            _node.Node.Turn(0);
        }

        Has().ShouldBeTrue();
    }

    [Fact]
    public void After_a_restart_of_the_agent_counters_and_series_go_on_where_they_were()
    {
        _node.SetRollout("cart", running: true);
        Has();
        _node.Log(Line, 3);

        var restarted = new EvidenceNode(_node.Block, isNew: false);
        restarted.SetRollout("cart", running: true);
        restarted.Miss(3);
        restarted.Log(Line, 2);

        restarted.Sum("evidence_requests_total{app=\"cart\",colour=\"blue\"").ShouldBe(5);
        restarted.Series(coarse: true).ShouldContain(l => l.StartsWith("app_requests_total{app=\"cart\",colour=\"blue\"", StringComparison.Ordinal) && l.EndsWith(" 5", StringComparison.Ordinal));
    }

    [Fact]
    public void With_an_application_its_series_go_and_its_name_may_begin_anew()
    {
        _node.SetRollout("cart", running: true);
        _node.Log(Line, 3);
        _node.Delete("cart");

        _node.Series(zeros: true).ShouldNotContain(l => l.Contains("cart", StringComparison.Ordinal));
        _node.Series(coarse: true).ShouldNotContain(l => l.Contains("cart", StringComparison.Ordinal));
        _node.Log(Line);
        _node.Series().ShouldContain("evidence_rejected_total{reason=\"app\"} 1");

        _node.SetRollout("cart", running: true);
        _node.Series(coarse: true).ShouldNotContain(l => l.Contains("cart", StringComparison.Ordinal));
    }

    [Fact]
    public void The_slow_scrape_has_colours_that_ever_had_a_request_and_no_others()
    {
        _node.Log(Line, 4);

        var series = _node.Series(coarse: true, zeros: true).Where(l => l.StartsWith("app_", StringComparison.Ordinal)).ToList();

        series.ShouldAllBe(l => l.Contains("app=\"cart\",colour=\"blue\"", StringComparison.Ordinal));
        series.Count.ShouldBe(23);
        series.ShouldContain("app_latency_seconds_bucket{app=\"cart\",colour=\"blue\",le=\"+Inf\"} 4");
    }

    [Fact]
    public void An_application_with_a_rollout_has_as_many_series_as_the_documents_say()
    {
        _node.SetRollout("cart", running: true);

        _node.Series(zeros: true).Count(l => l.Contains("app=\"cart\"", StringComparison.Ordinal)).ShouldBe(52);
        _node.Series(zeros: true).Count(l => !l.Contains("app=", StringComparison.Ordinal)).ShouldBe(16);
    }

    [Fact]
    public void A_file_of_counters_is_there_after_the_process_and_another_layout_begins_anew()
    {
        var folder = Directory.CreateTempSubdirectory("evidence-").FullName;
        try
        {
            var path = Path.Combine(folder, "hap1.counters");
            using (var file = EvidenceFile.Open(path))
            {
                file.IsNew.ShouldBeTrue();
                file.Memory.Span[100] = 42;
                Should.Throw<IOException>(() => EvidenceFile.Open(path));
            }
            using (var again = EvidenceFile.Open(path)) (again.IsNew, again.Memory.Span[100]).ShouldBe((false, 42));
            File.WriteAllText(path, "something else");
            using (var other = EvidenceFile.Open(path)) (other.IsNew, other.Memory.Span[100]).ShouldBe((true, 0));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>The first touch of a page without room would end the process.</summary>
    [Fact]
    public async Task A_file_of_counters_has_its_whole_room_from_the_start()
    {
        var path = Path.Combine(Directory.CreateTempSubdirectory("evidence-").FullName, "hap1.counters");
        try
        {
            using var file = EvidenceFile.Open(path);
            using var stat = Process.Start(new ProcessStartInfo("stat", ["--format=%b %B", path]) { RedirectStandardOutput = true })!;
            var blocks = (await stat.StandardOutput.ReadToEndAsync()).Split(' ').Select(n => long.Parse(n, CultureInfo.InvariantCulture)).ToList();

            (blocks[0] * blocks[1]).ShouldBeGreaterThanOrEqualTo((long)EvidenceLayout.Length * sizeof(long));
        }
        finally
        {
            Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
        }
    }

    [Fact]
    public void A_file_of_the_version_that_was_sparse_is_made_anew()
    {
        var path = Path.Combine(Directory.CreateTempSubdirectory("evidence-").FullName, "hap1.counters");
        try
        {
            using (var file = EvidenceFile.Open(path)) file.Memory.Span[1] = 1;
            using var again = EvidenceFile.Open(path);
            (again.IsNew, again.Memory.Span[1]).ShouldBe((true, EvidenceLayout.Version));
        }
        finally
        {
            Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
        }
    }

    private bool Has() => _node.Series(zeros: true).Any(l => l.Contains("app=\"cart\"", StringComparison.Ordinal));
}
