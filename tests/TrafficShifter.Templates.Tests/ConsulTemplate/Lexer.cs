using System.Globalization;
using System.Text;

namespace TrafficShifter.Templates.Tests.ConsulTemplate;

/// <param name="Kind">What the text is.</param>
/// <param name="Text">Of a string its value, of everything else how it is written.</param>
internal readonly record struct Token(TokenKind Kind, string Text);

internal enum TokenKind
{
    /// <summary>Outside of an action.</summary>
    Text,
    Open,
    Close,
    String,
    Number,

    /// <summary>A name, with or without dots, as it is written: <c>printf</c>, <c>scratch.Get</c>, <c>$x.Key</c>, <c>.</c>, <c>.Key</c>.</summary>
    Name,
    Mark,
}

/// <summary>Parts a template into text and the tokens of its actions; <c>{{-</c> and <c>-}}</c> take the white space beside them away.</summary>
internal sealed class Lexer(string source)
{
    private static readonly char[] White = [' ', '\t', '\r', '\n'];
    private readonly List<Token> _tokens = [];
    private int _at;

    public static IReadOnlyList<Token> Run(string source) => new Lexer(source).Run();

    private List<Token> Run()
    {
        var trimNext = false;
        while (_at < source.Length)
        {
            var open = source.IndexOf("{{", _at, StringComparison.Ordinal);
            var text = open < 0 ? source[_at..] : source[_at..open];
            _at = open < 0 ? source.Length : open + 2;
            if (trimNext) text = text.TrimStart(White);
            if (open >= 0 && At("- ")) (_at, text) = (_at + 2, text.TrimEnd(White));
            if (text.Length > 0) _tokens.Add(new Token(TokenKind.Text, text));
            if (open >= 0) trimNext = At("/*") ? SkipComment() : ReadAction();
            else trimNext = false;
        }
        return _tokens;
    }

    private bool At(string text) => string.CompareOrdinal(source, _at, text, 0, text.Length) == 0;

    private bool SkipComment()
    {
        var end = source.IndexOf("*/", _at, StringComparison.Ordinal);
        if (end < 0) throw new TemplateException("a comment does not end");
        _at = end + 2;
        return FindEnd() ?? throw new TemplateException("something follows a comment in its action");
    }

    /// <summary>Whether the end of the action that stands here trims what follows; null when no end stands here.</summary>
    private bool? FindEnd()
    {
        if (At(" -}}"))
        {
            _at += 4;
            return true;
        }
        if (!At("}}")) return null;
        _at += 2;
        return false;
    }

    private bool ReadAction()
    {
        _tokens.Add(new Token(TokenKind.Open, "{{"));
        while (_at < source.Length)
        {
            if (FindEnd() is { } trims)
            {
                _tokens.Add(new Token(TokenKind.Close, "}}"));
                return trims;
            }
            if (White.Contains(source[_at])) _at++;
            else ReadToken();
        }
        throw new TemplateException("an action does not end");
    }

    private void ReadToken()
    {
        var c = source[_at];
        if (c == '`') ReadRaw();
        else if (c == '"') ReadQuoted();
        else if (char.IsAsciiDigit(c)) Take(TokenKind.Number, d => char.IsAsciiDigit(d));
        else if (char.IsAsciiLetter(c) || c is '.' or '$') Take(TokenKind.Name, d => char.IsAsciiLetterOrDigit(d) || d is '.' or '$');
        else if (At(":=")) Mark(2);
        else if (c is '=' or '(' or ')') Mark(1);
        else throw new TemplateException($"'{c}' is not part of the language that is known here");
    }

    private void Mark(int length)
    {
        _tokens.Add(new Token(TokenKind.Mark, source.Substring(_at, length)));
        _at += length;
    }

    private void Take(TokenKind kind, Func<char, bool> belongs)
    {
        var end = _at;
        while (end < source.Length && belongs(source[end])) end++;
        _tokens.Add(new Token(kind, source[_at..end]));
        _at = end;
    }

    private void ReadRaw()
    {
        var end = source.IndexOf('`', _at + 1);
        if (end < 0) throw new TemplateException("a raw string does not end");
        _tokens.Add(new Token(TokenKind.String, source[(_at + 1)..end]));
        _at = end + 1;
    }

    private void ReadQuoted()
    {
        var text = new StringBuilder();
        for (_at++; source[_at] != '"'; _at++)
        {
            if (source[_at] == '\n') throw new TemplateException("a string does not end on its line");
            if (source[_at] != '\\') text.Append(source[_at]);
            else if (source[++_at] is '"' or '\\') text.Append(source[_at]);
            else if (source[_at] == 'x') text.Append((char)int.Parse(source.AsSpan((_at += 2) - 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture));
            else text.Append(source[_at] switch { 't' => '\t', 'r' => '\r', 'n' => '\n', var other => throw new TemplateException($"\"\\{other}\" is not known here") });
        }
        _at++;
        _tokens.Add(new Token(TokenKind.String, text.ToString()));
    }
}
