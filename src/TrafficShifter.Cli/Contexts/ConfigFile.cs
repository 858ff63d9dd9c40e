using System.Text.Json;
using System.Text.Json.Serialization;
using TrafficShifter.Cli.Hosting;

namespace TrafficShifter.Cli.Contexts;

/// <summary>An installation that this user speaks to.</summary>
internal sealed record NamedContext
{
    /// <summary>Address of the API.</summary>
    public required string Server { get; init; }

    /// <summary>File with the token, mode 0600; relative to the configuration's folder.</summary>
    public string? TokenFile { get; init; }

    /// <summary>File with the certificates (PEM) of those who may vouch for the server.</summary>
    public string? CaFile { get; init; }

    /// <summary>This client's own certificate and key (PEM), where the server asks for one.</summary>
    public string? ClientCertificate { get; init; }

    public string? ClientKey { get; init; }

    /// <summary>What the installation is called where a change is announced: <c>PROD</c>; the context's name when absent.</summary>
    public string? Environment { get; init; }
}

/// <summary>The contexts, and which one is used: <c>$XDG_CONFIG_HOME/shifter/config.json</c>, or where SHIFTER_CONFIG says.</summary>
internal sealed record Configuration
{
    public string? Current { get; init; }

    public SortedDictionary<string, NamedContext> Contexts { get; init; } = [];
}

/// <summary>Reads and writes the configuration.</summary>
internal static class ConfigFile
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    public static string PathOf(Terminal terminal) => terminal.Variable("SHIFTER_CONFIG")
        ?? Path.Combine(terminal.Variable("XDG_CONFIG_HOME") ?? Path.Combine(terminal.Home, ".config"), "shifter", "config.json");

    /// <exception cref="Failure">It is there and cannot be read.</exception>
    public static Configuration Read(Terminal terminal)
    {
        var path = PathOf(terminal);
        try
        {
            if (!File.Exists(path)) return new Configuration();
            return JsonSerializer.Deserialize(File.ReadAllText(path), ConfigJson.Default.Configuration) ?? new Configuration();
        }
        catch (JsonException broken)
        {
            throw Failure.Usage($"{path} is not a configuration: {broken.Message}", "put it right, or remove it and begin with `shifter context set`");
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            throw Failure.Usage($"{path} cannot be read: {unreadable.Message}");
        }
    }

    public static void Write(Terminal terminal, Configuration configuration) =>
        WriteSecret(PathOf(terminal), JsonSerializer.Serialize(configuration, ConfigJson.Default.Configuration) + "\n");

    /// <summary>Writes a file that only its owner reads, at once or not at all.</summary>
    public static void WriteSecret(string path, string text)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows()) options.UnixCreateMode = OwnerOnly;
            var draft = $"{path}.{Environment.ProcessId}.new";
            File.Delete(draft);
            using (var writer = new StreamWriter(draft, options)) writer.Write(text);
            File.Move(draft, path, overwrite: true);
        }
        catch (Exception unwritable) when (unwritable is IOException or UnauthorizedAccessException)
        {
            throw Failure.Usage($"{path} cannot be written: {unwritable.Message}");
        }
    }

    /// <summary>The secret in a file that nobody else can read.</summary>
    /// <exception cref="Failure">It is not there, or others can read it.</exception>
    public static string ReadSecret(string path)
    {
        try
        {
            if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & ~(OwnerOnly | UnixFileMode.UserExecute)) is not UnixFileMode.None)
                throw new Failure(ExitCode.NotAllowed, $"the token file {path} can be read by others", null, $"chmod 600 {path}, and make a new token: this one may be known");
            return File.ReadAllText(path).Trim();
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            throw new Failure(ExitCode.NotAllowed, $"the token file {path} cannot be read: {unreadable.Message}", null, "shifter login");
        }
    }
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, WriteIndented = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Configuration))]
internal sealed partial class ConfigJson : JsonSerializerContext;
