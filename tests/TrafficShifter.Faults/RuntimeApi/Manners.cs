namespace TrafficShifter.Faults.RuntimeApi;

/// <summary>How a <see cref="RuntimeApiRelay"/> treats who asks a HAProxy.</summary>
internal enum Manners
{
    /// <summary>Everything passes.</summary>
    Right,

    /// <summary>Connections are accepted, what is sent is swallowed, nothing is answered, HAProxy hears nothing.</summary>
    Hangs,

    /// <summary>HAProxy hears and does everything; half of what it says comes, then the connection is closed.</summary>
    AnswersHalf,

    /// <summary>HAProxy hears every command, reads and writes alike, as another one, and the answer is that other one's: complete, well-formed and of something else.</summary>
    AnswersAnother,

    /// <summary>HAProxy hears and does everything; every letter and digit that it says is another one. Lines and prompts stay.</summary>
    AnswersGarbage,

    /// <summary>HAProxy is asked at level <c>user</c>, as on a <c>stats socket … level user</c>: it shows what it has and refuses each change.</summary>
    IsReadOnly,
}
