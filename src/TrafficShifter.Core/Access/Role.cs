namespace TrafficShifter.Core.Access;

/// <summary>What somebody is to an application, or to all of them. Each role may do what those before it may.</summary>
public enum Role
{
    /// <summary>Looks, changes nothing.</summary>
    Viewer,

    /// <summary>Moves traffic: shifts, rollouts, rollbacks.</summary>
    Operator,

    /// <summary>Says what there is: applications, plans, freezes, tokens.</summary>
    Admin,
}
