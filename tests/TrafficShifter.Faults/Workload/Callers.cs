using System.Globalization;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Faults.Stack;

namespace TrafficShifter.Faults.Workload;

/// <summary>Calls that change or read an application; each is in the log of operations.</summary>
internal sealed class Callers(FaultStack stack, OperationLog log) : IAsyncDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Hesitation = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan AtOnce = TimeSpan.FromMilliseconds(500);
    private readonly List<Task<ApiAnswer>> _late = [];
    private readonly ApiClient[] _apis = [.. stack.Servers.Select(s => new ApiClient(s.Address, stack.Token))];
    private int _number;

    /// <summary>Asks one of the apis, and keeps nothing.</summary>
    public Task<ApiAnswer> AskAsync(int api, HttpMethod method, string path, object? body = null) => _apis[api].SendAsync(method, path, body, Patience);

    /// <summary>Asks one api after another until one gives an answer that is no error of a server.</summary>
    public async Task<ApiAnswer> AskAnyAsync(HttpMethod method, string path, object? body = null)
    {
        var answer = await AskAsync(0, method, path, body);
        return answer.Status is null or >= 500 ? await AskAsync(1, method, path, body) : answer;
    }

    public Task<ApiAnswer> ShiftAsync(string app, string actor, int api, Weights weights) =>
        DoAsync(app, actor, "shift", weights, reason => AskAsync(api, HttpMethod.Put, $"apps/{app}/weights", new { blue = weights.Blue, green = weights.Green, reason }));

    public Task<ApiAnswer> ReadAsync(string app, string actor, int api) => DoAsync(app, actor, "read", null, _ => AskAsync(api, HttpMethod.Get, $"apps/{app}/weights"));

    public Task<ApiAnswer> StartRolloutAsync(string app, string actor, int api, object plan) =>
        DoAsync(app, actor, "rollout", null, reason => AskAsync(api, HttpMethod.Post, $"apps/{app}/rollouts", new { plan, reason }));

    /// <param name="verb">resume or abort.</param>
    public Task<ApiAnswer> TellAsync(string app, string rollout, string actor, int api, string verb) =>
        DoAsync(app, actor, verb, null, reason => AskAsync(api, HttpMethod.Post, $"rollouts/{rollout}/{verb}", new { reason }));

    public Task<ApiAnswer> UnlockAsync(string app, string actor) => DoAsync(app, actor, "unlock", null, reason => AskAnyAsync(HttpMethod.Post, $"apps/{app}/unlock", new { reason }));

    /// <param name="first">The api that is asked first.</param>
    public Task<ApiAnswer> RollBackAsync(string app, string actor, int first = 0) =>
        InsistAsync(first, api => DoAsync(app, actor, Operation.Rollback, null, reason => AskAsync(api, HttpMethod.Post, $"apps/{app}/rollback", new { reason })));

    /// <summary>Every application, to its stable colour.</summary>
    /// <param name="first">The api that is asked first.</param>
    public Task<ApiAnswer> RollBackAllAsync(string actor, int first = 0) =>
        InsistAsync(first, api => DoAsync(Operation.EveryApp, actor, Operation.RollbackOfAll, null, reason => AskAsync(api, HttpMethod.Post, "rollback", new { reason })));

    /// <summary>Every application to one colour, by this api alone: once it has answered, nothing of it is under way.</summary>
    public Task<ApiAnswer> RollAllToAsync(Colour to, string actor, int api) =>
        DoAsync(Operation.EveryApp, actor, Operation.RollbackOfAll, null, reason => AskAsync(api, HttpMethod.Post, "rollback", new { reason, to = to.Word() }), to);

    /// <summary>This api when it answers at once; else the other one.</summary>
    public async Task<int> FindAnsweringAsync(int api) => (await _apis[api].SendAsync(HttpMethod.Get, "/healthz", null, AtOnce)).Status is null ? 1 - api : api;

    /// <summary>Waits for those calls that nobody waited for.</summary>
    public async Task SettleAsync()
    {
        List<Task<ApiAnswer>> late;
        lock (_late) late = [.. _late];
        await Task.WhenAll(late);
        lock (_late) _late.RemoveAll(late.Contains);
    }

    /// <summary>A write that does not go through an api, noted as one that did.</summary>
    public Task<ApiAnswer> PutByHandAsync(string app, Weights weights, Func<string, Task<ApiAnswer>> put) => DoAsync(app, "hand", "put", weights, put);

    public ValueTask DisposeAsync()
    {
        foreach (var api in _apis) api.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>As people in an emergency do: the other api is asked too, as soon as the first has refused or has said nothing for 2 s. Returns with the first that took it.</summary>
    private async Task<ApiAnswer> InsistAsync(int api, Func<int, Task<ApiAnswer>> ask)
    {
        var first = ask(api);
        if (await Task.WhenAny(first, Task.Delay(Hesitation)) == first && (await first).IsSuccess) return await first;
        var second = ask(1 - api);
        lock (_late) _late.AddRange([first, second]);
        var sooner = await await Task.WhenAny(first, second);
        return sooner.IsSuccess ? sooner : (await Task.WhenAll(first, second)).FirstOrDefault(a => a.IsSuccess) ?? sooner;
    }

    private async Task<ApiAnswer> DoAsync(string app, string actor, string kind, Weights? weights, Func<string, Task<ApiAnswer>> ask, Colour? to = null)
    {
        var reason = string.Create(CultureInfo.InvariantCulture, $"{kind} {Interlocked.Increment(ref _number)}");
        var sent = OperationLog.Now;
        var answer = await ask(reason);
        var index = ulong.TryParse(answer.Find("modifyIndex"), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : (ulong?)null;
        log.Add(new Operation(app, actor, kind, sent, OperationLog.Now, answer.Outcome, index, weights ?? (kind == "read" && answer.IsSuccess ? Found(answer) : null)) { To = to, Reason = reason, Answer = answer.ToString() });
        return answer;
    }

    private static Weights? Found(ApiAnswer answer) =>
        answer.Body.TryGetProperty("blue", out var blue) && answer.Body.TryGetProperty("green", out var green) ? new Weights { Blue = blue.GetInt32(), Green = green.GetInt32() } : null;
}
