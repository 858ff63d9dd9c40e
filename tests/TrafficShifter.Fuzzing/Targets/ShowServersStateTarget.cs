using System.Text;
using TrafficShifter.Core.Ports;
using TrafficShifter.HAProxy;

namespace TrafficShifter.Fuzzing.Targets;

/// <summary>The weights and states of a backend's servers.</summary>
internal sealed class ShowServersStateTarget : TextTarget
{
    private const string Heading = "# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight srv_iweight srv_port";

    public override string Name => "show-servers-state";

    public override int BytesPerByte => 200;

    public override IReadOnlyList<string> Words => ["1\n", Heading + "\n", "# ", "be_id", "srv_name", "2 shop 1 blue1 127.0.0.1 2 0 5 10 8080\n", " - ", "256"];

    protected override object? Read(string input) => AllOf(Refusable(() => ShowServersState.Parse(input)), Refusable<object?>(() => ShowServersState.FindBackendNumber(input)));

    protected override void Check(string input, object? read)
    {
        if (read is not object?[] parts || parts[0] is not IReadOnlyList<ServerReading> servers) return;
        Require(servers.All(s => s.Weight >= 0 && s.InitialWeight >= 0), "a weight is negative");
        Require(servers.All(s => Enum.IsDefined(s.Health)), "a state is none");
    }

    public override byte[] Make(Random random)
    {
        var text = new StringBuilder("1\n").Append(random.Next(5) == 0 ? "# " + string.Join(' ', Heading[2..].Split(' ').Where(_ => random.Next(5) > 0)) : Heading).Append('\n');
        for (var rows = random.Next(5); rows > 0; rows--)
            text.AppendJoin(' ', Enumerable.Range(0, random.Next(6) == 0 ? random.Next(12) : 10).Select(at => at is 1 or 3 or 4 ? Pick(random, "shop", "blue1", "::1", "-", "a;b") : Pick(random, "0", "1", "2", "32", "256", "-1", "2147483648"))).Append('\n');
        return Encoding.UTF8.GetBytes(text.ToString());
    }
}
