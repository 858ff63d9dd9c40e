using System.Globalization;
using TrafficShifter.Core.Rollouts;
using TrafficShifter.Server.Egress;

namespace TrafficShifter.Server.Rollouts;

/// <summary>What a hook's address was before the start.</summary>
/// <param name="Refused">It may not be called, or leads elsewhere: the rollout is not started.</param>
/// <param name="Reached">False: it did not answer now. It may when it is asked.</param>
public sealed record HookProbe(string Hook, HookType Type, bool Refused, bool Reached, string Sentence);

/// <summary>Tries the addresses of a plan's hooks, before anything moves: through the same guard, by HEAD, which starts no test.</summary>
public sealed class HookPreflight(EgressClient egress)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    public async Task<IReadOnlyList<HookProbe>> TryAsync(Plan plan, CancellationToken cancellationToken) =>
        await Task.WhenAll(plan.Hooks.Select(hook => TryAsync(hook, cancellationToken)));

    private async Task<HookProbe> TryAsync(Hook hook, CancellationToken cancellationToken)
    {
        var url = new Uri(hook.Url);
        return await egress.ProbeAsync(url, Patience, cancellationToken) switch
        {
            EgressReply.Forbidden forbidden => new HookProbe(hook.Name, hook.Type, true, false, forbidden.Problem),
            EgressReply.Silent silent => new HookProbe(hook.Name, hook.Type, false, false, silent.Problem),
            EgressReply.Answered { Status: >= 300 and <= 399 } moved => new HookProbe(hook.Name, hook.Type, true, true, Say(url, moved, "redirects are not followed: name where it leads")),
            EgressReply.Answered answered => new HookProbe(hook.Name, hook.Type, false, true, Say(url, answered, "it is there")),
            _ => throw new InvalidOperationException("a reply is answered, forbidden or silent"),
        };
    }

    private static string Say(Uri url, EgressReply.Answered answered, string what) => string.Create(CultureInfo.InvariantCulture, $"{url.IdnHost} answered {answered.Status} to HEAD; {what}");
}
