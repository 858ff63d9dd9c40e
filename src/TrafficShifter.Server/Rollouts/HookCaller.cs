using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Egress;
using TrafficShifter.Core.Rollouts;
using TrafficShifter.Server.Egress;
using TrafficShifter.Server.Events;

namespace TrafficShifter.Server.Rollouts;

/// <summary>Asks hooks: one POST for each attempt, signed, through the egress guard.</summary>
/// <remarks>With connections of its own: a hook that takes minutes keeps no sink waiting.</remarks>
public sealed partial class HookCaller(HookOptions options, EgressPolicy policy, EgressResolver resolve, EgressTrust trust, HookMetrics metrics, TimeProvider time, ILogger<HookCaller> logger) : IDisposable
{
    private const int ConnectionsPerServer = 64;
    private readonly EgressClient _egress = new(policy, resolve, time, trust, ConnectionsPerServer);

    /// <summary>Makes one attempt. Whatever the other side does is an outcome.</summary>
    /// <exception cref="OperationCanceledException">It was given up; whether the hook heard is not known.</exception>
    public async Task<HookAnswer> AskAsync(Rollout rollout, HookCall call, CancellationToken cancellationToken)
    {
        var outcome = await AskAsync(rollout.App, call.Hook.Name, new Uri(call.Hook.Url), HookMessage.Write(rollout, call), call.Delivery, call.Attempt, call.Hook.Timeout, cancellationToken);
        return new HookAnswer(call, outcome);
    }

    /// <summary>The same of a hook that is no plan's.</summary>
    /// <exception cref="OperationCanceledException">It was given up; whether the hook heard is not known.</exception>
    public async Task<HookOutcome> AskAsync(AppName app, string hook, Uri url, string body, string delivery, int attempt, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var began = time.GetTimestamp();
        var reply = await _egress.PostAsync(url, body, Signature.Headers(delivery, options.Secret, body, time.GetUtcNow()), timeout, cancellationToken);
        var (took, at) = (time.GetElapsedTime(began), time.GetUtcNow());
        HookOutcome outcome = reply switch
        {
            EgressReply.Answered answered => HookOutcome.OfStatus(answered.Status, url.IdnHost, took, at),
            EgressReply.Forbidden forbidden => new HookOutcome.Error(at, took, forbidden.Problem),
            EgressReply.Silent silent => new HookOutcome.Error(at, took, silent.Problem),
            _ => throw new InvalidOperationException("a reply is answered, forbidden or silent"),
        };
        metrics.Asked(app.Value, hook, outcome);
        LogAsked(app, delivery, attempt, outcome.Sentence);
        return outcome;
    }

    public void Dispose() => _egress.Dispose();

    [LoggerMessage(EventId = 350, Level = LogLevel.Information, Message = "{App}: hook {Delivery}, attempt {Attempt}: {Sentence}")]
    private partial void LogAsked(AppName app, string delivery, int attempt, string sentence);
}
