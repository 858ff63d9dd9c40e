using System.Runtime.InteropServices;

namespace TrafficShifter.Demo.Commands;

/// <summary>Cancelled by Ctrl-C, SIGTERM and the terminal's end, so that what was started is stopped in order; a second signal changes nothing.</summary>
internal sealed class UntilStopped : IDisposable
{
    private readonly CancellationTokenSource _stopped = new();
    private readonly PosixSignalRegistration[] _registrations;

    public UntilStopped() =>
        _registrations = [.. new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP }.Select(signal => PosixSignalRegistration.Create(signal, Stop))];

    public CancellationToken Token => _stopped.Token;

    /// <summary>Returns when it is time to stop.</summary>
    public async Task WaitAsync()
    {
        var stopped = new TaskCompletionSource();
        await using var registration = Token.Register(stopped.SetResult);
        await stopped.Task;
    }

    public void Dispose()
    {
        foreach (var registration in _registrations) registration.Dispose();
        _stopped.Dispose();
    }

    private void Stop(PosixSignalContext context)
    {
        context.Cancel = true;
        _stopped.Cancel();
    }
}
