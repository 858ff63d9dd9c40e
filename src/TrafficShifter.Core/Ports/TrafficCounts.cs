using TrafficShifter.Core.Apps;

namespace TrafficShifter.Core.Ports;

/// <summary>What a process counted itself since it started, to hold against its access log.</summary>
/// <param name="DroppedRecords">Records of the access log that it had no room for, in its rings and as datagrams.</param>
/// <param name="Backends">A backend that does not exist is absent.</param>
public sealed record TrafficCounts(ProcessIdentity Process, long DroppedRecords, IReadOnlyDictionary<ProxyName, BackendCounts> Backends);

/// <param name="Requests">Requests of the backend that have ended.</param>
/// <param name="Redispatched">How many requests left each server for another one because it could not be connected to.</param>
public sealed record BackendCounts(long Requests, IReadOnlyDictionary<ProxyName, long> Redispatched);
