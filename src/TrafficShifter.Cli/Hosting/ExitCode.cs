namespace TrafficShifter.Cli.Hosting;

/// <summary>What a command's exit code says. Part of the contract with scripts: docs/cli.md lists them.</summary>
internal static class ExitCode
{
    /// <summary>Done, and it is what was asked for.</summary>
    public const int Done = 0;

    /// <summary>Answered, and the answer is no: the rollout was rolled back, the plan has errors, there are differences.</summary>
    public const int No = 1;

    /// <summary>Used wrongly, or a confirmation is needed that nobody could give.</summary>
    public const int Usage = 2;

    public const int NotFound = 3;

    /// <summary>Not signed in, or not allowed.</summary>
    public const int NotAllowed = 4;

    /// <summary>Somebody else was first.</summary>
    public const int Conflict = 5;

    /// <summary>It cannot be done: frozen, locked, a share that the servers cannot make.</summary>
    public const int Refused = 6;

    /// <summary>The server or a peer of it is away.</summary>
    public const int Away = 7;

    /// <summary>The time is up, and it still goes on.</summary>
    public const int StillGoing = 8;

    /// <summary>It waits for a person.</summary>
    public const int WaitsForPerson = 9;

    /// <summary>A bug in this program.</summary>
    public const int Bug = 70;

    /// <summary>Ctrl-C.</summary>
    public const int Interrupted = 130;
}
