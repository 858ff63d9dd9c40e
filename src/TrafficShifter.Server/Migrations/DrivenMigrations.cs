using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Migrations;
using TrafficShifter.Core.Ports;

namespace TrafficShifter.Server.Migrations;

/// <summary>Which of the stored migrations are driven. One that is not is read again only when it was written again: those that have ended stay, and cost nothing. Not for several threads.</summary>
internal sealed class DrivenMigrations
{
    private Dictionary<string, ulong> _others = [];

    /// <param name="entries">All that are stored.</param>
    public IReadOnlyList<Migration> Read(IReadOnlyList<Entry> entries)
    {
        var (driven, others) = (new List<Migration>(), new Dictionary<string, ulong>());
        foreach (var entry in entries)
        {
            var isKnown = _others.TryGetValue(entry.Key, out var index) && index == entry.ModifyIndex;
            if (!isKnown && Reading.Of<Migration>(entry).Find() is { } migration && migration.Phase.IsDriven()) driven.Add(migration);
            else others[entry.Key] = entry.ModifyIndex;
        }
        _others = others;
        return driven;
    }
}
