using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Tests.Traffic;

/// <summary>What happens to a store's feed.</summary>
internal abstract record FeedAct
{
    public sealed record Write(string Writer) : FeedAct;

    /// <summary>A transaction that loses its race: nothing is written, for certain.</summary>
    public sealed record Fail(string Writer) : FeedAct;

    /// <summary>A transaction without an answer, which was not written: its writer must take it for written.</summary>
    public sealed record Lose(string Writer) : FeedAct;

    /// <summary>A transaction is sent and takes its time: later ones overtake it.</summary>
    public sealed record Begin(string Writer) : FeedAct;

    /// <summary>The oldest transaction that was begun arrives.</summary>
    public sealed record End(string Writer) : FeedAct;

    /// <summary>The writer's process starts again: it counts on from far above.</summary>
    public sealed record Restart(string Writer) : FeedAct;

    public sealed record Burst(string Writer, int Count) : FeedAct;

    public sealed record Look : FeedAct;
}

/// <summary>A store whose writers write into their slots.</summary>
internal sealed class FeedStore
{
    private readonly Dictionary<string, Entry> _slots = [];
    private readonly Dictionary<string, FeedWriter> _writers = new() { ["a"] = new FeedWriter("a", 1_000), ["b"] = new FeedWriter("b", 5_003) };
    private readonly List<(FeedWriter Writer, int Slot)> _begun = [];
    private ulong _index = 1;
    private int _changes;

    public Listing Listing => new([.. _slots.Values.OrderBy(e => e.Key, StringComparer.Ordinal)], _index);

    public HashSet<string> Written { get; } = [];

    /// <summary>Index of each key that was written.</summary>
    public Dictionary<string, ulong> At { get; } = [];

    /// <summary>Returns the keys that were changed.</summary>
    public IReadOnlyCollection<string> Apply(FeedAct act)
    {
        switch (act)
        {
            case FeedAct.Write write:
                return Commit(_writers[write.Writer]);
            case FeedAct.Burst burst:
                return [.. Enumerable.Range(0, burst.Count).SelectMany(_ => Commit(_writers[burst.Writer]))];
            case FeedAct.Fail fail:
                return Free(_writers[fail.Writer], _writers[fail.Writer].TakeSlot());
            case FeedAct.Lose lose:
                return Lose(_writers[lose.Writer]);
            case FeedAct.Begin begin:
                var (writer, slot) = (_writers[begin.Writer], _writers[begin.Writer].TakeSlot());
                var freed = Free(writer, slot);
                _begun.Add((writer, slot));
                return freed;
            case FeedAct.End end:
                var at = _begun.FindIndex(b => b.Writer == _writers[end.Writer]);
                return at < 0 ? [] : [Arrive(at)];
            case FeedAct.Restart restart:
                _begun.RemoveAll(b => b.Writer == _writers[restart.Writer]);
                _writers[restart.Writer] = new FeedWriter(restart.Writer, _writers[restart.Writer].First + 10_000);
                return [];
            default:
                return [];
        }
    }

    private IReadOnlyCollection<string> Commit(FeedWriter writer)
    {
        var slot = writer.TakeSlot();
        return [.. Free(writer, slot), Write(writer, slot)];
    }

    private IReadOnlyCollection<string> Lose(FeedWriter writer)
    {
        var slot = writer.TakeSlot();
        var freed = Free(writer, slot);
        writer.Slots[slot] = writer.Slots[slot].After([NextKey(writer)]);
        return freed;
    }

    /// <summary>A slot is written again only after its last writing ended, as the service's writer does it.</summary>
    private IReadOnlyCollection<string> Free(FeedWriter writer, int slot)
    {
        var waitedFor = _begun.FindIndex(b => b.Writer == writer && b.Slot == slot);
        return waitedFor < 0 ? [] : [Arrive(waitedFor)];
    }

    private string Arrive(int at)
    {
        var (writer, slot) = _begun[at];
        _begun.RemoveAt(at);
        return Write(writer, slot);
    }

    private string Write(FeedWriter writer, int slot)
    {
        var key = NextKey(writer);
        var told = (Change.Set)writer.Slots[slot].Tell([key]);
        writer.Slots[slot] = writer.Slots[slot].After([key]);
        _slots[told.Key] = new Entry(told.Key, told.Value, At[key] = ++_index);
        return key;
    }

    private string NextKey(FeedWriter writer)
    {
        var key = $"weights/{writer.Name}-{++_changes}";
        Written.Add(key);
        return key;
    }
}

/// <summary>A writer and its slots, as the service has them.</summary>
internal sealed class FeedWriter(string name, long first)
{
    private int _sent;

    public string Name => name;

    public long First => first;

    public FeedSlot[] Slots { get; } = [.. Enumerable.Range(0, FeedEntry.Slots).Select(n => FeedSlot.Begin(name, first, n))];

    public int TakeSlot() => _sent = (_sent + 1) % FeedEntry.Slots;
}
