namespace TrafficShifter.Core.Apps;

/// <summary>What a label may be: the rule of Kubernetes, so that those of a cluster can be taken over as they are.</summary>
/// <remarks>A name is 1 to 63 of a–z, A–Z, 0–9, '-', '_' and '.', beginning and ending with a letter or digit, and may stand behind the name of a domain and '/'. A value is the same without the domain, or empty.</remarks>
public static class LabelRule
{
    /// <summary>Labels of one application.</summary>
    public const int MaxLabels = 32;

    private const int MaxWord = 63;
    private const int MaxDomain = 253;

    /// <summary>What is wrong with labels, as <c>labels: …</c>; null when nothing is.</summary>
    public static string? FindProblem(IReadOnlyDictionary<string, string> labels, string at = "labels")
    {
        if (labels.Count > MaxLabels) return $"{at}: at most {MaxLabels}, not {labels.Count}";
        foreach (var (name, value) in labels)
        {
            if (!IsName(name)) return $"{at}: \"{name}\" is not a label's name like \"tier\" or \"example.com/tier\"";
            if (value is null || (value.Length > 0 && !IsWord(value))) return $"{at}: \"{name}\" has the value \"{value}\", and a value is up to {MaxWord} of a-z, A-Z, 0-9, '-', '_' and '.', a letter or digit first and last";
        }
        return null;
    }

    private static bool IsName(string name)
    {
        var slash = name.IndexOf('/', StringComparison.Ordinal);
        return slash < 0 ? IsWord(name) : IsDomain(name[..slash]) && IsWord(name[(slash + 1)..]);
    }

    private static bool IsDomain(string text) => text.Length is > 0 and <= MaxDomain && text.Split('.').All(part => AppName.FindProblem(part) is null);

    private static bool IsWord(string text) => text.Length is > 0 and <= MaxWord && char.IsAsciiLetterOrDigit(text[0]) && char.IsAsciiLetterOrDigit(text[^1])
        && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.');
}
