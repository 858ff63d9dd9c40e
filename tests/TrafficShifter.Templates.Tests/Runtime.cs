using System.Globalization;

namespace TrafficShifter.Templates.Tests;

/// <summary>Files as runtime.ctmpl renders them.</summary>
internal static class Runtime
{
    public static string File(params IEnumerable<string> lines) => Of("# rollback none 0 0", lines);

    public static string Of(string rollback, IEnumerable<string> lines)
    {
        var all = lines.ToList();
        return string.Join('\n', ["# traffic-shifter 1 runtime", rollback, .. all, $"# end {all.Count(line => line.StartsWith('#'))}", ""]);
    }

    /// <param name="share">Green's, 0 to 10,000.</param>
    /// <param name="index">Of all three documents, unless <paramref name="state"/> says otherwise for the state's.</param>
    public static string App(string name, int share, string backend = "shop", string locked = "-", string source = "weights", int index = 10, int? state = null, bool force = false) =>
        string.Create(CultureInfo.InvariantCulture, $"# app {name} weights {backend} - {share} {locked} {source} {(force ? 1 : 0)} {index} {index} {state ?? index} prefix=blue prefix=green");

    public static string Map(string name, int share, string pool = "web", string locked = "-", string mode = "s", int index = 10) =>
        string.Create(CultureInfo.InvariantCulture, $"# app {name} map {pool} {mode} {share} {locked} {(locked == "-" ? "weights" : "lock")} 0 {index} {index} {index} - -");
}
