using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.Playwright;
using TrafficShifter.Demo.Peers;

namespace TrafficShifter.Dashboard.Tests.Browser;

/// <summary>One person's browser window. What the page complains of, and whom it asks, is noted.</summary>
public sealed class Window : IAsyncDisposable
{
    /// <summary>Set to keep the pictures that a run makes, in docs/img.</summary>
    private const string PicturesVariable = "DASHBOARD_PICTURES";

    private static readonly string Axe = File.ReadAllText(Path.Combine(PeerLocator.RepositoryRoot, "src", "TrafficShifter.Dashboard", "node_modules", "axe-core", "axe.min.js"));
    private readonly IBrowserContext _context;
    private readonly ConcurrentQueue<string> _complaints = new();
    private readonly ConcurrentQueue<string> _asked = new();

    public Window(IBrowserContext context, IPage page)
    {
        (_context, Page) = (context, page);
        page.PageError += (_, error) => _complaints.Enqueue(error);
        page.Console += (_, message) =>
        {
            if (message.Type == "error" && message.Text.Contains("Content Security Policy", StringComparison.Ordinal)) _complaints.Enqueue(message.Text);
        };
        page.Request += (_, request) => _asked.Enqueue(request.Url);
    }

    /// <summary>Whether the run was asked for pictures.</summary>
    public static bool TakesPictures => Environment.GetEnvironmentVariable(PicturesVariable) is "1";

    public IPage Page { get; }

    /// <summary>Exceptions of the page, and what its content policy refused.</summary>
    public IReadOnlyCollection<string> Complaints => _complaints;

    /// <summary>Every address that was asked.</summary>
    public IReadOnlyCollection<string> Asked => _asked;

    public ILocator Button(string name) => Page.GetByRole(AriaRole.Button, new() { Name = name, Exact = true });

    public ILocator Heading(string name) => Page.GetByRole(AriaRole.Heading, new() { Name = name, Exact = true });

    /// <summary>Goes there as a link of the page does, without loading the page anew.</summary>
    public async Task GoAsync(string path, string heading)
    {
        await Page.EvaluateAsync("to => { history.pushState(null, '', to); dispatchEvent(new PopStateEvent('popstate')); }", path);
        await Heading(heading).WaitForAsync();
    }

    /// <summary>What axe-core finds at levels A and AA, one line each. Its source is run by the debugging protocol, so the page's content policy stays.</summary>
    public async Task<IReadOnlyList<string>> FindBarriersAsync()
    {
        await Page.EvaluateAsync(Axe + "; undefined");
        var found = await Page.EvaluateAsync<JsonElement>(
            "() => axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] }).then(r => r.violations.flatMap(v => v.nodes.map(n => `${v.id}: ${v.help}: ${n.html.slice(0, 200)}`)))");
        return [.. found.EnumerateArray().Select(v => v.GetString()!)];
    }

    /// <summary>By how many pixels the page is wider than the window.</summary>
    public Task<int> OverhangAsync() => Page.EvaluateAsync<int>("() => document.documentElement.scrollWidth - innerWidth");

    /// <summary>A picture for the documents, where the run is asked for them.</summary>
    public async Task PictureAsync(string name)
    {
        if (!TakesPictures) return;
        await Page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(PeerLocator.RepositoryRoot, "docs", "img", $"{name}.png"), Animations = ScreenshotAnimations.Disabled });
    }

    public async ValueTask DisposeAsync() => await _context.DisposeAsync();
}
