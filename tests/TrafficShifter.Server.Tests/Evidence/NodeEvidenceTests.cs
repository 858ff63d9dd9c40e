using System.Text;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Ports;

namespace TrafficShifter.Server.Tests.Evidence;

/// <summary>Which colour a line counts for, and which it does not.</summary>
public sealed class NodeEvidenceTests
{
    private readonly EvidenceNode _node = new();

    public NodeEvidenceTests()
    {
        foreach (var app in EvidenceNode.Both) _node.SetRollout(app, running: true);
        _node.Series();
    }

    [Theory]
    // Served by the colour that it was meant for.
    [InlineData("web_blue blue1 200 -- 0 0/0/1 r.500.web.shop 700", "blue", 1, 0, 0)]
    [InlineData("web_green green1 200 -- 0 0/0/1 r.500.web.shop 300", "green", 1, 0, 0)]
    [InlineData("web_green green1 500 -- 0 0/0/1 r.500.web.shop 300", "green", 1, 1, 0)]
    [InlineData("web_green green1 503 SC 3 0/-1/-1 r.500.web.shop 300", "green", 1, 1, 0)]
    [InlineData("web_green <NOSRV> 503 SC 0 0/-1/-1 r.500.web.shop 300", "green", 1, 1, 0)]
    [InlineData("web_green green1 200 SD 0 0/0/1 r.500.web.shop 300", "green", 1, 1, 0)]
    [InlineData("web_green green1 200 CD 0 0/0/1 r.500.web.shop 300", "green", 1, 0, 0)]
    [InlineData("web_green green1 -1 CH 0 0/0/-1 r.500.web.shop 300", "green", 1, 0, 0)]
    [InlineData("web_green <NOSRV> -1 CQ 0 900/-1/-1 r.500.web.shop 300", "green", 1, 0, 0)]
    [InlineData("cart green1 -1 CC 0 0/-1/-1 - -", "green", 1, 0, 0)]
    // Meant for green, served by blue: green's, and bad however well it went.
    [InlineData("web_blue blue1 200 -- 0 0/0/1 r.500.web.shop 300", "green", 1, 1, 1)]
    [InlineData("web_green green1 200 -- 0 0/0/1 r.500.web.shop 700", "blue", 1, 1, 1)]
    // Nobody could serve it.
    [InlineData("no_such_app <NOSRV> 503 LR 0 0/0/0 r.500.web.shop 300", "green", 1, 1, 0)]
    // On server weights the server says it.
    [InlineData("cart blue1 200 -- 0 0/0/1 - -", "blue", 1, 0, 0)]
    [InlineData("cart green1 502 SH 0 0/0/-1 - -", "green", 1, 1, 0)]
    public void A_request_is_of_the_colour_that_it_was_meant_for_alone(string line, string colour, int requests, int bad, int failedOver)
    {
        _node.Log(line);

        var app = line.Contains("shop", StringComparison.Ordinal) ? "shop" : "cart";
        (_node.Sum($"evidence_requests_total{{app=\"{app}\",colour=\"{colour}\""), _node.Sum($"evidence_bad_total{{app=\"{app}\",colour=\"{colour}\""),
            _node.Sum($"evidence_failed_over_total{{app=\"{app}\",colour=\"{colour}\"")).ShouldBe((requests, bad, failedOver));
        _node.Sum("evidence_requests_total").ShouldBe(requests);
        _node.Sum("evidence_bad_total").ShouldBe(bad);
        _node.Sum("evidence_rejected_total").ShouldBe(0);
    }

    [Theory]
    [InlineData("web_green green1 200 -- 0 0/0/1 S.500.web.shop -1", "targeted_total{app=\"shop\",colour=\"green\",result=\"good\"} 1")]
    [InlineData("web_blue blue1 500 -- 0 0/0/1 S.500.web.shop 10000", "targeted_total{app=\"shop\",colour=\"blue\",result=\"bad\"} 1")]
    [InlineData("web_green green1 200 -- 0 0/0/1 g.10000.web.shop 77", "targeted_total{app=\"shop\",colour=\"green\",result=\"good\"} 1")]
    [InlineData("web_blue blue1 200 -- 0 0/0/1 S.500.web.shop -1", "targeted_total{app=\"shop\",colour=\"green\",result=\"bad\"} 1")]
    public void What_a_rule_or_a_lock_sent_is_shown_apart(string line, string series)
    {
        _node.Log(line);

        _node.Series().ShouldContain($"evidence_{series}");
        _node.Sum("evidence_requests_total").ShouldBe(0);
        _node.Sum("evidence_latency_seconds_bucket").ShouldBe(0);
    }

    [Theory]
    [InlineData("web_green green1 408 cH 0 0/0/-1 r.500.web.shop 300", "left_out_total{reason=\"nobody\"} 1")]
    [InlineData("http <NOSRV> 403 PR 0 -1/-1/-1 r.500.web.shop 300", "left_out_total{reason=\"nobody\"} 1")]
    [InlineData("no_such_app <NOSRV> 404 LR 0 0/0/0 - -", "left_out_total{reason=\"nobody\"} 1")]
    [InlineData("cart <NOSRV> 503 SC 0 0/-1/-1 - -", "left_out_total{reason=\"no-server\"} 1")]
    [InlineData("web_green green1 200 -- 0 0/0/1 r.500.web.unknown 300", "rejected_total{reason=\"app\"} 1")]
    [InlineData("other blue1 200 -- 0 0/0/1 - -", "rejected_total{reason=\"app\"} 1")]
    [InlineData("web_red red1 200 -- 0 0/0/1 r.500.web.shop 300", "rejected_total{reason=\"colour\"} 1")]
    [InlineData("cart red1 200 -- 0 0/0/1 - -", "rejected_total{reason=\"colour\"} 1")]
    [InlineData("cart blue1 200 ?? 0 0/0/1 - -", "rejected_total{reason=\"malformed\"} 1")]
    public void What_is_of_no_colour_changes_nothing_but_its_own_count(string line, string series)
    {
        var before = _node.Series(zeros: true).Select(l => l[..l.LastIndexOf(' ')]).ToList();

        _node.Log(line);

        _node.Series().Where(l => !l.StartsWith("evidence_receiving", StringComparison.Ordinal) && !l.StartsWith("evidence_records", StringComparison.Ordinal)).ShouldBe([$"evidence_{series}"]);
        _node.Series(zeros: true).Select(l => l[..l.LastIndexOf(' ')]).ShouldBe(before);
    }

    [Fact]
    public void Records_of_any_length_and_from_other_programs_leave_the_stream_in_step()
    {
        var good = Frame("ts1 77 http 0 cart blue1 200 -- 0 0/0/1 - -"u8);
        byte[] stream = [.. good, .. Frame(new byte[70_000]), .. Frame("<134>Nov 21 app[1]: hello"u8), .. Frame("ts1 77 http 1 cart bl"u8), .. Frame([.. "ts1 "u8, 0xff, 0xfe]), .. good];

        _node.Stream(stream).ShouldBe(stream.Length);

        _node.Sum("evidence_requests_total{app=\"cart\",colour=\"blue\"").ShouldBe(2);
        foreach (var reason in new[] { "oversize", "foreign", "cut", "text" }) _node.Series().ShouldContain($"evidence_rejected_total{{reason=\"{reason}\"}} 1");
        _node.Stream("nonsense"u8).ShouldBe(-1);
        _node.Series().ShouldContain("evidence_rejected_total{reason=\"framing\"} 1");
    }

    [Fact]
    public void Latency_is_counted_of_answered_requests_up_to_and_with_its_bound()
    {
        foreach (var times in new[] { "0/0/1", "0/1/1", "3/2/5", "20000/0/0" }) _node.Log($"cart blue1 200 -- 0 {times} - -");
        _node.Log("cart blue1 503 SC 3 0/-1/-1 - -");

        var buckets = _node.Series(zeros: true).Where(l => l.StartsWith("evidence_latency_seconds_bucket{app=\"cart\",colour=\"blue\"", StringComparison.Ordinal)).ToList();
        foreach (var expected in new[] { "le=\"0.001\"} 1", "le=\"0.002\"} 2", "le=\"0.007\"} 2", "le=\"0.01\"} 3", "le=\"10\"} 3", "le=\"+Inf\"} 4" })
            buckets.ShouldContain(l => l.EndsWith(expected, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("web_green green1 -1 CH 0 0/0/-1 r.500.web.shop 300", "shop", "green")]
    [InlineData("web_blue blue1 400 CH 0 0/0/-1 r.500.web.shop 700", "shop", "blue")]
    [InlineData("cart green1 -1 CC 0 0/-1/-1 - -", "cart", "green")]
    [InlineData("cart blue1 -1 CQ 0 900/-1/-1 - -", "cart", "blue")]
    public void A_side_that_clients_gave_up_waiting_for_is_slower_than_every_bound(string line, string app, string colour)
    {
        _node.Log(line, 3);

        _node.Series().Where(l => l.StartsWith("evidence_latency_seconds_bucket", StringComparison.Ordinal)).ShouldBe([$"evidence_latency_seconds_bucket{{app=\"{app}\",colour=\"{colour}\",le=\"+Inf\"}} 3"]);
    }

    [Theory]
    [InlineData(0, 5, "green", 10)]
    [InlineData(5, 0, "blue", 10)]
    public void A_redispatched_request_is_of_the_colour_whose_servers_were_left(int leftBlue, int leftGreen, string meant, int requests)
    {
        Read(0, 0);
        _node.Log("cart blue1 200 -- +1 0/0/1 - -", 10);
        _node.Sum("evidence_requests_total").ShouldBe(0);

        Read(leftBlue, leftGreen);

        _node.Sum($"evidence_requests_total{{app=\"cart\",colour=\"{meant}\"").ShouldBe(requests);
        _node.Sum($"evidence_bad_total{{app=\"cart\",colour=\"{meant}\",half=\"a\"").ShouldBe(meant == "green" ? 10 : 0);
        _node.Sum($"evidence_failed_over_total{{app=\"cart\",colour=\"{meant}\"").ShouldBe(meant == "green" ? 10 : 0);
        _node.Sum("evidence_requests_total").ShouldBe(requests);
    }

    [Theory]
    [InlineData(3, 5)]
    [InlineData(0, 0)]
    public void Redispatched_requests_whose_colour_nobody_knows_are_lost_as_evidence(int leftBlue, int leftGreen)
    {
        Read(0, 0);
        _node.Log("cart blue1 200 -- +1 0/0/1 - -", 10);

        Read(leftBlue, leftGreen);

        _node.Series().ShouldContain("evidence_lost_total{reason=\"redispatched\"} 10");
        _node.Sum("evidence_requests_total").ShouldBe(0);
    }

    [Fact]
    public void Counting_allocates_nothing()
    {
        var records = new[] { "ts1 77 http 0 cart blue1 200 -- 0 0/0/1 - -", "ts1 77 http 0 web_green green1 200 -- 0 0/0/1 r.500.web.shop 300", "ts1 77 http 0 web_blue blue1 500 -- 0 0/0/1 r.500.web.shop 700" }
            .SelectMany(r => Frame(Encoding.ASCII.GetBytes(r))).ToArray();
        var before = 0L;
        for (var i = 0; i < 3_000; i++)
        {
            if (i == 2_000) before = GC.GetAllocatedBytesForCurrentThread();
            _node.Stream(records);
        }

        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);
    }

    private void Read(int leftBlue, int leftGreen) => _node.Node.Compare(new Dictionary<ProxyName, BackendCounts>
    {
        [ProxyName.Parse("cart")] = new(100, new Dictionary<ProxyName, long> { [ProxyName.Parse("blue1")] = leftBlue, [ProxyName.Parse("green1")] = leftGreen, [ProxyName.Parse("other")] = 7 }),
    });

    private static byte[] Frame(ReadOnlySpan<byte> record) => [.. Encoding.ASCII.GetBytes($"{record.Length} "), .. record];
}
