using System.Diagnostics;

namespace TrafficShifter.Faults.Running;

/// <summary>Which faults, in which order: the same for the same options.</summary>
internal static class Schedule
{
    /// <summary>Each with the seed of its round. Of a soak it ends when the time is over.</summary>
    /// <exception cref="ArgumentException">A name fits no fault.</exception>
    public static IEnumerable<(IReadOnlyList<IFault> Faults, int Seed)> Of(RunOptions options, IReadOnlyList<IFault> all)
    {
        var chosen = Choose(options, all);
        var random = new Random(options.Seed);
        if (options.Soak is { } soak) return Soak(chosen, random, soak, options.Pairs);
        var rounds = options.Pairs ? chosen.Select(first => Pair(first, chosen, random)) : chosen.Select(fault => (IReadOnlyList<IFault>)[fault]);
        return [.. rounds.Select(faults => (faults, random.Next()))];
    }

    private static IReadOnlyList<IFault> Choose(RunOptions options, IReadOnlyList<IFault> all)
    {
        foreach (var name in options.Only)
            if (!all.Any(f => Fits(f, name))) throw new ArgumentException($"no fault is called {name}; there are {string.Join(", ", all.Select(f => f.Name))}");
        var chosen = options.Only.Count == 0 ? all : [.. all.Where(f => options.Only.Any(name => Fits(f, name)))];
        return options.Short ? [.. chosen.DistinctBy(f => f.Class)] : chosen;
    }

    private static bool Fits(IFault fault, string name) => fault.Name.StartsWith(name, StringComparison.Ordinal);

    private static IEnumerable<(IReadOnlyList<IFault> Faults, int Seed)> Soak(IReadOnlyList<IFault> chosen, Random random, TimeSpan lasts, bool pairsOnly)
    {
        var began = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(began) < lasts)
        {
            var first = chosen[random.Next(chosen.Count)];
            yield return (pairsOnly || random.Next(2) == 0 ? Pair(first, chosen, random) : [first], random.Next());
        }
    }

    /// <summary>Never two of one class; alone when there is no other class.</summary>
    private static IReadOnlyList<IFault> Pair(IFault first, IReadOnlyList<IFault> chosen, Random random)
    {
        var others = chosen.Where(f => f.Class != first.Class).ToList();
        return others.Count == 0 ? [first] : [first, others[random.Next(others.Count)]];
    }
}
