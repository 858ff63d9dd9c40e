namespace TrafficShifter.Faults.Stack;

/// <summary>One way from a part of the stack to another: <c>agent1</c> → <c>consul</c>.</summary>
/// <param name="Target">Where the part that is called listens: <c>127.0.0.1:8500</c>, or the path of a Unix socket.</param>
/// <param name="Relay">What stands between them; null: nothing.</param>
internal sealed record Link(string From, string To, string Target, IRelay? Relay = null)
{
    /// <summary>Where the caller was told to go: host:port, or a path.</summary>
    public string Address => Relay?.Address ?? Target;

    /// <summary>The target is a Unix socket.</summary>
    public bool IsSocket => Target.StartsWith('/');

    public override string ToString() => $"{From} → {To}";
}

/// <summary>Stands between two parts and passes on what they say, until a fault tells it otherwise.</summary>
internal interface IRelay : IAsyncDisposable
{
    /// <summary>Where it listens: host:port for a target that is one, a path for a path.</summary>
    string Address { get; }
}
