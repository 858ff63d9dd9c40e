using System.Text.RegularExpressions;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Core.Traffic.Maps;
using TrafficShifter.Fuzzing.Engine;
using TrafficShifter.HAProxy;
using TrafficShifter.HAProxy.Maps;

namespace TrafficShifter.Fuzzing.Targets;

/// <summary>
/// Names of applications, pools, hosts, users, groups, backends and servers, a line each, on their way into HAProxy's commands and maps: as many commands as are meant,
/// each with as many words, and rows of two fields. <c>\u000a</c> in a line is that character, so that a name may hold what ends a line.
/// </summary>
internal sealed partial class NamesTarget : TextTarget
{
    private const string Map = "/etc/haproxy/maps/apps.map";

    public override string Name => "names";

    public override int BytesPerByte => 400;

    public override IReadOnlyList<string> Words => ["shop", "web", "shop.example.com", "alice", "staff", "blue1", "10.0.0.0/8", "::/0", "\\u000a", "\\u0000", "\\u003b", "\\ud83d\\ude00", "\\u0020", " <<", "|net|", ";set server a/b weight 0"];

    protected override object? Read(string input)
    {
        var texts = input.Split('\n').Select(line => Escapes().Replace(line, e => ((char)Convert.ToInt32(e.Groups[1].Value, 16)).ToString())).Concat(Enumerable.Repeat("", 8)).Take(8).ToList();
        var known = (
            App: AppName.TryParse(texts[0], null, out var app) ? app : null, Pool: PoolName.TryParse(texts[1], null, out var pool) ? pool : null,
            Host: HostName.TryParse(texts[2], null, out var host) ? host : null, User: UserId.TryParse(texts[3], null, out var user) ? user : null,
            Group: GroupName.TryParse(texts[4], null, out var group) ? group : null, Backend: ProxyName.TryParse(texts[5], null, out var backend) ? backend : null,
            Server: ProxyName.TryParse(texts[6], null, out var server) ? server : null, Network: Network.TryParse(texts[7], null, out var network) ? network : null);
        var commands = new List<(string Text, int Words)>();
        if (known.Backend is not null) commands.AddRange([(ShowServersState.Command(known.Backend), 4), (ShowStat.Command(known.Backend.Value), 5), (ShowTable.Command(known.Backend), 4)]);
        if (known is { Backend: not null, Server: not null })
        {
            var name = new ServerName(known.Backend, known.Server);
            commands.AddRange([(SetWeight.Command(new SetServerWeight(known.Backend, known.Server, 7)), 5), (ServerCommands.SetMaintenance(name, true), 5), (ServerCommands.ShutDownSessions(name), 4)]);
        }
        var rows = known is { App: not null, Pool: not null } ? Rows(known.App, known.Pool, known.Host, known.User, known.Group, known.Network) : [];
        foreach (var row in rows) commands.AddRange([(MapCommands.Set(Map, row), 5), (MapCommands.Add(Map, row), 5), (MapCommands.Get(Map, row.Key), 4), (MapCommands.Delete(Map, row.Key), 4)]);
        return commands.Count == 0 ? new Refusal(AppName.FindProblem(texts[0]) ?? PoolName.FindProblem(texts[1]) ?? ProxyName.FindProblem(texts[5]) ?? "") : new Written(commands, rows);
    }

    protected override void Check(string input, object? read)
    {
        if (read is not Written written) return;
        var sent = CommandChunks.Split([.. written.Commands.Select(c => c.Text)]).SelectMany(chunk => CommandLine.Read(string.Join('\n', chunk) + '\n')).ToList();
        Require(sent.Count == written.Commands.Count, $"{written.Commands.Count} commands are meant, and {sent.Count} are sent");
        foreach (var (words, meant) in sent.Zip(written.Commands)) Require(words.Count == meant.Words, $"\"{meant.Text}\" has {words.Count} words, and {meant.Words} are meant");
        foreach (var row in written.Rows)
        {
            Require(row.ToString().Split([' ', '\t', '\n', '\r']) is [{ Length: > 0 }, { Length: > 0 }] && row.Key[0] != '#', "a row of a map file has not two fields");
            Require(ShowMap.Parse($"0x7f {row}\n") is { Foreign.Count: 0, Rows: [var seen] } && seen == row, "a row is read back as another");
        }
        foreach (var payload in MapCommands.AddPayloads(Map, 7, written.Rows))
        {
            CommandChunks.ValidatePayload(payload);
            Require(payload.Split('\n')[1..^1].All(line => line.Split(' ').Length == 2), "a line of a payload is no row");
        }
        Require(MapCommands.AddPayloads(Map, 7, written.Rows).Sum(p => p.Count(c => c == '\n') - 1) == written.Rows.Count, "a payload has more or fewer rows than are meant");
    }

    private static List<MapRow> Rows(AppName app, PoolName pool, HostName? host, UserId? user, GroupName? group, Network? network)
    {
        var mapped = new MappedApp
        {
            Name = app, Pool = pool, Green = Share.OfBasisPoints(500), Hosts = host is null ? [] : [host],
            Rules = new TargetRules
            {
                Users = user is null ? new Dictionary<UserId, Colour>() : new Dictionary<UserId, Colour> { [user] = Colour.Green },
                Groups = group is null ? [] : [new GroupRule(group, Colour.Green), new GroupRule(group, Colour.Blue, GroupSource.Cookie)],
                Networks = network is null ? [] : [new NetworkRule(network, Colour.Green)],
            },
        };
        var (image, _) = MapImage.Of([mapped]);
        Require(AppRow.TryParse(image[MapFile.Apps][app.Value], out var read) && read.App == app && read.Pool == pool, "the row of apps.map is not read as it was written");
        return [.. MapFiles.All.SelectMany(file => image[file]).Select(row => new MapRow(row.Key, row.Value))];
    }

    [GeneratedRegex(@"\\u([0-9a-fA-F]{4})")]
    private static partial Regex Escapes();

    private sealed record Written(IReadOnlyList<(string Text, int Words)> Commands, IReadOnlyList<MapRow> Rows);
}
