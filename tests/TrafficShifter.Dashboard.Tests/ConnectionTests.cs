using System.Text.RegularExpressions;
using Microsoft.Playwright;
using TrafficShifter.Dashboard.Tests.Browser;
using TrafficShifter.EndToEnd.Tests.Stack;
using static Microsoft.Playwright.Assertions;

namespace TrafficShifter.Dashboard.Tests;

/// <summary>What is shown while the connection is lost, and after it.</summary>
[Collection(DashboardGroup.Name)]
public sealed class ConnectionTests(DashboardFixture fixture)
{
    private static readonly LocatorAssertionsToBeVisibleOptions Patient = new() { Timeout = 60_000 };
    private readonly ShiftingStack _stack = fixture.Stack;

    [Fact]
    public async Task A_lost_connection_is_said_and_what_happened_meanwhile_is_shown_when_it_is_back()
    {
        await using var relay = new TcpRelay(_stack.Server.Address);
        await using var window = await fixture.OpenAsync(address: relay.Address);
        var page = window.Page;
        await page.Clock.InstallAsync();
        await page.GotoAsync("/sign-in?next=%2Fapps%2Fcart");
        await page.GetByLabel("Token").FillAsync(_stack.Token);
        await window.Button("Sign in").ClickAsync();
        await window.Heading("cart").WaitForAsync();
        await Expect(page.GetByText(new Regex("^live, "))).ToBeVisibleAsync(Patient);
        await Expect(window.Button("Set weights…")).ToBeVisibleAsync(Patient);

        relay.Cut();
        // As after a sleep of 40 s.
        await page.Clock.FastForwardAsync(40_000);
        await Expect(page.GetByText("Connection lost")).ToBeVisibleAsync(Patient);
        await Expect(page).ToHaveTitleAsync(new Regex(@"\(stale\)$"));
        await Expect(page.Locator("button.rollback")).ToBeEnabledAsync();

        (await _stack.Api.ShiftAsync("cart", 70, 30)).Status.ShouldBe(200);
        await Expect(window.Button("Try now")).ToBeVisibleAsync(Patient);
        relay.Mend();
        await page.EvaluateAsync("() => dispatchEvent(new Event('online'))");

        await Expect(page.GetByText("Connection lost")).Not.ToBeVisibleAsync(new() { Timeout = 60_000 });
        await Expect(page.GetByRole(AriaRole.Img, new() { NameRegex = new Regex("blue 70 %, green 30 %") })).ToBeVisibleAsync(Patient);
    }

    [Fact]
    public async Task A_change_by_somebody_else_is_seen_without_asking()
    {
        await using var window = await fixture.SignInAsync();
        await window.Page.GetByRole(AriaRole.Searchbox).FillAsync("cart");

        (await _stack.Api.ShiftAsync("cart", 83, 17)).Status.ShouldBe(200);
        await Expect(window.Page.Locator(".grid .row").GetByRole(AriaRole.Img, new() { NameRegex = new Regex("green 17 %") })).ToBeVisibleAsync(Patient);

        (await _stack.Api.ShiftAsync("cart", 100, 0)).Status.ShouldBe(200);
        await Expect(window.Page.Locator(".grid .row").GetByRole(AriaRole.Img, new() { NameRegex = new Regex("blue 100 %") })).ToBeVisibleAsync(Patient);
    }

    [Fact]
    public async Task Going_back_works_without_the_stream_of_events()
    {
        (await _stack.Api.ShiftAsync("search", 60, 40)).Status.ShouldBe(200);
        await using var window = await fixture.OpenAsync();
        var page = window.Page;
        await page.RouteAsync("**/api/v1/events", route => route.AbortAsync());
        await page.GotoAsync("/sign-in?next=%2Fapps%2Fsearch");
        await page.GetByLabel("Token").FillAsync(_stack.Token);
        await window.Button("Sign in").ClickAsync();

        await window.Button("Roll back to blue").ClickAsync();
        var send = window.Button("Roll back now");
        await Expect(send).ToBeFocusedAsync();
        await Expect(send).ToBeEnabledAsync();
        await page.Keyboard.PressAsync("Enter");

        await Expect(page.GetByText(new Regex("^Observed on 2 nodes after"))).ToBeVisibleAsync(Patient);
        (await _stack.GreenAsync("search")).ShouldBe([0m, 0m]);
        (await _stack.Api.StatusAsync("search")).Body.GetProperty("lock").GetProperty("to").GetString().ShouldBe("blue");
    }

    [Fact]
    public async Task A_rollback_of_all_is_sent_again_when_the_connection_breaks()
    {
        await using var relay = new TcpRelay(_stack.Server.Address);
        await using var window = await fixture.SignInAsync(address: relay.Address);
        var page = window.Page;
        var apps = new[] { "shop", "cart", "blog", "search" };
        await Expect(page.Locator(".grid .row")).ToHaveCountAsync(apps.Length);
        await window.Button("Roll back all…").ClickAsync();
        await Expect(page.GetByRole(AriaRole.Dialog).GetByText("would move")).ToBeVisibleAsync(Patient);
        await page.GetByLabel("Type 4 to go on").FillAsync("4");
        await page.GetByLabel("Why").FillAsync("everything burns");

        relay.Cut();
        await window.Button("Roll back 4").ClickAsync();
        await Expect(page.GetByText("It is tried again")).ToBeVisibleAsync(Patient);
        relay.Mend();

        await Expect(page.GetByText(new Regex(@"^Recorded \(\d+\) for 4 applications"))).ToBeVisibleAsync(Patient);
        foreach (var app in apps)
        {
            (await _stack.Api.StatusAsync(app)).Body.GetProperty("lock").GetProperty("reason").GetString().ShouldBe("everything burns");
            (await _stack.Api.UnlockAsync(app)).Status.ShouldBe(200, app);
        }
    }
}
