using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Events;
using TrafficShifter.Core.Ports;

namespace TrafficShifter.Server.Events;

/// <summary>Keeps the outbox as it is in the store, for as long as somebody wants to know: a stream, or the sinks of a controller that leads.</summary>
/// <remarks>Bounded by what the leader keeps of it. Nobody listens: the store is not asked.</remarks>
public sealed partial class OutboxFollower(ITrafficStore store, TimeProvider time, ILogger<OutboxFollower> logger) : BackgroundService
{
    private static readonly TimeSpan Wait = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(1);
    private readonly Lock _gate = new();
    private TaskCompletionSource _wanted = New();
    private TaskCompletionSource _changed = New();
    private volatile Outbox? _current;
    private int _listeners;

    /// <summary>The outbox as it was last heard of; null while nobody listens, and while the store is away.</summary>
    public Outbox? Known => _current;

    /// <summary>Wants to know from now on; until the result is disposed.</summary>
    public IDisposable Listen()
    {
        lock (_gate)
        {
            if (_listeners++ == 0) _wanted.TrySetResult();
        }
        return new Listening(this);
    }

    /// <summary>The outbox, once it is another one than <paramref name="known"/>. Only for those who <see cref="Listen"/>.</summary>
    /// <param name="known">Null: any.</param>
    public async Task<Outbox> NextAsync(Outbox? known, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task changed;
            lock (_gate)
            {
                if (_current is { } now && !ReferenceEquals(now, known)) return now;
                changed = _changed.Task;
            }
            await changed.WaitAsync(cancellationToken);
        }
    }

    /// <summary>The outbox as the store has it at this moment.</summary>
    /// <exception cref="StoreException">The store cannot be asked.</exception>
    public async Task<Outbox> ReadAsync(CancellationToken cancellationToken)
    {
        var read = Outbox.Read(await store.ListAsync(Keys.Outbox, cancellationToken), _current);
        Publish(read);
        return read;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        ulong index = 0;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                Task wanted;
                lock (_gate) wanted = _wanted.Task;
                await wanted.WaitAsync(stoppingToken);
                var known = _current is null ? 0 : index;
                index = await store.WaitForChangeAsync(Keys.Outbox, known, Wait, stoppingToken);
                if (index != known) await ReadAsync(stoppingToken);
                await Task.Delay(Pause, time, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception failed)
            {
                if (failed is StoreException) LogAway(failed.Message);
                else LogFailed(failed);
                // Who comes back may be another store, that counts from the beginning.
                lock (_gate) _current = null;
                await Task.Delay(RetryDelay, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private void Publish(Outbox read)
    {
        TaskCompletionSource changed;
        lock (_gate)
        {
            // An older reading may come late.
            if (_listeners == 0 || (_current is { } now && read.Index <= now.Index)) return;
            _current = read;
            (changed, _changed) = (_changed, New());
        }
        changed.TrySetResult();
    }

    private void Leave()
    {
        lock (_gate)
        {
            if (--_listeners > 0) return;
            _wanted = New();
            _current = null;
        }
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private sealed class Listening(OutboxFollower follower) : IDisposable
    {
        private int _left;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _left, 1) == 0) follower.Leave();
        }
    }

    [LoggerMessage(EventId = 502, Level = LogLevel.Debug, Message = "The outbox cannot be read: {Problem}")]
    private partial void LogAway(string problem);

    [LoggerMessage(EventId = 501, Level = LogLevel.Error, Message = "The outbox could not be followed; it is tried again")]
    private partial void LogFailed(Exception failed);
}
