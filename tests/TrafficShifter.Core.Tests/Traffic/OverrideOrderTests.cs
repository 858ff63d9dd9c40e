using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Tests.Traffic;

public sealed class OverrideOrderTests
{
    private const string Id = "01KAKJ0000ABCDEFGHJKMNPQRS";

    [Fact]
    public void An_id_that_is_the_last_stays() => OverrideOrder.Later(Id, ["01KAKHZZZZZZZZZZZZZZZZZZZZ", null, "no ulid!!!"]).ShouldBe(Id);

    [Fact]
    public void One_that_is_not_is_made_a_millisecond_later_than_the_last_and_keeps_its_random_part() =>
        OverrideOrder.Later(Id, ["01KAKJ000Z0000000000000000", "01KAKHZZZZZZZZZZZZZZZZZZZZ"]).ShouldBe("01KAKJ0010ABCDEFGHJKMNPQRS");

    [Fact]
    public void Two_that_are_made_after_the_same_one_are_not_equal() =>
        OverrideOrder.Later(Id, ["01KAKJZ0000000000000000000"]).ShouldNotBe(OverrideOrder.Later("01KAKJ0000ABCDEFGHJKMNPQRT", ["01KAKJZ0000000000000000000"]));

    [Fact]
    public void Made_later_again_and_again_it_is_later_each_time()
    {
        var given = new List<string> { "01KAKJZZZY0000000000000000" };
        for (var i = 0; i < 5; i++) given.Add(OverrideOrder.Later(Id, given));

        given.ShouldBe(given.Order(StringComparer.Ordinal));
        given.Distinct().Count().ShouldBe(6);
    }

    [Theory]
    [InlineData("01KAKJ0000000000000000000A", "2025-11-21T15:54:43.584Z")]
    [InlineData("ZZZZZZZZZZZZZZZZZZZZZZZZZZ", null)]
    [InlineData("01KAKJ!", null)]
    public void The_time_is_in_the_first_ten_characters(string id, string? time) =>
        OverrideOrder.FindTime(id).ShouldBe(time is null ? null : DateTimeOffset.Parse(time, System.Globalization.CultureInfo.InvariantCulture));
}
