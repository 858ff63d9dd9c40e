namespace TrafficShifter.EndToEnd.Tests.Stack;

/// <summary>One stack for all tests of a class. Each test has an application, and so a backend, of its own.</summary>
public abstract class StackFixture(StackSetup setup) : IAsyncLifetime
{
    private ShiftingStack? _stack;

    public ShiftingStack Stack => _stack ?? throw new InvalidOperationException("xunit has not started the stack yet");

    public async Task InitializeAsync() => _stack = await ShiftingStack.StartAsync(setup);

    public async Task DisposeAsync()
    {
        if (_stack is not null) await _stack.DisposeAsync();
    }
}
