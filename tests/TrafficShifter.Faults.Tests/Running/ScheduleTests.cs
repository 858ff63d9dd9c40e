using TrafficShifter.Faults.Running;

namespace TrafficShifter.Faults.Tests.Running;

public sealed class ScheduleTests
{
    private static readonly IReadOnlyList<IFault> Faults = [new SomeFault("a-one") { Class = "a" }, new SomeFault("a-two") { Class = "a" }, new SomeFault("b-one") { Class = "b" }];

    [Fact]
    public void Each_fault_comes_once() => Names(new RunOptions()).ShouldBe(["a-one", "a-two", "b-one"]);

    [Fact]
    public void The_short_form_has_one_of_each_class() => Names(new RunOptions { Short = true }).ShouldBe(["a-one", "b-one"]);

    [Fact]
    public void Only_those_that_are_named() => Names(new RunOptions { Only = ["a-t", "b"] }).ShouldBe(["a-two", "b-one"]);

    [Fact]
    public void A_name_that_fits_none_is_refused_with_those_that_there_are() =>
        Should.Throw<ArgumentException>(() => Names(new RunOptions { Only = ["c"] })).Message.ShouldBe("no fault is called c; there are a-one, a-two, b-one");

    [Fact]
    public void Two_at_once_are_named_with_a_plus_in_their_order() => Names(new RunOptions { Only = ["b-one+a-two", "a-o"] }).ShouldBe(["b-one + a-two", "a-one"]);

    [Fact]
    public void Of_two_at_once_each_is_named_whole() => Should.Throw<ArgumentException>(() => Names(new RunOptions { Only = ["b-one+a-t"] })).Message.ShouldStartWith("no fault is called a-t;");

    [Fact]
    public void The_first_round_has_the_seed_that_was_given() => Schedule.Of(new RunOptions { Only = ["a-two"], Seed = 1234 }, Faults).Single().Seed.ShouldBe(1234);

    [Fact]
    public void A_soak_leaves_none_out()
    {
        var order = Schedule.Shuffled(Faults, new Random(7)).Take(30).Select(f => f.Name).Chunk(3).ToList();
        foreach (var turn in order) turn.ShouldBe(["a-one", "a-two", "b-one"], ignoreOrder: true);
        order.DistinctBy(turn => string.Join(' ', turn)).Count().ShouldBeGreaterThan(1);
    }

    [Fact]
    public void A_pair_is_never_of_one_class()
    {
        foreach (var seed in Enumerable.Range(1, 50))
            foreach (var (pair, _) in Schedule.Of(new RunOptions { Pairs = true, Seed = seed }, Faults)) pair.Select(f => f.Class).ShouldBe(["a", "b"], ignoreOrder: true);
    }

    [Fact]
    public void The_same_seed_chooses_the_same() =>
        Schedule.Of(new RunOptions { Pairs = true, Seed = 7 }, Faults).Select(r => r.Seed).ShouldBe(Schedule.Of(new RunOptions { Pairs = true, Seed = 7 }, Faults).Select(r => r.Seed));

    [Theory]
    [InlineData("--seed")]
    [InlineData("--seed", "x")]
    [InlineData("--minutes", "0")]
    [InlineData("--often")]
    public void An_option_that_cannot_be_read_is_refused(params string[] arguments) => Should.Throw<ArgumentException>(() => RunOptions.Parse(arguments));

    private static IEnumerable<string> Names(RunOptions options) => Schedule.Of(options, Faults).Select(r => string.Join(" + ", r.Faults.Select(f => f.Name)));
}
