using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;

namespace TrafficShifter.Core.Tests.Documents;

public sealed class RetentionTests
{
    // 01JD0000000000000000000000 was made on 2024-11-18.
    private const string Ulid = "01JD0000000000000000000000";
    private static readonly DateTimeOffset Made = new(2024, 11, 18, 21, 30, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(200, 89, false)]
    [InlineData(201, 89, true)]
    [InlineData(200, 91, true)]
    [InlineData(0, 91, false)]
    public void Names_tell_whether_a_history_is_worth_reading(int count, int days, bool expected) =>
        Retention.MayHaveOldHistory(AppName.Parse("shop"), [.. Enumerable.Repeat($"history/shop/{Ulid}", count)], Made.AddDays(days)).ShouldBe(expected);

    [Fact]
    public void What_belongs_to_no_application_may_have_more() =>
        Retention.MayHaveOldHistory(null, [.. Enumerable.Repeat($"history/-/{Ulid}", Retention.HistoryOfNoApp)], Made).ShouldBeFalse();

    [Theory]
    [InlineData("by-hand")]
    [InlineData("8ZZZZZZZZZ0000000000000000")]
    [InlineData("7ZZZZZZZZZ0000000000000000")]
    [InlineData("0!JD0000000000000000000000")]
    public void A_name_that_tells_no_time_is_looked_at(string name) =>
        Retention.MayHaveOldHistory(AppName.Parse("shop"), [$"history/shop/{name}"], Made).ShouldBeTrue();
}
