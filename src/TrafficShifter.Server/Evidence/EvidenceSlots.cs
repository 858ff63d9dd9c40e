using System.Runtime.InteropServices;
using System.Text;
using TrafficShifter.Core.Apps;

namespace TrafficShifter.Server.Evidence;

/// <summary>Which application has which part of a node's block. An application has the same as before a restart, as long as it exists.</summary>
internal sealed class EvidenceSlots
{
    /// <summary>Header word: slots that were ever used.</summary>
    private const int Used = 3;

    private readonly Memory<long> _block;
    private readonly Dictionary<AppName, int> _left = [];
    private readonly Stack<int> _free = [];

    public EvidenceSlots(Memory<long> block)
    {
        _block = block;
        var used = (int)Math.Clamp(block.Span[Used], 0, EvidenceLayout.MaxApps);
        for (var slot = used - 1; slot >= 0; slot--)
            if (FindName(slot) is not { } name || !_left.TryAdd(name, slot)) _free.Push(slot);
    }

    /// <summary>An application found no slot.</summary>
    public bool IsFull { get; private set; }

    /// <summary>The slot of an application: the one that it had, else one with all counters at 0; -1 when there is none.</summary>
    public int Take(AppName app)
    {
        if (_left.Remove(app, out var slot)) return slot;
        if (!_free.TryPop(out slot)) slot = TakeUnused();
        IsFull = slot < 0;
        if (slot < 0) return slot;
        var words = Words(slot);
        words.Clear();
        Encoding.ASCII.GetBytes(app.Value, MemoryMarshal.AsBytes(words[..EvidenceLayout.NameLength]));
        return slot;
    }

    public void Free(int slot)
    {
        Words(slot).Clear();
        _free.Push(slot);
        IsFull = false;
    }

    /// <summary>A rollout of the application is running now.</summary>
    public void SetActive(int slot, long now) => Words(slot)[EvidenceLayout.LastActive] = now;

    /// <summary>True while the application has series; false, and its series begin anew the next time, when its last rollout has ended long ago.</summary>
    public bool HasSeries(int slot, long now)
    {
        var words = Words(slot);
        var has = words[EvidenceLayout.LastActive] > 0 && now - words[EvidenceLayout.LastActive] <= NodeEvidence.Linger.TotalSeconds;
        if (!has) words[EvidenceLayout.HasBase] = 0;
        return has;
    }

    /// <summary>The counters as they were when the series was first told: it begins at 0, so that an increase over its first moments is exact.</summary>
    public ReadOnlySpan<long> Base(int slot)
    {
        var words = Words(slot);
        if (words[EvidenceLayout.HasBase] == 0)
        {
            words.Slice(EvidenceLayout.Counters, EvidenceLayout.CountersLength).CopyTo(words[EvidenceLayout.Base..]);
            words[EvidenceLayout.HasBase] = 1;
        }
        return words.Slice(EvidenceLayout.Base, EvidenceLayout.CountersLength);
    }

    public ReadOnlySpan<long> Counters(int slot) => Words(slot).Slice(EvidenceLayout.Counters, EvidenceLayout.CountersLength);

    private Span<long> Words(int slot) => _block.Span.Slice(EvidenceLayout.Slot(slot), EvidenceLayout.SlotLength);

    /// <summary>A slot that was never used; else that of an application which was there before a restart and is not there any more.</summary>
    private int TakeUnused()
    {
        ref var used = ref _block.Span[Used];
        if (used < EvidenceLayout.MaxApps) return (int)used++;
        if (_left.Count == 0) return -1;
        var (gone, slot) = _left.First();
        _left.Remove(gone);
        return slot;
    }

    private AppName? FindName(int slot)
    {
        var bytes = MemoryMarshal.AsBytes(Words(slot)[..EvidenceLayout.NameLength]);
        var end = bytes.IndexOf((byte)0);
        return AppName.TryParse(Encoding.ASCII.GetString(end < 0 ? bytes : bytes[..end]), null, out var name) ? name : null;
    }
}
