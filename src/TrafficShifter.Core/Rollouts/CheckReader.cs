using TrafficShifter.Core.Analysis;

namespace TrafficShifter.Core.Rollouts;

/// <summary>Reads one check of a plan.</summary>
internal static class CheckReader
{
    /// <remarks>Without a query, the name or <c>evidence</c> says which of the <see cref="EvidenceChecks"/> is meant, and what is not given is as there.</remarks>
    public static Check Read(MemberReader json)
    {
        var name = json.Text("name", required: true) ?? "";
        var query = json.Text("query");
        var kind = json.Has("evidence") ? json.OneOf("evidence", EvidenceKind.ErrorRatio) : json.Skip("evidence", query is null ? EvidenceChecks.Find(name)?.Evidence : null);
        var defaults = (kind is { } known ? EvidenceChecks.Of(known) : new Check { Name = "" });
        var ownLimit = json.Has("max") || json.Has("min") || json.Has("maxTimesStable");
        var check = new Check
        {
            Name = name,
            Query = query,
            Evidence = kind,
            Max = json.Number("max") ?? (ownLimit ? null : defaults.Max),
            Min = json.Number("min") ?? (ownLimit ? null : defaults.Min),
            MaxTimesStable = json.Number("maxTimesStable") ?? (ownLimit ? null : defaults.MaxTimesStable),
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
            MinRequests = json.Has("minRequests") ? json.Whole("minRequests", 0) : json.Skip("minRequests", defaults.MinRequests),
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
