using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace TrafficShifter.Consul.Tests;

/// <summary>Answers as a test says: for what a real Consul does not do on cue. Every request is kept as <c>GET /v1/kv/a?recurse=</c>.</summary>
internal sealed class StubConsul : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly List<string> _requests = [];

    private StubConsul(WebApplication app) => _app = app;

    public Uri Address => new(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());

    public IReadOnlyList<string> Requests
    {
        get
        {
            lock (_requests) return [.. _requests];
        }
    }

    public static async Task<StubConsul> StartAsync(Func<HttpContext, Task> answer)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrel().UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var stub = new StubConsul(app);
        app.Run(context =>
        {
            lock (stub._requests) stub._requests.Add($"{context.Request.Method} {context.Request.Path}{context.Request.QueryString}");
            return answer(context);
        });
        await app.StartAsync();
        return stub;
    }

    public static Task<StubConsul> SayingAsync(int status, string text, ulong? index = null) => StartAsync(context => SayAsync(context, status, text, index));

    public static Task SayAsync(HttpContext context, int status, string text, ulong? index = null)
    {
        context.Response.StatusCode = status;
        if (index is not null) context.Response.Headers["X-Consul-Index"] = $"{index}";
        return context.Response.WriteAsync(text);
    }

    /// <summary>Never answers; sets <paramref name="asked"/> when it begins not to.</summary>
    public static async Task HangAsync(HttpContext context, TaskCompletionSource<bool> asked)
    {
        asked.TrySetResult(true);
        await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();
}
