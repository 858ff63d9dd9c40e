using TrafficShifter.Faults.Leaks;

namespace TrafficShifter.Faults.Tests.Leaks;

public sealed class SlopeTestTests
{
    private static readonly Resource Sockets = new("agent1", "sockets", new Tolerance(10, 0.1));

    [Fact]
    public void What_grows_steadily_is_a_leak_and_the_sentence_says_how() =>
        Find(i => 40 + i).ShouldBe("agent1: sockets grows: 64.5 at first, 94.5 at last, 39 more in 6.5 min by its slope; 10 are allowed");

    [Fact]
    public void What_grows_slowly_in_noise_is_a_leak()
    {
        var random = new Random(1);
        Find(i => 40 + (i * 0.5) + random.Next(-5, 6)).ShouldNotBeNull();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void Noise_alone_is_none(int seed)
    {
        var random = new Random(seed);
        Find(_ => 40 + random.Next(-10, 11)).ShouldBeNull();
    }

    [Fact]
    public void A_saw_is_none() => Find(i => 40 + (i % 15)).ShouldBeNull();

    [Fact]
    public void Growth_that_ends_in_the_first_third_is_none() => Find(i => Math.Min(i, 18) * 10).ShouldBeNull();

    [Fact]
    public void One_step_is_none() => Find(i => i < 40 ? 40 : 100).ShouldBeNull();

    [Fact]
    public void A_peak_is_none() => Find(i => i is > 35 and < 45 ? 400 : 40).ShouldBeNull();

    [Fact]
    public void What_stays_within_the_larger_tolerance_is_none()
    {
        Find(i => 1000 + i).ShouldBeNull("a tenth of 1,000 is more than 10");
        Find(i => 1000 + (4 * i)).ShouldNotBeNull();
    }

    [Fact]
    public void Of_few_samples_nothing_is_said() => SlopeTest.FindLeak(Sockets, [.. Samples(i => i * 100).Take(SlopeTest.LeastSamples)]).ShouldBeNull();

    private static string? Find(Func<int, double> amount) => SlopeTest.FindLeak(Sockets, Samples(amount));

    private static List<LeakSample> Samples(Func<int, double> amount) => [.. Enumerable.Range(0, 60).Select(i => new LeakSample(TimeSpan.FromSeconds(10 * i), amount(i)))];
}
