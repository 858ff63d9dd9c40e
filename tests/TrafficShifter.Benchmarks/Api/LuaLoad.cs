namespace TrafficShifter.Benchmarks.Api;

/// <summary>wrk with requests that a script makes.</summary>
internal static class LuaLoad
{
    public static async Task<LoadResult> RunAsync(int port, string script, int seconds)
    {
        var file = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.lua");
        await File.WriteAllTextAsync(file, script);
        try
        {
            return await Wrk.RunAsync(port, [], CancellationToken.None, seconds, file);
        }
        finally
        {
            File.Delete(file);
        }
    }
}
