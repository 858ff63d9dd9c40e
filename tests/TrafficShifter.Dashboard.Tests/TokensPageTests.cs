using Microsoft.Playwright;
using TrafficShifter.Dashboard.Tests.Browser;
using static Microsoft.Playwright.Assertions;

namespace TrafficShifter.Dashboard.Tests;

[Collection(DashboardGroup.Name)]
public sealed class TokensPageTests(DashboardFixture fixture)
{
    [Fact]
    public async Task A_token_is_made_shown_once_used_and_revoked()
    {
        await using var admin = await fixture.SignInAsync();
        await admin.GoAsync("/tokens", "Tokens");
        await admin.Button("New token…").ClickAsync();
        await admin.Page.GetByLabel("Name").FillAsync("ben");
        await admin.Page.GetByLabel("Role").SelectOptionAsync("viewer");
        await admin.Page.GetByLabel("Applications").FillAsync("blog");
        await admin.Button("Make the token").ClickAsync();
        var secret = await admin.Page.GetByLabel("Secret").InputValueAsync();
        secret.ShouldStartWith("tsh_");
        await admin.Button("Close").ClickAsync();
        await Expect(admin.Page.GetByRole(AriaRole.Rowheader, new() { Name = "ben" })).ToBeVisibleAsync();
        (await admin.Page.ContentAsync()).ShouldNotContain(secret);

        await using var viewer = await fixture.SignInAsync(secret);
        await Expect(viewer.Page.Locator(".grid .row")).ToHaveCountAsync(1);

        await admin.Button("Revoke ben").ClickAsync();
        await admin.Button("Revoke").ClickAsync();
        await Expect(admin.Page.GetByRole(AriaRole.Rowheader, new() { Name = "ben" })).ToHaveCountAsync(0);

        // Whoever was signed in with it is out.
        await viewer.Page.ReloadAsync();
        await viewer.Heading("Sign in to TrafficShifter").WaitForAsync();
    }

    [Fact]
    public async Task Signing_out_ends_the_session_on_the_server()
    {
        await using var window = await fixture.SignInAsync();
        var cookies = await window.Page.Context.CookiesAsync();
        cookies.ShouldAllBe(c => c.HttpOnly && c.SameSite == SameSiteAttribute.Strict);
        (await window.Page.EvaluateAsync<string>("() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie])")).ShouldBe("""[{},{},""]""");

        await window.Button("admin").ClickAsync();
        await window.Button("Sign out").ClickAsync();
        await window.Heading("Sign in to TrafficShifter").WaitForAsync();

        await window.Page.Context.AddCookiesAsync(cookies.Select(c => new Cookie { Name = c.Name, Value = c.Value, Domain = c.Domain, Path = c.Path, HttpOnly = true }));
        (await window.Page.EvaluateAsync<int>("() => fetch('/api/v1/session').then(r => r.status)")).ShouldBe(401);
    }

    [Fact]
    public async Task A_wrong_token_is_refused_with_a_sentence()
    {
        await using var window = await fixture.OpenAsync();
        await window.Page.GotoAsync("/");
        await window.Page.GetByLabel("Token").FillAsync("tsh_wrong");
        await window.Button("Sign in").ClickAsync();

        await Expect(window.Page.GetByRole(AriaRole.Alert)).ToHaveTextAsync("The token is not, or no longer, valid.");
    }
}
