namespace TrafficShifter.Cli.Output;

/// <summary>Text that others wrote (reasons, names, messages of peers) as it may stand in a terminal.</summary>
internal static class Plain
{
    /// <summary>Without control characters: nobody's reason moves the cursor, changes colours or starts a line.</summary>
    public static string Text(string text) => text.AsSpan().ContainsAnyInRange('\0', '\u001f') || text.AsSpan().ContainsAnyInRange('\u007f', '\u009f') ? Clean(text) : text;

    private static string Clean(string text) => string.Create(text.Length, text, (span, from) =>
    {
        for (var i = 0; i < span.Length; i++) span[i] = char.IsControl(from[i]) ? ' ' : from[i];
    });
}
