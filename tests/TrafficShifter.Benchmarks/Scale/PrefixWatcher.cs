namespace TrafficShifter.Benchmarks.Scale;

/// <summary>What one consul-template asks of Consul while nothing happens: one blocking query on the whole prefix, for 60 s at a time, read whole each time.</summary>
/// <remarks>A stand-in: the same question in the same turn as its `ls`/`tree` functions ask it. It leaves out what consul-template asks beside that, and its rendering.</remarks>
internal static class PrefixWatcher
{
    public static async Task RunAsync(Uri consul, string prefix, CancellationToken cancellationToken)
    {
        using var http = new HttpClient { BaseAddress = consul, Timeout = TimeSpan.FromMinutes(2) };
        var index = "0";
        while (!cancellationToken.IsCancellationRequested)
        {
            using var reply = await http.GetAsync($"/v1/kv/{prefix}?recurse=&index={index}&wait=60s", HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            await reply.Content.CopyToAsync(Stream.Null, cancellationToken);
            index = reply.EnsureSuccessStatusCode().Headers.GetValues("X-Consul-Index").Single();
        }
    }
}
