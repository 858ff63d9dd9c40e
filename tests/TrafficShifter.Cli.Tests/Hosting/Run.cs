namespace TrafficShifter.Cli.Tests.Hosting;

/// <summary>What a command wrote, and its exit code.</summary>
internal sealed record Run(int ExitCode, string Out, string Error)
{
    /// <summary>The message shows all that it wrote.</summary>
    public Run ShouldExit(int code)
    {
        ExitCode.ShouldBe(code, $"stdout: {Out}\nstderr: {Error}");
        return this;
    }

    public override string ToString() => $"exit code {ExitCode}\nstdout:\n{Out}\nstderr:\n{Error}";
}
