namespace TrafficShifter.Fuzzing.Engine;

/// <summary>Takes out of an input what its violation does not need, so that a person sees what is left.</summary>
internal static class Shrinker
{
    private const int MaxTries = 5_000;

    /// <param name="breaks">Whether an input has the same violation.</param>
    public static byte[] Shrink(byte[] input, Func<byte[], bool> breaks)
    {
        var tries = 0;
        for (var size = input.Length / 2; size > 0; size /= 2)
        {
            for (var at = 0; at + size <= input.Length && tries < MaxTries;)
            {
                byte[] without = [.. input.AsSpan(0, at), .. input.AsSpan(at + size)];
                tries++;
                if (breaks(without)) input = without;
                else at += size;
            }
        }
        return input;
    }
}
