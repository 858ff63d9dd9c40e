using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Ports;

namespace TrafficShifter.Core.Traffic;

/// <summary>Puts the commands from one set of weights to another in an order that is safe at every step: HAProxy carries them out one by one.</summary>
/// <remarks>
/// 1. Raises of the losing colour: the gaining one can only have less.
/// 2. Raises of the gaining colour. One that would lift it above both its old and new total waits for
/// 3. lowerings of the gaining colour, which happen within 2 only for servers whose capacities differ.
/// 4. Lowerings of the losing colour: the gaining one arrives at its new share.
/// Lowering first would pass through a moment without any weight, which HAProxy answers with 503 at once.
/// </remarks>
internal static class WeightCommands
{
    public static List<SetServerWeight> For(ProxyName backend, BackendReading now, ServerWeightPlan plan)
    {
        var gaining = FindGaining(now, plan);
        var (gains, losses) = (Steps(gaining), Steps(gaining.Other()));
        var losingServes = losses.Any(s => s.Counts && Math.Max(s.From, s.To) > 0);
        IEnumerable<Step> ordered =
        [
            .. losses.Where(s => s.IsRaise),
            .. losingServes ? Interleave(gains) : [.. gains.Where(s => s.IsRaise), .. gains.Where(s => s.IsLowering)],
            .. losses.Where(s => s.IsLowering),
        ];
        return [.. ordered.Select(s => new SetServerWeight(backend, s.Server, s.To))];

        List<Step> Steps(Colour colour) =>
            [.. now.Of(colour).Select(s => new Step(s.Name, s.Weight, plan.Weights[s.Name], now.Counts(s, colour)))];
    }

    private static Colour FindGaining(BackendReading now, ServerWeightPlan plan)
    {
        var greenGains = now.FindNominal() is { } nominal ? plan.Totals.CompareGreen(nominal) : 0;
        // When neither gains, only the scale changes: the smaller colour is then the one that must not get too much on the way.
        if (greenGains == 0) greenGains = plan.Totals.Blue.CompareTo(plan.Totals.Green);
        return greenGains > 0 ? Colour.Green : Colour.Blue;
    }

    private static IEnumerable<Step> Interleave(List<Step> steps)
    {
        var counted = steps.Where(s => s.Counts).ToList();
        long total = counted.Sum(s => s.From);
        var ceiling = Math.Max(total, counted.Sum(s => s.To));
        var lowerings = new Queue<Step>(steps.Where(s => s.IsLowering));
        foreach (var raise in steps.Where(s => s.IsRaise))
        {
            while (total + raise.Delta > ceiling && lowerings.TryDequeue(out var lowering))
            {
                total += lowering.Delta;
                yield return lowering;
            }
            total += raise.Delta;
            yield return raise;
        }
        while (lowerings.TryDequeue(out var lowering)) yield return lowering;
    }

    /// <param name="Counts">The server is part of its colour's total.</param>
    private sealed record Step(ProxyName Server, int From, int To, bool Counts)
    {
        public bool IsRaise => To > From;

        public bool IsLowering => To < From;

        public int Delta => Counts ? To - From : 0;
    }
}
