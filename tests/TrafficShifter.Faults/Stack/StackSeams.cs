using TrafficShifter.Demo.Peers;

namespace TrafficShifter.Faults.Stack;

/// <summary>Where faults get between the parts of a stack before it starts.</summary>
internal sealed record StackSeams
{
    /// <summary>Puts a relay on a way; null as its result: the two speak directly.</summary>
    public Func<Link, CancellationToken, Task<IRelay?>> Lay { get; init; } = (_, _) => Task.FromResult<IRelay?>(null);

    /// <summary>Told the directory that a part (<c>agent1</c>, <c>api1</c>) will keep its data in, empty as yet: the place to mount something over it.</summary>
    public Func<string, string, CancellationToken, Task> Prepare { get; init; } = (_, _, _) => Task.CompletedTask;

    /// <summary>Changes what a server is started with, by its name: <c>agent1</c>, <c>api1</c>.</summary>
    public Func<string, ServerSetup, ServerSetup> Adjust { get; init; } = (_, setup) => setup;

    /// <summary>Undoes what <see cref="Prepare"/> did, after the part has ended and before its directory is deleted.</summary>
    public Func<string, string, Task> Undo { get; init; } = (_, _) => Task.CompletedTask;
}
