namespace TrafficShifter.HAProxy.AccessLogs;

/// <summary>How HAProxy saw a request end, the two letters of <c>%ts</c>: what ended it, and in which phase.</summary>
/// <param name="Cause">One of <see cref="Causes"/>.</param>
/// <param name="Phase">One of <see cref="Phases"/>.</param>
public readonly record struct Termination(char Cause, char Phase)
{
    /// <summary>C, c: the client left, or was silent too long. S, s: the server did. P: HAProxy's own decision. L: HAProxy answered itself. R: it lacked something. I: it failed. D: the server was found down. U: a server came up. K: an operator. -: nothing.</summary>
    public const string Causes = "CcSsPLRIDUK-";

    /// <summary>R: waiting for the request. Q: in the queue. C: connecting. H: waiting for the answer's headers. D: the data. L: the last of them. T: tarpit. -: after the end.</summary>
    public const string Phases = "RQCHDLT-";

    /// <summary>Whose the request is. docs/evidence.md has this as a table.</summary>
    /// <param name="status">What the client was sent; -1 when nothing was.</param>
    public RequestOutcome Judge(int status) => Cause switch
    {
        // Before a side had the request it can have done nothing wrong: refused, redirected, incomplete.
        _ when Phase is 'R' or 'T' => RequestOutcome.OfNobody,
        'L' => RequestOutcome.OfNobody,
        'S' or 's' or 'D' => RequestOutcome.Bad,
        // What the server sent was no answer: blocked, cut, not HTTP.
        'P' when Phase is 'H' or 'D' or 'L' => RequestOutcome.Bad,
        // It had the request and the client gave up on it: who hangs must not look clean. A client that was silent itself (c) was not waiting.
        'C' when Phase is 'Q' or 'C' or 'H' => RequestOutcome.GivenUp,
        'C' or 'c' or 'U' or 'K' when Phase is not ('D' or 'L' or '-') => RequestOutcome.OfNobody,
        // An operator cut it: HAProxy answers 502 to a request without an answer, whoever serves it.
        'K' when status >= 500 => RequestOutcome.OfNobody,
        _ => status switch { >= 500 => RequestOutcome.Bad, >= 100 => RequestOutcome.Good, _ => RequestOutcome.OfNobody },
    };
}

/// <summary>What a request says of the side that it was meant for.</summary>
public enum RequestOutcome
{
    Good,
    Bad,

    /// <summary>The client left before there was an answer: no failure, and slower than every bound of latency.</summary>
    GivenUp,

    /// <summary>Nothing: the client never sent a whole request, or HAProxy or an operator ended it.</summary>
    OfNobody,
}
