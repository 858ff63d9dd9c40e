using System.Collections;
using System.Globalization;
using System.Text.Json;
using Spectre.Console;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Core.Traffic.Maps;
using TrafficShifter.Demo.Load;

namespace TrafficShifter.Benchmarks;

/// <summary>What users really get of a share: 100,000 requests at each of five shares, by `random` and by `sticky` routing, on two nodes.</summary>
/// <remarks>
/// The floor is chance itself: z is how many standard deviations of a binomial draw the count is away from the share. Sticky sets of users are compared
/// between the nodes and between the shares.
/// </remarks>
internal static class SharesBench
{
    private static readonly string[] Shares = ["0.01%", "0.1%", "1%", "5%", "50%"];

    public static async Task<int> RunAsync(bool quick, CancellationToken cancellationToken)
    {
        var count = quick ? 10_000 : 100_000;
        await using var origin = await DataplaneOrigin.StartAsync(cancellationToken);
        await using var reader = LogReader.Start();
        await using var one = await DataplaneNode.StartAsync(origin, apps: 1, reader.Port, cancellationToken);
        await using var two = await DataplaneNode.StartAsync(origin, apps: 1, reader.Port, cancellationToken);
        var table = new Table().Border(TableBorder.Simple).AddColumns("share", "mode", "requests", "green", "of chance (z)", "same on both nodes", "only added");
        var (worst, failed, different, lost) = (0.0, 0, 0, 0);
        var before = new BitArray(count);
        foreach (var share in Shares.Select(text => Share.Parse(text)))
        {
            await one.ShiftAsync("random", MapMode.Random, share, cancellationToken);
            var drawn = await AskAsync(one, "random", count);
            Row("random", drawn, "", "");

            foreach (var node in new[] { one, two }) await node.ShiftAsync("sticky", MapMode.Sticky, share, cancellationToken);
            var (first, second) = (await AskAsync(one, "sticky", count), await AskAsync(two, "sticky", count));
            var apart = Count(new BitArray(first).Xor(second));
            var left = Count(new BitArray(first).Not().And(before));
            (different, lost, before) = (different + apart, lost + left, first);
            Row("sticky", first, apart == 0 ? "yes" : $"{apart} differ", left == 0 ? "yes" : $"{left} left");

            void Row(string mode, BitArray green, string same, string added)
            {
                var (expected, deviation) = (count * share.Ratio, Math.Sqrt(count * share.Ratio * (1 - share.Ratio)));
                var z = (Count(green) - expected) / deviation;
                worst = Math.Max(worst, Math.Abs(z));
                table.AddRow(share.ToString(), mode, count.ToString(CultureInfo.InvariantCulture), Count(green).ToString(CultureInfo.InvariantCulture), z.ToString("0.00", CultureInfo.InvariantCulture), same, added);
            }
        }
        AnsiConsole.MarkupLine("[bold]shares[/]: what users get of a share, on two nodes");
        AnsiConsole.Write(table);
        Console.Out.WriteLine(JsonSerializer.Serialize(new Dictionary<string, double> { ["requests"] = count * Shares.Length * 3.0, ["failed"] = failed, ["worstZ"] = Math.Round(worst, 2), ["usersApart"] = different, ["usersLost"] = lost }));
        return failed + different + lost == 0 ? 0 : 1;

        async Task<BitArray> AskAsync(DataplaneNode node, string app, int users)
        {
            using var client = await PipelinedClient.ConnectAsync(node.MapPort);
            var answers = await client.AskAsync([.. Enumerable.Range(0, users).Select(n => PipelinedRequest.By($"user-{n}", app))]);
            failed += answers.Count(answer => answer.Status != 200);
            return new BitArray([.. answers.Select(answer => answer.Colour == "green")]);
        }
    }

    private static int Count(BitArray bits) => bits.Cast<bool>().Count(bit => bit);
}
