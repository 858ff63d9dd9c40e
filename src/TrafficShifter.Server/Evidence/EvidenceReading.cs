using TrafficShifter.Core.Apps;

namespace TrafficShifter.Server.Evidence;

/// <summary>A node's counters at one moment. Only to be used while it is given: the counters go on afterwards.</summary>
internal sealed record EvidenceReading(string Node, ReadOnlyMemory<long> Block, IReadOnlyDictionary<AppName, (int Slot, Routing Routing)> Apps, EvidenceSlots Slots, long Now);
