using System.Globalization;
using System.Text;
using TrafficShifter.Core.Traffic.Maps;

namespace TrafficShifter.HAProxy.Maps;

/// <summary>The words of the Runtime API about maps. A map is named by the path of its file: its number changes with the configuration.</summary>
internal static class MapCommands
{
    /// <summary>Answer to `set map` for a key that is not there.</summary>
    public const string EntryNotFound = "entry not found.";

    /// <summary>Answer to `del map` for a key that is not there.</summary>
    public const string KeyNotFound = "Key not found.";

    /// <summary>Answer for a map that the configuration does not use.</summary>
    public const string UnknownMap = "Unknown map identifier. Please use #<id> or <file>.";

    private const string NewVersion = "New version created: ";

    public static string Show(string path) => $"show map {path}";

    public static string Get(string path, string key) => $"get map {path} {key}";

    public static string Set(string path, MapRow row) => $"set map {path} {row.Key} {row.Value}";

    public static string Add(string path, MapRow row) => $"add map {path} {row.Key} {row.Value}";

    public static string Delete(string path, string key) => $"del map {path} {key}";

    public static string Prepare(string path) => $"prepare map {path}";

    public static string Commit(string path, int version) => string.Create(CultureInfo.InvariantCulture, $"commit map @{version} {path}");

    /// <remarks>HAProxy 2.6.12: <c>New version created: 7</c>.</remarks>
    /// <exception cref="FormatException">The reply is another.</exception>
    public static int ParseVersion(string reply) =>
        reply.StartsWith(NewVersion, StringComparison.Ordinal) && int.TryParse(reply.AsSpan(NewVersion.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var version)
            ? version
            : throw new FormatException($"it does not begin with \"{NewVersion}\"");

    /// <summary><c>add map @7 &lt;path&gt; &lt;&lt;</c> with rows, in pieces that fit HAProxy's buffer: a larger one is dropped with its connection, without a word.</summary>
    public static IEnumerable<string> AddPayloads(string path, int version, IEnumerable<MapRow> rows)
    {
        var head = string.Create(CultureInfo.InvariantCulture, $"add map @{version} {path} <<\n");
        var piece = new StringBuilder(head);
        foreach (var row in rows)
        {
            // Rows are ASCII: as many bytes as characters. Two for the space and newline, one for the empty line at the end.
            if (piece.Length > head.Length && piece.Length + row.Key.Length + row.Value.Length + 3 > CommandChunks.MaxBytes)
            {
                yield return piece.ToString();
                piece.Clear().Append(head);
            }
            piece.Append(row.Key).Append(' ').Append(row.Value).Append('\n');
        }
        if (piece.Length > head.Length) yield return piece.ToString();
    }
}
