using System.Globalization;
using System.Text;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Ports;

namespace TrafficShifter.Testing.LoadBalancers;

/// <summary>One connection to a <see cref="FakeRuntimeApi"/>: HAProxy 2.6's words, and the framing of 3.2, which prompts once for a line.</summary>
internal sealed class RuntimeApiSession(SimulatedHAProxy haproxy, Func<RuntimeApiMood> mood)
{
    private const string UnknownCommand = "Unknown command, but maybe one of the following ones is a better match:\n  help [<command>]  : list matching or all commands\n  prompt            : toggle interactive mode with prompt\n\n";
    private bool _interactive;

    /// <summary>The connection is to be closed.</summary>
    public bool Ended { get; private set; }

    /// <summary>The replies to one line. Without a prompt one line is all that is answered.</summary>
    public string Answer(string line)
    {
        if (mood() == RuntimeApiMood.Garbage)
        {
            Ended = true;
            return "HTTP/1.0 400 Bad request\r\n\r\n<html>";
        }
        var replies = new StringBuilder();
        foreach (var command in line.Split(';'))
        {
            var text = command.Trim();
            if (text == "quit") Ended = true;
            if (text == "prompt") _interactive = !_interactive;
            else if (!Ended) replies.Append(Reply(text));
            if (text == "prompt") replies.Append('\n');
        }
        if (_interactive) replies.Append("> ");
        if (!_interactive) Ended = true;
        if (mood() != RuntimeApiMood.CutInHalf || line == "prompt") return replies.ToString();
        Ended = true;
        return replies.ToString(0, replies.Length / 2);
    }

    private string Reply(string command) => command.Split(' ') switch
    {
        ["show", "info"] when mood() == RuntimeApiMood.Nonsense => "Name: SomethingElse\n\n",
        ["show", "info"] => Info(),
        ["show", "backend"] => "# name\n" + string.Concat(haproxy.Backends.Select(b => b + "\n")) + "\n",
        ["show", "servers", "state", var backend] => ProxyName.TryParse(backend, null, out var name) && haproxy.Find(name) is { } servers ? State(name, servers) : "Can't find backend.\n\n",
        ["show", "stat", var proxy, "6", "-1"] => ProxyName.TryParse(proxy, null, out var name) && haproxy.Find(name) is { } servers ? Statistics(name, servers) : "No such proxy.\n\n",
        ["show", "table", var table, "data.server_id"] => haproxy.FindPersistence(ProxyName.Parse(table)) is { StickTable: true }
            ? "Filter entry #1: Require and operator among \"eq\", \"ne\", \"le\", \"ge\", \"lt\", \"gt\"\n\n"
            : "No such table\n\n",
        ["shutdown", "sessions", "server", _] when mood() == RuntimeApiMood.UserLevel => "Permission denied\n\n",
        ["set", "server", ..] when mood() == RuntimeApiMood.UserLevel => "Permission denied\n\n",
        ["set", "server", var server, "weight", var weight, ..] => SetWeight(server, weight),
        ["shutdown", "sessions", "server", var server] => Tell(server, haproxy.ShutDownSessions),
        ["set", "server", var server, "state", var state] => Tell(server, name => haproxy.SetMaintenance(name, state == "maint")),
        _ => UnknownCommand,
    };

    private string SetWeight(string server, string weight)
    {
        if (server.Split('/') is not [var backend, var name]) return "Require 'backend/server'.\n\n";
        if (!int.TryParse(weight, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number))
            return char.IsAsciiDigit(weight[0]) ? "Trailing garbage in weight string\n" : "Empty weight string empty or preceded by garbage\n";
        var reply = haproxy.Set(new SetServerWeight(ProxyName.Parse(backend), ProxyName.Parse(name), number));
        return reply.Length == 0 ? "\n" : reply + "\n\n";
    }

    private static string Tell(string server, Func<ServerName, string> tell)
    {
        if (server.Split('/') is not [var backend, var name]) return "Require 'backend/server'.\n\n";
        var reply = tell(new ServerName(ProxyName.Parse(backend), ProxyName.Parse(name)));
        return reply.Length == 0 ? "\n" : reply + "\n\n";
    }

    private string Info()
    {
        var process = haproxy.Process;
        return string.Create(CultureInfo.InvariantCulture,
            $"Name: HAProxy\nVersion: {process.Version}\nProcess_num: 1\nPid: {process.Pid}\nnode: fake\nStopping: {(process.Stopping ? 1 : 0)}\nUnstoppable Jobs: 1\nStart_time_sec: {process.StartedAt}\n\n");
    }

    private string Statistics(ProxyName backend, IReadOnlyList<ServerReading> servers)
    {
        var cookie = haproxy.FindPersistence(backend)?.Cookie;
        var sessions = haproxy.FindSessions(backend)!;
        var rows = servers.Select((s, i) => string.Create(CultureInfo.InvariantCulture,
            $"{backend},{s.Name},0,{sessions[i].Live},{sessions[i].Total},\"Layer4 connection problem, info: \"\"none\"\"\",127.0.0.1:1,{(cookie is null ? "" : $"c{i}")},http,\n"));
        return $"# pxname,svname,qcur,scur,stot,last_chk,addr,cookie,mode,\n{string.Concat(rows)}{backend},BACKEND,0,{sessions.Sum(s => s.Live)},{sessions.Sum(s => s.Total)},,,{cookie},http,\n\n";
    }

    private static string State(ProxyName backend, IReadOnlyList<ServerReading> servers)
    {
        var text = new StringBuilder("1\n# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight srv_iweight srv_time_since_last_change srv_port\n");
        for (var i = 0; i < servers.Count; i++)
        {
            var (operational, administrative) = servers[i].Health switch
            {
                ServerHealth.Down => (0, 0),
                ServerHealth.Maintenance => (0, 1),
                ServerHealth.Draining => (2, 8),
                _ => (2, 0),
            };
            text.Append(CultureInfo.InvariantCulture, $"2 {backend} {i + 1} {servers[i].Name} 127.0.0.1 {operational} {administrative} {servers[i].Weight} {servers[i].InitialWeight} 3 1\n");
        }
        return text.Append('\n').ToString();
    }
}
