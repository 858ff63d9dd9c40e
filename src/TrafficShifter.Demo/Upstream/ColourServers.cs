using System.Globalization;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Demo.Upstream;

/// <summary>The servers of one colour, each on its own port: <c>blue1</c>, <c>blue2</c>, ….</summary>
/// <remarks>
/// Every answer has <c>X-Colour</c> and <c>X-Server</c>. <c>/health</c> is always 200 and neither delayed nor counted,
/// so that a load balancer's check sees a broken release as it sees it in life: up.
/// </remarks>
internal sealed class ColourServers(Colour colour, IReadOnlyList<int> ports, IPAddress address) : IAsyncDisposable
{
    private readonly SemaphoreSlim _changing = new(1, 1);
    private readonly ErrorDiffusion _errors = new();
    private readonly Dictionary<int, (string Name, byte[] Body)> _servers = ports.Select((port, i) => (port, Name: $"{colour.Word()}{i + 1}"))
        .ToDictionary(s => s.port, s => (s.Name, Encoding.UTF8.GetBytes($"{s.Name}\n")));
    private readonly string _word = colour.Word();
    private volatile ColourBehaviour _behaviour = ColourBehaviour.Healthy;
    private WebApplication? _app;
    private long _requests;
    private long _failed;

    public IReadOnlyList<int> Ports => ports;

    public ColourReport Report() => new(_behaviour.ErrorRatio, _behaviour.Latency, _behaviour.Refuse, Interlocked.Read(ref _requests), Interlocked.Read(ref _failed));

    /// <summary>Returns when the servers behave so: they listen again, or refuse.</summary>
    public async Task SetAsync(ColourBehaviour behaviour, CancellationToken cancellationToken)
    {
        await _changing.WaitAsync(cancellationToken);
        try
        {
            _behaviour = behaviour;
            if (behaviour.Refuse) await StopAsync();
            else _app ??= await QuietWeb.StartAsync($"the upstream's {_word} servers", ports, AnswerAsync, cancellationToken, address);
        }
        finally
        {
            _changing.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _changing.Dispose();
    }

    private async Task StopAsync()
    {
        if (_app is null) return;
        await _app.StopAsync();
        await _app.DisposeAsync();
        _app = null;
    }

    private Task AnswerAsync(HttpContext context)
    {
        var (name, body) = _servers[context.Connection.LocalPort];
        var response = context.Response;
        response.Headers["X-Colour"] = _word;
        response.Headers["X-Server"] = name;
        if (context.Request.Path == "/health") return Task.CompletedTask;

        var behaviour = _behaviour;
        Interlocked.Increment(ref _requests);
        if (_errors.NextIsError(behaviour.ErrorRatio))
        {
            Interlocked.Increment(ref _failed);
            response.StatusCode = StatusCodes.Status500InternalServerError;
        }
        response.ContentLength = body.Length;
        return behaviour.Latency > TimeSpan.Zero ? AnswerLaterAsync(context, body, behaviour.Latency) : response.Body.WriteAsync(body).AsTask();
    }

    private static async Task AnswerLaterAsync(HttpContext context, byte[] body, TimeSpan latency)
    {
        try
        {
            await Task.Delay(latency, context.RequestAborted);
            await context.Response.Body.WriteAsync(body, context.RequestAborted);
        }
        catch (OperationCanceledException)
        {
            // The client went away; nobody is left to answer.
        }
    }
}

/// <summary>How a colour behaves and what it has answered since the start.</summary>
/// <param name="Requests">Answers of all kinds, <c>/health</c> not counted.</param>
/// <param name="Failed">Answers with 500.</param>
public sealed record ColourReport(double ErrorRatio, TimeSpan Latency, bool Refuse, long Requests, long Failed);
