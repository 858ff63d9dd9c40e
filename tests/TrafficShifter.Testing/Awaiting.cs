namespace TrafficShifter.Testing;

/// <summary>Waits for named events. The limit is only there so that a test that will never pass says what was missing.</summary>
public static class Awaiting
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public static async Task ForAsync(Task task, string theEvent) =>
        await ForAsync(DoneAsync(task), theEvent);

    public static async Task<T> ForAsync<T>(Task<T> task, string theEvent)
    {
        try
        {
            return await task.WaitAsync(Patience);
        }
        catch (TimeoutException missing)
        {
            throw new TimeoutException($"after {Patience.TotalSeconds} s still missing: {theEvent}", missing);
        }
    }

    private static async Task<bool> DoneAsync(Task task)
    {
        await task;
        return true;
    }
}
