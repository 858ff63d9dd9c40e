using TrafficShifter.Faults.Linearizability;

namespace TrafficShifter.Faults.Tests.Linearizability;

public sealed class LinearizabilityCheckerTests
{
    [Fact]
    public void One_after_the_other_is_linearizable() => Check(
        Write("anna", 0, 1, "90:10", expected: null, index: 5),
        Read("bert", 2, 3, "90:10", 5),
        Write("bert", 4, 5, "80:20", expected: 5, index: 9),
        Read("anna", 6, 7, "80:20", 9)).ShouldBeOfType<LinearizabilityVerdict.Linearizable>();

    [Fact]
    public void Two_at_once_may_have_happened_in_either_order()
    {
        var verdict = Check(
            Write("anna", 0, 10, "90:10", expected: null, index: 9),
            Write("bert", 1, 9, "80:20", expected: null, index: 5),
            Read("cleo", 11, 12, "90:10", 9));

        verdict.ShouldBeOfType<LinearizabilityVerdict.Linearizable>().Order.Select(o => o.Actor).ShouldBe(["bert", "anna", "cleo"]);
    }

    [Fact]
    public void A_reading_during_a_write_may_see_either_value()
    {
        WeightsOperation[] writes = [Write("anna", 0, 1, "90:10", null, 5), Write("anna", 2, 9, "50:50", 5, 7)];

        Check([.. writes, Read("bert", 3, 4, "90:10", 5), Read("cleo", 5, 6, "50:50", 7)]).ShouldBeOfType<LinearizabilityVerdict.Linearizable>();
        Check([.. writes, Read("bert", 3, 4, "50:50", 7), Read("cleo", 5, 6, "90:10", 5)]).ShouldBeOfType<LinearizabilityVerdict.Violated>();
    }

    [Fact]
    public void A_lost_update_is_a_violation()
    {
        var verdict = Check(
            Write("anna", 0, 1, "100:0", null, 5),
            Write("anna", 2, 6, "90:10", expected: 5, index: 7),
            Write("bert", 3, 7, "80:20", expected: 5, index: 8));

        var violated = verdict.ShouldBeOfType<LinearizabilityVerdict.Violated>();
        violated.Explained.Count.ShouldBe(2);
        violated.Stuck.ShouldHaveSingleItem().Actor.ShouldBe("bert");
        violated.Sentence.ShouldStartWith("after 2 operations the weights are \"90:10\" at 7, and none of these can be next: Written");
    }

    [Fact]
    public void A_stale_reading_after_an_acknowledged_write_is_a_violation() => Check(
        Write("anna", 0, 1, "100:0", null, 5),
        Write("anna", 2, 3, "90:10", 5, 7),
        Read("bert", 4, 5, "100:0", 5)).ShouldBeOfType<LinearizabilityVerdict.Violated>();

    [Fact]
    public void A_write_that_is_acknowledged_twice_is_a_violation() => Check(
        Write("anna", 0, 1, "100:0", null, 5),
        Write("anna", 2, 3, "90:10", 5, 7),
        Write("anna", 2, 4, "90:10", 5, 7)).ShouldBeOfType<LinearizabilityVerdict.Violated>();

    [Fact]
    public void An_acknowledged_write_that_nobody_finds_is_a_violation() => Check(
        Write("anna", 0, 1, "100:0", null, 5),
        Write("anna", 2, 3, "90:10", null, 7),
        Write("bert", 4, 5, "80:20", expected: 5, index: 9)).ShouldBeOfType<LinearizabilityVerdict.Violated>();

    [Fact]
    public void An_index_that_falls_is_a_violation() => Check(
        Write("anna", 0, 1, "100:0", null, 5),
        Write("anna", 2, 3, "90:10", null, 4)).ShouldBeOfType<LinearizabilityVerdict.Violated>();

    [Theory]
    [InlineData("90:10", 7)]
    [InlineData("100:0", 5)]
    public void What_was_not_answered_may_have_happened_or_not(string seen, ulong index) => Check(
        Write("anna", 0, 1, "100:0", null, 5),
        new WeightsOperation.Unknown("bert", At(2), "90:10", 5),
        Read("cleo", 4, 5, seen, index)).ShouldBeOfType<LinearizabilityVerdict.Linearizable>();

    [Fact]
    public void What_was_not_answered_may_happen_later_but_not_twice()
    {
        WeightsOperation[] start =
        [
            Write("anna", 0, 1, "100:0", null, 5),
            new WeightsOperation.Unknown("bert", At(2), "90:10", null),
            Read("cleo", 3, 4, "100:0", 5),
            Read("cleo", 5, 6, "90:10", 7),
            Write("anna", 7, 8, "100:0", 7, 8),
        ];

        Check(start).ShouldBeOfType<LinearizabilityVerdict.Linearizable>();
        Check([.. start, Read("cleo", 9, 10, "90:10", 9)]).ShouldBeOfType<LinearizabilityVerdict.Violated>();
    }

    [Fact]
    public void What_was_not_answered_cannot_have_happened_before_it_was_sent() => Check(
        Write("anna", 0, 1, "100:0", null, 5),
        Read("cleo", 2, 3, "90:10", 7),
        new WeightsOperation.Unknown("bert", At(4), "90:10", null)).ShouldBeOfType<LinearizabilityVerdict.Violated>();

    [Fact]
    public void A_write_that_lost_was_not_the_first_with_its_index()
    {
        Check(Write("anna", 0, 1, "100:0", null, 5), Write("anna", 2, 6, "90:10", 5, 7), new WeightsOperation.Lost("bert", At(2), At(4), 5)).ShouldBeOfType<LinearizabilityVerdict.Linearizable>();
        Check(Write("anna", 0, 1, "100:0", null, 5), new WeightsOperation.Lost("bert", At(2), At(4), 5)).ShouldBeOfType<LinearizabilityVerdict.Violated>();
    }

    [Fact]
    public void A_loss_that_only_an_unanswered_write_explains_is_explained_by_it() => Check(
        Write("anna", 0, 1, "100:0", null, 5),
        new WeightsOperation.Unknown("bert", At(2), "90:10", 5),
        new WeightsOperation.Lost("anna", At(3), At(4), 5)).ShouldBeOfType<LinearizabilityVerdict.Linearizable>();

    [Fact]
    public void A_search_that_may_not_go_on_says_that_it_does_not_know() =>
        LinearizabilityChecker.Check([Write("anna", 0, 1, "100:0", null, 5), Read("anna", 2, 3, "100:0", 5)], WeightsRegister.Initial, maximumSteps: 1)
            .ShouldBeOfType<LinearizabilityVerdict.Undecided>();

    /// <summary>Many histories of a register that is kept right by a lock, each also with one answer made wrong.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Histories_of_a_right_register_pass_and_a_forged_answer_in_them_does_not(int seed)
    {
        var random = new Random(seed);
        for (var i = 0; i < 100; i++)
        {
            var history = SimulatedCallers.Run(random, callers: 4, operations: 40, unansweredShare: 0.1);
            Check([.. history]).ShouldBeOfType<LinearizabilityVerdict.Linearizable>();
            var reads = history.OfType<WeightsOperation.Read>().ToList();
            var forged = reads[random.Next(reads.Count)];
            Check([.. history.Select(o => o == forged ? forged with { Weights = "what nobody wrote" } : o)]).ShouldBeOfType<LinearizabilityVerdict.Violated>();
        }
    }

    private static LinearizabilityVerdict Check(params WeightsOperation[] history) => LinearizabilityChecker.Check(history, WeightsRegister.Initial);

    private static TimeSpan At(double seconds) => TimeSpan.FromSeconds(seconds);

    private static WeightsOperation.Written Write(string actor, double sent, double answered, string weights, ulong? expected, ulong index) =>
        new(actor, At(sent), At(answered), weights, expected, index);

    private static WeightsOperation.Read Read(string actor, double sent, double answered, string weights, ulong index) =>
        new(actor, At(sent), At(answered), weights, index);
}
