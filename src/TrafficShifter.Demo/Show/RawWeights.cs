using System.Globalization;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Demo.Peers;

namespace TrafficShifter.Demo.Show;

/// <summary>Server weights of one backend as HAProxy itself says them, read from its raw socket: the service is not asked.</summary>
/// <param name="Node">Name of the node.</param>
/// <param name="Servers">Weight now, 0 to 256, by server.</param>
public sealed record RawWeights(string Node, IReadOnlyDictionary<string, int> Servers)
{
    private const int NameColumn = 3;
    private const int WeightColumn = 7;

    /// <remarks><c>3 shop 1 blue1 127.0.0.1 2 0 252 1 …</c>: be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight.</remarks>
    public static async Task<RawWeights> ReadAsync(string node, HAProxyProcess haproxy, string backend, CancellationToken cancellationToken)
    {
        var reply = await haproxy.AskAsync($"show servers state {backend}", cancellationToken);
        var rows = reply.Split('\n').Where(line => line.Length > 0 && char.IsAsciiDigit(line[0])).Select(line => line.Split(' ')).Where(row => row.Length > WeightColumn);
        return new RawWeights(node, rows.ToDictionary(row => row[NameColumn], row => int.Parse(row[WeightColumn], CultureInfo.InvariantCulture)));
    }

    /// <summary>The colour's servers are told by the beginning of their names, as in the demo's configuration.</summary>
    public int Of(Colour colour) => Servers.Where(s => s.Key.StartsWith(colour.Word(), StringComparison.Ordinal)).Sum(s => s.Value);

    public bool IsAllOn(Colour colour) => Of(colour) > 0 && Of(colour.Other()) == 0;

    public override string ToString() => $"{Node}: {string.Join(" ", Servers.Select(s => $"{s.Key}={s.Value}"))}";
}
