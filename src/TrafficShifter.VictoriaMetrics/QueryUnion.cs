using System.Globalization;
using System.Text;

namespace TrafficShifter.VictoriaMetrics;

/// <summary>Many queries as one: <c>union(label_set(QUERY, "ts_query", "0"), label_set(QUERY, "ts_query", "1"))</c>, whose answer says of each series which query it answers.</summary>
/// <remarks>
/// The mark is set last, around the whole query: no query can give its own series another's. What cannot be read with certainty as one expression
/// is not joined: it is asked alone.
/// </remarks>
public static class QueryUnion
{
    /// <summary>The label of the mark. A query that speaks of it is asked alone.</summary>
    public const string Mark = "ts_query";

    /// <summary>A query that is longer is asked alone: the source takes 16 KiB in all by default.</summary>
    public const int MaxJoined = 4_000;

    /// <summary>What a query takes of the union beside itself, at most.</summary>
    public const int Around = 40;

    public static string Of(IReadOnlyList<string> queries)
    {
        var union = new StringBuilder("union(");
        for (var i = 0; i < queries.Count; i++)
            union.Append(CultureInfo.InvariantCulture, $"{(i == 0 ? "" : ", ")}label_set({queries[i]}, \"{Mark}\", \"{i}\")");
        return union.Append(')').ToString();
    }

    /// <summary>The query means the same inside of the union as alone.</summary>
    /// <remarks>
    /// 1. Whatever ends somewhere else for another reader than for this one: comments, escapes and characters outside quotes that no usual query has.
    /// 2. Brackets close what they opened, and strings end. 3. Outside of calls and selectors: a comma would be an argument of the union's, a string is no
    /// query, and a range is refused alone, and there would get a value. 4. WITH names things for what follows.
    /// </remarks>
    public static bool CanJoin(string query)
    {
        if (query.Length > MaxJoined || query.Contains(Mark, StringComparison.OrdinalIgnoreCase) || string.IsNullOrWhiteSpace(query)) return false;
        var open = new Stack<(char Bracket, bool Groups)>();
        for (var i = 0; i < query.Length; i++)
        {
            var c = query[i];
            if (c is '#' or '\\' or ';' || (c is < ' ' and not ('\n' or '\t')) || c > '~') return false;        // 1
            var groups = !open.TryPeek(out var around) || around.Groups;
            if (c is ',' or '[' or '"' or '\'' or '`' && groups) return false;                                    // 3
            if (c is '"' or '\'' or '`')
            {
                if (FindEnd(query, i) is not { } end) return false;                                               // 2
                i = end;
            }
            else if (c is '(' or '[' or '{') open.Push((c, c == '(' && groups && !IsCall(query, i)));
            else if (c is ')' or ']' or '}' && (!open.TryPop(out var opened) || opened.Bracket != Opener(c))) return false;
            else if (c is 'w' or 'W' && IsWord(query, i, "with")) return false;                                   // 4
        }
        return open.Count == 0;
    }

    /// <summary>Where the string that begins at <paramref name="start"/> ends; null when it does not, or when readers differ on it: in a raw string (`…`) a backslash is a character, and some take the quote after it for one too.</summary>
    private static int? FindEnd(string query, int start)
    {
        for (var i = start + 1; i < query.Length; i++)
        {
            if (query[i] == query[start]) return i;
            if (query[i] == '\\' && query[start] == '`') return null;
            if (query[i] == '\\') i++;
        }
        return null;
    }

    private static bool IsCall(string query, int bracket)
    {
        var before = query.AsSpan(0, bracket).TrimEnd();
        return before.Length > 0 && IsPartOfWord(before[^1]);
    }

    private static bool IsWord(string query, int at, string word) =>
        string.Compare(query, at, word, 0, word.Length, StringComparison.OrdinalIgnoreCase) == 0
        && (at == 0 || !IsPartOfWord(query[at - 1])) && (at + word.Length == query.Length || !IsPartOfWord(query[at + word.Length]));

    private static bool IsPartOfWord(char c) => char.IsAsciiLetterOrDigit(c) || c is '_' or ':' or '.';

    private static char Opener(char closer) => closer switch { ')' => '(', ']' => '[', _ => '{' };
}
