using System.Runtime.CompilerServices;
using System.Text.Json;
using TrafficShifter.Cli.Hosting;

namespace TrafficShifter.Cli.Api;

/// <summary>One event of the API's stream.</summary>
/// <param name="Kind">message for a change; gap where changes in between are not kept any more.</param>
internal sealed record ServerEvent(string Kind, JsonElement Data);

/// <summary>Reads the API's server-sent events, and comes back with the last id when the connection is lost.</summary>
/// <remarks>
/// <code>
/// id: 57-1
/// data: {"id":"01KAKJ…","app":"shop","kind":"weights.set",…}
/// </code>
/// A heartbeat comes every 15 s; a stream that is silent for longer is dead, whatever TCP says.
/// </remarks>
internal sealed class EventStream(ApiClient api, string? app, TimeProvider time)
{
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(40);
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(15);
    private string? _lastId;

    /// <summary>Whether a stream is open now: then news come by themselves.</summary>
    public bool IsOpen { get; private set; }

    /// <summary>Why there is no stream now; null while there is one.</summary>
    public string? Problem { get; private set; }

    /// <summary>All events from now on. Ends when the API refuses the stream.</summary>
    /// <exception cref="ProblemFailure">It is refused, and would be again: 401, 403, 404.</exception>
    public async IAsyncEnumerable<ServerEvent> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var pause = FirstPause;
        while (true)
        {
            using var response = await TryOpenAsync(cancellationToken);
            if (response is not null)
            {
                pause = FirstPause;
                await foreach (var received in ReadAsync(response, cancellationToken)) yield return received;
                IsOpen = false;
            }
            // As many clients come back at once after a restart, each waits its own time.
            await Task.Delay(pause * (0.5 + Random.Shared.NextDouble() / 2), time, cancellationToken);
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }
    }

    private async Task<HttpResponseMessage?> TryOpenAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var patience = new CancellationTokenSource(Silence, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
            var response = await api.OpenStreamAsync(app is null ? "events" : $"events?app={app}", _lastId, either.Token);
            (IsOpen, Problem) = (true, null);
            return response;
        }
        catch (Exception away) when (away is HttpRequestException or ProblemFailure { ExitCode: ExitCode.Away } || (away is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            Problem = away.Message;
            return null;
        }
    }

    private async IAsyncEnumerable<ServerEvent> ReadAsync(HttpResponseMessage response, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(cancellationToken));
        var (kind, data) = ("message", "");
        while (await TryReadLineAsync(reader, cancellationToken) is { } line)
        {
            if (line.Length == 0 && data.Length > 0)
            {
                // "signed-out" ends the stream; coming back is what tells whoever watches, with the API's own words.
                if (kind is "message" or "gap") yield return new ServerEvent(kind, JsonSerializer.Deserialize(data, EventJson.Default.JsonElement));
                (kind, data) = ("message", "");
            }
            else if (line.StartsWith("id: ", StringComparison.Ordinal)) _lastId = line[4..];
            else if (line.StartsWith("event: ", StringComparison.Ordinal)) kind = line[7..];
            else if (line.StartsWith("data: ", StringComparison.Ordinal)) data = line[6..];
        }
    }

    private async Task<string?> TryReadLineAsync(StreamReader reader, CancellationToken cancellationToken)
    {
        try
        {
            using var patience = new CancellationTokenSource(Silence, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
            return await reader.ReadLineAsync(either.Token);
        }
        catch (Exception lost) when (lost is IOException or HttpRequestException || (lost is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            Problem = lost.Message;
            return null;
        }
    }
}

[System.Text.Json.Serialization.JsonSerializable(typeof(JsonElement))]
internal sealed partial class EventJson : System.Text.Json.Serialization.JsonSerializerContext;
