using TrafficShifter.Faults.Linearizability;

namespace TrafficShifter.Faults.Tests.Linearizability;

/// <summary>Callers of a register that is right: each operation takes effect at one moment between its beginning and its end, in the order of these moments.</summary>
internal static class SimulatedCallers
{
    public static List<WeightsOperation> Run(Random random, int callers, int operations, double unansweredShare)
    {
        var (weights, index, seen, history) = ("100:0", 1UL, new ulong[callers], new List<WeightsOperation>());
        var free = new double[callers];
        history.Add(new WeightsOperation.Written("first", TimeSpan.Zero, TimeSpan.FromSeconds(0.5), weights, null, index));
        foreach (var moment in Enumerable.Range(1, operations))
        {
            var caller = random.Next(callers);
            // The moment of the effect is `moment`; it was sent some time before, after the caller's last answer, and is answered some time after.
            var sent = TimeSpan.FromSeconds(Math.Max(free[caller], moment - (random.NextDouble() * 3)));
            var answered = TimeSpan.FromSeconds(moment + (random.NextDouble() * 0.9));
            if (sent > TimeSpan.FromSeconds(moment)) continue;
            free[caller] = answered.TotalSeconds + 0.001;
            var (actor, value) = ($"caller {caller}", $"{100 - (moment % 100)}:{moment % 100}");
            if (random.Next(3) == 0)
            {
                history.Add(new WeightsOperation.Read(actor, sent, answered, weights, index));
                seen[caller] = index;
            }
            else if (random.NextDouble() < unansweredShare)
            {
                history.Add(new WeightsOperation.Unknown(actor, sent, value, null));
                if (random.Next(2) == 0) (weights, index) = (value, index + (ulong)random.Next(1, 4));
            }
            else if (seen[caller] is > 0 and var expected && expected != index)
            {
                history.Add(new WeightsOperation.Lost(actor, sent, answered, expected));
                seen[caller] = 0;
            }
            else
            {
                var before = seen[caller];
                (weights, index) = (value, index + (ulong)random.Next(1, 4));
                history.Add(new WeightsOperation.Written(actor, sent, answered, value, before == 0 ? null : before, index));
                seen[caller] = index;
            }
        }
        return history;
    }
}
