using System.Diagnostics;

namespace TrafficShifter.Fuzzing.Engine;

/// <summary>Ends the process when one input takes too long: nothing else ends a loop that does not.</summary>
internal sealed class Watch : IDisposable
{
    private readonly Timer _timer;
    private long _began;

    public Watch(string target, TimeSpan patience) => _timer = new Timer(
        _ =>
        {
            var began = Interlocked.Read(ref _began);
            if (began != 0 && Stopwatch.GetElapsedTime(began) > patience) Environment.FailFast($"fuzzing of {target}: one input took over {patience.TotalSeconds} s; it is in {target}.last");
        },
        null, patience / 4, patience / 4);

    public void Begin() => Interlocked.Exchange(ref _began, Stopwatch.GetTimestamp());

    public void End() => Interlocked.Exchange(ref _began, 0);

    public void Dispose() => _timer.Dispose();
}
