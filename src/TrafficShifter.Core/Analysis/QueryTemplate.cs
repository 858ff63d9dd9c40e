using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace TrafficShifter.Core.Analysis;

/// <summary>A query with placeholders: <c>sum(rate(x{app="{{app}}",server=~"{{server}}"}[{{window}}]))</c>.</summary>
/// <remarks>
/// Values are escaped for where they stand: in a quoted string, and there also for the regular expression after <c>=~</c> and <c>!~</c>.
/// <c>{{server}}</c> is a regular expression itself and stands only there. Names may hold '-' and '.', so outside quotes only
/// <c>{{window}}</c>, <c>{{colour}}</c> and <c>{{stable}}</c> are taken.
/// </remarks>
public sealed class QueryTemplate
{
    private readonly IReadOnlyList<TemplatePart> _parts;

    private QueryTemplate(string text, IReadOnlyList<TemplatePart> parts)
    {
        Text = text;
        _parts = parts;
    }

    public string Text { get; }

    /// <summary>The query asks something else of one colour than of the other.</summary>
    public bool TellsSides => _parts.OfType<TemplatePart.Slot>().Any(s => s.Placeholder is Placeholder.Colour or Placeholder.Stable or Placeholder.Server);

    /// <summary>The time that it looks back over is the caller's to say.</summary>
    public bool HasWindow => _parts.OfType<TemplatePart.Slot>().Any(s => s.Placeholder is Placeholder.Window);

    /// <param name="problem">What is wrong with the text, as a sentence.</param>
    public static bool TryParse(string text, [NotNullWhen(true)] out QueryTemplate? template, [NotNullWhen(false)] out string? problem)
    {
        (var parts, problem) = TemplateReader.Read(text);
        template = problem is null ? new QueryTemplate(text, parts) : null;
        return template is not null;
    }

    /// <summary>What is wrong with <paramref name="text"/> as a template, as a sentence; null when nothing is.</summary>
    public static string? FindProblem(string text) => TryParse(text, out _, out var problem) ? null : problem;

    /// <exception cref="FormatException">The text is not a template; the message says why.</exception>
    public static QueryTemplate Parse(string text) =>
        TryParse(text, out var template, out var problem) ? template : throw new FormatException(problem);

    /// <summary>The query to ask, every placeholder replaced.</summary>
    public string Resolve(TemplateValues values)
    {
        var query = new StringBuilder(Text.Length + 64);
        foreach (var part in _parts)
            query.Append(part is TemplatePart.Slot slot ? Escape(slot, values) : ((TemplatePart.Literal)part).Text);
        return query.ToString();
    }

    public override string ToString() => Text;

    private static string Escape(TemplatePart.Slot slot, TemplateValues values)
    {
        var value = values.Of(slot.Placeholder);
        if (slot.Place == TemplatePlace.Regex && slot.Placeholder == Placeholder.Server)
            value = slot.Alone ? value : $"(?:{value})";
        else if (slot.Place == TemplatePlace.Regex)
            value = TemplateValues.EscapeRegex(value);
        // A raw string (`…`) has no escapes, and no name may hold a backtick.
        return slot.Quote is '"' or '\'' ? value.Replace(@"\", @"\\", StringComparison.Ordinal).Replace($"{slot.Quote}", $@"\{slot.Quote}", StringComparison.Ordinal) : value;
    }
}
