using Microsoft.Playwright;
using TrafficShifter.Dashboard.Tests.Browser;
using TrafficShifter.EndToEnd.Tests.Stack;
using static Microsoft.Playwright.Assertions;

namespace TrafficShifter.Dashboard.Tests;

/// <summary>What holds for every page: nobody is kept out, nothing goes sideways, and what people wrote stays text.</summary>
[Collection(DashboardGroup.Name)]
public sealed class PagesTests(DashboardFixture fixture)
{
    private static readonly (string Path, string Heading)[] Pages = [("/", "Fleet"), ("/apps/cart", "cart"), ("/apps/cart/config", "Definition of cart"), ("/nodes", "Nodes"), ("/nodes/hap1", "hap1"), ("/freezes", "Freezes"), ("/migrations", "Migrations"), ("/colours", "Colours"), ("/history", "History"), ("/tokens", "Tokens"), ("/no/such/page", "Not found")];
    private readonly ShiftingStack _stack = fixture.Stack;

    public static TheoryData<Size, ColorScheme> Windows => new()
    {
        { Size.Desktop, ColorScheme.Light }, { Size.Desktop, ColorScheme.Dark }, { Size.Phone, ColorScheme.Light }, { Size.Phone, ColorScheme.Dark },
    };

    [Theory]
    [MemberData(nameof(Windows))]
    public async Task No_page_keeps_anybody_out(Size size, ColorScheme scheme)
    {
        await _stack.Api.ShiftAsync("cart", 90, 10);
        await using (var stranger = await fixture.OpenAsync(size, scheme))
        {
            await stranger.Page.GotoAsync("/nodes");
            await stranger.Heading("Sign in to TrafficShifter").WaitForAsync();
            (await stranger.FindBarriersAsync()).ShouldBeEmpty("the sign-in page");
        }
        await using var window = await fixture.SignInAsync(size: size, scheme: scheme);
        foreach (var (path, heading) in Pages)
        {
            await window.GoAsync(path, heading);
            if (heading == "cart") await window.Page.Locator(".charts svg").First.WaitForAsync();
            (await window.FindBarriersAsync()).ShouldBeEmpty(path);
            (await window.OverhangAsync()).ShouldBe(0, $"{path} goes sideways");
        }
        await window.GoAsync("/apps/cart", "cart");
        await window.Button("Roll back to blue").ClickAsync();
        (await window.FindBarriersAsync()).ShouldBeEmpty("the panel");
        await window.Page.Keyboard.PressAsync("Escape");
        await Expect(window.Button("Roll back to blue")).ToBeFocusedAsync();
        window.Complaints.ShouldBeEmpty();
    }

    [Fact]
    public async Task The_calls_of_the_API_are_shown_and_tried_without_asking_anybody_else()
    {
        await using (var stranger = await fixture.OpenAsync())
        {
            await stranger.Page.GotoAsync("/swagger");
            await Expect(stranger.Page.GetByRole(AriaRole.Link, new() { Name = "Sign in" })).ToBeVisibleAsync();
        }
        await using var window = await fixture.SignInAsync();
        var asked = new List<string>();
        window.Page.Request += (_, request) => asked.Add(request.Url);
        await window.Page.GotoAsync("/swagger");

        await window.Page.Locator(".opblock-summary-path").First.WaitForAsync(new() { Timeout = 60_000 });
        var call = window.Page.Locator("[id$='-ListNodes']");
        await call.Locator(".opblock-summary-control").ClickAsync();
        await call.GetByRole(AriaRole.Button, new() { Name = "Try it out" }).ClickAsync();
        await call.GetByRole(AriaRole.Button, new() { Name = "Execute" }).ClickAsync();

        await Expect(call.Locator(".live-responses-table tbody .response-col_status").First).ToContainTextAsync("200", new() { Timeout = 60_000 });
        asked.ShouldAllBe(url => url.StartsWith(_stack.Server.Address.ToString(), StringComparison.Ordinal) || url.StartsWith("data:image/", StringComparison.Ordinal));
        window.Complaints.ShouldBeEmpty();
    }

    [Fact]
    public async Task What_people_write_is_shown_as_they_wrote_it()
    {
        (await _stack.Api.SendAsync(HttpMethod.Put, "apps/blog", new { routing = new { backend = "blog" }, owners = new[] { Words.Evil, new string('w', 100) } })).Status.ShouldBe(200);
        (await _stack.Api.SendAsync(HttpMethod.Put, "apps/blog/weights", new { blue = 80, green = 20, reason = Words.Evil })).Status.ShouldBe(200);
        (await _stack.Api.SendAsync(HttpMethod.Put, "migrations/odd", new { to = "green", reason = Words.Evil, waves = new[] { new { name = "one", select = new { apps = new[] { "blog" } } } } })).Status.ShouldBe(201);
        await using var window = await fixture.SignInAsync(size: Size.Phone);
        foreach (var (path, heading) in new[] { ("/migrations/odd", "odd"), ("/?q=blog", "Fleet"), ("/apps/blog", "blog"), ("/history?app=blog", "History") })
        {
            await window.GoAsync(path, heading);
            await Expect(window.Page.Locator("main").GetByText("<img src=x").Filter(new() { Visible = true }).First).ToBeVisibleAsync(new() { Timeout = 60_000 });
            (await window.Page.Locator("main img, main script").CountAsync()).ShouldBe(0, path);
            (await window.Page.TitleAsync()).ShouldNotContain("hit");
            (await window.OverhangAsync()).ShouldBe(0, $"{path} goes sideways");
        }
        (await _stack.Api.SendAsync(HttpMethod.Post, "apps/blog/rollback", new { reason = Words.Evil })).Status.ShouldBe(200);
        await window.GoAsync("/apps/blog", "blog");
        await Expect(window.Page.Locator(".notice").First).ToContainTextAsync("onerror");
        (await window.Page.Locator("main img, main script").CountAsync()).ShouldBe(0);
        window.Complaints.ShouldBeEmpty();
    }

    [Fact]
    public async Task An_unknown_application_and_an_unknown_rollout_are_said_to_be_unknown()
    {
        await using var window = await fixture.SignInAsync();
        await window.GoAsync("/apps/no-such-app", "Not found");
        await window.GoAsync("/rollouts/shop-01jd2x3y4z5a6b7c8d9e0f1g2h", "Not found");
    }

    [Fact]
    public async Task The_sides_are_told_apart_without_any_colour()
    {
        await _stack.Api.ShiftAsync("cart", 50, 50);
        await using var window = await fixture.SignInAsync();
        await window.GoAsync("/apps/cart", "cart");
        var bar = window.Page.Locator(".standing .bar");
        await bar.WaitForAsync();
        await window.Page.EvaluateAsync("() => document.documentElement.style.setProperty('filter', 'grayscale(1)')");

        // Blue is one grey all over; green is stripes of two.
        var picture = await bar.ScreenshotAsync();
        var (left, right) = await GreysAsync(window.Page, picture);
        left.ShouldBe(1);
        right.ShouldBeGreaterThan(1);
    }

    /// <summary>How many clearly different greys there are along the middle of the left and of the right half of a picture.</summary>
    private static async Task<(int Left, int Right)> GreysAsync(IPage page, byte[] picture)
    {
        var counts = await page.EvaluateAsync<int[]>(
            """
            async (base64) => {
              const bytes = Uint8Array.from(atob(base64), c => c.charCodeAt(0));
              const bitmap = await createImageBitmap(new Blob([bytes], { type: 'image/png' }));
              const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
              const context = canvas.getContext('2d');
              context.drawImage(bitmap, 0, 0);
              const row = context.getImageData(0, Math.floor(bitmap.height / 2), bitmap.width, 1).data;
              const greys = (from, to) => new Set(Array.from({ length: to - from }, (_, i) => Math.round(row[(from + i) * 4] / 85))).size;
              const w = bitmap.width;
              return [greys(Math.floor(w * 0.1), Math.floor(w * 0.4)), greys(Math.floor(w * 0.6), Math.floor(w * 0.9))];
            }
            """, Convert.ToBase64String(picture));
        return (counts[0], counts[1]);
    }
}
