using System.Globalization;

namespace TrafficShifter.Fuzzing;

/// <summary>What <c>./dev test --fuzz</c> was asked for.</summary>
/// <param name="Cases">Inputs of each target; default a million.</param>
/// <param name="Seed">With the same one the same inputs are tried; default 1.</param>
/// <param name="Only">The one target; null for all.</param>
/// <param name="Here">In this process, which a stack that overflows ends.</param>
/// <param name="Record">What is printed goes into docs/reliability.md too.</param>
/// <param name="Replay">A file with one input for <paramref name="Only"/>; nothing else is tried.</param>
internal sealed record FuzzOptions(long Cases = 1_000_000, int Seed = 1, string? Only = null, bool Here = false, string? Replay = null, bool Record = false)
{
    /// <exception cref="FormatException">An option is unknown, or has a value that is none.</exception>
    public static FuzzOptions Parse(IReadOnlyList<string> args)
    {
        var options = new FuzzOptions();
        for (var i = 0; i < args.Count; i++)
        {
            string Next() => ++i < args.Count ? args[i] : throw new FormatException($"{args[^1]}: what?");
            options = args[i] switch
            {
                "--cases" => options with { Cases = long.Parse(Next(), NumberStyles.None, CultureInfo.InvariantCulture) },
                "--seed" => options with { Seed = int.Parse(Next(), NumberStyles.None, CultureInfo.InvariantCulture) },
                "--only" => options with { Only = Next() },
                "--here" => options with { Here = true },
                "--record" => options with { Record = true },
                "--replay" => options with { Replay = Next() },
                var other => throw new FormatException($"unknown option {other}; there are --cases N, --seed N, --only TARGET, --record and --replay FILE"),
            };
        }
        return options;
    }
}
