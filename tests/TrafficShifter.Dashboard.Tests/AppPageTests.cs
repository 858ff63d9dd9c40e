using System.Text.RegularExpressions;
using Microsoft.Playwright;
using TrafficShifter.Dashboard.Tests.Browser;
using TrafficShifter.EndToEnd.Tests.Stack;
using static Microsoft.Playwright.Assertions;

namespace TrafficShifter.Dashboard.Tests;

/// <summary>What stands on the pages of one application, of its rollout, of a node, and in the history.</summary>
[Collection(DashboardGroup.Name)]
public sealed class AppPageTests(DashboardFixture fixture)
{
    /// <summary>Always passed; what is in it is never found.</summary>
    private const string EvilQuery = "vector(0) or up{job=\"<img src=x onerror=alert(1)><script>hit()</script>\"}";
    private static readonly LocatorAssertionsToBeVisibleOptions Patient = new() { Timeout = 60_000 };
    private static readonly LocatorAssertionsToContainTextOptions PatientText = new() { Timeout = 60_000 };
    private readonly ShiftingStack _stack = fixture.Stack;

    [Fact]
    public async Task Where_nothing_was_promoted_undoing_says_so_instead_of_being_tried()
    {
        await using var window = await fixture.SignInAsync();
        await window.GoAsync("/apps/search", "search");
        if ((await _stack.Api.StatusAsync("search")).Body.TryGetProperty("lock", out _)) (await _stack.Api.UnlockAsync("search")).Status.ShouldBe(200);
        await Expect(window.Button("Undo promotion…")).ToBeDisabledAsync(new() { Timeout = 60_000 });
        await Expect(window.Page.GetByText("there is no promotion to undo")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task What_people_write_of_a_rollout_is_text_and_its_limits_are_in_no_foreign_chart()
    {
        (await _stack.Api.ShiftAsync("cart", 100, 0)).Status.ShouldBe(200);
        var id = await StartAsync();
        await _stack.Api.SendAsync(HttpMethod.Post, $"rollouts/{id}/pause", new { reason = Words.Evil });
        await using var window = await fixture.SignInAsync(size: Size.Phone);

        await window.GoAsync("/apps/cart", "cart");
        await Expect(window.Page.Locator("main .sentence")).ToContainTextAsync("<img src=x", PatientText);
        await Expect(window.Page.Locator("main")).ToContainTextAsync("job=\"<img src=x", PatientText);
        await window.Page.Locator(".chart svg").Nth(3).WaitForAsync();
        await Expect(window.Page.Locator(".chart .limit-text")).ToHaveCountAsync(0);
        await SeeNoMarkupAsync(window, "/apps/cart");

        foreach (var verb in new[] { "resume", "approve" }) (await _stack.Api.SendAsync(HttpMethod.Post, $"rollouts/{id}/{verb}", new { reason = Words.Evil })).Status.ShouldBe(200, verb);
        (await _stack.Api.SendAsync(HttpMethod.Post, $"rollouts/{id}/abort", new { reason = Words.Evil })).Status.ShouldBe(200);
        await _stack.SeePhaseAsync(id, "aborted");
        await window.GoAsync($"/rollouts/{id}", "Rollout of cart");
        await Expect(window.Page.Locator("main > .hint")).ToContainTextAsync("<img src=x", PatientText);
        var evidence = window.Page.Locator("section[aria-labelledby=evidence]");
        var said = "";
        var count = await window.Page.Locator(".decisions a").CountAsync();
        for (var n = count; n > 0; n--)
        {
            await window.Page.Locator(".decisions a").Nth(count - n).ClickAsync();
            await window.Heading($"Decision {n}").WaitForAsync();
            said += await evidence.InnerTextAsync();
            await SeeNoMarkupAsync(window, $"decision {n}");
        }
        // In the sentence of the pause, and in the query of the check.
        said.ShouldContain(Words.Evil);
        said.ShouldContain("<img src=x onerror=alert(1)>");
        await window.GoAsync("/history?app=cart", "History");
        await Expect(window.Page.Locator("main table")).ToContainTextAsync("<img src=x", PatientText);
        await SeeNoMarkupAsync(window, "the history");
        window.Complaints.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_definition_is_shown_with_its_snippet_and_changed_and_its_labels_find_it()
    {
        await using var window = await fixture.SignInAsync();
        var page = window.Page;
        await window.GoAsync("/apps/cart", "cart");
        await page.GetByRole(AriaRole.Link, new() { Name = "Definition", Exact = true }).ClickAsync();
        await Expect(page.GetByText("weights, backend cart")).ToBeVisibleAsync(Patient);
        await Expect(page.Locator("section[aria-labelledby=snippet] pre")).ToContainTextAsync("cart");
        await window.Button("Change…").ClickAsync();
        await page.GetByLabel("The document (JSON)").FillAsync("""{"name":"cart","routing":{"backend":"cart"},"labels":{"tier":"web"},"owners":["payments"]}""");
        (await window.FindBarriersAsync()).ShouldBeEmpty("the panel");
        await window.Button("Write it").ClickAsync();
        await Expect(page.GetByText("tier=web")).ToBeVisibleAsync(Patient);

        await window.GoAsync("/", "Fleet");
        await page.GetByRole(AriaRole.Searchbox).FillAsync("TIER=web");
        await Expect(page.Locator(".grid .row .name")).ToHaveTextAsync(["cart"]);
    }

    [Fact]
    public async Task A_node_has_a_page_and_the_list_leads_there()
    {
        await using var window = await fixture.SignInAsync();
        await window.GoAsync("/nodes", "Nodes");
        await window.Page.GetByRole(AriaRole.Link, new() { Name = "hap2", Exact = true }).ClickAsync();
        await window.Heading("hap2").WaitForAsync();
        await Expect(window.Page.GetByText(new Regex(@"^\d+\.\d+\S*, process \d+$"))).ToBeVisibleAsync(Patient);
        await Expect(window.Button("Forget…")).ToHaveCountAsync(0);
        await window.GoAsync("/nodes/no-such-node", "Not found");
    }

    [Fact]
    public async Task The_history_is_narrowed_by_outcome_and_by_time_and_the_address_says_how()
    {
        await _stack.Api.ShiftAsync("cart", 99, 1);
        await _stack.Api.ShiftAsync("cart", 100, 0);
        await using var window = await fixture.SignInAsync();
        var (page, rows) = (window.Page, window.Page.Locator("tbody tr"));
        await window.GoAsync("/history?app=cart&from=2020-01-01T00%3A00%3A00Z", "History");
        await Expect(page.GetByLabel("From")).ToHaveValueAsync(new Regex("^20(19|20)-"));
        await Expect(rows.First).ToBeVisibleAsync(Patient);

        await page.GetByLabel("To", new() { Exact = true }).FillAsync("2021-01-01T00:00");
        await Expect(page.GetByText("0 entries")).ToBeVisibleAsync(Patient);
        await Expect(page).ToHaveURLAsync(new Regex(@"[?&]to=202[01]-"));
        await page.GetByLabel("To", new() { Exact = true }).FillAsync("");
        await Expect(rows.First).ToBeVisibleAsync(Patient);

        await page.GetByLabel("Outcome").SelectOptionAsync("ignored");
        await Expect(page.GetByText("0 entries")).ToBeVisibleAsync(Patient);
        await page.GetByLabel("Outcome").SelectOptionAsync("done");
        await Expect(rows.First).ToBeVisibleAsync(Patient);
    }

    /// <summary>A rollout that waits at its gate; of its checks none limits what a chart shows.</summary>
    private async Task<string> StartAsync()
    {
        var started = await _stack.Api.SendAsync(HttpMethod.Post, "apps/cart/rollouts", new
        {
            reason = Words.Evil,
            plan = new
            {
                steps = new object[] { new { share = "50%", hold = "1s", gate = "approve" }, new { share = "60%", hold = "10m" } },
                checks = new[] { new { name = "odd", query = EvilQuery, max = 0.5, window = "1s", interval = "1s" } },
            },
        });
        started.Status.ShouldBe(201, started.ToString());
        var id = started.Text("id");
        await Eventually.SeeAsync("the gate", () => _stack.Api.RolloutAsync(id), r => r.Body.TryGetProperty("gate", out var gate) && gate.ValueKind == System.Text.Json.JsonValueKind.Object);
        return id;
    }

    private static async Task SeeNoMarkupAsync(Window window, string where)
    {
        (await window.Page.Locator("#app img, #app script").CountAsync()).ShouldBe(0, where);
        (await window.Page.TitleAsync()).ShouldNotContain("hit", Case.Sensitive, where);
        (await window.OverhangAsync()).ShouldBe(0, $"{where} goes sideways");
    }
}
