using System.Collections;

namespace TrafficShifter.Faults.Linearizability;

/// <summary>Whether there is one order of all operations on a register that explains every answer and keeps what was over before another began.</summary>
/// <remarks>
/// Wing and Gong's search with Lowe's memory (G. Lowe, "Testing for linearizability", 2017).
/// <list type="number">
/// <item>What may come next is every operation that began before the first answer of those that are left.</item>
/// <item>One that the register's present value allows is taken; the search goes on behind it.</item>
/// <item>A set of taken operations that left the register at the same value is not searched twice.</item>
/// <item>Where none fits, the one that was taken last is put back and the next one tried.</item>
/// <item>It is explained when all that were answered are taken; those without an answer may be left.</item>
/// </list>
/// </remarks>
internal static class LinearizabilityChecker
{
    /// <param name="history">Of one register, in any order.</param>
    /// <param name="initial">What the register was before the first of them.</param>
    /// <param name="maximumSteps">After how many steps to give up. The search is exponential at worst; indexes that only grow make it nearly linear.</param>
    public static LinearizabilityVerdict Check(IEnumerable<WeightsOperation> history, WeightsRegister initial, int maximumSteps = 2_000_000) =>
        new Search([.. history.OrderBy(o => o.Sent)], initial).Run(maximumSteps);

    private sealed class Search(WeightsOperation[] operations, WeightsRegister initial)
    {
        private readonly bool[] _isTaken = new bool[operations.Length];
        private readonly List<Taken> _order = [];
        private readonly HashSet<Memory> _seen = [];
        private WeightsRegister _register = initial;
        private int _answered = operations.Count(o => !o.IsUnknown);
        private int _first;
        private LinearizabilityVerdict.Violated? _furthest;

        public LinearizabilityVerdict Run(int maximumSteps)
        {
            var candidate = 0;
            for (var steps = 0; steps < maximumSteps; steps++)
            {
                if (_answered == 0) return new LinearizabilityVerdict.Linearizable([.. _order.Select(t => operations[t.Operation])]); // 5
                if (FindNext(candidate) is { } next)
                {
                    Take(next.Operation, next.Register); // 2
                    candidate = _first;
                    continue;
                }
                KeepFurthest();
                if (_order.Count == 0) return _furthest!;
                candidate = PutBack() + 1; // 4
            }
            return new LinearizabilityVerdict.Undecided(maximumSteps);
        }

        private (int Operation, WeightsRegister Register)? FindNext(int from)
        {
            foreach (var i in MayBeNext().Where(i => i >= from))
            {
                if (_register.After(operations[i]) is not { } after) continue;
                _isTaken[i] = true;
                var isNew = _seen.Add(new Memory(_isTaken, after)); // 3
                _isTaken[i] = false;
                if (isNew) return (i, after);
            }
            return null;
        }

        // 1: in the order of their beginnings, so that the first one that began after an answer ends it.
        private IEnumerable<int> MayBeNext()
        {
            var firstAnswer = TimeSpan.MaxValue;
            for (var i = _first; i < operations.Length; i++)
            {
                if (_isTaken[i]) continue;
                if (operations[i].Sent > firstAnswer) yield break;
                if (operations[i].Until < firstAnswer) firstAnswer = operations[i].Until!.Value;
                yield return i;
            }
        }

        private void Take(int operation, WeightsRegister after)
        {
            _order.Add(new Taken(operation, _register));
            _isTaken[operation] = true;
            _register = after;
            if (!operations[operation].IsUnknown) _answered--;
            while (_first < operations.Length && _isTaken[_first]) _first++;
        }

        private int PutBack()
        {
            var last = _order[^1];
            _order.RemoveAt(_order.Count - 1);
            _isTaken[last.Operation] = false;
            _register = last.Before;
            if (!operations[last.Operation].IsUnknown) _answered++;
            _first = Math.Min(_first, last.Operation);
            return last.Operation;
        }

        private void KeepFurthest()
        {
            if (_furthest is not null && _order.Count <= _furthest.Explained.Count) return;
            _furthest = new LinearizabilityVerdict.Violated([.. _order.Select(t => operations[t.Operation])], [.. MayBeNext().Select(i => operations[i]).Where(o => !o.IsUnknown)], _register);
        }
    }

    private readonly record struct Taken(int Operation, WeightsRegister Before);

    /// <summary>Which were taken, and what they left.</summary>
    private sealed class Memory : IEquatable<Memory>
    {
        private readonly int[] _taken;
        private readonly WeightsRegister _register;
        private readonly int _hash;

        public Memory(bool[] isTaken, WeightsRegister register)
        {
            _taken = new int[(isTaken.Length + 31) / 32];
            new BitArray(isTaken).CopyTo(_taken, 0);
            _register = register;
            var hash = new HashCode();
            foreach (var part in _taken) hash.Add(part);
            hash.Add(register);
            _hash = hash.ToHashCode();
        }

        public bool Equals(Memory? other) => other is not null && _register == other._register && _taken.AsSpan().SequenceEqual(other._taken);

        public override bool Equals(object? obj) => Equals(obj as Memory);

        public override int GetHashCode() => _hash;
    }
}
