using System.CommandLine;

namespace TrafficShifter.Cli.Hosting;

/// <summary>A command of `shifter`: what it does, and examples of it that run.</summary>
internal sealed class Verb(string name, string description, params string[] examples) : Command(name, description)
{
    /// <summary>Shown first in the help.</summary>
    public IReadOnlyList<string> Examples { get; } = examples;

    /// <param name="run">Does it, and returns one of <see cref="ExitCode"/>.</param>
    public Verb Does(Shell shell, Func<Invocation, Task<int>> run)
    {
        SetAction(async (parsed, cancellationToken) =>
        {
            using var invocation = new Invocation(parsed, shell, cancellationToken);
            return await run(invocation);
        });
        return this;
    }

    public Verb Does(Shell shell, Func<Invocation, int> run) => Does(shell, invocation => Task.FromResult(run(invocation)));
}
