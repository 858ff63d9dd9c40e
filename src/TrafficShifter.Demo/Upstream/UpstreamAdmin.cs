using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Demo.Upstream;

/// <summary>Sets how a colour behaves: <c>curl -X PUT …/colours/green -d '{"errorRatio":0.3,"latency":"50ms"}'</c>.</summary>
internal sealed class UpstreamAdmin : IAsyncDisposable
{
    private const int MaxBody = 4096;
    private readonly UpstreamApp _upstream;
    private WebApplication? _web;

    private UpstreamAdmin(UpstreamApp upstream) => _upstream = upstream;

    public static async Task<UpstreamAdmin> StartAsync(UpstreamApp upstream, int port, IPAddress address, CancellationToken cancellationToken)
    {
        var admin = new UpstreamAdmin(upstream);
        admin._web = await QuietWeb.StartAsync("the upstream's admin port", [port], admin.AnswerAsync, cancellationToken, address);
        return admin;
    }

    public async ValueTask DisposeAsync()
    {
        if (_web is null) return;
        await _web.StopAsync();
        await _web.DisposeAsync();
    }

    private Task AnswerAsync(HttpContext context)
    {
        var path = context.Request.Path.Value!.Trim('/').Split('/');
        if (path is not ["colours", ..] or { Length: > 2 }) return ProblemAsync(context, 404, "here are GET /colours, and GET and PUT /colours/blue and /colours/green");
        if (path is ["colours"])
            return HttpMethods.IsGet(context.Request.Method) ? GetAllAsync(context) : ProblemAsync(context, 405, "/colours can be read (GET); /colours/{colour} can be set (PUT)");
        if (FindColour(path[1]) is not { } colour) return ProblemAsync(context, 404, $"there is no colour \"{path[1]}\": a colour is blue or green");
        return context.Request.Method switch
        {
            "GET" => WriteAsync(context, _upstream.Report(colour)),
            "PUT" => SetAsync(context, colour),
            _ => ProblemAsync(context, 405, $"/colours/{path[1]} can be read (GET) and set (PUT)"),
        };
    }

    private Task GetAllAsync(HttpContext context) =>
        WriteAsync(context, new Dictionary<string, ColourReport> { ["blue"] = _upstream.Report(Colour.Blue), ["green"] = _upstream.Report(Colour.Green) });

    private async Task SetAsync(HttpContext context, Colour colour)
    {
        ColourBehaviour? behaviour;
        try
        {
            behaviour = await ReadAsync(context);
        }
        catch (JsonException malformed)
        {
            await ProblemAsync(context, 400, $"{malformed.Message} Expected something like {{\"errorRatio\":0.3,\"latency\":\"50ms\",\"refuse\":false}}");
            return;
        }
        if (behaviour.FindProblem() is { } problem)
        {
            await ProblemAsync(context, 400, problem);
            return;
        }
        await _upstream.SetAsync(colour, behaviour, context.RequestAborted);
        await WriteAsync(context, _upstream.Report(colour));
    }

    private static async Task<ColourBehaviour> ReadAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        var buffer = new byte[MaxBody];
        for (int read; (read = await context.Request.Body.ReadAsync(buffer, context.RequestAborted)) > 0;)
        {
            body.Write(buffer, 0, read);
            if (body.Length > MaxBody) throw new JsonException($"The body is longer than {MaxBody} bytes.");
        }
        if (body.Length == 0) throw new JsonException("The body is empty.");
        return JsonSerializer.Deserialize<ColourBehaviour>(body.GetBuffer().AsSpan(0, (int)body.Length), DocumentJson.Options)
            ?? throw new JsonException("The body is null.");
    }

    private static Colour? FindColour(string word) => word switch
    {
        "blue" => Colour.Blue,
        "green" => Colour.Green,
        _ => null,
    };

    private static Task WriteAsync<T>(HttpContext context, T value) => context.Response.WriteAsJsonAsync(value, DocumentJson.Options, context.RequestAborted);

    private static Task ProblemAsync(HttpContext context, int status, string detail)
    {
        context.Response.StatusCode = status;
        return context.Response.WriteAsJsonAsync(new { status, title = "The upstream cannot do this", detail }, DocumentJson.Options, "application/problem+json", context.RequestAborted);
    }
}
