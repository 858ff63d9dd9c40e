using System.Text.RegularExpressions;
using Microsoft.Playwright;
using TrafficShifter.Dashboard.Tests.Browser;
using TrafficShifter.EndToEnd.Tests.Stack;
using static Microsoft.Playwright.Assertions;

namespace TrafficShifter.Dashboard.Tests;

/// <summary>A small migration on the real stack: how far, what holds it, and who may tell it what.</summary>
[Collection(CampaignGroup.Name)]
public sealed class MigrationPageTests(CampaignFixture fixture)
{
    private static readonly LocatorAssertionsToBeVisibleOptions Patient = new() { Timeout = 60_000 };
    private static readonly LocatorAssertionsToContainTextOptions PatientText = new() { Timeout = 60_000 };
    private readonly ShiftingStack _stack = fixture.Stack;

    [Fact]
    public async Task A_migration_is_started_by_its_schedule_watched_and_its_gate_is_approved()
    {
        await StoreAsync("new-network", "green", new { name = "first", select = new { apps = new[] { "news" } } }, new { name = "second", gate = "approve", select = new { apps = new[] { "mail", "wiki" } } });
        await using var window = await fixture.SignInAsync();
        var page = window.Page;
        await page.Keyboard.PressAsync("g");
        await page.Keyboard.PressAsync("m");
        await window.Heading("Migrations").WaitForAsync();
        await Expect(Row(page, "new-network")).ToContainTextAsync("Not started");
        await page.GetByRole(AriaRole.Link, new() { Name = "new-network" }).ClickAsync();
        await window.Heading("new-network").WaitForAsync();

        // Nothing is held before its whole schedule was shown.
        await window.Button("Start…").ClickAsync();
        await Expect(page.GetByText("3 applications in 2 waves")).ToBeVisibleAsync(Patient);
        await Expect(page.GetByRole(AriaRole.Dialog).GetByText("second: 2 applications")).ToContainTextAsync("after approval");
        (await _stack.KV.GetAsync("state/news")).TryGetProperty("campaign", out _).ShouldBeFalse();
        (await window.FindBarriersAsync()).ShouldBeEmpty("the schedule");
        await window.Button("Start").ClickAsync();

        await Expect(page.Locator("main [role=status].sentence")).ToContainTextAsync("wave second waits for approval", PatientText);
        await Expect(page.GetByRole(AriaRole.Navigation)).ToContainTextAsync("Migrations 1 running", PatientText);
        await Expect(page.GetByRole(AriaRole.Img, new() { Name = "1 moved, 2 waiting" })).ToBeVisibleAsync(Patient);
        await Expect(page.GetByText("1 of 3 applications")).ToBeVisibleAsync();
        await Expect(page.GetByText("0 of 2 rollbacks used")).ToBeVisibleAsync();
        await Expect(page.GetByText(new Regex("^Forecast: done about .* the wait for 1 approval not counted"))).ToBeVisibleAsync(Patient);
        await Expect(Row(page, "news")).ToContainTextAsync("moved", PatientText);
        (await _stack.GreenAsync("news")).ShouldBe([100m]);
        (await _stack.GreenAsync("mail")).ShouldBe([0m]);
        await Expect(window.Button("Approve…")).ToBeVisibleAsync(Patient);
        await window.PictureAsync("migration");
        await LookFromEverywhereAsync();
        await SeeThatItIsHeldAsync(window);

        // A word at the gate needs a reason; the key opens the panel and no more.
        await window.GoAsync("/migrations/new-network", "new-network");
        await window.Button("Approve…").WaitForAsync();
        await page.Keyboard.PressAsync("a");
        await Expect(window.Button("Approve")).ToBeDisabledAsync();
        await page.GetByLabel("Why").FillAsync("looks fine");
        await window.Button("Approve").ClickAsync();

        await Expect(page.GetByText("3 of 3 applications")).ToBeVisibleAsync(Patient);
        await Expect(page.Locator(".who")).ToContainTextAsync("Done", PatientText);
        await Expect(page.Locator(".waves li").Nth(1)).ToContainTextAsync("approved by admin (“looks fine”)");
        await Expect(page.Locator("main .acts button")).ToHaveCountAsync(0);
        foreach (var app in new[] { "news", "mail", "wiki" }) (await _stack.GreenAsync(app)).ShouldBe([100m], app);
        await page.GetByRole(AriaRole.Searchbox).FillAsync("mai");
        await Expect(page.Locator("section[aria-labelledby=applications] tbody tr")).ToHaveCountAsync(1);
        await Row(page, "mail").GetByRole(AriaRole.Link, new() { Name = "the rollout" }).ClickAsync();
        await window.Heading("Rollout of mail").WaitForAsync();
        (await window.FindBarriersAsync()).ShouldBeEmpty("the rollout");
        window.Complaints.ShouldBeEmpty();
    }

    [Fact]
    public async Task What_is_not_permitted_is_not_offered_and_an_abort_needs_its_name()
    {
        await StoreAsync("never", "green", new { name = "only", gate = "approve", select = new { apps = new[] { "idle" } } });
        var viewer = (await _stack.Api.SendAsync(HttpMethod.Post, "tokens", new { name = "watches", role = "viewer" })).Text("secret");
        await using (var other = await fixture.SignInAsync(viewer))
        {
            await other.GoAsync("/migrations/never", "never");
            await Expect(other.Page.GetByText("Held by: it has not been started")).ToBeVisibleAsync(Patient);
            await Expect(other.Page.Locator("main .acts button")).ToHaveCountAsync(0);
            foreach (var call in new[] { "start", "pause", "approve", "abort" }) (await ForceAsync(other.Page, $"migrations/never/{call}")).ShouldBe(403, call);
        }
        (await _stack.Api.SendAsync(HttpMethod.Post, "migrations/never/start", new { reason = "to be refused" })).Status.ShouldBe(200);

        await using var window = await fixture.SignInAsync();
        await window.GoAsync("/migrations/never", "never");
        await window.Button("Reject…").ClickAsync(new() { Timeout = 60_000 });
        await window.Page.GetByLabel("Why").FillAsync("not this week");
        await window.Button("Reject").ClickAsync();
        await Expect(window.Page.Locator("main [role=status].sentence")).ToContainTextAsync("stopped", PatientText);
        await Expect(window.Page.GetByRole(AriaRole.Navigation)).ToContainTextAsync("Migrations 1 halted", PatientText);
        await Expect(window.Button("Resume")).ToBeEnabledAsync();

        await window.Button("Abort…").ClickAsync();
        await window.Page.GetByLabel("Why").FillAsync("another plan");
        await Expect(window.Button("Abort the migration")).ToBeDisabledAsync();
        await window.Page.GetByLabel("Type never to go on").FillAsync("never");
        (await window.FindBarriersAsync()).ShouldBeEmpty("the abort");
        await window.Button("Abort the migration").ClickAsync();
        await Expect(window.Page.Locator(".who")).ToContainTextAsync("Aborted", PatientText);
        await Eventually.SeeAsync("idle let go", async () => !(await _stack.KV.GetAsync("state/idle")).TryGetProperty("campaign", out _));
        await window.GoAsync("/migrations/no-such-one", "Not found");
        window.Complaints.ShouldBeEmpty();
    }

    private static ILocator Row(IPage page, string name) => page.Locator("tbody tr").Filter(new() { Has = page.GetByRole(AriaRole.Rowheader, new() { Name = name, Exact = true }) });

    private static Task<int> ForceAsync(IPage page, string path) =>
        page.EvaluateAsync<int>("path => fetch(`/api/v1/${path}`, { method: 'POST', headers: { 'X-Shifter-Request': '1' } }).then(r => r.status)", path);

    private async Task LookFromEverywhereAsync()
    {
        var rollout = (await _stack.Api.SendAsync(HttpMethod.Get, "apps/news/rollouts")).Body[0].GetProperty("id").GetString();
        foreach (var (size, scheme) in new[] { (Size.Desktop, ColorScheme.Dark), (Size.Phone, ColorScheme.Light), (Size.Phone, ColorScheme.Dark) })
        {
            await using var window = await fixture.SignInAsync(size: size, scheme: scheme);
            foreach (var (path, heading) in new[] { ("/migrations", "Migrations"), ("/migrations/new-network", "new-network") })
            {
                await window.GoAsync(path, heading);
                await Expect(window.Page.GetByText("1 of 3 applications")).ToBeVisibleAsync(Patient);
                (await window.FindBarriersAsync()).ShouldBeEmpty(path);
                (await window.OverhangAsync()).ShouldBe(0, $"{path} goes sideways");
            }
            await window.GoAsync($"/rollouts/{rollout}", "Rollout of news");
            await Expect(window.Page.Locator(".decisions li").First).ToBeVisibleAsync(Patient);
            (await window.FindBarriersAsync()).ShouldBeEmpty("the rollout");
        }
    }

    /// <summary>The page of an application says who holds it.</summary>
    private static async Task SeeThatItIsHeldAsync(Window window)
    {
        await window.GoAsync("/apps/mail", "mail");
        await Expect(window.Page.Locator(".notice").GetByRole(AriaRole.Link, new() { Name = "new-network" })).ToBeVisibleAsync(Patient);
    }

    private async Task StoreAsync(string name, string to, params object[] waves)
    {
        (await _stack.Api.SendAsync(HttpMethod.Put, "plans/brief", CampaignFixture.Plan)).Status.ShouldBeOneOf(200, 201);
        var stored = await _stack.Api.SendAsync(HttpMethod.Put, $"migrations/{name}", new { to, plan = "brief", parallelism = 2, stop = new { rollbacks = 2 }, waves });
        stored.Status.ShouldBe(201, stored.ToString());
    }
}
