using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Migrations;

/// <summary>What a person tells a migration.</summary>
/// <param name="GateNames">The names that whoever it is goes by at a gate.</param>
public abstract record MigrationCommand(ChangeNote Note, IReadOnlyList<string> GateNames)
{
    /// <summary>Nothing new begins; what moves goes on.</summary>
    public sealed record Pause(ChangeNote Note, IReadOnlyList<string> GateNames) : MigrationCommand(Note, GateNames);

    /// <summary>After a pause or a stop. The failures that stopped it are forgiven.</summary>
    public sealed record Resume(ChangeNote Note, IReadOnlyList<string> GateNames) : MigrationCommand(Note, GateNames);

    /// <summary>Nothing new begins, and its applications are let go once nothing moves.</summary>
    /// <param name="Rollouts">What moves is aborted too, all its traffic back; false: it goes on to its end.</param>
    public sealed record Abort(ChangeNote Note, IReadOnlyList<string> GateNames, bool Rollouts) : MigrationCommand(Note, GateNames);

    /// <summary>Lets the wave begin whose gate waits.</summary>
    public sealed record Approve(ChangeNote Note, IReadOnlyList<string> GateNames) : MigrationCommand(Note, GateNames);

    /// <summary>Stops the migration at the gate that waits; after a resume it is asked again.</summary>
    public sealed record Reject(ChangeNote Note, IReadOnlyList<string> GateNames) : MigrationCommand(Note, GateNames);
}

/// <summary>What a command does: the migration after it, or why it does nothing.</summary>
/// <param name="IsForbidden">It would do something, for somebody else.</param>
public sealed record Commanded(MigrationAct.Advance? Act, string? Refusal, bool IsForbidden = false)
{
    internal static Commanded Refuse(string why) => new(null, why);
}
