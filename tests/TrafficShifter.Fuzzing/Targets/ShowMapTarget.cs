using TrafficShifter.Core.Traffic.Maps;
using TrafficShifter.HAProxy.Maps;

namespace TrafficShifter.Fuzzing.Targets;

/// <summary>The rows of a running HAProxy's map, and what it says to `get map` and `prepare map`.</summary>
internal sealed class ShowMapTarget : TextTarget
{
    public override string Name => "show-map";

    public override int BytesPerByte => 200;

    public override IReadOnlyList<string> Words => ["0x55d0c8a7ea90 shop s.500.web.shop\n", "0x", "found=yes", ", found=no", ", value=\"", "\", type=\"", "New version created: ", "#", "s.500.web.shop"];

    protected override object? Read(string input) => Refusable<object?>(() => input switch
    {
        _ when input.StartsWith("type", StringComparison.Ordinal) => GetMap.Parse(input) ?? "no row",
        _ when input.StartsWith("New", StringComparison.Ordinal) => (object)MapCommands.ParseVersion(input),
        _ => ShowMap.Parse(input),
    });

    protected override void Check(string input, object? read)
    {
        if (read is not MapReading map) return;
        foreach (var row in map.Rows)
        {
            Require(row.ToString().Split(' ') is [{ Length: > 0 }, { Length: > 0 }], "a row has not two fields");
            if (AppRow.TryParse(row.Value, out var app)) Require(app.ToString() == row.Value, "a row of apps.map is not what is written of it");
        }
        // Whatever was found, what it is to be changed into can be said, and holds afterwards.
        var wanted = new Dictionary<string, string> { ["shop"] = "s.500.web.shop" };
        var change = map.ChangeTo(wanted);
        Require(change.IsEmpty == map.Holds(wanted), "what is to be changed and what holds contradict each other");
    }
}
