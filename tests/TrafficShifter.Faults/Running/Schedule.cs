using System.Diagnostics;

namespace TrafficShifter.Faults.Running;

/// <summary>Which faults, in which order: the same for the same options.</summary>
internal static class Schedule
{
    /// <summary>Each with the seed of its round, of which the first is the options' own: a round is made again by its faults and its seed. A soak begins with no round that would not end within the time.</summary>
    /// <exception cref="ArgumentException">A name fits no fault.</exception>
    public static IEnumerable<(IReadOnlyList<IFault> Faults, int Seed)> Of(RunOptions options, IReadOnlyList<IFault> all)
    {
        var chosen = Choose(options, all);
        var random = new Random(options.Seed);
        if (options.Soak is { } soak) return Soak(chosen, random, soak, options.Pairs);
        var rounds = options.Pairs ? chosen.Select(first => Pair(first, chosen, random)) : chosen.Select(fault => (IReadOnlyList<IFault>)[fault]);
        return [.. Together(options, all).Concat(rounds).Select((faults, i) => (faults, i == 0 ? options.Seed : random.Next()))];
    }

    /// <summary>Those that are named with a plus between them, each by its whole name.</summary>
    private static IEnumerable<IReadOnlyList<IFault>> Together(RunOptions options, IReadOnlyList<IFault> all) =>
        options.Only.Where(IsTogether).Select(names => (IReadOnlyList<IFault>)[.. names.Split('+').Select(name => all.FirstOrDefault(f => f.Name == name) ?? throw Unknown(name, all))]);

    private static bool IsTogether(string names) => names.Contains('+', StringComparison.Ordinal);

    private static ArgumentException Unknown(string name, IReadOnlyList<IFault> all) => new($"no fault is called {name}; there are {string.Join(", ", all.Select(f => f.Name))}");

    private static IReadOnlyList<IFault> Choose(RunOptions options, IReadOnlyList<IFault> all)
    {
        foreach (var name in options.Only.Where(name => !IsTogether(name) && !all.Any(f => Fits(f, name)))) throw Unknown(name, all);
        var chosen = options.Only.Count == 0 ? all : [.. all.Where(f => options.Only.Any(name => Fits(f, name)))];
        return options.Short ? [.. chosen.DistinctBy(f => f.Class)] : chosen;
    }

    private static bool Fits(IFault fault, string name) => fault.Name.StartsWith(name, StringComparison.Ordinal);

    private static IEnumerable<(IReadOnlyList<IFault> Faults, int Seed)> Soak(IReadOnlyList<IFault> chosen, Random random, TimeSpan lasts, bool pairsOnly)
    {
        var (began, longest) = (Stopwatch.GetTimestamp(), TimeSpan.Zero);
        foreach (var first in Shuffled(chosen, random))
        {
            var before = Stopwatch.GetElapsedTime(began);
            if (before + longest > lasts) yield break;
            yield return (pairsOnly || random.Next(2) == 0 ? Pair(first, chosen, random) : [first], random.Next());
            longest = TimeSpan.FromTicks(Math.Max(longest.Ticks, (Stopwatch.GetElapsedTime(began) - before).Ticks));
        }
    }

    /// <summary>All of them in a random order, then all in another one, without an end: none is left out for long.</summary>
    internal static IEnumerable<IFault> Shuffled(IReadOnlyList<IFault> faults, Random random)
    {
        while (true)
        {
            var order = faults.ToArray();
            random.Shuffle(order);
            foreach (var fault in order) yield return fault;
        }
    }

    /// <summary>Never two of one class; alone when there is no other class.</summary>
    private static IReadOnlyList<IFault> Pair(IFault first, IReadOnlyList<IFault> chosen, Random random)
    {
        var others = chosen.Where(f => f.Class != first.Class).ToList();
        return others.Count == 0 ? [first] : [first, others[random.Next(others.Count)]];
    }
}
