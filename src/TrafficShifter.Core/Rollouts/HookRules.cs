using TrafficShifter.Core.Analysis;

namespace TrafficShifter.Core.Rollouts;

/// <summary>What the hooks of a plan must keep to, beyond their form.</summary>
internal static class HookRules
{
    public static IEnumerable<PlanProblem> Of(Plan plan)
    {
        if (plan.Hooks.Count > Plan.MaxHooks) yield return new("/hooks", $"at most {Plan.MaxHooks} hooks, not {plan.Hooks.Count}");
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < plan.Hooks.Count; i++)
        {
            var (hook, at) = (plan.Hooks[i], $"/hooks/{i}");
            if (!seen.Add(hook.Name)) yield return new($"{at}/name", $"there are two hooks named \"{hook.Name}\"");
            foreach (var problem in Of(hook, at)) yield return problem;
            if (FindUnasked(plan, hook) is { } unasked) yield return new(at, unasked);
        }
        for (var i = 0; i < plan.Steps.Count; i++)
            if (FindNameProblem(plan, plan.Steps[i]) is { } problem) yield return new($"/steps/{i}/hooks", problem);
    }

    private static IEnumerable<PlanProblem> Of(Hook hook, string at)
    {
        if (!PlanRules.IsName(hook.Name, Plan.MaxNameLength)) yield return new($"{at}/name", PlanRules.NameRule("a hook's name"));
        if (FindUrlProblem(hook.Url) is { } url) yield return new($"{at}/url", url);
        if (hook.Timeout < Hook.MinTimeout || hook.Timeout > Hook.MaxTimeout) yield return PlanRules.OutOfRange($"{at}/timeout", hook.Timeout, Hook.MinTimeout, Hook.MaxTimeout);
        if (hook.Interval < Hook.MinInterval || hook.Interval > Hook.MaxInterval) yield return PlanRules.OutOfRange($"{at}/interval", hook.Interval, Hook.MinInterval, Hook.MaxInterval);
        if (hook.FailuresInARow is < 1 or > Hook.MaxInARow) yield return new($"{at}/failuresInARow", $"1 to {Hook.MaxInARow}, not {hook.FailuresInARow}");
        if (hook.ErrorsInARow is < 1 or > Hook.MaxInARow) yield return new($"{at}/errorsInARow", $"1 to {Hook.MaxInARow}, not {hook.ErrorsInARow}");
        if (hook.OnError == OutcomeAction.Rollback) yield return new($"{at}/onError", "a hook that did not answer says nothing of the new side: hold or pause");
        if (hook.Type != HookType.PostRollout) yield break;
        if (hook.OnFailure != OutcomeAction.Hold) yield return new($"{at}/onFailure", "the rollout has ended by then, there is nothing to pause or roll back: leave it out");
        if (hook.OnError == OutcomeAction.Pause) yield return new($"{at}/onError", "the rollout has ended by then, there is nothing to pause: leave it out");
    }

    /// <summary>A hook that nothing asks would look like a safeguard.</summary>
    private static string? FindUnasked(Plan plan, Hook hook) => hook.Type switch
    {
        HookType.PreStep when !plan.Steps.Any(s => s.Asks(hook)) => "no step names it: it would never be asked",
        HookType.Gate when !plan.Steps.Any(s => s.Asks(hook)) => "no step with a gate asks it: it would never be asked",
        _ => null,
    };

    private static string? FindNameProblem(Plan plan, Step step)
    {
        foreach (var name in step.Hooks ?? [])
        {
            if (plan.Hooks.FirstOrDefault(h => h.Name == name) is not { } hook) return $"the plan has no hook \"{name}\"";
            if (hook.Type == HookType.PostRollout) return $"hook \"{name}\" is asked after the rollout, not in a step";
            if (hook.Type == HookType.Gate && step.Gate is null) return $"hook \"{name}\" is asked at a gate, and the step has none";
        }
        return null;
    }

    internal static string? FindUrlProblem(string url) =>
        url.Length > Hook.MaxUrlLength ? $"at most {Hook.MaxUrlLength} characters, not {url.Length}"
        : !Uri.TryCreate(url, UriKind.Absolute, out var uri) || (uri.Scheme != Uri.UriSchemeHttp && uri.Scheme != Uri.UriSchemeHttps) ? "not an absolute http or https URL"
        : uri.UserInfo.Length > 0 ? "a URL with a user in it is not called"
        : null;
}
