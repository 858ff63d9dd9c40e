using TrafficShifter.Core.Apps;

namespace TrafficShifter.Core.Traffic;

/// <summary>What thousands of documents say alike (owners, reasons, the usual selectors, the state of an application of which nothing is special) is kept once.</summary>
/// <remarks>
/// A value that was seen lately and is equal is returned in the place of the one that was just read, which is then garbage. Bounded: a value is remembered until another one
/// takes its place, and only a short one. From several threads at once a value may be kept twice, never confused: nothing here changes once it was made.
/// </remarks>
public static class Repeated
{
    private const int Places = 1024;

    /// <summary>Characters; what is longer is hardly repeated.</summary>
    private const int Longest = 128;
    private static readonly object?[] Known = new object?[Places];

    /// <summary>The value, or an equal one.</summary>
    public static T Of<T>(T value)
        where T : class => Find(value, value.GetHashCode(), static (known, now) => known.Equals(now));

    /// <summary>The text, or an equal one.</summary>
    public static string? OfText(string? text) => text is null or { Length: > Longest } ? text : Of(text);

    /// <summary>The definition with what it has in common with others.</summary>
    public static AppDefinition Of(AppDefinition definition, AppName name) => definition with
    {
        Name = definition.Name == name ? name : definition.Name,
        Hosts = definition.Hosts.Count == 0 ? [] : definition.Hosts,
        Owners = OfTexts(definition.Owners),
        Routing = definition.Routing with { Blue = Of(definition.Routing.Blue), Green = Of(definition.Routing.Green) },
    };

    /// <summary>The weights with what they have in common with others.</summary>
    public static Weights Of(Weights weights) => weights with { By = OfText(weights.By), Reason = OfText(weights.Reason) };

    private static ServerSelector? Of(ServerSelector? selector) => selector is { Prefix.Length: <= Longest, Servers: null, UnknownFields: null } ? Of<ServerSelector>(selector) : selector;

    private static IReadOnlyList<string> OfTexts(IReadOnlyList<string> texts)
    {
        if (texts.Count == 0) return [];
        if (texts.Sum(text => text.Length) > Longest) return texts;
        var hash = new HashCode();
        foreach (var text in texts) hash.Add(text);
        return Find<IReadOnlyList<string>>([.. texts.Select(text => OfText(text)!)], hash.ToHashCode(), static (known, now) => known.SequenceEqual(now));
    }

    private static T Find<T>(T value, int hash, Func<T, T, bool> isEqual)
        where T : class
    {
        ref var place = ref Known[(uint)hash % Places];
        if (Volatile.Read(ref place) is T known && isEqual(known, value)) return known;
        Volatile.Write(ref place, value);
        return value;
    }
}
