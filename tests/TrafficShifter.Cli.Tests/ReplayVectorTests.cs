using System.Globalization;
using System.Text.Json;

namespace TrafficShifter.Cli.Tests;

/// <summary>Sequences that an independent program computed, through the command, to 1e-9: one tick is one batch, the guard looks at the tick itself, latency is held at 1.</summary>
public sealed class ReplayVectorTests
{
    private static readonly string[] Options =
    [
        "judge", "replay", "-", "--alpha", "0.01", "--k", "1", "--delta", "0.0002", "--p0", "0.01", "--phi", "1", "--steps", "5",
        "--batch-min", "1", "--batch-age", "60s", "--window", "5s", "--weights", "0.5,0.2,0.3",
    ];

    [Fact]
    public Task Healthy_candidate_gives_the_numbers_of_the_reference() => CheckAsync(
        new("50,0,450,1", 0.7962441302391661, 0.487748646997164, 1.0, 1.3101221318356542, 0.7956717945190158, 1.0, "continue"),
        new("50,0,450,0", 0.791155049336225, 0.4449614509256615, 1.0, 1.6953210343823515, 0.7845698148532448, 1.0, "continue"),
        new("50,0,450,0", 0.786234856322461, 0.42531957506929696, 1.0, 2.2668568051166043, 0.7781813431750899, 1.0, "continue"),
        new("50,1,450,1", 1.0101922593781905, 0.43065429909330794, 0.19, 1.0503913898775563, 0.8912269895077569, 1.0, "continue"),
        new("50,0,450,0", 1.0005883754099623, 0.41706949210100774, 1.0, 1.2387865241432234, 0.8837080861251827, 1.0, "continue"),
        new("50,0,450,0", 0.9912956847595993, 0.4087330198581972, 1.0, 1.4833498040977824, 0.8773944463514392, 1.0, "continue"),
        new("50,0,450,1", 0.8840432639591184, 0.4034831471527001, 1.0, 1.8860414547663724, 0.8227182614100992, 1.0, "continue"),
        new("50,0,450,0", 0.8785889915213485, 0.40008921372613415, 1.0, 2.3386278160912672, 0.819312338505901, 1.0, "continue"),
        new("50,0,450,0", 0.8732600756927358, 0.3978166447653577, 1.0, 2.9451294938653607, 0.8161933667994394, 1.0, "continue"),
        new("50,1,450,1", 1.1770924087422967, 0.3980710485491044, 0.19, 1.9445227444297173, 0.9681604140809692, 1.0, "continue"),
        new("50,0,450,0", 1.1657916202264607, 0.3961236050933686, 1.0, 2.3924329381292058, 0.962120531131904, 1.0, "continue"),
        new("50,0,450,0", 1.1547865655526688, 0.3947548722021127, 1.0, 2.988152441237545, 0.956344257216757, 1.0, "continue"));

    [Fact]
    public Task Candidate_five_points_worse_gives_the_numbers_of_the_reference() => CheckAsync(
        new("50,2,450,0", 14.788786412029065, 1.1218648470341863, 0.010000000000000002, 0.5086011573695575, 7.91876617542137, 0.12628229926826806, "continue"),
        new("50,3,450,1", 850.3522294532653, 9.328421018773454, 0.0037000000000000006, 0.33556223581197964, 427.34179893038737, 0.0023400472467307062, "rollback"));

    [Fact]
    public Task Candidate_that_only_fails_gives_the_numbers_of_the_reference() => CheckAsync(
        new("1,1,22,0", 4.332479148599741, 20.62015, 0.043478260869565216, 0.5929148905955819, 6.590269574299871, 0.15173886116885238, "continue"),
        new("3,3,20,0", 1030.5427709779224, 10592678.738410752, 0.00221911728445796, 0.3379627955499082, 2119051.3190676393, 4.719092883696605e-07, "rollback"));

    private static async Task CheckAsync(params Expected[] expected)
    {
        var rows = expected.Select((row, i) => string.Create(CultureInfo.InvariantCulture, $"{5 * (i + 1)},1,{row.Counts}"));

        var run = await Shifter.RunAsync("t,step,candidate_requests,candidate_bad,stable_requests,stable_bad\n" + string.Join('\n', rows), Options);

        run.Errors.ShouldBeEmpty();
        run.ExitCode.ShouldBe(0);
        run.Lines.Length.ShouldBe(expected.Length);
        foreach (var (row, text) in expected.Zip(run.Lines))
        {
            var line = JsonDocument.Parse(text).RootElement;
            Nearly(line, "eRelative", row.ERelative);
            Nearly(line, "eAbsolute", row.EAbsolute);
            Nearly(line.GetProperty("guard"), "tail", row.Tail);
            Nearly(line, "goCoarse", row.Go);
            Nearly(line, "e", row.E);
            Nearly(line, "p", row.P);
            (line.GetProperty("decision").GetString() == "rollback").ShouldBe(row.Decision == "rollback");
        }
    }

    private static void Nearly(JsonElement line, string name, double expected) =>
        line.GetProperty(name).GetDouble().ShouldBe(expected, 1e-9 * expected, name);

    /// <param name="Counts">Candidate requests, candidate bad, stable requests, stable bad.</param>
    private sealed record Expected(string Counts, double ERelative, double EAbsolute, double Tail, double Go, double E, double P, string Decision);
}
