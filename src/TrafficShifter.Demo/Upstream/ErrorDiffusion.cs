namespace TrafficShifter.Demo.Upstream;

/// <summary>Spreads errors evenly: of any n calls in a row at one ratio, n × ratio are errors, to within one.</summary>
public sealed class ErrorDiffusion
{
    private const long One = 1_000_000;
    private long _sum = One / 2;

    /// <param name="ratio">0 to 1, in steps of a millionth.</param>
    public bool NextIsError(double ratio)
    {
        var step = (long)Math.Round(ratio * One);
        if (step == 0) return false;
        var after = Interlocked.Add(ref _sum, step);
        return after / One != (after - step) / One;
    }
}
