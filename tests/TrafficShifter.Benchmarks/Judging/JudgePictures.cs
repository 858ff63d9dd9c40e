using System.Globalization;
using System.Text;
using TrafficShifter.Core.Judging;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Benchmarks.Judging;

/// <summary>Draws docs/img/judge-*.svg from runs of the shipped judge: `./dev bench judge-pictures`. The same seeds, so the same pictures.</summary>
internal static class JudgePictures
{
    private const int Width = 640;
    private const int Height = 260;
    private const int Left = 60;
    private const int Top = 20;
    private const int Bottom = 40;
    private const double Seconds = 180;

    private static readonly Cell Healthy = new(100, 0.001, Fault.None, false, Surroundings.Calm, 1);

    public static async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        var folder = Path.Combine(Demo.Peers.PeerLocator.RepositoryRoot, "docs", "img");
        Directory.CreateDirectory(folder);
        await File.WriteAllTextAsync(Path.Combine(folder, "judge-evidence.svg"), Evidence(), cancellationToken);
        await File.WriteAllTextAsync(Path.Combine(folder, "judge-interval.svg"), Interval(), cancellationToken);
        await Console.Error.WriteLineAsync($"written to {folder}");
        return 0;
    }

    /// <summary>Evidence against the candidate over time, on a logarithmic scale, until it is rolled back.</summary>
    private static string Evidence()
    {
        var picture = Begin("Evidence against the candidate: none is 1, 100 rolls back");
        double Y(double e) => Height - Bottom - (Height - Bottom - Top) * (Math.Log10(Math.Clamp(e, 0.1, 1000)) + 1) / 4;
        foreach (var (at, label) in new[] { (0.1, "0.1"), (1, "1"), (10, "10"), (1000, "1000") }) Line(picture, Y(at), label, "#ddd");
        Line(picture, Y(100), "100: roll back", "#c00");
        Line(picture, Y(4), "4: hold", "#e80");
        Curve(picture, Play(Healthy, (_, v) => Y(v.E)), "#080", "healthy");
        Curve(picture, Play(Healthy with { Surroundings = Surroundings.SharedOutage }, (_, v) => Y(v.E)), "#06c", "both sides fail for a minute");
        Curve(picture, Play(Healthy with { Fault = Fault.OfErrors[2] }, (_, v) => Y(v.E)), "#a0a", "1 point more errors");
        Curve(picture, Play(Healthy with { Fault = Fault.OfErrors[3] }, (_, v) => Y(v.E)), "#c00", "5 points more errors");
        return End(picture, ["#080 healthy", "#06c both sides fail for a minute", "#a0a 1 point more errors", "#c00 5 points more errors"]);
    }

    /// <summary>How much worse the candidate can still be, for a healthy and a faulty one.</summary>
    private static string Interval()
    {
        var picture = Begin("How much higher the candidate's error ratio can be, in points (at 95 %)");
        double Y(double part) => Height - Bottom - (Height - Bottom - Top) * Math.Min(1, part / 0.055);
        foreach (var points in new[] { 0, 1, 2, 5 }) Line(picture, Y(points / 100.0), points.ToString(CultureInfo.InvariantCulture), "#ddd");
        Curve(picture, Play(Healthy, (judge, _) => Y(judge.Interval!.Upper ?? 0.055)), "#080", "at most, healthy");
        Curve(picture, Play(Healthy with { Fault = Fault.OfErrors[2] }, (judge, _) => Y(judge.Interval!.Lower ?? 0)), "#a0a", "at least, 1 point more errors");
        return End(picture, ["#080 at most this much, of a healthy candidate", "#a0a at least this much, of one with 1 point more errors"]);
    }

    private static List<(double Seconds, double Y)> Play(Cell cell, Func<Judge, JudgeVerdict, double> y)
    {
        var latencies = new Latencies();
        var world = new World(cell, rollout: 3, latencies);
        var share = Share.OfBasisPoints(1_000);
        var judge = Judge.Start(OurRule.Constants(world, latencies, OurRule.PlanOf([share])));
        var points = new List<(double, double)>();
        var verdict = default(JudgeVerdict);
        while (world.Seconds < Seconds && verdict.Action != JudgeAction.RollBack)
        {
            var tick = world.Next(share.Ratio);
            verdict = judge.Observe(new JudgeTick
            {
                At = DateTimeOffset.UnixEpoch.AddSeconds(world.Seconds), Length = TimeSpan.FromSeconds(World.TickSeconds), Step = 1, Share = share,
                Errors = tick.Errors, Slow50 = tick.Slow50, Slow90 = tick.Slow90, Slow99 = tick.Slow99,
            });
            points.Add((world.Seconds, y(judge, verdict)));
        }
        return points;
    }

    private static StringBuilder Begin(string title) => new(string.Create(CultureInfo.InvariantCulture,
        $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {Height}\" font-family=\"sans-serif\" font-size=\"11\"><title>{title}</title><rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n<text x=\"{Left}\" y=\"13\" font-size=\"13\">{title}</text>\n"));

    private static void Line(StringBuilder picture, double y, string label, string colour) => picture.Append(CultureInfo.InvariantCulture,
        $"<path d=\"M{Left} {y:0.#}H{Width}\" stroke=\"{colour}\" stroke-dasharray=\"3\"/><text x=\"{Left - 5}\" y=\"{y + 4:0.#}\" text-anchor=\"end\">{label.Split(':')[0]}</text>{(label.Contains(':', StringComparison.Ordinal) ? string.Create(CultureInfo.InvariantCulture, $"<text x=\"{Width - 5}\" y=\"{y - 4:0.#}\" text-anchor=\"end\">{label.Split(": ")[1]}</text>") : "")}\n");

    private static void Curve(StringBuilder picture, List<(double Seconds, double Y)> points, string colour, string name)
    {
        var path = string.Join('L', points.Select(p => string.Create(CultureInfo.InvariantCulture, $"{Left + (Width - Left) * p.Seconds / Seconds:0.#} {p.Y:0.#}")));
        picture.Append(CultureInfo.InvariantCulture, $"<path d=\"M{path}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"><title>{name}</title></path>\n");
        if (points.Count * World.TickSeconds < Seconds) picture.Append(CultureInfo.InvariantCulture, $"<circle cx=\"{Left + (Width - Left) * points[^1].Seconds / Seconds:0.#}\" cy=\"{points[^1].Y:0.#}\" r=\"4\" fill=\"{colour}\"/>\n");
    }

    private static string End(StringBuilder picture, IReadOnlyList<string> legend)
    {
        for (var t = 0; t <= Seconds; t += 30) picture.Append(CultureInfo.InvariantCulture, $"<text x=\"{Left + (Width - Left) * t / Seconds:0.#}\" y=\"{Height - 24}\" text-anchor=\"{(t == 0 ? "start" : t < Seconds ? "middle" : "end")}\">{t} s</text>\n");
        var x = Left;
        foreach (var entry in legend)
        {
            picture.Append(CultureInfo.InvariantCulture, $"<text x=\"{x}\" y=\"{Height - 6}\" fill=\"{entry[..4]}\">&#9632; {entry[5..]}</text>\n");
            x += 30 + 6 * entry[5..].Length;
        }
        return picture.Append("</svg>\n").ToString();
    }
}
