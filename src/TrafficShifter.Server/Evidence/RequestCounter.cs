using TrafficShifter.Core.Analysis;
using TrafficShifter.Core.Traffic;
using TrafficShifter.HAProxy.AccessLogs;

namespace TrafficShifter.Server.Evidence;

/// <summary>Decides which application and colour a request is of, and counts it there. Not for several threads at a time.</summary>
internal sealed class RequestCounter(Memory<long> block, EvidenceRoutes routes, Redispatches redispatches)
{
    /// <summary>Half of the requests that no server of their own colour had. They are of none, and both halves must not change with an outage of one.</summary>
    private const int NoHalf = 0;

    public void Count(in AccessRecord record)
    {
        if (routes.FindBackend(record.Backend) is { } backend) backend.Records++;
        if (record.Row.Exists) CountMapped(record);
        else CountWeighted(record);
    }

    private void CountMapped(in AccessRecord record)
    {
        var slot = routes.FindSlot(record.Row.App);
        if (slot < 0)
        {
            Reject(RejectReason.App);
            return;
        }
        var meant = record.Row.MeantGreen ? Colour.Green : Colour.Blue;
        var outcome = record.Termination.Judge(record.Status);
        switch (ColourOf(record))
        {
            // HAProxy answers itself where neither colour has a usable server.
            case null when record.Termination.Cause == 'L' && record.Status >= 500 && !record.Backend.SequenceEqual(record.Frontend):
                CountServed(slot, meant, NoHalf, bad: true, record.Row.Targeted, milliseconds: -1);
                return;
            case null when outcome != RequestOutcome.OfNobody:
                Reject(RejectReason.Colour);
                return;
            case { } served when outcome != RequestOutcome.OfNobody:
                var half = !record.HasNoServer && routes.FindBackend(record.Backend) is { } servers ? servers.Find(record.Server).Half : NoHalf;
                if (served == meant) CountServed(slot, meant, half, outcome == RequestOutcome.Bad, record.Row.Targeted, LatencyOf(record, outcome));
                else CountFailedOver(slot, meant, record.Row.Targeted);
                return;
            default:
                LeaveOut(LeftOutReason.Nobody);
                return;
        }
    }

    private void CountWeighted(in AccessRecord record)
    {
        var outcome = record.Termination.Judge(record.Status);
        var servers = routes.FindBackend(record.Backend);
        if (servers is null or { Apps.Count: 0 })
        {
            if (outcome == RequestOutcome.OfNobody) LeaveOut(LeftOutReason.Nobody);
            else Reject(RejectReason.App);
            return;
        }
        if (outcome == RequestOutcome.OfNobody || record.HasNoServer)
        {
            LeaveOut(outcome == RequestOutcome.OfNobody ? LeftOutReason.Nobody : LeftOutReason.NoServer);
            return;
        }
        var side = servers.Find(record.Server);
        var milliseconds = LatencyOf(record, outcome);
        if (side.Slot < 0) Reject(RejectReason.Colour);
        else if (record.Redispatched) AddRedispatched(servers, side, outcome == RequestOutcome.Bad, milliseconds);
        else CountServed(side.Slot, side.Colour, side.Half, outcome == RequestOutcome.Bad, targeted: false, milliseconds);
    }

    /// <summary>Above every bound where the client gave up; -1 where there was no answer otherwise.</summary>
    private static int LatencyOf(in AccessRecord record, RequestOutcome outcome) =>
        outcome == RequestOutcome.GivenUp ? int.MaxValue : record.Status >= 100 ? record.Milliseconds : -1;

    /// <summary>The colour whose backend served; null for a backend that is neither of the pool.</summary>
    private static Colour? ColourOf(in AccessRecord record)
    {
        if (!record.Backend.StartsWith(record.Row.Pool)) return null;
        var rest = record.Backend[record.Row.Pool.Length..];
        return rest.SequenceEqual("_blue"u8) ? Colour.Blue : rest.SequenceEqual("_green"u8) ? Colour.Green : null;
    }

    private void CountServed(int slot, Colour meant, int half, bool bad, bool targeted, int milliseconds)
    {
        var counters = block.Span.Slice(EvidenceLayout.Of(slot, meant), EvidenceLayout.ColourLength);
        if (targeted)
        {
            counters[EvidenceLayout.Targeted + (bad ? 1 : 0)]++;
            return;
        }
        counters[EvidenceLayout.Requests + half]++;
        if (bad) counters[EvidenceLayout.Bad + half]++;
        if (milliseconds >= 0) counters[EvidenceLayout.Latency + LatencyBounds.IndexOf(milliseconds)]++;
    }

    /// <summary>The other colour served what this one could not: a bad request of this one, none of the other's, whatever came of it.</summary>
    private void CountFailedOver(int slot, Colour meant, bool targeted)
    {
        CountServed(slot, meant, NoHalf, bad: true, targeted, milliseconds: -1);
        block.Span[EvidenceLayout.Of(slot, meant) + EvidenceLayout.FailedOver]++;
    }

    private void AddRedispatched(ServerHalves servers, ServerSide side, bool bad, int milliseconds)
    {
        if (!redispatches.TryAdd(servers, side, bad, milliseconds)) Lose(1);
    }

    /// <summary>Counts a request whose colour turned out later.</summary>
    public void Count(SettledRequest request)
    {
        if (request.Meant == request.Served) CountServed(request.Slot, request.Meant, request.Half, request.Bad, targeted: false, request.Milliseconds);
        else CountFailedOver(request.Slot, request.Meant, targeted: false);
    }

    /// <summary>Notes requests of which it never turned out.</summary>
    public void Lose(int requests) => block.Span[EvidenceLayout.Of(LostReason.Redispatched)] += requests;

    public void Reject(RejectReason reason) => block.Span[EvidenceLayout.Of(reason)]++;

    private void LeaveOut(LeftOutReason reason) => block.Span[EvidenceLayout.Of(reason)]++;
}
