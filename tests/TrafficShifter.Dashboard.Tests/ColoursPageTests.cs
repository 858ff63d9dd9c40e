using System.Text.RegularExpressions;
using Microsoft.Playwright;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Dashboard.Tests.Browser;
using TrafficShifter.Demo.Upstream;
using TrafficShifter.EndToEnd.Tests.Stack;
using static Microsoft.Playwright.Assertions;

namespace TrafficShifter.Dashboard.Tests;

/// <summary>A side is evacuated and brought back by hand, with one application that cannot leave.</summary>
[Collection(CampaignGroup.Name)]
public sealed class ColoursPageTests(CampaignFixture fixture)
{
    private static readonly LocatorAssertionsToBeVisibleOptions Patient = new() { Timeout = 60_000 };
    private static readonly LocatorAssertionsToContainTextOptions PatientText = new() { Timeout = 60_000 };
    private readonly ShiftingStack _stack = fixture.Stack;

    [Fact]
    public async Task A_side_is_evacuated_with_the_list_of_who_is_left_and_restored()
    {
        await PrepareAsync();
        await using var window = await fixture.SignInAsync();
        var page = window.Page;
        await window.GoAsync("/colours", "Colours");
        await window.Button("Evacuate green…").ClickAsync(new() { Timeout = 60_000 });
        var dialog = page.GetByRole(AriaRole.Dialog);
        await Expect(dialog.GetByText("1 application would stay on green")).ToBeVisibleAsync(Patient);
        await Expect(dialog.GetByRole(AriaRole.Listitem).Filter(new() { HasText = "lone" })).ToContainTextAsync("blue");
        await page.GetByLabel("Why").FillAsync("new network layer " + Words.Evil);
        await Expect(window.Button("Evacuate green")).ToBeDisabledAsync();
        await page.GetByLabel("Type green to go on").FillAsync("green");
        (await window.FindBarriersAsync()).ShouldBeEmpty("the panel");
        await window.PictureAsync("evacuate");
        await window.Button("Evacuate green").ClickAsync();

        // One that keeps state waits for a person's word.
        var green = page.Locator("section[aria-labelledby=side-green]");
        await window.Button("Approve mail…").ClickAsync(new() { Timeout = 60_000 });
        (await _stack.GreenAsync("mail")).ShouldBe([30m]);
        await page.GetByLabel("Why").FillAsync("the primary is moved");
        await window.Button("Approve").ClickAsync();
        await Expect(green.Locator(".sentence")).ToContainTextAsync("green is evacuated", PatientText);
        await Expect(green.GetByRole(AriaRole.Listitem).Filter(new() { HasText = "lone" })).ToBeVisibleAsync(Patient);
        await Expect(page.Locator("section[aria-labelledby=side-blue]").GetByText("green is evacuated: without blue nothing would serve")).ToBeVisibleAsync(Patient);
        await Expect(window.Button("Evacuate blue…")).ToBeDisabledAsync();
        foreach (var app in new[] { "news", "mail" }) (await _stack.GreenAsync(app)).ShouldBe([0m], app);
        (await _stack.GreenAsync("lone")).ShouldBe([100m]);
        await SeeThatItIsSaidEverywhereAsync();

        await window.Button("Restore green…").ClickAsync();
        await page.GetByLabel("Why").FillAsync("rebuilt");
        await page.GetByLabel("Plan").SelectOptionAsync("brief");
        await window.Button("Restore green").ClickAsync();
        await Expect(green.Locator(".sentence")).ToContainTextAsync("green serves", PatientText);
        (await _stack.GreenAsync("news")).ShouldBe([40m]);
        (await _stack.GreenAsync("mail")).ShouldBe([30m]);
        await window.GoAsync("/", "Fleet");
        await Expect(page.Locator(".notice").GetByText("is evacuated")).ToHaveCountAsync(0, new() { Timeout = 60_000 });
        window.Complaints.ShouldBeEmpty();
        foreach (var app in new[] { "news", "mail" }) (await _stack.Api.ShiftAsync(app, 100, 0)).Status.ShouldBe(200);
    }

    [Fact]
    public async Task Who_may_not_move_sides_is_not_offered_to()
    {
        var operators = (await _stack.Api.SendAsync(HttpMethod.Post, "tokens", new { name = "shifts", role = "operator" })).Text("secret");
        await using var window = await fixture.SignInAsync(operators);
        await window.GoAsync("/colours", "Colours");
        await Expect(window.Page.GetByText(new Regex("^blue serves"))).ToBeVisibleAsync(Patient);
        await Expect(window.Page.Locator("main .acts button")).ToHaveCountAsync(0);
        foreach (var call in new[] { "evacuate", "restore" })
            (await window.Page.EvaluateAsync<int>("call => fetch(`/api/v1/colours/green/${call}`, { method: 'POST', headers: { 'X-Shifter-Request': '1' } }).then(r => r.status)", call)).ShouldBe(403, call);
    }

    private async Task SeeThatItIsSaidEverywhereAsync()
    {
        foreach (var (size, scheme) in new[] { (Size.Desktop, ColorScheme.Light), (Size.Desktop, ColorScheme.Dark), (Size.Phone, ColorScheme.Light), (Size.Phone, ColorScheme.Dark) })
        {
            await using var window = await fixture.SignInAsync(size: size, scheme: scheme);
            await Expect(window.Page.Locator(".notice").Filter(new() { HasText = "green is evacuated" })).ToBeVisibleAsync(Patient);
            foreach (var (path, heading) in new[] { ("/", "Fleet"), ("/colours", "Colours"), ("/apps/news", "news") })
            {
                await window.GoAsync(path, heading);
                await Expect(window.Page.Locator("main").GetByText("evacuated").First).ToBeVisibleAsync(Patient);
                (await window.FindBarriersAsync()).ShouldBeEmpty(path);
                (await window.OverhangAsync()).ShouldBe(0, $"{path} goes sideways");
                (await window.Page.Locator("main img, main script").CountAsync()).ShouldBe(0, path);
                (await window.Page.TitleAsync()).ShouldNotContain("hit");
            }
            await Expect(window.Page.Locator(".notice").GetByRole(AriaRole.Link, new() { Name = "green is restored" })).ToBeVisibleAsync(Patient);
            await Expect(window.Button("Unlock…")).ToHaveCountAsync(0);
            await window.GoAsync("/colours", "Colours");
            if (size == Size.Desktop && scheme == ColorScheme.Light) await window.PictureAsync("colours");
        }
    }

    /// <summary>Green has traffic of three applications; one keeps state, and the other side of another is down.</summary>
    private async Task PrepareAsync()
    {
        (await _stack.Api.SendAsync(HttpMethod.Put, "plans/brief", CampaignFixture.Plan)).Status.ShouldBeOneOf(200, 201);
        (await _stack.Api.SendAsync(HttpMethod.Put, "apps/mail", new { routing = new { backend = "mail" }, leaving = new { approve = true } })).Status.ShouldBe(200);
        (await _stack.Api.ShiftAsync("news", 60, 40)).Status.ShouldBe(200);
        (await _stack.Api.ShiftAsync("mail", 70, 30)).Status.ShouldBe(200);
        (await _stack.Api.ShiftAsync("lone", 0, 100)).Status.ShouldBe(200);
        await _stack.UpstreamOf("lone").SetAsync(Colour.Blue, new ColourBehaviour { Refuse = true });
        await Eventually.SeeAsync("lone cannot leave green", () => _stack.Api.SendAsync(HttpMethod.Post, "colours/green/evacuate?dryRun=true"),
            dry => dry.Body.TryGetProperty("left", out var left) && left.EnumerateArray().Select(l => l.GetProperty("app").GetString()).SequenceEqual(["lone"]));
    }
}
