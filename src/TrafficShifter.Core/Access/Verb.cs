namespace TrafficShifter.Core.Access;

/// <summary>What a verb is permitted for.</summary>
public enum Reach
{
    /// <summary>One application; asked without one, for all that the caller may see.</summary>
    App,

    /// <summary>All applications at once: only for those whose grant is not limited to some.</summary>
    Fleet,

    /// <summary>What belongs to no application and is open to everybody with the role.</summary>
    Common,
}

/// <summary>Something that a caller of the API does; each endpoint is one.</summary>
/// <param name="Name">A stable word: in <c>can</c>, <c>blocked</c>, the verbs of tokens and the OpenAPI document.</param>
/// <param name="Least">The least role that may.</param>
/// <param name="What">The same for people.</param>
public sealed record Verb(string Name, Role Least, Reach Reach, string What);
