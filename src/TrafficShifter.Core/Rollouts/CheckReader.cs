using TrafficShifter.Core.Analysis;

namespace TrafficShifter.Core.Rollouts;

/// <summary>Reads one check of a plan.</summary>
internal static class CheckReader
{
    public static Check Read(MemberReader json)
    {
        var defaults = new Check { Name = "", Query = "" };
        var check = new Check
        {
            Name = json.Text("name", required: true) ?? "",
            Query = json.Text("query", required: true) ?? "",
            Max = json.Number("max"),
            Min = json.Number("min"),
            Window = json.Time("window", defaults.Window),
            Interval = json.Time("interval", defaults.Interval),
            FailuresInARow = (int)json.Whole("failuresInARow", defaults.FailuresInARow),
            NoData = json.OneOf("noData", defaults.NoData),
            Mode = json.OneOf("mode", defaults.Mode),
            SampleQuery = json.Text("sampleQuery"),
            MinRequests = json.Has("minRequests") ? json.Whole("minRequests", 0) : json.Skip<long?>("minRequests"),
        };
        json.RefuseTheRest();
        return check;
    }
}
