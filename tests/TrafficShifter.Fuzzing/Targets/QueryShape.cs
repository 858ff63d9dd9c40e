using System.Text;

namespace TrafficShifter.Fuzzing.Targets;

/// <summary>What kind of tokens a MetricsQL query is made of: strings as the operators of the regular expressions in them, everything else as it stands.</summary>
internal static class QueryShape
{
    public static string Of(string query)
    {
        var shape = new StringBuilder();
        for (var at = 0; at < query.Length;)
        {
            var c = query[at];
            if (c is '"' or '\'' or '`') shape.Append('S').Append(Pattern(Unquote(query, ref at)));
            else if (c == '#') at = Skip(query, at, '\n');
            else if (c == '\\') (at, _) = (at + 2, shape.Append('E'));
            else (at, _) = (at + 1, shape.Append(c));
        }
        return shape.ToString();
    }

    private static int Skip(string query, int at, char until) => query.IndexOf(until, at) is var end and >= 0 ? end : query.Length;

    /// <summary>The text of a string, as the source reads it; the position is behind it afterwards.</summary>
    private static string Unquote(string query, ref int at)
    {
        var (quote, text) = (query[at++], new StringBuilder());
        for (; at < query.Length && query[at] != quote; at++)
        {
            if (query[at] == '\\' && quote != '`' && ++at >= query.Length) break;
            text.Append(query[at]);
        }
        at++;
        return text.ToString();
    }

    /// <summary>The operators of a regular expression; characters that stand for themselves are left out.</summary>
    private static string Pattern(string text)
    {
        var pattern = new StringBuilder("<");
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '\\') i++;
            else if ("+*?()|[]{}^$".Contains(text[i], StringComparison.Ordinal)) pattern.Append(text[i]);
        }
        return pattern.Append('>').ToString();
    }
}
