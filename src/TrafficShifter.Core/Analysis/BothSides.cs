using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Analysis;

/// <summary>Holds a failed measurement against what the same check says of the stable colour.</summary>
public static class BothSides
{
    /// <summary>A side is as bad when the other is beyond the limit by at most this many times as much.</summary>
    private const double Tolerance = 2;

    /// <summary>Whether the check's query tells the sides apart, and the check wants it known.</summary>
    public static bool IsAsked(Check check) => check.BothSides && check.MaxTimesStable is null && (check.Query is null || QueryTemplate.Parse(check.Query).TellsSides);

    /// <summary>The failure, with what the stable side has; or, where that is as bad, a measurement that blames nobody.</summary>
    /// <param name="stable">The same check, measured on <paramref name="colour"/>. Nothing known of it leaves the failure as it is.</param>
    public static Measurement Compare(Check check, Measurement.Failed failed, Measurement stable, Colour colour) => stable switch
    {
        Measurement.Failed both when IsAsBad(check, failed.Value, both.Value) => new Measurement.Insufficient
        {
            Check = failed.Check, Value = failed.Value, Limit = failed.Limit, Query = failed.Query, Window = failed.Window, Sample = failed.Sample, At = failed.At,
            Stable = both.Value, BothSides = true,
            Sentence = $"{check.Name}: both sides: {Show(failed.Value)} on {colour.Other().Word()} and {Show(both.Value)} on {colour.Word()} are beyond {failed.Limit} (over {TemplateValues.Render(failed.Window)}): nothing that the change alone did",
        },
        Measurement.Failed or Measurement.Passed when stable.Value is { } value =>
            failed with { Stable = value, Sentence = $"{failed.Sentence}, where {colour.Word()} has {Words.Number(value)}" },
        _ => failed,
    };

    private static bool IsAsBad(Check check, double? candidate, double? stable) =>
        candidate is { } bad && stable is { } other ? Excess(check, bad) <= Tolerance * Excess(check, other) : candidate is null && stable is null;

    /// <summary>How far beyond the limit a failed value is.</summary>
    private static double Excess(Check check, double value) => value > check.Max ? value - check.Max.Value : check.Min is { } min ? min - value : 0;

    private static string Show(double? value) => value is { } number ? Words.Number(number) : "no data";
}
