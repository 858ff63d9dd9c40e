using System.Globalization;
using System.Text.Json;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Rollouts;

namespace TrafficShifter.Core.Tests.Rollouts;

/// <summary>Weekly hours by the clock on a wall: in Berlin summer time began on 2026-03-29 at 01:00 UTC and ends on 2026-10-25 at 01:00 UTC.</summary>
public sealed class WeeklyHoursTests
{
    [Theory]
    [InlineData("friday 16:00-24:00 Europe/Berlin", "2026-01-16T14:59:59Z", false)]
    [InlineData("friday 16:00-24:00 Europe/Berlin", "2026-01-16T15:00:00Z", true)]
    [InlineData("friday 16:00-24:00 Europe/Berlin", "2026-01-16T22:59:59Z", true)]
    [InlineData("friday 16:00-24:00 Europe/Berlin", "2026-01-16T23:00:00Z", false)]
    [InlineData("friday 16:00-24:00 Europe/Berlin", "2026-07-17T13:59:59Z", false)]
    [InlineData("friday 16:00-24:00 Europe/Berlin", "2026-07-17T14:00:00Z", true)]
    [InlineData("friday 16:00-24:00 America/New_York", "2026-07-17T19:59:59Z", false)]
    [InlineData("friday 16:00-24:00 America/New_York", "2026-07-18T03:59:59Z", true)]
    [InlineData("friday 16:00-24:00 Asia/Kolkata", "2026-07-17T10:29:59Z", false)]
    [InlineData("friday 16:00-24:00 Asia/Kolkata", "2026-07-17T10:30:00Z", true)]
    // The day on which 02:00 becomes 03:00.
    [InlineData("sunday 01:30-02:30 Europe/Berlin", "2026-03-29T00:30:00Z", true)]
    [InlineData("sunday 01:30-02:30 Europe/Berlin", "2026-03-29T00:59:59Z", true)]
    [InlineData("sunday 01:30-02:30 Europe/Berlin", "2026-03-29T01:00:00Z", false)]
    [InlineData("sunday 02:00-03:00 Europe/Berlin", "2026-03-29T00:59:59Z", false)]
    [InlineData("sunday 02:00-03:00 Europe/Berlin", "2026-03-29T01:00:00Z", false)]
    [InlineData("sunday 02:00-04:00 Europe/Berlin", "2026-03-29T01:00:00Z", true)]
    [InlineData("sunday 00:00-24:00 Europe/Berlin", "2026-03-29T21:59:59Z", true)]
    [InlineData("sunday 00:00-24:00 Europe/Berlin", "2026-03-29T22:00:00Z", false)]
    // The day on which 02:00 to 03:00 comes twice.
    [InlineData("sunday 02:00-03:00 Europe/Berlin", "2026-10-24T23:59:59Z", false)]
    [InlineData("sunday 02:00-03:00 Europe/Berlin", "2026-10-25T00:00:00Z", true)]
    [InlineData("sunday 02:00-03:00 Europe/Berlin", "2026-10-25T01:59:59Z", true)]
    [InlineData("sunday 02:00-03:00 Europe/Berlin", "2026-10-25T02:00:00Z", false)]
    [InlineData("sunday 00:00-24:00 Europe/Berlin", "2026-10-25T22:59:59Z", true)]
    [InlineData("friday 16:00-24:00", "2026-07-17T15:59:59Z", false)]
    [InlineData("friday 16:00-24:00", "2026-07-17T16:00:00Z", true)]
    [InlineData("friday 16:00-24:00 UTC", "2026-07-17T16:00:00Z", true)]
    public void Hours_are_those_of_the_clock_on_the_wall(string hours, string now, bool holds) =>
        Of(hours).Holds(DateTimeOffset.Parse(now, CultureInfo.InvariantCulture)).ShouldBe(holds);

    [Theory]
    [InlineData("Mars/Olympus")]
    [InlineData("W. Europe Standard Time")]
    [InlineData("CEST")]
    [InlineData("+02:00")]
    [InlineData("../etc/passwd")]
    [InlineData("")]
    public void A_zone_that_is_none_is_named_and_holds_wherever_it_could_be(string zone)
    {
        var hours = Of("friday 16:00-18:00") with { Zone = zone };
        hours.FindZoneProblem()!.ShouldStartWith($"zone: \"{zone}\" is not a time zone of the IANA database like \"Europe/Berlin\"");
        hours.FindProblem().ShouldBeNull("another machine may know it");
        hours.Holds(At("2026-07-17T03:00:00Z")).ShouldBeTrue("it is 16:00 in the east");
        hours.Holds(At("2026-07-18T05:00:00Z")).ShouldBeTrue("and 17:00 in the west");
        hours.Holds(At("2026-07-15T16:00:00Z")).ShouldBeFalse("it is friday nowhere");
    }

    [Fact]
    public void The_sentence_names_the_zone()
    {
        var window = new FreezeWindow { Name = "weekend", Weekly = Of("friday 16:00-24:00 Europe/Berlin") };
        window.Describe().ShouldBe("frozen by \"weekend\" until 24:00 Europe/Berlin");
        window.DescribeTime().ShouldBe("\"weekend\" on friday from 16:00 to 24:00 Europe/Berlin");
        DocumentJson.Write(window.Weekly).ShouldBe("""{"days":["friday"],"from":"16:00","to":"24:00","zone":"Europe/Berlin"}""");
        JsonSerializer.Deserialize<WeeklyHours>("""{"days":["friday"]}""", DocumentJson.Options)!.Zone.ShouldBeNull();
    }

    private static DateTimeOffset At(string now) => DateTimeOffset.Parse(now, CultureInfo.InvariantCulture);

    private static WeeklyHours Of(string text)
    {
        var parts = text.Split(' ');
        var hours = parts[1].Split('-');
        return new WeeklyHours { Days = [Enum.Parse<DayOfWeek>(parts[0], ignoreCase: true)], From = hours[0], To = hours[1], Zone = parts.Length > 2 ? parts[2] : null };
    }
}
