using System.Collections.Concurrent;
using TrafficShifter.Core.Apps;

namespace TrafficShifter.Server.Agents;

/// <summary>Asks agents about applications, what comes at the same time in one request: with thousands of rollouts that is one each tenth of a second and node, not thousands.</summary>
/// <remarks>
/// A question that comes alone is asked at once. Those that come while an answer is under way are asked together after it, and after several the next ones are
/// gathered for <see cref="Pause"/>.
/// </remarks>
public sealed class AgentDesk(AgentClient client, TimeProvider time)
{
    /// <summary>Most applications in one request.</summary>
    public const int Most = 500;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);
    private readonly ConcurrentDictionary<(string Address, string Node), Desk> _desks = new();

    /// <exception cref="AgentException">The agent did not answer, refused the key, or answered something else.</exception>
    public Task<AgentAnswer> ObserveAsync(string address, string node, AppName app, ulong index, CancellationToken cancellationToken) =>
        _desks.GetOrAdd((address, node), at => new Desk(client, at.Address, at.Node, time)).AskAsync(new AgentQuestion(app, index)).WaitAsync(cancellationToken);

    private sealed class Desk(AgentClient client, string address, string node, TimeProvider time)
    {
        private readonly Lock _gate = new();
        private readonly Queue<(AgentQuestion Question, TaskCompletionSource<AgentAnswer> Answer)> _waiting = new();
        private bool _isAsking;

        public Task<AgentAnswer> AskAsync(AgentQuestion question)
        {
            var answer = new TaskCompletionSource<AgentAnswer>(TaskCreationOptions.RunContinuationsAsynchronously);
            lock (_gate)
            {
                _waiting.Enqueue((question, answer));
                if (_isAsking) return answer.Task;
                _isAsking = true;
            }
            _ = Task.Run(AskAllAsync);
            return answer.Task;
        }

        private async Task AskAllAsync()
        {
            while (Take() is { Count: > 0 } some)
            {
                await AskAsync(some);
                if (some.Count > 1) await Task.Delay(Pause, time);
            }
        }

        /// <summary>What waits; empty, and nobody asks any more, when nothing does.</summary>
        private List<(AgentQuestion Question, TaskCompletionSource<AgentAnswer> Answer)> Take()
        {
            lock (_gate)
            {
                var some = new List<(AgentQuestion, TaskCompletionSource<AgentAnswer>)>();
                while (some.Count < Most && _waiting.TryDequeue(out var next)) some.Add(next);
                _isAsking = some.Count > 0;
                return some;
            }
        }

        private List<(AgentQuestion Question, TaskCompletionSource<AgentAnswer> Answer)> TakeRest()
        {
            lock (_gate)
            {
                List<(AgentQuestion, TaskCompletionSource<AgentAnswer>)> rest = [.. _waiting];
                _waiting.Clear();
                return rest;
            }
        }

        private async Task AskAsync(List<(AgentQuestion Question, TaskCompletionSource<AgentAnswer> Answer)> some)
        {
            try
            {
                var answers = await client.ObserveAsync(address, node, [.. some.Select(s => s.Question)], CancellationToken.None);
                for (var i = 0; i < some.Count; i++) some[i].Answer.TrySetResult(answers[i]);
            }
            catch (AgentException failed)
            {
                // Who waits behind them would wait for the same: thousands of rollouts are not held up one time-out after the other.
                foreach (var (_, answer) in some.Concat(TakeRest())) answer.TrySetException(failed);
            }
            catch (Exception failed)
            {
                // Whoever asks waits for an answer, whatever it is.
                foreach (var (_, answer) in some) answer.TrySetException(new AgentException($"the agent of {node} at {address} cannot be asked: {failed.Message}", failed));
            }
        }
    }
}

/// <summary>An application that an agent is asked about.</summary>
/// <param name="Index">Observed at this index, or not.</param>
public sealed record AgentQuestion(AppName App, ulong Index);
