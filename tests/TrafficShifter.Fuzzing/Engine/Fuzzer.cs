using System.Diagnostics;
using System.Text;

namespace TrafficShifter.Fuzzing.Engine;

/// <summary>Tries inputs on one target: all of its corpus, then ones that are made from it.</summary>
/// <remarks>
/// An input to which the product says something new joins those that others are made from, so that what is reached grows. An input is a violation when the product
/// throws what it does not name, when <see cref="FuzzTarget.Check"/> says so, when it allocates more than its size allows three times in a row, or when it takes
/// longer than <see cref="Patience"/>, which ends the process. With the same seed the same inputs are tried.
/// </remarks>
internal sealed class Fuzzer(FuzzTarget target, int seed, string folder)
{
    /// <summary>One input takes microseconds; a machine that is busy with other things takes its time.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private const int MaxPool = 3_000;
    private const int MaxViolations = 20;

    private readonly HashSet<string> _classes = [];
    private readonly Dictionary<string, Violation> _violations = [];
    private readonly Random _random = new(HashCodeOf($"{seed} {target.Name}"));
    private long _accepted, _rejected, _mostBytes;
    private long _slowest;

    public Tally Run(long cases, IReadOnlyList<byte[]> corpus, CancellationToken cancellationToken)
    {
        using var last = new LastInput(Path.Combine(folder, $"{target.Name}.last"), target.MaxBytes);
        using var watch = new Watch(target.Name, Patience);
        var pool = new List<byte[]>(corpus);
        foreach (var kept in corpus) Try(kept, last, watch);
        // What the first calls cost is not any input's.
        (_slowest, _mostBytes) = (0, 0);
        foreach (var kept in corpus) Try(kept, last, watch);
        if (pool.Count == 0) pool.Add([]);
        var mutator = new Mutator(target, _random);
        var tried = 2L * corpus.Count;
        for (; tried < cases && _violations.Count < MaxViolations && !cancellationToken.IsCancellationRequested; tried++)
        {
            var input = (_random.Next(4) == 0 ? target.Make(_random) : null) ?? mutator.Mutate(pool);
            if (Try(input, last, watch) && input.Length <= target.UsualBytes && pool.Count < MaxPool) pool.Add(input);
        }
        return new Tally(target.Name, tried, _accepted, _rejected, _classes.Count, TimeSpan.FromSeconds((double)_slowest / Stopwatch.Frequency), _mostBytes, [.. _violations.Values]);
    }

    /// <summary>What is wrong with what the product makes of one input; null when nothing is.</summary>
    public Violation? FindViolation(byte[] input)
    {
        var (_, bytes, _, broken) = Measure(input);
        return broken ?? (bytes > Allowed(input) ? Exceeds(input, bytes) : null);
    }

    /// <summary>True when the product said something new.</summary>
    private bool Try(byte[] input, LastInput last, Watch watch)
    {
        last.Remember(input);
        watch.Begin();
        var (read, bytes, time, broken) = Measure(input);
        if (broken is null && bytes > Allowed(input)) broken = Exceeds(input, bytes);
        watch.End();
        if (broken is { } violation)
        {
            _violations.TryAdd(violation.Kind, violation);
            return _classes.Add(violation.Kind);
        }
        (_slowest, _mostBytes) = (Math.Max(_slowest, time), Math.Max(_mostBytes, bytes));
        var (isAccepted, said) = target.Describe(read);
        if (isAccepted) _accepted++;
        else _rejected++;
        return _classes.Add($"{isAccepted} {Shape(said)}");
    }

    private (object? Read, long Bytes, long Time, Violation? Broken) Measure(byte[] input)
    {
        try
        {
            var (bytes, began) = (Allocated(), Stopwatch.GetTimestamp());
            var read = target.Read(input);
            (bytes, var time) = (Allocated() - bytes, Stopwatch.GetTimestamp() - began);
            target.Check(input, read);
            return (read, bytes, time, null);
        }
        catch (ViolationException violation)
        {
            return (null, 0, 0, new Violation(target.Name, Shape(violation.Message), violation.Message, input));
        }
        catch (Exception thrown) when (thrown is not OperationCanceledException)
        {
            var kind = Place(thrown);
            return (null, 0, 0, new Violation(target.Name, kind, $"{kind}: {thrown.Message}", input));
        }
    }

    /// <summary>What was thrown and where in the product, the same for every input that comes there.</summary>
    public static string Place(Exception thrown)
    {
        var at = new StackTrace(thrown).GetFrames().Select(f => f.GetMethod()).FirstOrDefault(m => m?.DeclaringType?.Namespace?.StartsWith("TrafficShifter", StringComparison.Ordinal) == true);
        return $"{thrown.GetType().Name} in {at?.DeclaringType?.FullName}.{at?.Name}";
    }

    /// <summary>The least of three: what another thread or a first call costs is not the input's.</summary>
    private Violation? Exceeds(byte[] input, long bytes)
    {
        for (var again = 0; again < 2; again++) bytes = Math.Min(bytes, Measure(input).Bytes);
        return bytes > Allowed(input) ? new Violation(target.Name, "memory", $"{bytes} bytes were allocated for an input of {input.Length}, of which {Allowed(input)} are allowed", input) : null;
    }

    private long Allowed(byte[] input) => target.FreeBytes + (long)target.BytesPerByte * input.Length;

    private long Allocated() => target.CountsAllThreads ? GC.GetTotalAllocatedBytes() : GC.GetAllocatedBytesForCurrentThread();

    /// <summary>A sentence without what differs from input to input.</summary>
    private static string Shape(string sentence)
    {
        var (shape, quoted) = (new StringBuilder(), false);
        foreach (var c in sentence)
        {
            if (c is '"' or '\'') quoted = !quoted;
            if (shape.Length == 120) break;
            if (!quoted && !char.IsAsciiDigit(c) && c < '~') shape.Append(c);
        }
        return shape.ToString();
    }

    /// <summary>The same in every process, as <see cref="string.GetHashCode()"/> is not.</summary>
    private static int HashCodeOf(string text) => text.Aggregate(17, (hash, c) => unchecked(hash * 31 + c));
}
