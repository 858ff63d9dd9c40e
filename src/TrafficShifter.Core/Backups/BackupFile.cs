using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Ports;

namespace TrafficShifter.Core.Backups;

/// <summary>The first line of a backup.</summary>
/// <param name="Kind">Always <see cref="BackupFile.Kind"/>.</param>
/// <param name="Index">Index of the store at which everything was read together.</param>
public sealed record BackupHeader(string Kind, int Schema, DateTimeOffset At, ulong Index);

/// <summary>One key.</summary>
/// <param name="Index">Its ModifyIndex: the order in which keys were written is part of what they mean.</param>
public sealed record BackupEntry(string Key, ulong Index, string Value);

/// <summary>The last line: with it the file is complete and unchanged.</summary>
/// <param name="Sha256">Of all lines before, their ends included; hexadecimal, lower case.</param>
public sealed record BackupEnd(int Entries, string Sha256);

/// <summary>A backup that was read: good, or a sentence that says why not.</summary>
public abstract record BackupReading
{
    private BackupReading() { }

    public sealed record Good(BackupHeader Header, IReadOnlyList<BackupEntry> Entries) : BackupReading;

    public sealed record Refused(string Problem) : BackupReading;
}

/// <summary>The whole installation as text, one JSON object a line.</summary>
/// <remarks>
/// <code>
/// {"kind":"traffic-shifter backup","schema":1,"at":"2026-11-21T16:04:40Z","index":57}
/// {"key":"apps/shop","index":12,"value":"{\"name\":\"shop\",…}"}
/// {"entries":1,"sha256":"9f86d081…"}
/// </code>
/// </remarks>
public static class BackupFile
{
    public const string Kind = "traffic-shifter backup";
    public const int Schema = 1;

    /// <summary>Its lines, without their ends, which are <c>\n</c>.</summary>
    public static IEnumerable<string> Write(Listing all, DateTimeOffset now)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var entries = all.Entries.Where(e => BackupScope.Includes(e.Key)).ToList();
        yield return Add(hash, DocumentJson.Write(new BackupHeader(Kind, Schema, now, all.Index)));
        foreach (var entry in entries) yield return Add(hash, DocumentJson.Write(new BackupEntry(entry.Key, entry.ModifyIndex, entry.Value)));
        yield return DocumentJson.Write(new BackupEnd(entries.Count, Convert.ToHexStringLower(hash.GetHashAndReset())));
    }

    /// <summary>Believes nothing before the last line has confirmed it.</summary>
    public static BackupReading Read(string text)
    {
        var lines = text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => l.TrimEnd('\r')).ToList();
        try
        {
            if (lines.Count == 0 || Parse<BackupHeader>(lines[0]) is not { Kind: Kind } header) return Refuse("it does not begin as a backup does");
            if (header.Schema > Schema) return Refuse($"it was written by a newer version (schema {header.Schema}); this one reads schema {Schema}");
            if (lines.Count < 2 || !lines[^1].StartsWith("{\"entries\":", StringComparison.Ordinal)) return Refuse("its last line is missing: it was cut off");
            var end = Parse<BackupEnd>(lines[^1]);
            if (end.Entries != lines.Count - 2) return Refuse($"it has {lines.Count - 2} keys and says that there are {end.Entries}: lines are missing or were added");
            if (end.Sha256 != HashOf(lines)) return Refuse("its checksum is wrong: it was changed or damaged");
            var entries = lines[1..^1].Select(Parse<BackupEntry>).ToList();
            return FindProblem(entries) is { } problem ? Refuse(problem) : new BackupReading.Good(header, entries);
        }
        catch (JsonException broken)
        {
            return Refuse($"a line is not as a backup's: {BrokenJson.Describe(broken)}");
        }
    }

    private static string? FindProblem(List<BackupEntry> entries)
    {
        if (entries.FirstOrDefault(e => !IsKey(e.Key)) is { } odd) return $"\"{odd.Key}\" is no key of an installation";
        if (entries.FirstOrDefault(e => !BackupScope.Includes(e.Key)) is { } foreign) return $"\"{foreign.Key}\" belongs to a running process, no backup holds it";
        return entries.GroupBy(e => e.Key).FirstOrDefault(g => g.Count() > 1) is { } twice ? $"\"{twice.Key}\" stands twice" : null;
    }

    private static bool IsKey(string key) => key.Length is > 0 and <= 512 && key[0] != '/' && !key.Contains("..", StringComparison.Ordinal) && !key.Any(char.IsControl);

    private static string HashOf(List<string> lines)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var line in lines[..^1]) Add(hash, line);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static string Add(IncrementalHash hash, string line)
    {
        hash.AppendData(Encoding.UTF8.GetBytes(line + "\n"));
        return line;
    }

    private static T Parse<T>(string line) => JsonSerializer.Deserialize<T>(line, DocumentJson.Options) ?? throw new JsonException("it is null");

    private static BackupReading.Refused Refuse(string problem) => new(problem);
}
