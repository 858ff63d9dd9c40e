using TrafficShifter.HAProxy.AccessLogs;

namespace TrafficShifter.Server.Evidence;

/// <summary>What each worker and frontend of HAProxy has written, next to what arrived of it: how many records were lost, to the record.</summary>
/// <remarks>
/// Each line carries how many its frontend had written before. <em>Behind</em> is that number, and one for the line itself, less what arrived; it is what was lost, and it stays.
/// HAProxy's threads write a few lines out of order, so one line may be off by some; therefore (1) the number that most lines of a second had counts, and (2) it counts
/// once it has held for two such seconds, or the lines have ended with it.
/// </remarks>
internal sealed class LogSources(Memory<long> block, bool adopts)
{
    // The words of a source in the block.
    private const int Pid = 0;
    private const int Frontend = 1;
    private const int Arrived = 2;
    private const int Highest = 3;
    private const int Settled = 4;
    private const int LastSeen = 5;

    /// <summary>A number this far below the highest is another worker's with the same pid, as after a restart in a container.</summary>
    private const long Restarted = 4_096;
    private const int LowInARow = 8;

    private static readonly TimeSpan Forgotten = TimeSpan.FromMinutes(10);
    private readonly Second[] _seconds = [.. Enumerable.Range(0, EvidenceLayout.MaxSources).Select(_ => new Second())];
    private int _last = -1;
    private int _low;
    private ulong _lastFrontend;

    /// <summary>True: a source that is new is taken as it is, because it was there before the agent ever was. False: what it wrote before is lost.</summary>
    public bool Adopts { get; set; } = adopts;

    /// <summary>Finds the record's source. False: there are more sources than are told apart.</summary>
    public bool TryFind(in AccessRecord record, long now)
    {
        var frontend = ByteKeys.Hash(record.Frontend);
        if (_last >= 0 && _lastFrontend == frontend && block.Span[EvidenceLayout.Source(_last) + Pid] == record.Pid) return true;
        _last = Find(block.Span, record.Pid, frontend, record.Sequence, now);
        _lastFrontend = frontend;
        return _last >= 0;
    }

    /// <summary>Notes the record whose source was found last, once it has been counted: killed in between, it is lost rather than counted twice.</summary>
    public void Note(in AccessRecord record, long now)
    {
        var source = block.Span.Slice(EvidenceLayout.Source(_last), EvidenceLayout.SourceLength);
        // One line may be as old as the pause of a thread; several in a row are another worker's.
        _low = record.Sequence < source[Highest] - Restarted ? _low + 1 : 0;
        if (_low == LowInARow)
        {
            Begin(_last, source, adopted: null);
            source[Arrived] = LowInARow - 1;
            _low = 0;
        }
        source[Highest] = Math.Max(source[Highest], record.Sequence);
        source[LastSeen] = now;
        var arrived = ++source[Arrived];
        _seconds[_last].Note(record.Sequence + 1 - arrived);
    }

    /// <summary>Once a second: how many records turned out to be lost.</summary>
    public long Settle()
    {
        var words = block.Span;
        var lost = 0L;
        for (var i = 0; i < _seconds.Length; i++)
        {
            var second = _seconds[i];
            if (second.End() is not { } behind) continue;
            var source = words.Slice(EvidenceLayout.Source(i), EvidenceLayout.SourceLength);
            if (second.IsAdopted)
            {
                second.IsAdopted = false;
                source[Settled] = behind;
            }
            // Fewer lines than arrived: another worker has the pid of one that wrote little.
            if (behind < source[Settled] - LowInARow) source[Arrived] += behind - source[Settled];
            if (behind <= source[Settled]) continue;
            lost += behind - source[Settled];
            source[Settled] = behind;
        }
        return lost;
    }

    /// <summary>The source's number in the block; -1 when there are too many.</summary>
    private int Find(Span<long> words, int pid, ulong frontend, long sequence, long now)
    {
        var (free, oldest) = (-1, long.MaxValue);
        for (var i = 0; i < EvidenceLayout.MaxSources; i++)
        {
            var source = words.Slice(EvidenceLayout.Source(i), EvidenceLayout.SourceLength);
            if (source[Pid] == pid && source[Frontend] == (long)frontend) return i;
            if (source[Pid] != 0 && now - source[LastSeen] < Forgotten.TotalSeconds) continue;
            if (source[Pid] != 0 && source[LastSeen] >= oldest) continue;
            if (free >= 0 && oldest == 0) continue;
            (free, oldest) = (i, source[Pid] == 0 ? 0 : source[LastSeen]);
        }
        if (free < 0) return -1;
        var taken = words.Slice(EvidenceLayout.Source(free), EvidenceLayout.SourceLength);
        taken.Clear();
        (taken[Frontend], taken[Pid]) = ((long)frontend, pid);
        Begin(free, taken, Adopts ? sequence : null);
        return free;
    }

    private void Begin(int index, Span<long> source, long? adopted)
    {
        source[Arrived] = adopted ?? 0;
        source[Highest] = adopted ?? 0;
        source[Settled] = 0;
        _seconds[index].Begin(adopted is not null);
    }

    /// <summary>The numbers of one second: how often each was seen, near the first of them.</summary>
    private sealed class Second
    {
        private const int Reach = 32;
        private readonly int[] _times = new int[2 * Reach];
        private long _first;
        private int _count;
        private long? _before;

        public bool IsAdopted { get; set; }

        public void Begin(bool adopted)
        {
            Array.Clear(_times);
            (_count, _before, IsAdopted) = (0, null, adopted);
        }

        public void Note(long behind)
        {
            if (_count++ == 0) _first = behind;
            var at = behind - _first + Reach;
            if ((ulong)at < (ulong)_times.Length) _times[at]++;
        }

        /// <summary>What most lines of this second and of the one before said, the lower of the two; null when that is not known yet.</summary>
        public long? End()
        {
            if (_count == 0)
            {
                var settled = _before;
                _before = null;
                return settled;
            }
            var most = Array.IndexOf(_times, _times.Max()) - Reach + _first;
            var both = _before is { } before ? Math.Min(before, most) : (long?)null;
            Array.Clear(_times);
            (_count, _before) = (0, most);
            return both;
        }
    }
}
