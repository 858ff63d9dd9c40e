using System.Text.RegularExpressions;
using Microsoft.Playwright;
using TrafficShifter.Dashboard.Tests.Browser;
using TrafficShifter.EndToEnd.Tests.Stack;
using static Microsoft.Playwright.Assertions;

namespace TrafficShifter.Dashboard.Tests;

/// <summary>An operator of one application, from signing in to rolling back from a phone.</summary>
[Collection(DashboardGroup.Name)]
public sealed class JourneyTests(DashboardFixture fixture)
{
    private static readonly LocatorAssertionsToBeVisibleOptions Patient = new() { Timeout = 60_000 };
    private readonly ShiftingStack _stack = fixture.Stack;

    [Fact]
    public async Task An_operator_starts_a_rollout_watches_it_approves_its_gate_and_rolls_back_from_a_phone()
    {
        var token = await PrepareAsync();
        await using var load = _stack.Load("shop");
        await using var window = await fixture.SignInAsync(token);
        var page = window.Page;

        // Finds the application by keyboard alone.
        await page.Keyboard.PressAsync("/");
        await page.Keyboard.TypeAsync("sho");
        await Expect(page.Locator(".grid .row")).ToHaveCountAsync(1);
        await page.GetByRole(AriaRole.Link, new() { Name = "shop", Exact = true }).FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        await window.Heading("shop").WaitForAsync();
        await Expect(page.GetByRole(AriaRole.Img, new() { NameRegex = new Regex("blue 100 %, green 0 %, observed on 2 of 2 nodes") })).ToBeVisibleAsync(Patient);

        // The plan is tried before it is started: every check is asked once.
        await window.Button("Start rollout…").ClickAsync();
        await Expect(page.GetByText("From blue to green in 2 steps")).ToBeVisibleAsync(Patient);
        await Expect(page.GetByRole(AriaRole.Dialog).GetByText("error-ratio")).ToBeVisibleAsync();
        await page.GetByLabel("Why").FillAsync("release 42");
        await window.Button("Start").ClickAsync();

        // It goes its way: what is shown as observed was read back.
        await Expect(page.GetByRole(AriaRole.Img, new() { NameRegex = new Regex("green 25 %, observed on 2 of 2 nodes") })).ToBeVisibleAsync(Patient);
        (await _stack.GreenAsync("shop")).ShouldBe([25m, 25m]);
        await Expect(page.Locator("li[aria-current=step]")).ToContainTextAsync("25 %");
        await Expect(window.Button("Approve…")).ToBeVisibleAsync(Patient);
        await Expect(page.Locator(".charts .line.blue").Nth(1)).ToHaveAttributeAsync("d", new Regex("M.*L"), new() { Timeout = 60_000 });
        await window.PictureAsync("app");
        await TakeFleetPicturesAsync();

        // A word at the gate needs a reason.
        await window.Button("Approve…").ClickAsync();
        await Expect(window.Button("Approve")).ToBeDisabledAsync();
        await page.GetByLabel("Why").FillAsync("looks fine");
        await window.Button("Approve").ClickAsync();
        await Expect(page.GetByRole(AriaRole.Img, new() { NameRegex = new Regex("green 50 %") }).First).ToBeVisibleAsync(Patient);

        await RollBackFromAPhoneAsync(token);

        await Expect(page.Locator(".notice").GetByText("Locked to").First).ToBeVisibleAsync(Patient);
        await page.GetByRole(AriaRole.Link, new() { Name = "the last rollout" }).ClickAsync();
        await window.Heading("Rollout of shop").WaitForAsync();
        await page.Locator(".decisions a").Filter(new() { HasText = "ask" }).ClickAsync();
        await Expect(page.Locator("section[aria-labelledby=evidence] .sentence")).ToContainTextAsync("waits for approval");
        await Expect(page.Locator("section[aria-labelledby=evidence] code").First).ToContainTextAsync("haproxy_server_http_responses_total");
        await window.PictureAsync("rollout");
        window.Complaints.ShouldBeEmpty();
        window.Asked.ShouldAllBe(url => url.StartsWith(_stack.Server.Address.ToString(), StringComparison.Ordinal));
        window.Asked.ShouldAllBe(url => !url.Contains(token, StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_is_not_permitted_is_not_offered_and_is_refused_when_forced()
    {
        var token = (await _stack.Api.SendAsync(HttpMethod.Post, "tokens", new { name = "of-search", role = "operator", apps = new[] { "search" } })).Text("secret");
        await using var window = await fixture.SignInAsync(token);
        await Expect(window.Page.Locator(".grid .row")).ToHaveCountAsync(1);
        await Expect(window.Button("Roll back all…")).ToHaveCountAsync(0);

        var viewer = (await _stack.Api.SendAsync(HttpMethod.Post, "tokens", new { name = "looks-only", role = "viewer" })).Text("secret");
        await using var other = await fixture.SignInAsync(viewer);
        await other.GoAsync("/apps/cart", "cart");
        await Expect(other.Page.GetByText("You can view cart")).ToBeVisibleAsync(Patient);
        foreach (var act in new[] { "Lock to blue", "Roll back to blue", "Start rollout…", "Set weights…", "Undo promotion…" }) await Expect(other.Button(act)).ToHaveCountAsync(0);

        var before = await _stack.GreenAsync("cart");
        foreach (var (method, path) in new[] { ("PUT", "apps/cart/weights"), ("POST", "apps/cart/rollback"), ("POST", "apps/cart/rollouts"), ("POST", "rollback"), ("GET", "tokens") })
        {
            var status = await other.Page.EvaluateAsync<int>(
                "([method, path]) => fetch(`/api/v1/${path}`, { method, headers: { 'X-Shifter-Request': '1' }, ...(method === 'GET' ? {} : { body: '{\"blue\":1,\"green\":1}' }) }).then(r => r.status)", new[] { method, path });
            status.ShouldBe(403, $"{method} {path}");
        }
        (await _stack.GreenAsync("cart")).ShouldBe(before);
    }

    private async Task TakeFleetPicturesAsync()
    {
        if (!Window.TakesPictures) return;
        (await _stack.Api.ShiftAsync("cart", 90, 10)).Status.ShouldBe(200);
        foreach (var scheme in new[] { ColorScheme.Light, ColorScheme.Dark })
        {
            await using var fleet = await fixture.SignInAsync(scheme: scheme);
            await Expect(fleet.Page.GetByText("Waiting for you 1")).ToBeVisibleAsync(Patient);
            await fleet.PictureAsync($"fleet-{scheme.ToString().ToLowerInvariant()}");
        }
    }

    private async Task RollBackFromAPhoneAsync(string token)
    {
        await using var phone = await fixture.SignInAsync(token, Size.Phone, ColorScheme.Dark);
        await phone.GoAsync("/apps/shop", "shop");
        var button = phone.Button("Roll back to blue");
        await button.WaitForAsync();
        await Expect(button).ToBeInViewportAsync();
        (await button.BoundingBoxAsync())!.Height.ShouldBeGreaterThanOrEqualTo(44);
        await phone.PictureAsync("phone");

        // The second tap of a double tap does nothing.
        await button.TapAsync();
        var send = phone.Button("Roll back now");
        await Expect(send).ToBeFocusedAsync();
        await Expect(send).ToBeInViewportAsync();
        await phone.PictureAsync("phone-rollback");
        await send.TapAsync();

        await Expect(phone.Page.GetByText(new Regex("^Observed on 2 nodes after"))).ToBeVisibleAsync(Patient);
        (await _stack.GreenAsync("shop")).ShouldBe([0m, 0m]);
        phone.Complaints.ShouldBeEmpty();
    }

    /// <summary>A plan with a gate, and a token that may operate one application.</summary>
    private async Task<string> PrepareAsync()
    {
        const string responses = "haproxy_server_http_responses_total{proxy=\"{{backend}}\",server=~\"{{server}}\"";
        var plan = new
        {
            steps = new object[] { new { share = "25%", hold = "3s", gate = "approve" }, new { share = "50%", hold = "10m" } },
            checks = new[]
            {
                new { name = "error-ratio", query = $"sum(increase({responses},code=\"5xx\"}}[{{{{window}}}}])) / sum(increase({responses}}}[{{{{window}}}}]))", max = 0.01, window = "3s", interval = "1s", minRequests = 5 },
            },
        };
        (await _stack.Api.SendAsync(HttpMethod.Put, "plans/gated", plan)).Status.ShouldBeOneOf(200, 201);
        (await _stack.Api.SendAsync(HttpMethod.Put, "apps/shop", new { routing = new { backend = "shop" }, plan = "gated", owners = new[] { "payments" } })).Status.ShouldBe(200);
        var made = await _stack.Api.SendAsync(HttpMethod.Post, "tokens", new { name = "anna", role = "operator", apps = new[] { "shop" } });
        made.Status.ShouldBe(201, made.ToString());
        return made.Text("secret");
    }
}
