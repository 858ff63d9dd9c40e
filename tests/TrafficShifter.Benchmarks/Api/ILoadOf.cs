using System.Globalization;
using TrafficShifter.Demo.Peers;

namespace TrafficShifter.Benchmarks.Api;

/// <summary>The two kinds of calls, by 16 clients that each ask again as soon as they were answered.</summary>
internal interface ILoadOf
{
    Task<LoadResult> ReadAsync(int seconds);

    Task<LoadResult> WriteAsync(int seconds);
}

/// <summary>Through the REST API: an application's weights are read, and shifted.</summary>
internal sealed class OurLoad(ServerProcess server, string token, int apps) : ILoadOf
{
    private int _turn;

    public Task<LoadResult> ReadAsync(int seconds) => RunAsync("""wrk.format("GET", path, headers)""", seconds);

    public Task<LoadResult> WriteAsync(int seconds) => RunAsync("""wrk.format("PUT", path, headers, string.format('{"blue":1000000,"green":%d,"reason":"a bench"}', n))""", seconds);

    private async Task<LoadResult> RunAsync(string request, int seconds)
    {
        // Never the weights that are there: Consul would not count that as a change.
        var first = ++_turn * 40_000 % 900_000;
        var script = string.Create(CultureInfo.InvariantCulture, $$"""
            local n = {{first}}
            local headers = { ["Authorization"] = "Bearer {{token}}", ["Content-Type"] = "application/json" }
            function request()
              n = n + 1
              local path = string.format("/api/v1/apps/app-%05d/weights", n % {{apps}})
              return {{request}}
            end

            """);
        var before = ProcessCpu.ReadWhole(server.Pid).TotalMicroseconds;
        var load = await LuaLoad.RunAsync(server.Address.Port, script, seconds);
        return load with { CpuMicroseconds = ProcessCpu.ReadWhole(server.Pid).TotalMicroseconds - before };
    }
}

/// <summary>Straight to Consul: the keys that such a read asks for, one after the other; and such a write, as one transaction of as many operations and bytes.</summary>
internal sealed class RawLoad(ConsulProcess consul, int apps) : ILoadOf
{
    /// <summary>Keys that are read for the weights of one application: definition, weights, state, and the rollback of all, for which any key stands in that is there.</summary>
    private const int KeysOfARead = 4;

    /// <summary>Base64 as long as the documents of a shift: the weights, the history entry, the event, the feed entry.</summary>
    private static readonly string[] Values = [.. new[] { 160, 520, 400, 108 }.Select(length => new string('e', length))];

    private int _turn;

    public async Task<LoadResult> ReadAsync(int seconds)
    {
        var load = await RunAsync($$"""
            function request()
              n = n + 1
              local part = ({ "apps", "weights", "state", "apps" })[n % {{KeysOfARead}} + 1]
              return wrk.format("GET", string.format("/v1/kv/traffic-shifter/%s/app-%05d", part, math.floor(n / {{KeysOfARead}}) % {{apps}}))
            end

            """, seconds);
        return load with { Requests = load.Requests / KeysOfARead, RequestsPerSecond = load.RequestsPerSecond / KeysOfARead };
    }

    public Task<LoadResult> WriteAsync(int seconds) => RunAsync($$$"""
        local function set(key, value) return string.format('{"KV":{"Verb":"set","Key":"raw/%s","Value":"%s%08d"}}', key, value, n) end
        local function get(key) return string.format('{"KV":{"Verb":"get","Key":"traffic-shifter/%s"}}', key) end
        function request()
          n = n + 1
          local app = string.format("app-%05d", n % {{{apps}}})
          local body = "[" .. table.concat({
            set("weights/" .. app, "{{{Values[0]}}}"), get("apps/" .. app), get("state/" .. app), '{"KV":{"Verb":"check-not-exists","Key":"traffic-shifter/control/rollback"}}',
            set("history/" .. app .. "/" .. n, "{{{Values[1]}}}"), set("outbox/" .. app .. "/" .. n % 500, "{{{Values[2]}}}"), set("feed/" .. n % 8, "{{{Values[3]}}}")
          }, ",") .. "]"
          return wrk.format("PUT", "/v1/txn", nil, body)
        end

        """, seconds);

    private Task<LoadResult> RunAsync(string request, int seconds) => LuaLoad.RunAsync(consul.Address.Port, string.Create(CultureInfo.InvariantCulture, $"n = {++_turn * 1_000_000}\n{request}"), seconds);
}
