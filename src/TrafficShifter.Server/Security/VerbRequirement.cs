using Microsoft.AspNetCore.Authorization;
using TrafficShifter.Core.Access;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Rollouts;
using TrafficShifter.Server.Traffic;

namespace TrafficShifter.Server.Security;

/// <summary>What a caller of an endpoint does: the endpoint's rule, as metadata.</summary>
public sealed class VerbRequirement(Verb verb) : IAuthorizationRequirement, IAuthorizationRequirementData
{
    public Verb Verb => verb;

    public IEnumerable<IAuthorizationRequirement> GetRequirements() => [this];
}

/// <summary>Asks the one table whether whoever calls may do what the endpoint does, to the application that its path names.</summary>
public sealed class VerbHandler(TrafficFollower follower, KnownOwners owners) : AuthorizationHandler<VerbRequirement>
{
    protected override Task HandleRequirementAsync(AuthorizationHandlerContext context, VerbRequirement requirement)
    {
        if (context.User is Caller caller && context.Resource is HttpContext http && IsPermitted(caller.Who, requirement.Verb, http)) context.Succeed(requirement);
        return Task.CompletedTask;
    }

    /// <summary>Why it was refused.</summary>
    public string Refuse(Identity who, Verb verb, HttpContext http) => FindApp(http) is var app && app is null ? who.Refuse(verb, null, []) : who.Refuse(verb, app, OwnersOf(app!));

    public IReadOnlyList<string> OwnersOf(AppName app) => owners.Of(app);

    private bool IsPermitted(Identity who, Verb verb, HttpContext http)
    {
        // A name that is none reaches nothing: the endpoint says what is wrong with it.
        if (verb.Reach != Reach.App || FindApp(http) is not { } app) return who.Permits(verb);
        if (who.Permits(verb, app, OwnersOf(app))) return true;
        // Nobody owns what is not there yet: the definition that is sent decides, in the endpoint.
        return verb == Verbs.Define && who.MayDefine && !follower.Current.Find(app).Exists;
    }

    /// <summary>The application that the path names, by its name or in a rollout's id.</summary>
    private static AppName? FindApp(HttpContext http) =>
        http.Request.RouteValues.TryGetValue("app", out var app) && AppName.TryParse(app as string, null, out var name) ? name
        : http.Request.RouteValues.TryGetValue("id", out var id) && RolloutId.TryParse(id as string, null, out var rollout) ? rollout.App
        : null;
}

/// <summary>What a caller may see of what an endpoint lists.</summary>
public sealed class Visible(VerbHandler rules)
{
    /// <param name="app">Null: what belongs to no application, which those see who are not limited to some.</param>
    public bool To(HttpContext http, AppName? app) => app is null ? Caller.Of(http).Grants.Any(g => g.IsForAllApps) : May(http, Verbs.View, app);

    /// <summary>Whether whoever asks may do something with an application.</summary>
    public bool May(HttpContext http, Verb verb, AppName app) => Caller.Of(http).Permits(verb, app, rules.OwnersOf(app));
}
