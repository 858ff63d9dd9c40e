using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using TrafficShifter.Server.Security;

namespace TrafficShifter.Server.Tests.Security;

/// <summary>Role × verb × application over the whole API, as the OpenAPI document lists it. A call that has no rule, or one that nobody agreed to, fails here.</summary>
public sealed class PermissionsTests(PermissionsFixture fixture) : IClassFixture<PermissionsFixture>
{
    private static readonly string[] Roles = ["viewer", "operator", "admin"];

    public static TheoryData<string> Callers => [.. PermissionsFixture.Callers.Keys];

    /// <remarks>The file is what was agreed to: it is written by hand, one line for each call.</remarks>
    [Fact]
    public void The_rules_are_those_that_were_agreed_to() =>
        fixture.Operations.Select(o => o.ToString()).Order(StringComparer.Ordinal).ShouldBe(ReadAgreed().Select(o => o.ToString()).Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Callers))]
    public async Task Each_caller_may_what_the_rules_say_and_nothing_else(string caller)
    {
        var wrong = new List<string>();
        foreach (var operation in ReadAgreed())
            foreach (var app in operation.NamesAnApp ? new[] { "shop", "blog" } : ["shop"])
            {
                var answer = await fixture.CallAsync(operation, app, caller);
                var isRefused = (int)answer.Status is 401 or 403;
                if (isRefused == IsPermitted(caller, operation, app) && operation.Path != "/api/v1/session") wrong.Add($"{operation} on {app}: {(int)answer.Status} {answer.Text}");
                if (isRefused && operation.Role != "anybody") answer.ShouldBeProblem(403, "forbidden", null, $"\"{caller}\" (");
            }
        wrong.ShouldBeEmpty(string.Join('\n', wrong));
    }

    [Fact]
    public async Task Nobody_may_nothing()
    {
        foreach (var operation in fixture.Operations.Where(o => o.Role != "anybody"))
            (await fixture.CallAsync(operation, "shop", null)).ShouldBeProblem(401, "unauthenticated", null, "Authorization: Bearer");
    }

    [Fact]
    public void An_endpoint_without_a_rule_keeps_the_server_from_starting()
    {
        var app = WebApplication.CreateSlimBuilder().Build();
        app.MapGroup("/api/v1").WithVerbs().MapGet("/forgotten", (HttpContext http) => http.Response.WriteAsync("open to all"));

        Should.Throw<InvalidOperationException>(() => ((Microsoft.AspNetCore.Routing.IEndpointRouteBuilder)app).DataSources.SelectMany(s => s.Endpoints).ToList()).Message.ShouldContain("/forgotten");
    }

    /// <summary>Said once more, and not by asking the code that is tested.</summary>
    private static bool IsPermitted(string caller, Operation operation, string app)
    {
        var parts = caller.Split("-of-");
        var role = parts[0] switch { "ci" => "operator", "roller" => "admin", var named => named };
        var isForAll = parts is [_] or [_, "all"];
        if (Array.IndexOf(Roles, role) < Array.IndexOf(Roles, operation.Role)) return false;
        var verbs = parts[0] switch { "ci" => (string[])["start", "pause"], "roller" => ["rollback-all"], _ => null };
        if (verbs is not null && operation is not ({ Reach: "common" } or { Verb: "view" }) && !verbs.Contains(operation.Verb)) return false;
        return operation.Reach switch
        {
            "common" => true,
            "fleet" => isForAll,
            _ => isForAll || !operation.NamesAnApp || app == (parts[1] == "press" ? "blog" : "shop"),
        };
    }

    private static IReadOnlyList<Operation> ReadAgreed([CallerFilePath] string here = "") =>
        [.. File.ReadAllLines(Path.Combine(Path.GetDirectoryName(here)!, "golden", "permissions.txt")).Where(line => line.Length > 0 && line[0] != '#')
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Select(p => new Operation(p[0], p[1], p[2], p[3], p[4]))];
}
