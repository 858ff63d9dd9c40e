using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using TrafficShifter.Dashboard.Tests.Browser;
using TrafficShifter.EndToEnd.Tests.Stack;
using static Microsoft.Playwright.Assertions;

namespace TrafficShifter.Dashboard.Tests;

/// <summary>Two people change the same weights; and the history of it as a file.</summary>
[Collection(DashboardGroup.Name)]
public sealed class WeightsTests(DashboardFixture fixture)
{
    private static readonly LocatorAssertionsToBeVisibleOptions Patient = new() { Timeout = 60_000 };
    private readonly ShiftingStack _stack = fixture.Stack;

    [Fact]
    public async Task Who_changed_the_weights_meanwhile_is_named_and_one_chooses()
    {
        (await _stack.Api.ShiftAsync("cart", 100, 0)).Status.ShouldBe(200);
        await using var window = await fixture.SignInAsync();
        await window.GoAsync("/apps/cart", "cart");
        await OpenAsync(window, "35");
        (await _stack.Api.ShiftAsync("cart", 80, 20)).Status.ShouldBe(200);
        await window.Button("Set weights").ClickAsync();

        var dialog = window.Page.GetByRole(AriaRole.Dialog);
        await Expect(dialog.GetByText(new Regex(@"^admin set green to 20 % \d+ s ago \(“a test”\)\. Yours is 35 %\.$"))).ToBeVisibleAsync(Patient);
        await Expect(dialog.GetByText("Nothing was changed by you.")).ToBeVisibleAsync();
        (await _stack.GreenAsync("cart")).ShouldBe([20m, 20m]);
        (await window.FindBarriersAsync()).ShouldBeEmpty("the conflict");
        await window.Button("Keep admin's").ClickAsync();
        await Expect(dialog).ToHaveCountAsync(0);
        (await _stack.GreenAsync("cart")).ShouldBe([20m, 20m]);

        await OpenAsync(window, "35");
        (await _stack.Api.ShiftAsync("cart", 70, 30)).Status.ShouldBe(200);
        await window.Button("Set weights").ClickAsync();
        await window.Button("Use mine").ClickAsync();
        await Expect(dialog).ToHaveCountAsync(0, new() { Timeout = 60_000 });
        await _stack.SeeGreenAsync("cart", 35);
        window.Complaints.ShouldBeEmpty();
    }

    [Fact]
    public async Task The_history_is_saved_as_lines_of_what_the_filters_find()
    {
        (await _stack.Api.ShiftAsync("search", 100, 0)).Status.ShouldBe(200);
        await using var window = await fixture.SignInAsync();
        await window.GoAsync("/history?app=search", "History");
        var file = await window.Page.RunAndWaitForDownloadAsync(() => window.Button("Export JSON lines").ClickAsync());

        file.SuggestedFilename.ShouldBe("history.jsonl");
        var lines = await File.ReadAllLinesAsync(await file.PathAsync());
        lines.ShouldNotBeEmpty();
        lines.Select(line => JsonSerializer.Deserialize<JsonElement>(line).GetProperty("app").GetString()).ShouldAllBe(app => app == "search");
        window.Complaints.ShouldBeEmpty();
    }

    private static async Task OpenAsync(Window window, string green)
    {
        await window.Button("Set weights…").ClickAsync(new() { Timeout = 60_000 });
        await window.Page.Locator("#green-share").FillAsync(green);
        await Expect(window.Page.GetByRole(AriaRole.Dialog).GetByText(new Regex($"^hap1: green {green} %"))).ToBeVisibleAsync(Patient);
        await Expect(window.Button("Set weights")).ToBeEnabledAsync();
    }
}
