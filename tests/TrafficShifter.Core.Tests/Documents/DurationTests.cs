using FsCheck;
using FsCheck.Fluent;
using TrafficShifter.Core.Documents;

namespace TrafficShifter.Core.Tests.Documents;

public sealed class DurationTests
{
    [Theory]
    [InlineData("0s", 0)]
    [InlineData("500ms", 500)]
    [InlineData("30s", 30_000)]
    [InlineData("2m", 120_000)]
    [InlineData("1h30m", 5_400_000)]
    [InlineData("1d2h3m4s5ms", 93_784_005)]
    [InlineData("90s", 90_000)]
    [InlineData("365d", 31_536_000_000)]
    public void A_duration_is_read(string text, long milliseconds) => Duration.Parse(text).ShouldBe(TimeSpan.FromMilliseconds(milliseconds));

    [Theory]
    [InlineData("")]
    [InlineData("5")]
    [InlineData("s")]
    [InlineData("-5s")]
    [InlineData("+5s")]
    [InlineData("5 s")]
    [InlineData(" 5s")]
    [InlineData("5s\n")]
    [InlineData("1.5s")]
    [InlineData("5S")]
    [InlineData("5w")]
    [InlineData("30s1m")]
    [InlineData("5s5s")]
    [InlineData("٣s")]
    [InlineData("366d")]
    [InlineData("365d1ms")]
    [InlineData("99999999999999999999s")]
    [InlineData("9223372036854775807ms")]
    [InlineData("0d0h0m0s0ms0ms0ms0ms0ms0ms0ms0ms0ms")]
    public void Anything_else_is_refused_with_the_form_that_is_right(string text)
    {
        Duration.TryParse(text, out _).ShouldBeFalse();
        Should.Throw<FormatException>(() => Duration.Parse(text)).Message.ShouldBe($"\"{text}\" is not a duration like \"30s\", \"2m\" or \"1h30m\"");
    }

    [Theory]
    [InlineData(0, "0s")]
    [InlineData(1, "1ms")]
    [InlineData(1_500, "1s500ms")]
    [InlineData(60_000, "1m")]
    [InlineData(5_400_000, "1h30m")]
    public void A_duration_is_written_in_its_largest_units(long milliseconds, string text) => Duration.Format(TimeSpan.FromMilliseconds(milliseconds)).ShouldBe(text);

    [Fact]
    public void What_is_written_is_read_back() => Prop.ForAll(
        Gen.Choose(0, int.MaxValue).Select(n => TimeSpan.FromMilliseconds(n)).ToArbitrary(),
        span => Duration.Parse(Duration.Format(span)).ShouldBe(span)).QuickCheckThrowOnFailure();

    [Fact]
    public void Parts_of_a_millisecond_are_dropped() => Duration.Format(TimeSpan.FromTicks(TimeSpan.TicksPerSecond + 9_999)).ShouldBe("1s");
}
