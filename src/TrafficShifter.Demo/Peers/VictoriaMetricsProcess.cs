using System.Globalization;
using System.Text;

namespace TrafficShifter.Demo.Peers;

/// <summary>A HAProxy whose Prometheus exporter (<c>/metrics</c> on 127.0.0.1) is scraped once a second, under the label <c>node</c>.</summary>
public sealed record ScrapeTarget(string Node, int Port);

/// <summary>An api that knows where every agent is: their evidence is scraped once a second, all else that they count every 5 s.</summary>
/// <param name="MetricsToken">Opens the metrics of every server, and the list of them.</param>
public sealed record ScrapeDiscovery(Uri Api, string MetricsToken);

/// <summary>A real VictoriaMetrics on loopback.</summary>
public sealed class VictoriaMetricsProcess : PeerProcess
{
    private static readonly HttpClient Http = new() { Timeout = TimeSpan.FromSeconds(5) };
    private readonly string _directory;
    private readonly bool _ownsDirectory;
    private readonly int _port;
    private readonly string _scrape;

    private VictoriaMetricsProcess(int port, string? directory, string scrape)
    {
        _port = port;
        _ownsDirectory = directory is null;
        _directory = directory ?? Directory.CreateTempSubdirectory("victoria-metrics-").FullName;
        _scrape = scrape;
        Address = new Uri($"http://127.0.0.1:{port}/");
    }

    public Uri Address { get; }

    /// <param name="scrape">A scrape configuration of one's own, in place of <paramref name="targets"/>.</param>
    /// <param name="discovery">Beside the targets; null: no agent is scraped.</param>
    /// <param name="port">A free one when not given.</param>
    /// <param name="directory">Where data are kept; when not given, a temporary one that goes with this object.</param>
    /// <exception cref="PeerException">victoria-metrics is not installed or did not start.</exception>
    public static async Task<VictoriaMetricsProcess> StartAsync(
        IReadOnlyList<ScrapeTarget>? targets = null, int? port = null, string? directory = null, string? scrape = null,
        ScrapeDiscovery? discovery = null, CancellationToken cancellationToken = default)
    {
        var peer = new VictoriaMetricsProcess(port ?? FreePorts.Take(), directory, scrape ?? WriteScrapeConfiguration(targets ?? [], discovery));
        try
        {
            await peer.LaunchAsync(cancellationToken);
            return peer;
        }
        catch
        {
            peer.CleanUp();
            throw;
        }
    }

    /// <summary>Makes all samples that were taken so far visible to queries. Without it they appear after about a second.</summary>
    public Task FlushAsync(CancellationToken cancellationToken = default) =>
        SendAsync(new HttpRequestMessage(HttpMethod.Get, new Uri(Address, "internal/force_flush")), cancellationToken);

    /// <summary>Stores samples in the Prometheus text format; a line may end with a timestamp in milliseconds, else it is now.</summary>
    public Task ImportAsync(string lines, CancellationToken cancellationToken = default) =>
        SendAsync(new HttpRequestMessage(HttpMethod.Post, new Uri(Address, "api/v1/import/prometheus")) { Content = new StringContent(lines) }, cancellationToken);

    protected override ChildProcess StartProcess()
    {
        Directory.CreateDirectory(_directory);
        var scrape = Path.Combine(_directory, "scrape.yml");
        File.WriteAllText(scrape, _scrape);
        return ChildProcess.Start("victoria-metrics", PeerLocator.Find("victoria-metrics"),
        [
            string.Create(CultureInfo.InvariantCulture, $"-httpListenAddr=127.0.0.1:{_port}"),
            $"-storageDataPath={Path.Combine(_directory, "data")}",
            $"-promscrape.config={scrape}",
            "-promscrape.suppressScrapeErrors",
            "-promscrape.httpSDCheckInterval=1s",
            "-retentionPeriod=1d",
            // Its default of 30 s hides the last half minute from queries: longer than a step of the demo.
            "-search.latencyOffset=1s",
        ]);
    }

    protected override async Task<bool> IsReadyAsync(CancellationToken cancellationToken)
    {
        using var answer = await Http.GetAsync(new Uri(Address, "health"), cancellationToken);
        return answer.IsSuccessStatusCode;
    }

    protected override void CleanUp()
    {
        if (_ownsDirectory && Directory.Exists(_directory)) Directory.Delete(_directory, recursive: true);
    }

    internal static string WriteScrapeConfiguration(IReadOnlyList<ScrapeTarget> targets, ScrapeDiscovery? discovery = null)
    {
        if (targets.Count == 0 && discovery is null) return "scrape_configs: []\n";
        var text = new StringBuilder("scrape_configs:\n");
        if (targets.Count > 0) text.Append("  - job_name: haproxy\n    scrape_interval: 1s\n    scrape_timeout: 1s\n    static_configs:\n");
        foreach (var target in targets)
            text.Append(CultureInfo.InvariantCulture, $"      - targets: [\"127.0.0.1:{target.Port}\"]\n        labels: {{ node: \"{target.Node}\" }}\n");
        if (discovery is null) return text.ToString();
        return text.Append(Job(discovery, "evidence", 1)).Append(Job(discovery, "traffic-shifter", 5)).ToString();
    }

    /// <summary>As <c>deploy/victoria-metrics/scrape.yml</c> has them.</summary>
    private static string Job(ScrapeDiscovery discovery, string exporter, int seconds) => string.Create(CultureInfo.InvariantCulture, $"""
          - job_name: {exporter}
            scrape_interval: {seconds}s
            scrape_timeout: {Math.Max(1, seconds - 1)}s
            honor_labels: true
            authorization:
              credentials: {discovery.MetricsToken}
            http_sd_configs:
              - url: {discovery.Api}api/v1/nodes/prometheus-sd?exporter={exporter}
                authorization:
                  credentials: {discovery.MetricsToken}

        """);

    private async Task SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        using var disposed = request;
        using var answer = await Http.SendAsync(request, cancellationToken);
        if (answer.IsSuccessStatusCode) return;
        var reply = await answer.Content.ReadAsStringAsync(cancellationToken);
        throw new PeerException($"VictoriaMetrics {Address} answered {request.Method} {request.RequestUri!.AbsolutePath} with {(int)answer.StatusCode}: {reply}");
    }
}
