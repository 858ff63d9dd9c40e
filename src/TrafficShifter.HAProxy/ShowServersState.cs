using System.Globalization;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Ports;

namespace TrafficShifter.HAProxy;

/// <summary>The command <c>show servers state &lt;backend&gt;</c>: every server of a backend with its weight and state.</summary>
public static class ShowServersState
{
    /// <summary>What HAProxy answers for a backend that it does not have.</summary>
    public const string NoSuchBackend = "Can't find backend.";

    /// <summary>Taken out by a command (1), by the server it tracks (2) or by the resolver (0x20). Not 4: "disabled in the file" stays set for ever.</summary>
    private const int MaintenanceBits = 0x01 | 0x02 | 0x20;

    /// <summary>Draining by a command (8) or because the server it tracks is (0x10).</summary>
    private const int DrainBits = 0x08 | 0x10;

    /// <summary>The state of all servers of all backends in one reply: for many backends far cheaper than each by its name (10,000: 20 ms of HAProxy's CPU instead of 50, a third of the bytes).</summary>
    public const string All = "show servers state";

    public static string Command(ProxyName backend) => $"show servers state {backend}";

    /// <remarks>
    /// HAProxy 2.6.12; the columns are found by their heading, because later versions add some:
    /// <code>
    /// 1
    /// # be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight srv_iweight srv_time_since_last_change srv_check_status srv_check_result srv_check_health srv_check_state srv_agent_state bk_f_forced_id srv_f_forced_id srv_fqdn srv_port srvrecord srv_use_ssl srv_check_port srv_check_addr srv_agent_addr srv_agent_port
    /// 2 shop 1 blue1 127.0.0.1 2 0 5 10 3 1 0 1 0 0 0 0 - 1 - 0 0 - - 0
    /// 2 shop 2 green1 127.0.0.1 0 5 0 0 3 1 0 0 8 0 0 0 - 2 - 0 0 - - 0
    /// 2 shop 3 green2 127.0.0.1 0 0 1 1 3 8 2 0 6 0 0 0 - 3 - 0 0 - - 0
    /// </code>
    /// </remarks>
    /// <exception cref="FormatException">Another format than 1, or a line without a column that is needed.</exception>
    public static IReadOnlyList<ServerReading> Parse(string reply)
    {
        var lines = Lines(reply);
        var columns = Columns.Of(lines[1]);
        return [.. lines.Skip(2).Select(line => Server(line.Split(' '), columns))];
    }

    /// <summary>The number that HAProxy has for the backend (<c>be_id</c>); null when it has no servers.</summary>
    /// <exception cref="FormatException">Another format than 1, or no such column.</exception>
    public static int? FindBackendNumber(string reply)
    {
        var lines = Lines(reply);
        var at = Array.IndexOf(lines[1][2..].Split(' '), "be_id");
        if (at < 0) throw new FormatException("it has no column be_id");
        if (lines.Length < 3) return null;
        var cells = lines[2].Split(' ');
        return at < cells.Length ? Number(cells[at]) : throw new FormatException($"the line \"{lines[2]}\" has too few columns");
    }

    private static string[] Lines(string reply)
    {
        var lines = reply.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        return lines.Length >= 2 && lines[0] == "1" && lines[1].StartsWith("# ", StringComparison.Ordinal) ? lines : throw new FormatException("it is not in format 1 with a heading");
    }

    private static ServerReading Server(string[] cells, Columns columns)
    {
        if (cells.Length <= columns.Last) throw new FormatException($"the line \"{string.Join(' ', cells)}\" has too few columns");
        return new ServerReading(
            ProxyName.Parse(cells[columns.Name]),
            Number(cells[columns.Weight]),
            Number(cells[columns.InitialWeight]),
            Health(Number(cells[columns.OperationalState]), Number(cells[columns.AdministrativeState])))
        {
            Address = columns.Address > 0 && columns.Port > 0 && Math.Max(columns.Address, columns.Port) < cells.Length ? Address(cells[columns.Address], cells[columns.Port]) : null,
        };
    }

    internal static string? Address(string address, string port) =>
        address == "-" || port == "0" ? null : address.Contains(':', StringComparison.Ordinal) ? $"[{address}]:{port}" : $"{address}:{port}";

    /// <param name="operational">0 stopped, 1 starting (slowstart), 2 running, 3 stopping: its check asked for no new traffic.</param>
    internal static ServerHealth Health(int operational, int administrative) => operational switch
    {
        _ when (administrative & MaintenanceBits) != 0 => ServerHealth.Maintenance,
        0 => ServerHealth.Down,
        _ when (administrative & DrainBits) != 0 => ServerHealth.Draining,
        3 => ServerHealth.Draining,
        _ => ServerHealth.Up,
    };

    private static int Number(string cell) =>
        int.TryParse(cell, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : throw new FormatException($"\"{cell}\" is not a number");

    private sealed record Columns(int Name, int OperationalState, int AdministrativeState, int Weight, int InitialWeight, int Address, int Port)
    {
        public int Last { get; } = new[] { Name, OperationalState, AdministrativeState, Weight, InitialWeight }.Max();

        public static Columns Of(string heading)
        {
            var names = heading[2..].Split(' ');
            return new Columns(At("srv_name"), At("srv_op_state"), At("srv_admin_state"), At("srv_uweight"), At("srv_iweight"), Array.IndexOf(names, "srv_addr"), Array.IndexOf(names, "srv_port"));

            int At(string name) => Array.IndexOf(names, name) is >= 0 and var at ? at : throw new FormatException($"it has no column {name}");
        }
    }
}
