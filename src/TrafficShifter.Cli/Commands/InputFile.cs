using System.Text.Json;
using System.Text.Json.Nodes;
using TrafficShifter.Cli.Hosting;
using TrafficShifter.Core.Documents;

namespace TrafficShifter.Cli.Commands;

/// <summary>A document that somebody wrote, JSON or YAML, from a file or, with <c>-</c>, from the standard input.</summary>
internal static class InputFile
{
    /// <summary>Its JSON.</summary>
    /// <exception cref="Failure">It cannot be read, or is neither JSON nor YAML.</exception>
    public static string ReadJson(Invocation run, string path)
    {
        var text = ReadText(run, path);
        if (text.TrimStart().StartsWith('{') || text.TrimStart().StartsWith('[')) return text;
        var (json, problem) = YamlText.ToJson(text);
        return json ?? throw new Failure(ExitCode.No, $"{Name(path)} is not YAML: {problem}", "nothing changed");
    }

    /// <exception cref="Failure">It cannot be read, or is no object.</exception>
    public static JsonObject ReadObject(Invocation run, string path)
    {
        try
        {
            return JsonNode.Parse(ReadJson(run, path), documentOptions: new JsonDocumentOptions { AllowDuplicateProperties = false }) as JsonObject
                ?? throw new Failure(ExitCode.No, $"{Name(path)} is no object", "nothing changed");
        }
        catch (JsonException broken)
        {
            throw new Failure(ExitCode.No, $"{Name(path)} is not JSON: {BrokenJson.Describe(broken)}", "nothing changed");
        }
    }

    public static string ReadText(Invocation run, string path)
    {
        try
        {
            return path == "-" ? run.Terminal.In.ReadToEnd() : File.ReadAllText(path);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            throw Failure.Usage($"{path} cannot be read: {unreadable.Message}");
        }
    }

    public static string Name(string path) => path == "-" ? "the standard input" : path;
}
