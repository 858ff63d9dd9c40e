using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Rollouts;

/// <summary>Reads one entry of a plan's steps: a share, or a series of shares that becomes a step each.</summary>
internal static class StepReader
{
    private const double MaxFactor = 100;

    /// <summary>The most that <c>"share": "auto"</c> becomes.</summary>
    private static readonly Share AutoShare = Share.OfBasisPoints(1_000);
    private static readonly string[] Forms = ["share", "linear", "geometric"];

    public static IReadOnlyList<Step> Read(MemberReader json)
    {
        var auto = json.IsText("share", "auto");
        var shares = ReadShares(json);
        var step = new Step(Share.None, json.Time("hold", null))
        {
            Auto = json.Flag("auto", auto),
            Checks = json.Texts("checks"),
            Iterations = json.Has("iterations") ? (int)json.Whole("iterations", 1) : json.Skip<int?>("iterations"),
            Gate = ReadGate(json),
            Hooks = json.Texts("hooks"),
        };
        json.RefuseTheRest();
        return [.. shares.Select(share => step with { Share = share })];
    }

    /// <summary><c>"gate": "approve"</c> is a gate with every default.</summary>
    private static Gate? ReadGate(MemberReader json)
    {
        if (json.IsText("gate", "approve")) return json.Skip("gate", new Gate());
        return json.Part("gate", part =>
        {
            var defaults = new Gate();
            var gate = new Gate { Approvers = part.Texts("approvers"), Expires = part.Time("expires", defaults.Expires), OnExpiry = part.OneOf("onExpiry", defaults.OnExpiry), FourEyes = part.Flag("fourEyes", defaults.FourEyes) };
            part.RefuseTheRest();
            return gate;
        });
    }

    private static IReadOnlyList<Share> ReadShares(MemberReader json)
    {
        var given = Forms.Where(json.Has).ToList();
        if (given.Count > 1) json.Problem(given[1], $"a step has one of share, linear and geometric, not {string.Join(" and ", given)}");
        var linear = json.Part("linear", ReadLinear);
        var geometric = json.Part("geometric", ReadGeometric);
        if (linear is null && geometric is null && json.IsText("share", "auto")) return json.Skip<IReadOnlyList<Share>>("share", [AutoShare])!;
        return linear ?? geometric ?? [json.Parsed<Share>("share")];
    }

    private static IReadOnlyList<Share> ReadLinear(MemberReader json)
    {
        var by = json.Parsed<Share>("by");
        var from = json.Has("from") ? json.Parsed<Share>("from") : json.Skip("from", by);
        var to = ReadEnd(json, from);
        if (json.IsGood && by == Share.None) json.Problem("by", "a series by 0% never ends");
        json.RefuseTheRest();
        return json.IsGood ? StepSeries.Linear(from, by, to) : [from];
    }

    private static IReadOnlyList<Share> ReadGeometric(MemberReader json)
    {
        var from = json.Parsed<Share>("from");
        var factor = json.Number("factor") ?? 2;
        var to = ReadEnd(json, from);
        if (factor is <= 1 or > MaxFactor) json.Problem("factor", $"above 1 and up to {MaxFactor}, not {Analysis.Words.Number(factor)}");
        json.RefuseTheRest();
        return json.IsGood ? StepSeries.Geometric(from, factor, to) : [from];
    }

    private static Share ReadEnd(MemberReader json, Share from)
    {
        var to = json.Has("to") ? json.Parsed<Share>("to") : json.Skip("to", Share.All);
        if (json.IsGood && from == Share.None) json.Problem("from", "a step of 0% moves nothing");
        if (json.IsGood && to <= from) json.Problem("to", $"{to} is not above {from}, where the series begins");
        return to;
    }
}
