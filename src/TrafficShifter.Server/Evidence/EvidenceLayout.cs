using TrafficShifter.Core.Analysis;
using TrafficShifter.Core.Traffic;
using TrafficShifter.HAProxy.AccessLogs;

namespace TrafficShifter.Server.Evidence;

/// <summary>Where each number is in a node's block of counters, in 64-bit words. The block outlives the process, so a change of this, or of how its file is made, needs another <see cref="Version"/>.</summary>
internal static class EvidenceLayout
{
    /// <summary>Most applications that one node counts; further ones are not counted, and the node says so.</summary>
    public const int MaxApps = 20_000;

    /// <summary>Most workers and frontends of HAProxy that are told apart at a time.</summary>
    public const int MaxSources = 64;

    public const long Magic = 0x54_53_45_56_49_44_30_31;
    public const long Version = 2;

    // The header: magic, version, and what the node counted whatever the application.
    public const int Received = 2;
    public const int Rejected = 8;
    public const int LeftOut = 24;
    public const int Lost = 32;

    public const int Sources = 64;
    public const int SourceLength = 8;

    public const int Slots = Sources + MaxSources * SourceLength;

    // A slot: the application's name in 64 bytes, what is known of its rollout, its counters, and the counters as they were when its series began.
    public const int NameLength = 8;
    public const int LastActive = 8;
    public const int HasBase = 9;
    public const int Counters = 16;

    // A colour's counters. The pairs are the halves a and b, and good and bad.
    public const int Requests = 0;
    public const int Bad = 2;
    public const int Targeted = 4;
    public const int FailedOver = 6;
    public const int Latency = 7;
    public static readonly int Buckets = LatencyBounds.Milliseconds.Count + 1;
    public static readonly int ColourLength = Latency + Buckets;
    public static readonly int CountersLength = 2 * ColourLength;
    public static readonly int Base = Counters + CountersLength;
    public static readonly int SlotLength = Base + CountersLength;

    public static readonly int Length = Slots + MaxApps * SlotLength;

    public static int Slot(int slot) => Slots + slot * SlotLength;

    /// <summary>The counters of one colour of one application.</summary>
    public static int Of(int slot, Colour colour) => Slot(slot) + Counters + (colour == Colour.Green ? ColourLength : 0);

    public static int Source(int source) => Sources + source * SourceLength;

    public static int Of(RejectReason reason) => Rejected + (int)reason;

    public static int Of(LeftOutReason reason) => LeftOut + (int)reason;

    public static int Of(LostReason reason) => Lost + (int)reason;
}

/// <summary>Why a request that HAProxy logged well is in no colour's counters.</summary>
internal enum LeftOutReason
{
    /// <summary>The client never sent a whole request, HAProxy refused or answered itself, or an operator cut it.</summary>
    Nobody,

    /// <summary>`weights` routing: no server was chosen, so it was meant for no colour.</summary>
    NoServer,
}

/// <summary>Why a record that HAProxy wrote was never counted.</summary>
internal enum LostReason
{
    /// <summary>HAProxy sent it, or tried to, and it was not read: the agent was killed or hung, a datagram was dropped, or the record could not be read.</summary>
    Unread,

    /// <summary>HAProxy had no room for it in its ring, because the agent was away too long.</summary>
    Dropped,

    /// <summary>`weights` routing: it went to another server than the one it was first sent to, and which colour that was is not known.</summary>
    Redispatched,
}

internal static class EvidenceWords
{
    public static readonly IReadOnlyList<LostReason> LostReasons = Enum.GetValues<LostReason>();

    public static readonly IReadOnlyList<LeftOutReason> LeftOutReasons = Enum.GetValues<LeftOutReason>();

    public static string Word(this LostReason reason) => reason switch { LostReason.Unread => "unread", LostReason.Dropped => "dropped", _ => "redispatched" };

    public static string Word(this LeftOutReason reason) => reason == LeftOutReason.Nobody ? "nobody" : "no-server";
}
