using TrafficShifter.Core.Apps;

namespace TrafficShifter.Core.Traffic;

/// <summary>A part of all applications, by the beginning of their names.</summary>
/// <param name="Prefix">Their names begin with it.</param>
/// <param name="IsName">It is one name itself; those that only begin with it are in other slices.</param>
public readonly record struct NameSlice(string Prefix, bool IsName);

/// <summary>Parts applications into slices that are listed one after the other, so that no single reading holds up the store.</summary>
public static class NameSlices
{
    /// <summary>Every name is in exactly one slice, and no slice has more than <paramref name="most"/>. The one slice of few names is everything.</summary>
    public static IReadOnlyList<NameSlice> Of(IEnumerable<AppName> names, int most)
    {
        var slices = new List<NameSlice>();
        Part([.. names.Select(name => name.Value)], "");
        return slices;

        void Part(List<string> part, string prefix)
        {
            if (part.Count <= most)
            {
                slices.Add(new NameSlice(prefix, IsName: false));
                return;
            }
            if (part.Contains(prefix)) slices.Add(new NameSlice(prefix, IsName: true));
            foreach (var next in part.Where(name => name.Length > prefix.Length).GroupBy(name => name[prefix.Length])) Part([.. next], prefix + next.Key);
        }
    }
}
