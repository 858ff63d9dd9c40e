using System.Text.Json;
using TrafficShifter.Core.Access;
using TrafficShifter.Core.Documents;
using TrafficShifter.Server.Hosting;

namespace TrafficShifter.Server.Security;

/// <summary>The tokens as they were last known, hashes only, for a start while the store is away. A disk that takes nothing keeps nobody from being known or revoked.</summary>
internal sealed partial class TokensFile(string path, ILogger logger)
{
    private string? _kept;

    /// <summary>What was kept; nothing where there is no file, or none that can be read.</summary>
    public IReadOnlyList<ApiToken> Read()
    {
        try
        {
            if (!File.Exists(path)) return [];
            var text = File.ReadAllText(path);
            var read = JsonSerializer.Deserialize<List<ApiToken>>(text, DocumentJson.Options) ?? [];
            _kept = text;
            return read;
        }
        catch (Exception broken) when (broken is IOException or JsonException or UnauthorizedAccessException)
        {
            LogUnusable(path, broken.Message);
            return [];
        }
    }

    /// <summary>Keeps the tokens where they differ from what is kept; what could not be written is tried again with the next call.</summary>
    public void Keep(IReadOnlyList<ApiToken> tokens)
    {
        var text = DocumentJson.Write(tokens);
        if (text == _kept) return;
        try
        {
            FileWrites.Replace(path, text);
            _kept = text;
        }
        catch (Exception unwritable) when (unwritable is IOException or UnauthorizedAccessException)
        {
            LogUnusable(path, unwritable.Message);
        }
    }

    [LoggerMessage(EventId = 406, Level = LogLevel.Error, Message = "{Path}: {Problem}. A start while the store is away knows the tokens as this file has them")]
    private partial void LogUnusable(string path, string problem);
}
