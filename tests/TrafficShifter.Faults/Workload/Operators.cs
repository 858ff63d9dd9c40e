using TrafficShifter.Core.Traffic;
using TrafficShifter.Faults.Stack;

namespace TrafficShifter.Faults.Workload;

/// <summary>Two people, each with an api in front of them, who shift and read the same applications on a schedule that the seed decides.</summary>
/// <remarks>Who finds an application locked, after a rollback of all, unlocks it at the second or third try, and goes on.</remarks>
internal sealed class Operators : IAsyncDisposable
{
    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(400);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task[] _running;

    public Operators(Callers callers, int seed) => _running = [Task.Run(() => WorkAsync(callers, "anna", 0, new Random(seed))), Task.Run(() => WorkAsync(callers, "ben", 1, new Random(~seed)))];

    /// <summary>Begins with nothing more and waits for what is under way.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_running);
        _stop.Dispose();
    }

    private async Task WorkAsync(Callers callers, string name, int usual, Random random)
    {
        TestedApp[] apps = [TestedApp.Shop, TestedApp.Cart, TestedApp.Fought];
        while (!_stop.IsCancellationRequested)
        {
            var app = apps[random.Next(apps.Length)].Name;
            // Now and then somebody is at the other one's desk.
            var api = random.Next(5) == 0 ? 1 - usual : usual;
            var green = 5 * random.Next(21);
            var isRead = random.Next(5) == 0;
            var pause = Between * (0.5 + random.NextDouble());
            var unlocks = random.Next(3) == 0;
            var answer = await (isRead ? callers.ReadAsync(app, name, api) : callers.ShiftAsync(app, name, api, new Weights { Blue = 100 - green, Green = green }));
            if (answer.IsLocked && unlocks) await callers.UnlockAsync(app, name);
            await Task.Delay(pause, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
