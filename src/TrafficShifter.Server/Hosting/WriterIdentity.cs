using System.Security.Cryptography;

namespace TrafficShifter.Server.Hosting;

/// <summary>Names this process's slots in the feed. Kept on its disk: a process that starts again writes to the slots that it had.</summary>
internal static class WriterIdentity
{
    private const int Bytes = 6;

    /// <exception cref="ConfigurationException">The data directory cannot be read or written.</exception>
    public static string Of(ServerOptions options)
    {
        var path = Path.Combine(options.DataDirectory, "writer.id");
        try
        {
            if (File.Exists(path) && File.ReadAllText(path).Trim() is { Length: Bytes * 2 } known && known.All(char.IsAsciiHexDigitLower)) return known;
            var made = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(Bytes));
            FileWrites.Replace(path, made + "\n");
            return made;
        }
        catch (Exception failed) when (failed is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException($"DataDirectory: {path} cannot be used: {failed.Message}");
        }
    }
}
