using Microsoft.Playwright;
using TrafficShifter.Demo.Peers;
using TrafficShifter.EndToEnd.Tests.Stack;

namespace TrafficShifter.Dashboard.Tests.Browser;

/// <summary>The real stack with two HAProxies, and Debian's Chromium, for all tests.</summary>
public class DashboardFixture : IAsyncLifetime
{
    private IPlaywright? _playwright;
    private IBrowser? _chromium;

    public ShiftingStack Stack { get; private set; } = null!;

    protected virtual StackSetup Setup => new() { Backends = [new("shop", 2, 2), new("cart", 1, 1), new("blog", 1, 1), new("search", 1, 1)] };

    public async Task InitializeAsync()
    {
        // axe-core is one of them.
        await Packages.Installed;
        Stack = await ShiftingStack.StartAsync(Setup);
        _playwright = await Playwright.CreateAsync();
        // Root, as in a container, has no sandbox; what is opened here is our own.
        _chromium = await _playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions { ExecutablePath = PeerLocator.Find("chromium"), Args = ["--no-sandbox"] });
    }

    /// <summary>A window of its own, with nobody signed in.</summary>
    /// <param name="address">The stack's server where it is null.</param>
    public async Task<Window> OpenAsync(Size? size = null, ColorScheme scheme = ColorScheme.Light, Uri? address = null)
    {
        var context = await _chromium!.NewContextAsync(new BrowserNewContextOptions
        {
            BaseURL = (address ?? Stack.Server.Address).ToString(),
            ViewportSize = new ViewportSize { Width = (size ?? Size.Desktop).Width, Height = (size ?? Size.Desktop).Height },
            HasTouch = size == Size.Phone,
            ColorScheme = scheme,
            ReducedMotion = ReducedMotion.Reduce,
        });
        context.SetDefaultTimeout(30_000);
        return new Window(context, await context.NewPageAsync());
    }

    /// <summary>A window in which the holder of a token has signed in by hand.</summary>
    public async Task<Window> SignInAsync(string? token = null, Size? size = null, ColorScheme scheme = ColorScheme.Light, Uri? address = null)
    {
        var window = await OpenAsync(size, scheme, address);
        await window.Page.GotoAsync("/");
        await window.Page.GetByLabel("Token").FillAsync(token ?? Stack.Token);
        await window.Page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        await window.Page.GetByRole(AriaRole.Heading, new() { Name = "Fleet" }).WaitForAsync();
        await window.Page.Locator(".grid .row").First.WaitForAsync();
        return window;
    }

    public async Task DisposeAsync()
    {
        if (_chromium is not null) await _chromium.DisposeAsync();
        _playwright?.Dispose();
        if (Stack is not null) await Stack.DisposeAsync();
    }
}

/// <summary>A window's inner size in CSS pixels.</summary>
public sealed record Size(int Width, int Height)
{
    public static readonly Size Desktop = new(1280, 800);
    public static readonly Size Phone = new(360, 740);
}

[CollectionDefinition(Name)]
public sealed class DashboardGroup : ICollectionFixture<DashboardFixture>
{
    public const string Name = "dashboard";
}
