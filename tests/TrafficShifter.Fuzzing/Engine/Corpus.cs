using System.Security.Cryptography;

namespace TrafficShifter.Fuzzing.Engine;

/// <summary>The kept inputs of a target: how good ones look, and each one that ever broke something.</summary>
internal static class Corpus
{
    private static string Folder => Path.Combine(AppContext.BaseDirectory, "corpus");

    public static IReadOnlyList<byte[]> Of(string target) =>
        Directory.Exists(Path.Combine(Folder, target)) ? [.. Directory.EnumerateFiles(Path.Combine(Folder, target)).Order(StringComparer.Ordinal).Select(File.ReadAllBytes)] : [];

    /// <summary>Writes an input that broke something, to be looked at and then kept. Returns the file's path.</summary>
    public static string Save(string folder, Violation violation)
    {
        Directory.CreateDirectory(Path.Combine(folder, violation.Target));
        var path = Path.Combine(folder, violation.Target, $"crash-{Convert.ToHexStringLower(SHA256.HashData(violation.Input))[..10]}");
        File.WriteAllBytes(path, violation.Input);
        return path;
    }
}
