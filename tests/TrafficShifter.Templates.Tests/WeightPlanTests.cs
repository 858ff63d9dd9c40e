using System.Globalization;
using System.Text;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Templates.Tests;

/// <summary>The script's weights are the agent's, number by number.</summary>
public sealed class WeightPlanTests
{
    private const int Cases = 400;

    [Fact]
    public async Task Weights_are_those_of_the_agent_in_any_case()
    {
        var random = new Random(20);
        var cases = Enumerable.Range(0, Cases).Select(n => new PlanCase($"app{n}", Share.OfBasisPoints(random.Next(4) == 0 ? random.Next(2) * 10_000 : random.Next(10_001)), Servers(random), random.Next(4) == 0)).ToList();

        var commands = await PlanAsync(cases);

        foreach (var one in cases)
        {
            var agent = Reconciliation.Plan(one.Routing, one.Green, one.Servers, one.Force);
            var own = commands.GetValueOrDefault(one.Name, []);
            own.Order().ShouldBe(agent.Commands.Select(c => $"{c.Server} {c.Weight}").Order(), one.ToString());
        }
    }

    [Fact]
    public async Task No_moment_is_without_weight_and_the_losing_colour_is_cut_last()
    {
        var random = new Random(21);
        var cases = Enumerable.Range(0, Cases).Select(n => new PlanCase($"app{n}", Share.OfBasisPoints(random.Next(10_001)), Servers(random), Force: true)).ToList();

        var commands = await PlanAsync(cases);

        foreach (var one in cases)
        {
            var weights = one.Servers.ToDictionary(s => s.Name.Value, s => s.Weight);
            // Where nothing had weight, anything is better.
            if (weights.Values.All(w => w == 0)) continue;
            foreach (var command in commands.GetValueOrDefault(one.Name, []))
            {
                var parts = command.Split(' ');
                weights[parts[0]] = int.Parse(parts[1], CultureInfo.InvariantCulture);
                weights.Values.Sum().ShouldBeGreaterThan(0, one.ToString());
            }
        }
    }

    private static async Task<Dictionary<string, List<string>>> PlanAsync(List<PlanCase> cases)
    {
        var folder = Directory.CreateTempSubdirectory("plan-").FullName;
        try
        {
            var (wanted, state) = (Path.Combine(folder, "wanted"), Path.Combine(folder, "servers"));
            await File.WriteAllTextAsync(wanted, Runtime.File(cases.Select(c => Runtime.App(c.Name, c.Green.BasisPoints, c.Name, force: c.Force))));
            await File.WriteAllTextAsync(state, State(cases));
            var ran = await Script.AwkAsync("-f", Script.PathOf("weights.awk"), wanted, state);
            ran.ExitCode.ShouldBe(0, ran.Errors);
            return ran.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(line => line.Split(' ', '/'))
                .GroupBy(words => words[2], words => $"{words[3]} {words[5]}")
                .ToDictionary(group => group.Key, group => group.ToList());
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static List<ServerReading> Servers(Random random) =>
        [.. new[] { "blue", "green", "other" }.SelectMany(colour => Enumerable.Range(1, random.Next(4)).Select(n => Server(random, $"{colour}{n}", zero: random.Next(3) == 0)))];

    private static ServerReading Server(Random random, string name, bool zero) =>
        new(ProxyName.Parse(name), random.Next(3) == 0 ? 0 : random.Next(257), zero ? 0 : random.Next(2) == 0 ? 100 : random.Next(257), (ServerHealth)(random.Next(2) * random.Next(4)));

    private static string State(List<PlanCase> cases)
    {
        var text = new StringBuilder("1\n# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight srv_iweight srv_time_since_last_change srv_check_status\n");
        foreach (var one in cases)
            foreach (var server in one.Servers)
            {
                var (operational, admin) = server.Health switch { ServerHealth.Up => (2, 4), ServerHealth.Down => (0, 0), ServerHealth.Maintenance => (0, 1), _ => server.InitialWeight % 2 == 0 ? (2, 8) : (3, 0) };
                text.Append(CultureInfo.InvariantCulture, $"3 {one.Name} 1 {server.Name} 127.0.0.1 {operational} {admin} {server.Weight} {server.InitialWeight} 3 1\n");
            }
        return text.Append("\nName: HAProxy\n").ToString();
    }

    private sealed record PlanCase(string Name, Share Green, List<ServerReading> Servers, bool Force)
    {
        public Routing Routing { get; } = new() { Backend = ProxyName.Parse(Name) };

        public override string ToString() => $"{Green}{(Force ? " by force" : "")} of {string.Join("; ", Servers)}";
    }
}
