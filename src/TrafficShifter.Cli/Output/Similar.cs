namespace TrafficShifter.Cli.Output;

/// <summary>Finds the word that was probably meant.</summary>
internal static class Similar
{
    /// <summary>The nearest of the known words, if it is near: at most a third of its letters differ.</summary>
    public static string? Find(string word, IEnumerable<string> known) => known
        .Select(k => (Word: k, Distance: Distance(word, k)))
        .Where(c => c.Distance <= Math.Max(1, c.Word.Length / 3) || (word.Length >= 3 && c.Word.StartsWith(word, StringComparison.Ordinal)))
        .OrderBy(c => c.Distance).ThenBy(c => c.Word, StringComparer.Ordinal).Select(c => c.Word).FirstOrDefault();

    /// <summary>How many letters must be added, dropped, changed or swapped with their neighbour.</summary>
    private static int Distance(string a, string b)
    {
        var d = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++) d[i, 0] = i;
        for (var j = 0; j <= b.Length; j++) d[0, j] = j;
        for (var i = 1; i <= a.Length; i++)
        {
            for (var j = 1; j <= b.Length; j++)
            {
                d[i, j] = Math.Min(Math.Min(d[i - 1, j], d[i, j - 1]) + 1, d[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1));
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) d[i, j] = Math.Min(d[i, j], d[i - 2, j - 2] + 1);
            }
        }
        return d[a.Length, b.Length];
    }
}
