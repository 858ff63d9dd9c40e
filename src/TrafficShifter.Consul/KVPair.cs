namespace TrafficShifter.Consul;

/// <summary>A key as <c>GET /v1/kv</c> returns it: <c>{"LockIndex":1,"Key":"p/l","Flags":0,"Value":"eQ==","Session":"a70e…","CreateIndex":24,"ModifyIndex":25}</c>.</summary>
public sealed record KVPair
{
    public required string Key { get; init; }

    /// <summary>Base64 in JSON; null when empty, and in the results of a transaction.</summary>
    public ReadOnlyMemory<byte>? Value { get; init; }

    /// <summary>Session that holds the key; absent when none does.</summary>
    public string? Session { get; init; }

    public ulong LockIndex { get; init; }

    public ulong CreateIndex { get; init; }

    public ulong ModifyIndex { get; init; }
}

/// <param name="LastIndex"><c>X-Consul-Index</c>, at least 1: what a blocking query waits from.</param>
public sealed record QueryResult<T>(T Response, ulong LastIndex);

/// <summary>Lets Consul hold a read open until the index is past <paramref name="WaitIndex"/>, at most for <paramref name="WaitTime"/> (and up to a sixteenth more).</summary>
public sealed record QueryOptions(ulong WaitIndex, TimeSpan WaitTime);

/// <summary>How <c>PUT /v1/kv/KEY?acquire=SESSION</c> ended.</summary>
public enum AcquireOutcome
{
    Acquired,
    HeldByAnother,

    /// <summary>The session that was to hold the key has expired or was destroyed; nothing was written.</summary>
    SessionGone,
}
