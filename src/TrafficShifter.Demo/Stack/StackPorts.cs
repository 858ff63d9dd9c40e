using System.Globalization;
using System.Net;
using System.Net.Sockets;
using TrafficShifter.Demo.Peers;
using TrafficShifter.Demo.Upstream;

namespace TrafficShifter.Demo.Stack;

/// <summary>Every port of the local stack, all on 127.0.0.1: the one place where they are written down.</summary>
/// <remarks>
/// From the base (18000, or <c>TRAFFIC_SHIFTER_PORT_BASE</c>): +0 the API, +1 and +2 the agents; +80 and +81 the frontends of the two
/// HAProxy nodes, +84 and +85 their metrics, +86 and +87 their access logs; +90 the demo application's setter, +91 to +92 its blue and +96 to +97 its green servers;
/// +428 VictoriaMetrics; +500 Consul.
/// </remarks>
public sealed record StackPorts
{
    public const string BaseVariable = "TRAFFIC_SHIFTER_PORT_BASE";
    private const int DefaultBase = 18_000;
    private const int Span = 501;

    public required int Api { get; init; }

    /// <summary>One for each HAProxy node.</summary>
    public required IReadOnlyList<int> Agents { get; init; }

    public required IReadOnlyList<int> Frontends { get; init; }

    public required IReadOnlyList<int> Metrics { get; init; }

    /// <summary>Where the agents take the access logs.</summary>
    public required IReadOnlyList<int> AccessLogs { get; init; }

    public required UpstreamPorts Upstream { get; init; }

    public required int VictoriaMetrics { get; init; }

    public required int Consul { get; init; }

    /// <exception cref="PeerException">The variable is set to something that is no base.</exception>
    public static StackPorts FromEnvironment() => FromText(Environment.GetEnvironmentVariable(BaseVariable));

    internal static StackPorts FromText(string? text)
    {
        if (string.IsNullOrWhiteSpace(text)) return At(DefaultBase);
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var start) && start is >= 1024 and <= 65_535 - Span
            ? At(start)
            : throw new PeerException($"{BaseVariable} is a port from 1024 to {65_535 - Span}, not \"{text}\"");
    }

    public static StackPorts At(int start) => new()
    {
        Api = start,
        Agents = [start + 1, start + 2],
        Frontends = [start + 80, start + 81],
        Metrics = [start + 84, start + 85],
        AccessLogs = [start + 86, start + 87],
        Upstream = new UpstreamPorts([start + 91, start + 92], [start + 96, start + 97], start + 90),
        VictoriaMetrics = start + 428,
        Consul = start + 500,
    };

    /// <summary>Ports that nobody uses now, for tests that run beside each other.</summary>
    public static StackPorts Free() => new()
    {
        Api = FreePorts.Take(),
        Agents = [FreePorts.Take(), FreePorts.Take()],
        Frontends = [FreePorts.Take(), FreePorts.Take()],
        Metrics = [FreePorts.Take(), FreePorts.Take()],
        AccessLogs = [FreePorts.Take(), FreePorts.Take()],
        Upstream = UpstreamPorts.Free(),
        VictoriaMetrics = FreePorts.Take(),
        Consul = FreePorts.Take(),
    };

    /// <exception cref="PeerException">Something listens on one of them; every busy one is named with its purpose.</exception>
    public void EnsureFree()
    {
        var busy = All().Where(p => IsBusy(p.Port)).Select(p => $"port {p.Port} ({p.Purpose})").ToList();
        if (busy.Count == 0) return;
        throw new PeerException(
            $"in use already: {string.Join(", ", busy)}. End what listens there (./dev down, if it is a stack of this clone), "
            + $"or move all ports: {BaseVariable}={(Api < 30_000 ? Api + 10_000 : DefaultBase)} (now {Api})");
    }

    internal IEnumerable<(string Purpose, int Port)> All() =>
    [
        ("the API", Api),
        .. Agents.Select((port, i) => ($"the agent of hap{i + 1}", port)),
        .. Frontends.Select((port, i) => ($"the frontend of hap{i + 1}", port)),
        .. Metrics.Select((port, i) => ($"the metrics of hap{i + 1}", port)),
        .. AccessLogs.Select((port, i) => ($"the access log of hap{i + 1}", port)),
        .. Upstream.Blue.Select((port, i) => ($"the demo application, blue{i + 1}", port)),
        .. Upstream.Green.Select((port, i) => ($"the demo application, green{i + 1}", port)),
        ("the demo application's setter", Upstream.Admin),
        ("VictoriaMetrics", VictoriaMetrics),
        ("Consul", Consul),
    ];

    private static bool IsBusy(int port)
    {
        using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            probe.Bind(new IPEndPoint(IPAddress.Loopback, port));
            probe.Listen();
            return false;
        }
        catch (SocketException taken) when (taken.SocketErrorCode is SocketError.AddressAlreadyInUse or SocketError.AccessDenied)
        {
            return true;
        }
    }
}
