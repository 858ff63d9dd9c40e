namespace TrafficShifter.Faults.Leaks;

/// <summary>Something of which there must not be more and more.</summary>
/// <param name="Part">Whose: <c>agent1</c>, <c>consul</c>.</param>
/// <param name="Name">What: <c>resident memory</c>, <c>sockets</c>.</param>
/// <param name="Tolerance">How much more of it there may be at the end of a soak than at its beginning.</param>
internal sealed record Resource(string Part, string Name, Tolerance Tolerance)
{
    public override string ToString() => $"{Part}: {Name}";
}

/// <summary>How much something may grow over a soak before it is a leak: whichever of both is more.</summary>
/// <param name="Absolute">In the resource's own unit.</param>
/// <param name="Relative">As a part of the level that it began with, 0.1 for a tenth.</param>
internal sealed record Tolerance(double Absolute, double Relative)
{
    public double Of(double level) => Math.Max(Absolute, Relative * level);
}

/// <summary>How much of it there was at a moment of the soak.</summary>
internal readonly record struct LeakSample(TimeSpan At, double Amount);
