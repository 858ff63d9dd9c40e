using System.Net;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using TrafficShifter.Server.Tests.Hosting;
using TrafficShifter.Testing;

namespace TrafficShifter.Server.Tests.Events;

/// <summary>One block of a stream of server-sent events.</summary>
internal sealed record SseBlock(string? Id, string? Name, string? Data, string? Comment)
{
    public string? Kind => Data is null ? null : JsonNode.Parse(Data)!["kind"]?.GetValue<string>();
}

/// <summary>Reads <c>GET /api/v1/events</c> as a browser does.</summary>
internal sealed class SseReader : IDisposable
{
    private readonly HttpResponseMessage _response;
    private readonly StreamReader _lines;

    private SseReader(HttpResponseMessage response, Stream body)
    {
        _response = response;
        _lines = new StreamReader(body);
    }

    /// <param name="bearer">Somebody else's token instead of the admin's; empty: none.</param>
    public static async Task<SseReader> OpenAsync(RunningServer server, string? lastId = null, string query = "", string? bearer = null, string? cookie = null, string? user = null)
    {
        var http = bearer is null ? server.Http : new HttpClient(new SocketsHttpHandler { UseCookies = false }) { BaseAddress = server.Address };
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/api/v1/events{query}");
        if (lastId is not null) request.Headers.Add("Last-Event-ID", lastId);
        if (bearer is { Length: > 0 }) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", bearer);
        if (cookie is not null) request.Headers.Add("Cookie", cookie);
        if (user is not null) request.Headers.Add("X-Forwarded-User", user);
        var response = await Awaiting.ForAsync(http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead), "the beginning of the stream");
        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        response.Content.Headers.ContentType!.MediaType.ShouldBe("text/event-stream");
        return new SseReader(response, await response.Content.ReadAsStreamAsync());
    }

    /// <summary>The next block of lines; null at the end of the stream.</summary>
    public async Task<SseBlock?> NextAsync()
    {
        var block = new SseBlock(null, null, null, null);
        while (await Awaiting.ForAsync(_lines.ReadLineAsync(), "another line of the stream") is { } line)
        {
            if (line.Length == 0) return block;
            block = line.Split(": ", 2) switch
            {
                ["id", var id] => block with { Id = id },
                ["event", var name] => block with { Name = name },
                ["data", var data] => block with { Data = data },
                ["", var comment] => block with { Comment = comment },
                _ => block,
            };
        }
        return null;
    }

    /// <summary>The next event, past what only keeps the stream alive.</summary>
    public async Task<SseBlock> NextEventAsync()
    {
        while (true)
        {
            var block = (await NextAsync()).ShouldNotBeNull("the stream ended");
            if (block.Data is not null) return block;
        }
    }

    public void Dispose()
    {
        _lines.Dispose();
        _response.Dispose();
    }
}
