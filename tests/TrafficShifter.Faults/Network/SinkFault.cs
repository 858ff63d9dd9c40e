using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using TrafficShifter.Demo.Peers;
using TrafficShifter.Faults.Stack;

namespace TrafficShifter.Faults.Network;

/// <summary>The receiver of the controllers' webhooks takes each request and never answers it. One receiver serves all stacks of this process.</summary>
[SuppressMessage("Design", "CA1001", Justification = "It is there as long as this process.")]
internal sealed class SinkFault : IFault
{
    public static readonly SinkFault Instance = new();
    private readonly int _port = FreePorts.Take();
    private readonly HttpListener _listener = new();
    private volatile TaskCompletionSource _answers = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private SinkFault() => _answers.SetResult();

    public string Name => "webhook-hangs";

    public TimeSpan Bound => TimeSpan.FromSeconds(10);

    public bool TouchesTraffic => false;

    public string Class => "network";

    /// <summary>Longer than an attempt may take, so that one fails.</summary>
    public TimeSpan Duration => TimeSpan.FromSeconds(6);

    /// <summary>Has a controller tell its events to the receiver.</summary>
    public ServerSetup Adjust(ServerSetup setup)
    {
        if (!setup.Roles.Contains("controller", StringComparison.Ordinal)) return setup;
        Listen();
        var settings = new Dictionary<string, string>(setup.Settings)
        {
            ["Egress:Networks"] = "127.0.0.0/8",
            ["Events:Sinks:0:Name"] = "ops",
            ["Events:Sinks:0:Url"] = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{_port}/"),
        };
        return setup with { Settings = settings };
    }

    public Task InjectAsync(FaultStack stack, CancellationToken cancellationToken)
    {
        _answers = new(TaskCreationOptions.RunContinuationsAsynchronously);
        return Task.CompletedTask;
    }

    public Task HealAsync(FaultStack stack, CancellationToken cancellationToken)
    {
        _answers.TrySetResult();
        return Task.CompletedTask;
    }

    private void Listen()
    {
        lock (_listener)
        {
            if (_listener.IsListening) return;
            _listener.Prefixes.Add(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{_port}/"));
            _listener.Start();
            _ = Task.Run(TakeAllAsync);
        }
    }

    private async Task TakeAllAsync()
    {
        while (true) _ = AnswerAsync(await _listener.GetContextAsync());
    }

    private async Task AnswerAsync(HttpListenerContext http)
    {
        await _answers.Task;
        try
        {
            http.Response.StatusCode = 204;
            http.Response.Close();
        }
        catch (HttpListenerException)
        {
            // Whoever asked has given up.
        }
    }
}
