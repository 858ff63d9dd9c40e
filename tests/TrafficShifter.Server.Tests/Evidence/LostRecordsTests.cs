namespace TrafficShifter.Server.Tests.Evidence;

/// <summary>What HAProxy wrote and the agent never counted, by the number in each line.</summary>
public sealed class LostRecordsTests
{
    private const string Line = "cart blue1 200 -- 0 0/0/1 - -";

    [Fact]
    public void What_is_missing_between_two_lines_is_known_to_the_record_within_two_seconds()
    {
        var node = Reading();
        node.Miss(1_234);
        node.Log(Line, 100);
        node.Turn();
        node.Sum("evidence_lost_total").ShouldBe(0);
        node.Log(Line, 100);
        node.Turn();

        node.Series().ShouldContain("evidence_lost_total{reason=\"unread\"} 1234");
    }

    [Fact]
    public void After_a_connection_the_node_is_not_settled_until_what_was_lost_before_is_known()
    {
        var node = Reading();
        node.Node.NoteConnection();
        node.Miss(3);
        for (var turn = 0; turn < 2; turn++)
        {
            node.Log(Line, 10);
            node.Turn();
            node.Node.IsSettling.ShouldBeTrue();
        }
        node.Turn();

        (node.Node.IsSettling, node.Sum("evidence_lost_total")).ShouldBe((false, 3));
    }

    [Fact]
    public void When_the_lines_end_after_a_gap_it_is_known_as_well()
    {
        var node = Reading();
        node.Miss(7);
        node.Log(Line);
        node.Turn();
        node.Turn();

        node.Series().ShouldContain("evidence_lost_total{reason=\"unread\"} 7");
    }

    [Fact]
    public void What_HAProxy_says_it_had_no_room_for_is_told_apart()
    {
        var node = Reading();
        node.Miss(30);
        node.Turn(dropped: 20);
        node.Log(Line, 10);
        node.Turn();
        node.Turn();

        node.Series().Where(l => l.StartsWith("evidence_lost_total", StringComparison.Ordinal)).ShouldBe(["evidence_lost_total{reason=\"unread\"} 10", "evidence_lost_total{reason=\"dropped\"} 20"]);
    }

    /// <summary>As seen with two threads: some lines carry a number that is a few off, in either direction, singly or for as long as a thread pauses.</summary>
    [Fact]
    public void Lines_out_of_order_are_not_lost()
    {
        var node = Reading();
        for (var second = 0; second < 20; second++)
        {
            for (var i = 0; i < 50; i++)
            {
                node.Miss(1);
                node.Log(Line, i == 7 ? 30 : 1);
                node.Miss(-2);
                node.Log(Line);
                node.Miss(1);
                node.Log(Line, 40);
            }
            node.Turn();
        }

        node.Sum("evidence_lost_total").ShouldBe(0);
    }

    [Fact]
    public void A_HAProxy_that_was_there_before_the_agent_ever_was_has_lost_nothing()
    {
        var node = new EvidenceNode();
        node.Miss(5_000_000);
        for (var i = 0; i < 3; i++)
        {
            node.Log(Line, 10);
            node.Turn();
        }

        node.Sum("evidence_lost_total").ShouldBe(0);
    }

    [Fact]
    public void A_worker_that_is_new_while_the_agent_is_known_has_lost_what_it_wrote_before()
    {
        var block = Reading().Block;
        var after = new EvidenceNode(block, isNew: false);
        for (var i = 0; i < 300; i++) after.Log(Line);
        after.Turn();
        after.Turn();
        after.Sum("evidence_lost_total").ShouldBe(0);

        var reloaded = new EvidenceNode(block, isNew: false);
        reloaded.Node.Take("ts1 78 http 40 cart blue1 200 -- 0 0/0/1 - -"u8);
        reloaded.Turn();
        reloaded.Turn();

        reloaded.Sum("evidence_lost_total").ShouldBe(40);
    }

    [Fact]
    public void What_was_lost_while_the_agent_was_killed_is_known_after_its_restart()
    {
        var before = Reading();
        var after = new EvidenceNode(before.Block, isNew: false);
        after.Miss(100 + 55);
        after.Log(Line, 3);
        after.Turn();
        after.Turn();

        after.Series().ShouldContain("evidence_lost_total{reason=\"unread\"} 55");
    }

    [Fact]
    public void A_restart_of_HAProxy_under_the_same_pid_is_another_worker()
    {
        var node = Reading();
        node.Log(Line, 10_000);
        node.Turn();
        node.Miss(-10_100);
        for (var i = 0; i < 3; i++)
        {
            node.Log(Line, 20);
            node.Turn();
        }
        node.Miss(9);
        node.Log(Line);
        node.Turn();
        node.Turn();

        node.Sum("evidence_lost_total").ShouldBe(9);
    }

    [Fact]
    public void More_workers_and_frontends_than_are_told_apart_are_rejected_and_the_others_go_on()
    {
        var node = Reading();
        for (var pid = 1; pid <= 200; pid++) node.Node.Take(System.Text.Encoding.ASCII.GetBytes($"ts1 {1_000 + pid} http 0 cart blue1 200 -- 0 0/0/1 - -"));

        node.Series().ShouldContain("evidence_rejected_total{reason=\"source\"} 137");
        node.Series().ShouldContain("evidence_records_total 163");
    }

    /// <summary>100 lines of one worker, settled.</summary>
    private static EvidenceNode Reading()
    {
        var node = new EvidenceNode();
        node.Log(Line, 100);
        node.Turn();
        node.Turn();
        node.Turn();
        return node;
    }
}
