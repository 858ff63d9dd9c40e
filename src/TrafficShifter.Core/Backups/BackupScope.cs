using TrafficShifter.Core.Documents;

namespace TrafficShifter.Core.Backups;

/// <summary>Which keys of the store a backup holds: all that people decided and all that happened, nothing that belongs to a running process.</summary>
public static class BackupScope
{
    /// <summary>
    /// Signs of life, locks and the feed are gone with their process; sign-ins end. The outbox and how far each sink is are told by the store's own index, which a
    /// restored store begins anew: sinks are told what happens from then on.
    /// </summary>
    private static readonly string[] OfProcesses = [Keys.Live, "locks/", Keys.Feed, "sessions/", Keys.Outbox, Keys.Deliveries];

    /// <summary>What a running installation writes by itself into an empty store.</summary>
    private static readonly string[] WrittenByThemselves = [Keys.Nodes, Keys.Tokens, Keys.TokenUses, Keys.TokenSerial];

    public static bool Includes(string key) => !OfProcesses.Any(p => key.StartsWith(p, StringComparison.Ordinal));

    /// <summary>Whether somebody decided something here: with none of these an installation counts as empty.</summary>
    public static bool IsDecision(string key) => Includes(key) && !WrittenByThemselves.Any(p => key.StartsWith(p, StringComparison.Ordinal));
}
