using TrafficShifter.Core.Access;

namespace TrafficShifter.Server.Security;

public static class VerbMetadata
{
    /// <summary>Says what a caller of the endpoint does, which decides who may call it.</summary>
    public static TBuilder Does<TBuilder>(this TBuilder endpoint, Verb verb)
        where TBuilder : IEndpointConventionBuilder => endpoint.WithMetadata(new VerbRequirement(verb));

    /// <summary>Lets the server not start while an endpoint of the group has no verb: what was forgotten is closed, not open.</summary>
    public static RouteGroupBuilder WithVerbs(this RouteGroupBuilder group)
    {
        ((IEndpointConventionBuilder)group).Finally(endpoint =>
        {
            if (!endpoint.Metadata.OfType<VerbRequirement>().Any()) throw new InvalidOperationException($"{endpoint.DisplayName} has no verb: say .Does(Verbs.…)");
        });
        return group;
    }
}
