using System.Runtime.InteropServices;

namespace TrafficShifter.Cli.Hosting;

/// <summary>Cancelled by Ctrl-C and SIGTERM. Whatever runs on the server goes on: only the command ends, with exit code 130.</summary>
internal sealed class Interruption : IDisposable
{
    private readonly CancellationTokenSource _interrupted = new();
    private readonly PosixSignalRegistration[] _registrations;

    public Interruption() =>
        _registrations = [.. new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM }.Select(signal => PosixSignalRegistration.Create(signal, Stop))];

    public CancellationToken Token => _interrupted.Token;

    public void Dispose()
    {
        foreach (var registration in _registrations) registration.Dispose();
        _interrupted.Dispose();
    }

    private void Stop(PosixSignalContext context)
    {
        context.Cancel = true;
        _interrupted.Cancel();
    }
}
