using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using TrafficShifter.Cli.Hosting;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Judging;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Cli.Commands.Judge;

/// <summary>The constants of a rollout as options. What is not said has the judge's default.</summary>
internal sealed class ReplayOptions
{
    private static readonly JudgeConstants Defaults = new();

    private readonly List<(Option Option, Func<ParseResult, JudgeConstants, JudgeConstants> Set)> _options = [];
    private readonly Option<double?> _baseline = Number("--baseline", "The stable side's usual error ratio, from which p0 and the margins follow");
    private readonly Option<double[]> _weights = List("--weights", "What relative, absolute and latency evidence count for; without it 0.5,0.2,0.3, or 0.7,0.3,0 for a file without latency");

    public ReplayOptions()
    {
        Add("--alpha", "Bound on false rollbacks over the whole rollout", Defaults.Alpha, (c, v) => c with { Alpha = v });
        Add("--k", "A candidate may have k times the stable side's error ratio", Defaults.K, (c, v) => c with { K = v });
        Add("--delta", "And this much more", Defaults.Delta, (c, v) => c with { Delta = v });
        Add("--latency-k", "As --k, for the part of slow requests", Defaults.LatencyK, (c, v) => c with { LatencyK = v });
        Add("--latency-delta", "As --delta, for the part of slow requests", Defaults.LatencyDelta, (c, v) => c with { LatencyDelta = v });
        Add("--p0", "Error ratio that a healthy side does not exceed", Defaults.P0, (c, v) => c with { P0 = v });
        Add("--phi", "How many errors one incident makes", Defaults.Phi, (c, v) => c with { Phi = v });
        Add("--steps", "Number of steps of the rollout", Defaults.Steps, (c, v) => c with { Steps = v });
        Add("--batch-min", "Stable requests that make a batch", Defaults.BatchMin, (c, v) => c with { BatchMin = v });
        Add("--batch-age", "Age at which a batch is closed", Defaults.BatchAge, (c, v) => c with { BatchAge = v });
        Add("--tick", "Planned length of a tick", Defaults.Tick, (c, v) => c with { Tick = v });
        Add("--window", "How far back the stable side's health is looked at", Defaults.Window, (c, v) => c with { Window = v });
        Add("--margin-fine", "How much worse a candidate may be to advance after --min-dwell", Defaults.MarginFine, (c, v) => c with { MarginFine = v });
        Add("--margin-coarse", "How much worse a candidate may be to advance after --mid-dwell", Defaults.MarginCoarse, (c, v) => c with { MarginCoarse = v });
        Add("--margin-last", "The same in the last step", Defaults.MarginLast, (c, v) => c with { MarginLast = v });
        Add("--alpha-go", "The most that a candidate worse by the margin is said to be good enough", Defaults.AlphaGo, (c, v) => c with { AlphaGo = v });
        Add("--min-dwell", "Least time of a step", Defaults.MinDwell, (c, v) => c with { MinDwell = v });
        Add("--mid-dwell", "From when on the coarse margin is enough", Defaults.MidDwell, (c, v) => c with { MidDwell = v });
        Add("--max-dwell", "Longest that a step waits for evidence", Defaults.MaxDwell, (c, v) => c with { MaxDwell = v });
        Add("--min-requests", "Least candidate requests in a step", Defaults.MinRequests, (c, v) => c with { MinRequests = v });
        Add("--suspicion", "Evidence from which on nothing advances", Defaults.Suspicion, (c, v) => c with { Suspicion = v });
        Add("--first-stake", "Part of the stake placed at the first tick", Defaults.FirstStake, (c, v) => c with { FirstStake = v });
        Add("--step-stake", "Part placed when further steps begin", Defaults.StepStake, (c, v) => c with { StepStake = v });
        Add("--eval-stake", "Part placed over the first --eval-ticks ticks", Defaults.EvalStake, (c, v) => c with { EvalStake = v });
        AddOne(new Option<int?>("--eval-ticks") { HelpName = "NUMBER", Description = "Number of those ticks; without it those of 30 min" }, (c, v) => c with { EvalTicks = v });
        AddOne(new Option<OnNoEvidence?>("--on-no-evidence") { HelpName = "WORD", Description = "What follows the longest dwell: Hold, Advance or Rollback" }, (c, v) => c with { OnNoEvidence = v });
        AddList("--ratio-bets", "How many times worse the candidate might be", Defaults.RatioBets, (c, v) => c with { RatioBets = v });
        AddList("--absolute-bets", "How far above p0 the candidate's error ratio might lie", Defaults.AbsoluteBets, (c, v) => c with { AbsoluteBets = v });
        AddList("--go-bets", "The bets that the candidate is not worse", Defaults.GoBets, (c, v) => c with { GoBets = v });
    }

    /// <summary>The candidate's shares, step by step.</summary>
    public Option<Share[]> Shares { get; } = new("--shares")
    {
        HelpName = "SHARES",
        Description = "The candidate's share in each step, as 1%,10%,50%; without it \"no traffic\" is not judged",
        CustomParser = result => Parse<Share>(result, text => Share.TryParse(text, null, out var share) ? share : null, "a share like 5%"),
    };

    public IEnumerable<Option> All => [.. _options.Select(o => o.Option), _baseline, _weights, Shares];

    public JudgeConstants Constants(ParseResult parsed, IReadOnlyList<LatencyQuantile> latency)
    {
        IReadOnlyList<LatencyTest> tests = [.. latency.Select(q => new LatencyTest { Quantile = q })];
        var constants = Defaults with { Latency = tests, Weights = EvidenceWeights.For(absolute: true, tests.Count > 0) };
        if (parsed.GetValue(_baseline) is { } ratio)
        {
            if (ratio is not (>= 0 and <= 1)) throw Failure.Usage("--baseline: an error ratio is 0 to 1");
            constants = new JudgeBaseline { ErrorRatio = ratio, Phi = 1, Latency = tests }.Apply(constants);
        }
        constants = _options.Aggregate(constants, (c, option) => option.Set(parsed, c));
        return parsed.GetValue(_weights) switch
        {
            null or [] => constants,
            [var relative, var absolute, var slow] => constants with { Weights = new(relative, absolute, slow) },
            _ => throw Failure.Usage("--weights: three numbers are needed, as 0.5,0.2,0.3"),
        };
    }

    private void Add(string name, string description, double usual, Func<JudgeConstants, double, JudgeConstants> set) => AddOne(Number(name, string.Create(CultureInfo.InvariantCulture, $"{description} [{usual}]")), set);

    private void Add(string name, string description, int usual, Func<JudgeConstants, int, JudgeConstants> set) =>
        AddOne(new Option<int?>(name) { HelpName = "NUMBER", Description = $"{description} [{usual}]" }, set);

    private void Add(string name, string description, long usual, Func<JudgeConstants, long, JudgeConstants> set) =>
        AddOne(new Option<long?>(name) { HelpName = "NUMBER", Description = $"{description} [{usual}]" }, set);

    private void Add(string name, string description, TimeSpan usual, Func<JudgeConstants, TimeSpan, JudgeConstants> set) =>
        AddOne(
            new Option<TimeSpan?>(name)
            {
                HelpName = "TIME",
                Description = $"{description} [{Duration.Format(usual)}]",
                CustomParser = result => Parse(result, ReadTime, "a time like 30s") is [var time] ? time : null,
            },
            set);

    private void AddList(string name, string description, IReadOnlyList<double> usual, Func<JudgeConstants, IReadOnlyList<double>, JudgeConstants> set)
    {
        var option = List(name, $"{description} [{string.Join(",", usual.Select(u => u.ToString(CultureInfo.InvariantCulture)))}]");
        _options.Add((option, (parsed, constants) => parsed.GetValue(option) is { Length: > 0 } values ? set(constants, values) : constants));
    }

    private void AddOne<T>(Option<T?> option, Func<JudgeConstants, T, JudgeConstants> set)
        where T : struct =>
        _options.Add((option, (parsed, constants) => parsed.GetValue(option) is { } value ? set(constants, value) : constants));

    private static Option<double?> Number(string name, string description) => new(name)
    {
        HelpName = "NUMBER",
        Description = description,
        CustomParser = result => Parse(result, ReadNumber, "a number like 0.01") is [var number] ? number : null,
    };

    private static Option<double[]> List(string name, string description) => new(name) { HelpName = "NUMBERS", Description = description, CustomParser = result => Parse(result, ReadNumber, "numbers like 0.5,0.2") };

    private static T[] Parse<T>(ArgumentResult result, Func<string, T?> read, string wanted)
        where T : struct
    {
        var values = result.Tokens.SelectMany(token => token.Value.Split(',')).Select(text => (Text: text, Value: read(text.Trim()))).ToList();
        if (values.Find(v => v.Value is null) is { Text: { } bad }) result.AddError($"\"{bad}\" is not {wanted}");
        return [.. values.Where(v => v.Value is not null).Select(v => v.Value!.Value)];
    }

    /// <summary>The same in every culture, and finite.</summary>
    private static double? ReadNumber(string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) ? number : null;

    private static TimeSpan? ReadTime(string text) =>
        Duration.TryParse(text, out var time) ? time : ReadNumber(text) is { } seconds and >= 0 and <= 86_400 ? TimeSpan.FromSeconds(seconds) : null;
}
