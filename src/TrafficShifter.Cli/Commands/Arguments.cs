using System.CommandLine;
using System.Text.Json.Nodes;
using TrafficShifter.Cli.Hosting;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;

namespace TrafficShifter.Cli.Commands;

/// <summary>Arguments and bodies that several commands have.</summary>
internal static class Arguments
{
    public static Argument<string> App()
    {
        var app = new Argument<string>("app") { HelpName = "APP", Description = "Name of the application" };
        app.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && AppName.FindProblem(token.Value) is { } bad) result.AddError($"\"{token.Value}\": {bad}");
        });
        return app;
    }

    public static Argument<string> Named(string name, string description) => new(name.ToLowerInvariant()) { HelpName = name, Description = description };

    public static Option<string?> File(string description) => new("--file", "-f") { Description = description, HelpName = "FILE" };

    public static Option<string> RequiredFile(string description) => new("--file", "-f") { Description = description, HelpName = "FILE", Required = true };

    public static Option<TimeSpan?> Wait() => Times.Option("--wait", "Wait until every node was read back as wanted, up to 30s; exit code 8 when one was not");

    public static Option<bool> DryRun(string description = "Say what would happen; change nothing") => new("--dry-run") { Description = description };

    /// <summary>What almost every write takes: why.</summary>
    public static JsonObject Reason(Invocation run)
    {
        var body = new JsonObject();
        if (run.Settings.Reason is { } reason) body["reason"] = reason;
        return body;
    }

    /// <summary><c>wait=5s</c>; null when nobody waits.</summary>
    public static string? Query(TimeSpan? wait) => wait is { } time ? $"wait={Duration.Format(time)}" : null;

    /// <summary>A path with those of its parameters that are there.</summary>
    public static string With(this string path, params string?[] parameters) =>
        string.Join('&', parameters.Where(p => p is not null)) is { Length: > 0 } query ? $"{path}?{query}" : path;

    /// <summary>For calls whose body is a document, which has no place for a reason.</summary>
    public static string? ReasonQuery(Invocation run) => run.Settings.Reason is { } reason ? Query("reason", reason) : null;

    /// <summary>For admins: also while a campaign holds the application.</summary>
    public static Option<bool> HeldForce() => new("--force") { Description = "Also while a campaign holds the application; for admins, with --reason" };

    public static string Query(string name, string value) => $"{name}={Uri.EscapeDataString(value)}";
}
