namespace TrafficShifter.VictoriaMetrics;

/// <summary>What VictoriaMetrics said to an instant query.</summary>
public abstract record InstantQueryReply
{
    private InstantQueryReply() { }

    /// <summary>One sample per series; empty when there is none, and for 0/0.</summary>
    public sealed record Vector(IReadOnlyList<VectorSample> Samples) : InstantQueryReply;

    /// <param name="ResultType">VictoriaMetrics' word: <c>matrix</c> for a query that ends in a range.</param>
    public sealed record NotAVector(string ResultType) : InstantQueryReply;

    /// <param name="Error">VictoriaMetrics' own text.</param>
    public sealed record Rejected(string Error) : InstantQueryReply;

    public sealed record TooLarge(int MaxReplyBytes) : InstantQueryReply;
}

/// <param name="Value">May be NaN or infinite.</param>
public sealed record VectorSample(DateTimeOffset At, double Value);
