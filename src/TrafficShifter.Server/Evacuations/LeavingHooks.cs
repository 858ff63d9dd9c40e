using System.Collections.Concurrent;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Evacuations;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Rollouts;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Server.Hosting;
using TrafficShifter.Server.Rollouts;
using TrafficShifter.Server.Traffic;

namespace TrafficShifter.Server.Evacuations;

/// <summary>Asks the hooks of applications before their traffic leaves, and notes what they answer. No turn waits for one.</summary>
public sealed partial class LeavingHooks(HookCaller caller, TrafficWriter writer, Identifiers identifiers, TimeProvider time, ILogger<LeavingHooks> logger) : IDisposable
{
    private const string HookName = "leaving";
    private const int AtOnce = 64;
    private readonly ConcurrentDictionary<AppName, byte> _underWay = new();
    private readonly ConcurrentDictionary<AppName, ulong> _written = new();
    private CancellationTokenSource _leading = new();

    /// <summary>Begins the attempts that are due and not under way.</summary>
    public void Ask(Evacuation evacuation, IReadOnlyList<(AppTraffic App, int Attempt)> due, IReadOnlyDictionary<AppName, (AppLeaving Value, ulong Index)> known, LeaderFence fence)
    {
        foreach (var (app, index) in _written)
            if (known.TryGetValue(app, out var read) && read.Index >= index) _written.TryRemove(app, out _);
        foreach (var (app, attempt) in due)
        {
            (AppLeaving Value, ulong Index)? found = known.TryGetValue(app.Name, out var there) ? there : null;
            // What was read before the last answer was noted knows nothing of it: the next turn does.
            if (_underWay.Count < AtOnce && !_written.ContainsKey(app.Name) && _underWay.TryAdd(app.Name, 0))
                _ = AskAsync(evacuation, app, attempt, found, fence, _leading.Token);
        }
    }

    /// <summary>Lets go of what is under way: whoever leads makes the same attempts again.</summary>
    public void GiveUp()
    {
        if (_underWay.IsEmpty) return;
        _leading.Cancel();
        _leading.Dispose();
        _leading = new CancellationTokenSource();
    }

    public void Dispose()
    {
        _leading.Cancel();
        _leading.Dispose();
    }

    private async Task AskAsync(Evacuation evacuation, AppTraffic app, int attempt, (AppLeaving Value, ulong Index)? known, LeaderFence fence, CancellationToken cancellationToken)
    {
        try
        {
            var (hook, message) = (app.Definition.Value!.Leaving!.Hook!, LeavingMessage.Of(evacuation, app.Name, attempt));
            var outcome = await caller.AskAsync(app.Name, HookName, new Uri(hook.Url), DocumentJson.Write(message), message.Delivery, attempt, hook.Timeout, cancellationToken);
            var before = known is { } found && found.Value.Evacuation == evacuation.Id ? found.Value : null;
            var next = (before ?? new AppLeaving { App = app.Name, Evacuation = evacuation.Id }) with { Attempts = attempt, Last = outcome };
            var changes = (ChangeSet.Empty with { Fence = fence }).With(new Change.Put(Keys.Leaving(evacuation.Colour, app.Name), DocumentJson.Write(next), known?.Index ?? 0));
            // Each kind of answer is told once, however often it comes.
            if (before?.Last?.GetType() != outcome.GetType())
                changes = changes.With(new ChangeNote(identifiers.Next(), RolloutChanges.Controller, null, time.GetUtcNow()).Entry(app.Name, outcome switch
                {
                    HookOutcome.Passed => "app.leavingHookPassed", HookOutcome.Failed => "app.leavingHookFailed", _ => "app.leavingHookUnanswered",
                }, $"its hook before it leaves {evacuation.Colour.Word()}: {outcome.Sentence}", before, next));
            // Who loses the race, to a person's word or to another leader, is asked again.
            if (await writer.CommitAsync(changes, CancellationToken.None) is CommitResult.Committed committed) _written[app.Name] = committed.Index;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Whoever leads next makes it again.
        }
        catch (Exception failed)
        {
            LogFailed(app.Name, failed);
        }
        finally
        {
            _underWay.TryRemove(app.Name, out _);
        }
    }

    [LoggerMessage(EventId = 546, Level = LogLevel.Warning, Message = "{App}: its hook before it leaves could not be asked, or its answer not be noted; it is asked again")]
    private partial void LogFailed(AppName app, Exception failed);
}
