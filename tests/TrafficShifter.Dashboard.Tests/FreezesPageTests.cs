using System.Globalization;
using Microsoft.Playwright;
using TrafficShifter.Dashboard.Tests.Browser;
using TrafficShifter.EndToEnd.Tests.Stack;
using static Microsoft.Playwright.Assertions;

namespace TrafficShifter.Dashboard.Tests;

/// <summary>What holds rollouts is set and taken away by hand, and is said on every page to everybody.</summary>
[Collection(DashboardGroup.Name)]
public sealed class FreezesPageTests(DashboardFixture fixture) : IAsyncLifetime
{
    private static readonly LocatorAssertionsToBeVisibleOptions Patient = new() { Timeout = 60_000 };
    private static readonly LocatorAssertionsToHaveCountOptions PatientCount = new() { Timeout = 60_000 };
    private readonly ShiftingStack _stack = fixture.Stack;

    public Task InitializeAsync() => Task.CompletedTask;

    /// <summary>Whatever became of the test: the others need a line that runs.</summary>
    public async Task DisposeAsync()
    {
        await _stack.Api.SendAsync(HttpMethod.Delete, "control/stop");
        await _stack.Api.SendAsync(HttpMethod.Delete, "control/freeze");
    }

    [Fact]
    public async Task A_stopped_line_is_said_on_every_page_until_an_admin_lets_it_run()
    {
        var operators = (await _stack.Api.SendAsync(HttpMethod.Post, "tokens", new { name = "stops", role = "operator" })).Text("secret");
        await using var window = await fixture.SignInAsync(operators, Size.Phone);
        await window.Button("Stop the line…").ClickAsync();
        await Expect(window.Button("Stop the line")).ToBeDisabledAsync();
        await window.Page.GetByLabel("Why").FillAsync(Words.Evil);
        (await window.FindBarriersAsync()).ShouldBeEmpty("the panel");
        await window.Button("Stop the line").ClickAsync();

        foreach (var (path, heading) in new[] { ("/", "Fleet"), ("/apps/cart", "cart"), ("/history", "History"), ("/freezes", "Freezes") })
        {
            await window.GoAsync(path, heading);
            await Expect(Banner(window, "The line is stopped")).ToContainTextAsync("<img src=x");
            await SeeNoMarkupAsync(window, path);
        }
        await Expect(window.Button("Let it run…")).ToHaveCountAsync(0);
        await Expect(window.Button("Stop the line…")).ToHaveCountAsync(0);
        (await window.Page.EvaluateAsync<int>("() => fetch('/api/v1/control/stop', { method: 'DELETE', headers: { 'X-Shifter-Request': '1' } }).then(r => r.status)")).ShouldBe(403);

        await using var admin = await fixture.SignInAsync();
        await admin.Button("Let it run…").ClickAsync(new() { Timeout = 60_000 });
        await Expect(admin.Page.GetByRole(AriaRole.Dialog)).ToContainTextAsync("stopped by");
        await admin.Page.GetByLabel("Why").FillAsync("put right");
        await admin.Button("Let it run").ClickAsync();
        await Expect(Banner(admin, "The line is stopped")).ToHaveCountAsync(0, PatientCount);
        // Whoever looks is told of it.
        await Expect(Banner(window, "The line is stopped")).ToHaveCountAsync(0, PatientCount);
        (await _stack.Api.SendAsync(HttpMethod.Get, "control/stop")).Status.ShouldBe(404);
        window.Complaints.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_freeze_is_set_with_its_reason_and_taken_away()
    {
        await using var window = await fixture.SignInAsync();
        var page = window.Page;
        await window.GoAsync("/freezes", "Freezes");
        await window.Button("Freeze…").ClickAsync(new() { Timeout = 60_000 });
        await page.GetByLabel("Name").FillAsync(Words.Evil);
        await page.GetByLabel("Applications (empty: all)").FillAsync("cart, shop");
        await page.GetByLabel("From").FillAsync(Local(DateTimeOffset.UtcNow.AddHours(-30)));
        await Expect(window.Button("Freeze")).ToBeDisabledAsync();
        await page.GetByLabel("To", new() { Exact = true }).FillAsync(Local(DateTimeOffset.UtcNow.AddHours(30)));
        await page.GetByLabel("Why").FillAsync("year end");
        (await window.FindBarriersAsync()).ShouldBeEmpty("the panel");
        await window.Button("Freeze").ClickAsync();

        await Expect(Banner(window, "cart, shop")).ToContainTextAsync("year end");
        await Expect(page.GetByRole(AriaRole.Table)).ToContainTextAsync("holds");
        (await window.FindBarriersAsync()).ShouldBeEmpty("the page with a freeze");
        await using (var phone = await fixture.SignInAsync(size: Size.Phone, scheme: ColorScheme.Dark))
        {
            await phone.GoAsync("/freezes", "Freezes");
            await Expect(Banner(phone, "cart, shop")).ToContainTextAsync("<img src=x");
            await SeeNoMarkupAsync(phone, "/freezes");
            (await phone.FindBarriersAsync()).ShouldBeEmpty("on a phone, in the dark");
        }

        await window.Button("Take away…").ClickAsync();
        await page.GetByLabel("Why").FillAsync("over");
        await window.Button("Take it away").ClickAsync();
        await Expect(page.GetByText("There is none.")).ToBeVisibleAsync(Patient);
        await Expect(Banner(window, "cart, shop")).ToHaveCountAsync(0, PatientCount);
        window.Complaints.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_freeze_of_every_week_is_in_words_and_who_may_not_change_it_is_not_offered_to()
    {
        await _stack.Api.SendAsync(HttpMethod.Put, "control/freeze", new { reason = "usual", windows = new[] { new { name = "weekend", weekly = new { days = new[] { "saturday", "sunday" }, from = "16:00", zone = "Europe/Berlin" } } } });
        var viewer = (await _stack.Api.SendAsync(HttpMethod.Post, "tokens", new { name = "looks", role = "viewer" })).Text("secret");
        await using var window = await fixture.SignInAsync(viewer);
        await window.GoAsync("/freezes", "Freezes");
        await Expect(window.Page.GetByText("each saturday, sunday from 16:00 to 24:00 Europe/Berlin")).ToBeVisibleAsync(Patient);
        foreach (var act in new[] { "Freeze…", "Take away…", "Stop the line…" }) await Expect(window.Button(act)).ToHaveCountAsync(0);
    }

    private static ILocator Banner(Window window, string text) => window.Page.Locator(".frame > .notice").Filter(new() { HasText = text });

    private static async Task SeeNoMarkupAsync(Window window, string path)
    {
        (await window.Page.Locator("#app img, #app script").CountAsync()).ShouldBe(0, path);
        (await window.Page.TitleAsync()).ShouldNotContain("hit");
        (await window.OverhangAsync()).ShouldBe(0, $"{path} goes sideways");
    }

    /// <summary>As a field for a moment takes it. Which zone the browser is in does not matter to what is tested.</summary>
    private static string Local(DateTimeOffset at) => at.ToString("yyyy-MM-ddTHH:mm", CultureInfo.InvariantCulture);
}
