namespace TrafficShifter.HAProxy.AccessLogs;

/// <summary>One line of the access log, with its texts still in the buffer that it was read from.</summary>
public readonly ref struct AccessRecord
{
    /// <summary>Of HAProxy's worker. After a reload the old one goes on sending until its last connection has ended.</summary>
    public required int Pid { get; init; }

    public required ReadOnlySpan<byte> Frontend { get; init; }

    /// <summary>How many lines this worker's frontend had written before, <c>%lc</c>. With several threads it may be a few off: two lines that are written at once may have the same.</summary>
    public required long Sequence { get; init; }

    /// <summary>The frontend's own name where no backend was chosen.</summary>
    public required ReadOnlySpan<byte> Backend { get; init; }

    /// <summary>The last server that was tried; <c>&lt;NOSRV&gt;</c> when none was.</summary>
    public required ReadOnlySpan<byte> Server { get; init; }

    /// <summary>What the client was sent; -1 when nothing was.</summary>
    public required int Status { get; init; }

    public required Termination Termination { get; init; }

    /// <summary>The request went to another server than the one that it was first sent to, which could not be connected to.</summary>
    public required bool Redispatched { get; init; }

    /// <summary>Milliseconds from the arrival of the request to the first byte of the answer: in queues, connecting, and until the server answered (<c>%Tw + %Tc + %Tr</c>); -1 when it never came that far.</summary>
    public required int Milliseconds { get; init; }

    /// <summary>The request's row of apps.map on `map` routing.</summary>
    public required RecordRow Row { get; init; }

    /// <summary>No server was chosen, or HAProxy answered itself.</summary>
    public bool HasNoServer => Server.Length == 0 || Server[0] == '<';
}

/// <summary>The row that decided on `map` routing, MODE.SHARE.POOL.APP, and the request's bucket.</summary>
public readonly ref struct RecordRow
{
    /// <summary>False: the request had no row, so it is of `weights` routing or of no application.</summary>
    public bool Exists => App.Length > 0;

    public ReadOnlySpan<byte> App { get; init; }

    public ReadOnlySpan<byte> Pool { get; init; }

    /// <summary>A lock, a target rule or an opt-out decided, and no share.</summary>
    public bool Targeted { get; init; }

    /// <summary>The request was meant for green, else for blue; whichever served it.</summary>
    public bool MeantGreen { get; init; }
}
