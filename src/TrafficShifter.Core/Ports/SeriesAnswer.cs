namespace TrafficShifter.Core.Ports;

/// <summary>What a query for any number of series returned.</summary>
public abstract record SeriesAnswer
{
    private SeriesAnswer() { }

    /// <summary>None, one or many. A value that is no finite number is left out, and so is a series without any other.</summary>
    public sealed record Found(IReadOnlyList<LabelledSeries> Series) : SeriesAnswer;

    /// <summary>The source understood the request and refused it: a query that does not parse, a reply over the limit.</summary>
    public sealed record Refused(string Reason) : SeriesAnswer;
}

/// <summary>One series: its labels, and its values oldest first.</summary>
/// <param name="Points">One for a moment; up to one for each step of a range. At least one.</param>
public sealed record LabelledSeries(IReadOnlyDictionary<string, string> Labels, IReadOnlyList<SeriesPoint> Points)
{
    /// <summary>The value of a label; empty where there is none, as everywhere in the language of queries.</summary>
    public string this[string label] => Labels.GetValueOrDefault(label, "");
}

/// <param name="At">The moment that was asked for; a source may round it to a millisecond.</param>
public readonly record struct SeriesPoint(DateTimeOffset At, double Value);

/// <summary>Moments from <paramref name="From"/> to <paramref name="To"/>, both included, <paramref name="Step"/> apart.</summary>
/// <param name="Step">Whole milliseconds, at least one.</param>
public sealed record SeriesRange(DateTimeOffset From, DateTimeOffset To, TimeSpan Step);
