namespace TrafficShifter.Core.Analysis;

internal enum Placeholder
{
    App,
    Colour,
    Stable,
    Window,
    Backend,
    Server,
}

internal enum TemplatePlace
{
    /// <summary>Outside quotes.</summary>
    Bare,
    Text,

    /// <summary>In a quoted string after =~ or !~.</summary>
    Regex,
}

/// <summary>A piece of a parsed template: text as it is, or a place for a value.</summary>
internal abstract record TemplatePart
{
    private TemplatePart() { }

    public sealed record Literal(string Text) : TemplatePart;

    /// <param name="Quote">The quote that the place is inside of; null outside quotes.</param>
    /// <param name="Alone">The placeholder is the whole of its string.</param>
    public sealed record Slot(Placeholder Placeholder, TemplatePlace Place, char? Quote, bool Alone) : TemplatePart;
}
