using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Playwright;
using Spectre.Console;
using TrafficShifter.Demo.Peers;
using TrafficShifter.Demo.Show;

namespace TrafficShifter.Benchmarks;

/// <summary>
/// The fleet page with 5,000 applications in a real browser on real Consul and HAProxy: from the navigation to the first rows, next to a page with one word; from
/// the event to the changed row, next to the event itself as a program reads it.
/// </summary>
internal static class DashboardBench
{
    private const int Apps = 5000;

    /// <summary>Says when the first rows were painted: the frame after the one in which they were there.</summary>
    private const string WatchRows =
        """
        new MutationObserver((_, observer) => {
          if (!document.querySelector('.grid .row a')) return;
          observer.disconnect();
          requestAnimationFrame(() => requestAnimationFrame(() => { window.firstRows = performance.now(); }));
        }).observe(document, { childList: true, subtree: true });
        """;

    /// <summary>The moment at which the first row shows this share of green, painted; milliseconds since 1970.</summary>
    private const string WatchShare =
        """
        share => new Promise(done => {
          const look = () => {
            if (!document.querySelector('.grid .row .split')?.ariaLabel?.includes(`green ${share} %`)) return false;
            requestAnimationFrame(() => requestAnimationFrame(() => done(performance.timeOrigin + performance.now())));
            return true;
          };
          if (look()) return;
          const observer = new MutationObserver(() => look() && observer.disconnect());
          observer.observe(document.body, { childList: true, subtree: true, attributes: true });
        })
        """;

    public static async Task<int> RunAsync(bool quick, CancellationToken cancellationToken)
    {
        var (loads, shifts) = quick ? (10, 40) : (30, 200);
        await using var consul = await ConsulProcess.StartAsync(new ConsulSetup(), cancellationToken);
        await DashboardFleet.WriteAsync(consul.Address, Apps, cancellationToken);
        await using var haproxy = await HAProxyProcess.StartAsync(new HAProxySetup { Backends = [DashboardFleet.Backend(0)] }, cancellationToken);
        await using var server = await ServerProcess.StartAsync(new ServerSetup { Consul = consul.Address, Nodes = [new ServerNode("hap1", haproxy.RuntimeApiSocket)] }, cancellationToken);
        var token = await server.ReadAdminTokenAsync(cancellationToken);
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions { ExecutablePath = PeerLocator.Find("chromium"), Args = ["--no-sandbox"] });
        var page = await SignInAsync(browser, server.Address, token);

        var (rows, word) = (new Percentiles(), new Percentiles());
        for (var i = 0; i < loads; i++)
        {
            // The two take turns, so that whatever else the machine does meets both alike.
            await page.GotoAsync("/?sort=name");
            rows.Add(await ReadAsync(page, "() => window.firstRows"));
            await page.GotoAsync("/healthz");
            word.Add(await ReadAsync(page, "() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime"));
        }
        await page.GotoAsync("/?sort=name");
        await ReadAsync(page, "() => window.firstRows");
        var (painted, told, whole) = await ShiftAsync(page, server.Address, token, shifts, cancellationToken);
        Print(loads, shifts, rows, word, painted, told, whole);
        return 0;
    }

    /// <returns>From the event, as a program reads it, to the painted row; from the call to that event; from the call to the painted row.</returns>
    private static async Task<(Percentiles Painted, Percentiles Told, Percentiles Whole)> ShiftAsync(IPage page, Uri server, string token, int shifts, CancellationToken cancellationToken)
    {
        using var api = new DemoApi(server, token);
        await using var events = await RawEvents.FollowAsync(server, token, cancellationToken);
        var (painted, told, whole) = (new Percentiles(), new Percentiles(), new Percentiles());
        for (var turn = 0; turn < shifts; turn++)
        {
            var share = 1 + turn % 99;
            var watching = page.EvaluateAsync<double>(WatchShare, share);
            var sent = Now();
            await api.PutAsync($"apps/{DashboardFleet.Name(0)}/weights", new JsonObject { ["blue"] = 100 - share, ["green"] = share }, cancellationToken);
            var (heard, seen) = (await events.NextAsync(cancellationToken), await watching.WaitAsync(TimeSpan.FromSeconds(30), cancellationToken));
            painted.Add(TimeSpan.FromMilliseconds(seen - heard));
            told.Add(TimeSpan.FromMilliseconds(heard - sent));
            whole.Add(TimeSpan.FromMilliseconds(seen - sent));
        }
        return (painted, told, whole);
    }

    private static async Task<IPage> SignInAsync(IBrowser browser, Uri address, string token)
    {
        var context = await browser.NewContextAsync(new BrowserNewContextOptions { BaseURL = address.ToString(), ViewportSize = new ViewportSize { Width = 1280, Height = 800 } });
        await context.AddInitScriptAsync(WatchRows);
        var page = await context.NewPageAsync();
        await page.GotoAsync("/");
        await page.GetByLabel("Token").FillAsync(token);
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        await page.Locator(".grid .row").First.WaitForAsync();
        return page;
    }

    private static async Task<TimeSpan> ReadAsync(IPage page, string expression)
    {
        await page.WaitForFunctionAsync(expression);
        return TimeSpan.FromMilliseconds(await page.EvaluateAsync<double>(expression));
    }

    /// <summary>Milliseconds since 1970, by the clock that the browser reads too.</summary>
    internal static double Now() => (DateTime.UtcNow - DateTime.UnixEpoch).TotalMilliseconds;

    private static void Print(int loads, int shifts, Percentiles rows, Percentiles word, Percentiles painted, Percentiles told, Percentiles whole)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumns("", "p50 ms", "p95 ms", "floor p50 ms", "floor p95 ms", "p50 ÷ floor");
        void Row(string what, Percentiles ours, Percentiles floor) => table.AddRow([what, $"{ours.P50}", $"{ours.P95}", $"{floor.P50}", $"{floor.P95}", $"{Ratio(ours, floor)}"]);
        Row("navigation → first rows (floor: a page with one word)", rows, word);
        Row("call → painted (floor: the event as a program reads it)", whole, told);
        table.AddRow("event → painted", $"{painted.P50}", $"{painted.P95}", "", "", "");
        AnsiConsole.MarkupLine(string.Create(CultureInfo.InvariantCulture, $"[bold]dashboard[/]: {Apps} applications, {loads} loads, {shifts} shifts, Chromium, one process with all roles, Consul, HAProxy"));
        AnsiConsole.Write(table);
        Console.Out.WriteLine(JsonSerializer.Serialize(new Dictionary<string, double>
        {
            ["apps"] = Apps, ["firstRowsP50Ms"] = rows.P50, ["firstRowsP95Ms"] = rows.P95, ["wordP50Ms"] = word.P50, ["firstRowsRatio"] = Ratio(rows, word),
            ["eventToPaintedP50Ms"] = painted.P50, ["eventToPaintedP95Ms"] = painted.P95, ["callToPaintedP50Ms"] = whole.P50, ["callToEventP50Ms"] = told.P50, ["callToPaintedRatio"] = Ratio(whole, told),
        }));
    }

    private static double Ratio(Percentiles ours, Percentiles floor) => Math.Round(ours.P50 / floor.P50, 2);
}
