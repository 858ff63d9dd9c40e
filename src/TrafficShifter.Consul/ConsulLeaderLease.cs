using System.Globalization;
using System.Text;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Ports;

namespace TrafficShifter.Consul;

/// <summary>Leadership as a session's lock on <see cref="Keys.ControllerLock"/>, proved alive by a beat in <see cref="Keys.ControllerBeat"/>.</summary>
/// <remarks>
/// Consul takes 15 to 30 s to end a session that nobody renews. The beat is faster: a leader stops acting 4 s after its last good one;
/// a standby that has watched for 8 s without seeing a new one ends the leader's session and takes the lock.
/// Both measure with their own monotonic clock, so clocks need not agree. Turns and release are called one at a time; <see cref="Fence"/> from anywhere.
/// </remarks>
/// <param name="name">What people know this process by; the lock's value.</param>
public sealed class ConsulLeaderLease(ConsulClient client, string name, TimeProvider time) : ILeaderLease
{
    /// <summary>How long a leader acts after its last good beat.</summary>
    public static readonly TimeSpan ActsFor = TimeSpan.FromSeconds(4);

    /// <summary>How long a standby watches a silent leader before it takes over. Longer than <see cref="ActsFor"/>, or two would act.</summary>
    public static readonly TimeSpan SilenceBeforeTakeOver = TimeSpan.FromSeconds(8);

    /// <summary>A good beat does for this long: of turns a second apart every other one beats. Each beat is a write on the disks of all Consul servers.</summary>
    private static readonly TimeSpan BeatDoesFor = TimeSpan.FromSeconds(1.5);

    private static readonly TimeSpan TimeToLive = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan RenewEvery = TimeSpan.FromSeconds(5);

    private readonly string _lockKey = client.Options.Prefix + Keys.ControllerLock;
    private readonly string _beatKey = client.Options.Prefix + Keys.ControllerBeat;
    private volatile Lead? _lead;
    private Candidacy? _candidacy;
    private Rival? _rival;
    private ulong _beats;

    public LeaderFence? Fence => _lead is { } lead && time.GetElapsedTime(lead.LastGoodBeat) < ActsFor ? lead.Fence : null;

    /// <exception cref="StoreException">Consul cannot be asked or refuses. A leader goes on leading until <see cref="Fence"/> lapses.</exception>
    public async Task<LeaseTurn> TurnAsync(CancellationToken cancellationToken)
    {
        if (_candidacy is { } mine)
        {
            if (_lead is { } lead && time.GetElapsedTime(lead.LastGoodBeat) < BeatDoesFor) return new LeaseTurn.Leading(New: false);
            var isNew = _lead is null;
            if (await TryBeatAsync(mine, cancellationToken)) return new LeaseTurn.Leading(isNew);
            await StepBackAsync(mine, cancellationToken);
        }

        var held = (await client.KV.GetAsync(_lockKey, cancellationToken)).Response;
        if (held?.Session is { Length: > 0 } leader)
        {
            if (!await IsSilentAsync(leader, cancellationToken)) return new LeaseTurn.Standby(NameIn(held));
            await client.Session.DestroyAsync(leader, cancellationToken);
        }
        return await TryTakeAsync(cancellationToken);
    }

    public async Task ReleaseAsync(CancellationToken cancellationToken)
    {
        if (_candidacy is { } mine) await StepBackAsync(mine, cancellationToken);
    }

    private async Task<LeaseTurn> TryTakeAsync(CancellationToken cancellationToken)
    {
        _rival = null;
        var session = await client.Session.CreateAsync($"traffic-shifter leads, {name}", TimeToLive, SessionBehavior.Release, cancellationToken);

        // Remembered before the lock is asked for: if the answer gets lost, the next turn's beat finds out whether it was given.
        var mine = _candidacy = new Candidacy(session) { Renewed = time.GetTimestamp() };
        var outcome = await client.KV.AcquireAsync(_lockKey, name, session, cancellationToken);
        if (outcome == AcquireOutcome.Acquired && await TryBeatAsync(mine, cancellationToken)) return new LeaseTurn.Leading(New: true);
        await StepBackAsync(mine, cancellationToken);
        var held = (await client.KV.GetAsync(_lockKey, cancellationToken)).Response;
        return new LeaseTurn.Standby(held?.Session is { Length: > 0 } ? NameIn(held) : null);
    }

    /// <summary>Writes a beat under the lock. False when this session does not hold it, or is gone.</summary>
    private async Task<bool> TryBeatAsync(Candidacy mine, CancellationToken cancellationToken)
    {
        // Counted from before the request: the standby sees the beat later than this, never earlier.
        var beganAt = time.GetTimestamp();
        if (time.GetElapsedTime(mine.Renewed) >= RenewEvery)
        {
            if (!await client.Session.RenewAsync(mine.Session, cancellationToken)) return false;
            mine.Renewed = beganAt;
        }

        // Consul ignores a value that is already there, so every beat has its own number.
        var beat = string.Create(CultureInfo.InvariantCulture, $"{name} {mine.Session} {++_beats}");
        var response = await client.Txn.CommitAsync(
            [new("check-session", _lockKey, Session: mine.Session), new("set", _beatKey, Encoding.UTF8.GetBytes(beat))],
            cancellationToken);
        if (response.Errors is { Count: > 0 }) return false;
        _lead = new Lead(new LeaderFence(Keys.ControllerLock, mine.Session), beganAt);
        return true;
    }

    // Ending the session releases the lock at once: its lock delay is 0.
    private async Task StepBackAsync(Candidacy mine, CancellationToken cancellationToken)
    {
        _lead = null;
        await client.Session.DestroyAsync(mine.Session, cancellationToken);
        _candidacy = null;
    }

    /// <summary>True when this process has seen no new beat of the leader for <see cref="SilenceBeforeTakeOver"/>.</summary>
    private async Task<bool> IsSilentAsync(string leader, CancellationToken cancellationToken)
    {
        var beat = (await client.KV.GetAsync(_beatKey, cancellationToken)).Response?.ModifyIndex ?? 0;
        if (_rival is { } rival && rival.Session == leader && rival.Beat == beat) return time.GetElapsedTime(rival.SeenAt) >= SilenceBeforeTakeOver;
        _rival = new Rival(leader, beat, time.GetTimestamp());
        return false;
    }

    private static string NameIn(KVPair held) => Encoding.UTF8.GetString((held.Value ?? default).Span);

    private sealed record Lead(LeaderFence Fence, long LastGoodBeat);

    /// <summary>A session that holds the lock or asked for it.</summary>
    private sealed record Candidacy(string Session)
    {
        public long Renewed { get; set; }
    }

    private sealed record Rival(string Session, ulong Beat, long SeenAt);
}
