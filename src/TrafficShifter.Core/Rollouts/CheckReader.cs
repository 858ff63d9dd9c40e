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
            FailuresInStep = Count(json, "failuresInStep"),
            OnFailure = json.OneOf("onFailure", defaults.OnFailure),
            Insufficient = json.Part("insufficient", ReadRule),
            Errors = json.Part("errors", ReadRule),
            PassesInARow = (int)json.Whole("passesInARow", defaults.PassesInARow),
            BothSides = json.Flag("bothSides", defaults.BothSides),
            NoData = json.OneOf("noData", defaults.NoData),
            Mode = json.OneOf("mode", defaults.Mode),
            SampleQuery = json.Text("sampleQuery"),
            MinRequests = json.Has("minRequests") ? json.Whole("minRequests", 0) : json.Skip<long?>("minRequests"),
        };
        json.RefuseTheRest();
        return check;
    }

    private static OutcomeRule ReadRule(MemberReader json)
    {
        var rule = new OutcomeRule { InARow = Count(json, "inARow"), InStep = Count(json, "inStep"), Do = json.OneOf("do", OutcomeAction.Pause) };
        json.RefuseTheRest();
        return rule;
    }

    private static int? Count(MemberReader json, string name) => json.Has(name) ? (int)json.Whole(name, 0) : json.Skip<int?>(name);
}
