using System.Globalization;
using System.Text.Json;
using Spectre.Console;

namespace TrafficShifter.Benchmarks.Scale;

/// <summary>The table for people and the line for programs.</summary>
internal static class ScaleReport
{
    public static void Print(ScaleStack stack, IdleFigures? idle, RollbackFigures rollback, Percentiles? cli, TimeSpan window, int rounds)
    {
        var commands = stack.Apps * RawRollback.CommandsOfOne;
        AnsiConsole.MarkupLine(string.Create(CultureInfo.InvariantCulture,
            $"[bold]scale[/]: {stack.Apps} applications on `weights` routing, one HAProxy with its agent, one process with api and controller, Consul with its data on disk; idle for {window.TotalSeconds:0} s, {rounds} rollbacks of all, {commands} commands each"));
        var table = new Table().Border(TableBorder.Simple).AddColumns("", "ours", "floor or peer", "÷", "goal");
        Row("rollback of all, call → all read back, ms (floor: one raw write, all commands)", rollback.All.P50, rollback.AllFloor.P50, "≤ 1.3");
        One("one reading of all servers by hand, ms (not in the floor; ours reads twice)", rollback.Reading.P50, "");
        Row("sweep of the documents, ms (floor: the same transactions by hand)", rollback.Sweep.P50, rollback.SweepFloor.P50, "≤ 1.3");
        if (idle is not null)
        {
            Row("idle: Consul, % of a core (peer: one blocking query on the prefix)", idle.Consul, idle.PeerConsul, "≤ 1");
            One("idle: agent, % of a core", idle.Agent, "< 0.5");
            One("idle: agent, MB", idle.AgentMegabytes, "< 120");
            One("idle: api + controller, % of a core", idle.Server, "< 1");
            One("idle: api + controller, MB", idle.ServerMegabytes, "");
        }
        One("start: api + controller ready, s", stack.StartUp.Server.TotalSeconds, "< 5");
        One("start: agent ready, everything read back, s", stack.StartUp.Agent.TotalSeconds, "< 5");
        if (cli is not null) One("first byte of the command line, ms", cli.P50, "< 200");
        AnsiConsole.Write(table);
        Console.Out.WriteLine(JsonSerializer.Serialize(Figures(stack, idle, rollback, cli)));

        void Row(string what, double ours, double floor, string goal) => table.AddRow(what, Text(ours), Text(floor), Text(Ratio(ours, floor)), goal);

        void One(string what, double ours, string goal) => table.AddRow(what, Text(ours), "", "", goal);
    }

    private static Dictionary<string, double> Figures(ScaleStack stack, IdleFigures? idle, RollbackFigures rollback, Percentiles? cli)
    {
        var figures = new Dictionary<string, double>
        {
            ["apps"] = stack.Apps,
            ["rollbackAllMs"] = rollback.All.P50, ["rollbackAllFloorMs"] = rollback.AllFloor.P50, ["rollbackAllRatio"] = Ratio(rollback.All.P50, rollback.AllFloor.P50),
            ["readBackMs"] = rollback.Reading.P50,
            ["sweepMs"] = rollback.Sweep.P50, ["sweepFloorMs"] = rollback.SweepFloor.P50, ["sweepRatio"] = Ratio(rollback.Sweep.P50, rollback.SweepFloor.P50),
            ["startupSeconds"] = Math.Round(Math.Max(stack.StartUp.Server.TotalSeconds, stack.StartUp.Agent.TotalSeconds), 2),
            ["startupServerSeconds"] = Math.Round(stack.StartUp.Server.TotalSeconds, 2), ["startupAgentSeconds"] = Math.Round(stack.StartUp.Agent.TotalSeconds, 2),
        };
        if (idle is not null)
        {
            (figures["idleAgentCpuPercent"], figures["idleAgentMegabytes"]) = (idle.Agent, Math.Round(idle.AgentMegabytes, 1));
            (figures["idleServerCpuPercent"], figures["idleServerMegabytes"]) = (idle.Server, Math.Round(idle.ServerMegabytes, 1));
            (figures["idleConsulCpuPercent"], figures["idleConsulPeerCpuPercent"]) = (idle.Consul, idle.PeerConsul);
        }
        if (cli is not null) figures["cliFirstByteMs"] = cli.P50;
        return figures;
    }

    private static string Text(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);

    private static double Ratio(double ours, double floor) => Math.Round(ours / floor, 2);
}
