using TrafficShifter.Core.Traffic.Maps;
using TrafficShifter.Fuzzing.Engine;
using TrafficShifter.HAProxy;
using TrafficShifter.HAProxy.Maps;

namespace TrafficShifter.Fuzzing.Targets;

/// <summary>What stands last between any text and HAProxy's socket, whoever made it: commands, payloads and rows of maps are refused unless they are one.</summary>
internal sealed class RawRowsTarget : TextTarget
{
    public override string Name => "commands";

    public override int BytesPerByte => 200;

    public override IReadOnlyList<string> Words => ["set server shop/blue1 weight 5", "add map @7 /maps/apps.map <<\nshop s.500.web.shop\n", "prompt", "quit", " <<", "\n\n", ";", "\\"];

    protected override object? Read(string input)
    {
        try
        {
            if (input.Contains("<<", StringComparison.Ordinal))
            {
                CommandChunks.ValidatePayload(input);
                return input;
            }
            return CommandChunks.Split([input]).ToList();
        }
        catch (ArgumentException named)
        {
            return new Refusal(named.Message);
        }
    }

    protected override void Check(string input, object? read)
    {
        if (read is List<IReadOnlyList<string>>) Require(CommandLine.Read(input + '\n').Count == 1, "one command is read as several, or as none");
        if (read is string) Require(input.TrimEnd('\n').Split('\n') is [_, .. var lines] && lines.All(line => line.Length > 0), "an empty line ends a payload before its end");
        var cells = input.Split('\t', 2);
        if (cells.Length < 2 || (MapRow.FindProblem(cells[0]) ?? MapRow.FindProblem(cells[1])) is not null) return;
        Require(CommandLine.Read(MapCommands.Set("/m", new MapRow(cells[0], cells[1])) + '\n') is [{ Count: 5 }], "a row makes another command than its own");
    }
}
