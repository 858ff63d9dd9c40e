using System.Globalization;

namespace TrafficShifter.Core.Analysis;

/// <summary>Reads a query from left to right, knowing at each character whether it stands in quotes, in a comment or outside.</summary>
internal sealed class TemplateReader
{
    private const string Known = "{{app}}, {{colour}}, {{stable}}, {{window}}, {{backend}} and {{server}}";
    private readonly string _text;
    private readonly List<TemplatePart> _parts = [];
    private readonly Stack<char> _open = new();
    private int _at;
    private int _literalStart;
    private string? _problem;

    private TemplateReader(string text) => _text = text;

    public static (IReadOnlyList<TemplatePart> Parts, string? Problem) Read(string text)
    {
        var reader = new TemplateReader(text);
        if (string.IsNullOrWhiteSpace(text)) return ([], "the query is empty");
        while (reader._problem is null && reader._at < text.Length) reader.ReadBare();
        if (reader._problem is null && reader._open.TryPeek(out var open)) reader._problem = $"the query ends before '{open}' is closed";
        reader.EndLiteral();
        return (reader._parts, reader._problem);
    }

    private void ReadBare()
    {
        var c = _text[_at];
        if (c is '"' or '\'' or '`') ReadString(c);
        else if (c == '#') _at = _text.IndexOf('\n', _at) is var end and >= 0 ? end : _text.Length;
        else if (c == '\\') _at += 2;
        else if (StandsAt("{{")) ReadPlaceholder(TemplatePlace.Bare, null, _at);
        else if (StandsAt("}}")) Fail($"character {Column(_at)}: \"}}}}\" without \"{{{{\" before it");
        else ReadBracket(c);
    }

    private void ReadBracket(char c)
    {
        var opener = c switch { ')' => '(', ']' => '[', '}' => '{', _ => '\0' };
        if (c is '(' or '[' or '{') _open.Push(c);
        else if (opener != '\0' && (!_open.TryPop(out var open) || open != opener)) Fail($"character {Column(_at)}: '{c}' closes nothing");
        _at++;
    }

    private void ReadString(char quote)
    {
        var before = _text.AsSpan(0, _at).TrimEnd();
        var place = before.EndsWith("=~") || before.EndsWith("!~") ? TemplatePlace.Regex : TemplatePlace.Text;
        var start = _at++;
        while (_problem is null && _at < _text.Length)
        {
            if (_text[_at] == quote)
            {
                _at++;
                return;
            }
            if (_text[_at] == '\\' && quote != '`') _at += 2;
            else if (StandsAt("{{")) ReadPlaceholder(place, quote, start + 1);
            else if (StandsAt("}}")) Fail($"character {Column(_at)}: \"}}}}\" without \"{{{{\" before it");
            else _at++;
        }
        if (_problem is null) Fail($"character {Column(start)}: the string that begins here is never closed");
    }

    private void ReadPlaceholder(TemplatePlace place, char? quote, int stringStart)
    {
        var start = _at;
        var end = _text.IndexOf("}}", start, StringComparison.Ordinal);
        if (end < 0)
        {
            Fail($"character {Column(start)}: \"{{{{\" without \"}}}}\" after it");
            return;
        }
        var name = _text[(start + 2)..end].Trim();
        if (FindPlaceholder(name) is not { } placeholder)
        {
            Fail($"character {Column(start)}: there is no placeholder {{{{{name}}}}}; there are {Known}");
            return;
        }
        if (FindMisplaced(placeholder, place) is { } misplaced)
        {
            Fail($"character {Column(start)}: {misplaced}");
            return;
        }
        EndLiteral();
        _at = _literalStart = end + 2;
        var alone = start == stringStart && _at < _text.Length && _text[_at] == quote;
        _parts.Add(new TemplatePart.Slot(placeholder, place, quote, alone));
    }

    private static Placeholder? FindPlaceholder(string name) => name switch
    {
        "app" => Placeholder.App,
        "colour" => Placeholder.Colour,
        "stable" => Placeholder.Stable,
        "window" => Placeholder.Window,
        "backend" => Placeholder.Backend,
        "server" => Placeholder.Server,
        _ => null,
    };

    private static string? FindMisplaced(Placeholder placeholder, TemplatePlace place) => (placeholder, place) switch
    {
        (Placeholder.Server, not TemplatePlace.Regex) =>
            "{{server}} is a regular expression and stands only in quotes after =~ or !~, as in server=~\"{{server}}\"",
        (Placeholder.App or Placeholder.Backend, TemplatePlace.Bare) =>
            $"{{{{{(placeholder == Placeholder.App ? "app" : "backend")}}}}} stands outside quotes, where a '-' in the name would be a minus sign",
        _ => null,
    };

    private bool StandsAt(string token) => string.CompareOrdinal(_text, _at, token, 0, token.Length) == 0;

    private void EndLiteral()
    {
        var end = Math.Min(_at, _text.Length);
        if (end > _literalStart) _parts.Add(new TemplatePart.Literal(_text[_literalStart..end]));
        _literalStart = end;
    }

    private void Fail(string problem) => _problem = problem;

    private static string Column(int index) => (index + 1).ToString(CultureInfo.InvariantCulture);
}
