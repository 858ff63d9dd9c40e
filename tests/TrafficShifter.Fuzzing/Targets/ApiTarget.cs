using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using TrafficShifter.Fuzzing.Engine;

namespace TrafficShifter.Fuzzing.Targets;

/// <summary>Every call of the API that changes something: <c>PUT /api/v1/apps/shop/weights</c> in the first line, then the body.</summary>
/// <remarks>Whatever is sent: no answer is 5xx but 503 with the peer that is away, a call that is refused has written nothing, and says why as a problem.</remarks>
internal sealed partial class ApiTarget : FuzzTarget
{
    /// <summary>What was registered makes everything after it slower; a new server begins from nothing.</summary>
    private const int CasesOfAServer = 4_000;

    private static readonly string[] Names = ["shop", "map", "alice", "green", "blue", "mine", "m", "hap1", "shop-01jd2x3y4z5a6b7c8d9e0f1g2h", "nobody", "Sh%3Bop", "..%2f..", "%C3%A9", "a%0Ab", "-", "%25", "01JD2X3Y4Z5A6B7C8D9E0F1G2H"];

    private static readonly string[] Fields =
    [
        "\"blue\":90", "\"green\":10", "\"green\":-1", "\"reason\":\"r\"", "\"reason\":\"\"", "\"reason\":null", "\"routing\":{\"backend\":\"shop_back\"}", "\"to\":\"green\"", "\"to\":\"blue\"", "\"to\":\"stable\"", "\"plan\":\"fast\"", "\"plan\":{\"steps\":[]}", "\"force\":true", "\"sever\":true",
        "\"name\":\"x\"", "\"role\":\"viewer\"", "\"windows\":[]", "\"steps\":[{\"share\":\"5%\",\"hold\":\"1s\"}]", "\"waves\":[{\"name\":\"a\",\"select\":{\"apps\":[\"shop\"]}}]", "\"users\":{}", "\"id\":\"01jd2x3y4z5a6b7c8d9e0f1g2h\"", "\"token\":\"x\"", "\"by\":\"a\"", "\"at\":\"2026-11-21T12:00:00+00:00\"", "\"schema\":2", "\"x\":1",
    ];

    private readonly IReadOnlyList<byte[]> _kept = Corpus.Of("api");
    private ApiServer? _server;
    private HttpClient? _http;
    private int _cases;

    public override string Name => "api";

    public override bool CountsAllThreads => true;

    public override int ShortCases => 2_000;

    public override int BytesPerByte => 4000;

    /// <summary>The store that writes itself, the workers that read it, and both ends of the connection are in this process.</summary>
    public override int FreeBytes => 64 * 1024 * 1024;

    public override IReadOnlyList<string> Words { get; } =
    [
        "PUT /api/v1/apps/shop\n", "DELETE /api/v1/apps/shop\n", "PUT /api/v1/apps/shop/weights\n", "POST /api/v1/apps/shop/rollback\n", "POST /api/v1/apps/shop/unlock\n", "PUT /api/v1/apps/shop/targets\n", "POST /api/v1/apps/shop/rollouts\n",
        "POST /api/v1/rollback\n", "PUT /api/v1/plans/p\n", "POST /api/v1/tokens\n", "PUT /api/v1/control/freeze\n", "PUT /api/v1/control/stop\n", "PUT /api/v1/migrations/m\n", "?dryRun=true", "/users/alice", "/opt-outs/bob", "/evacuate", "/restore",
        "\"blue\":90", "\"green\":10", "\"reason\":\"r\"", "\"routing\":{\"backend\":\"shop_back\"}", "\"routing\":{\"kind\":\"map\",\"pool\":\"web\"}", "\"hosts\":[\"shop.example.com\"]", "\"plan\":\"fast\"", "\"steps\":[{\"share\":\"5%\",\"hold\":\"1s\"}]", "\"to\":\"green\"",
    ];

    public override object? Read(byte[] input)
    {
        var end = Array.IndexOf(input, (byte)'\n') is >= 0 and var line ? line : input.Length;
        if (Encoding.UTF8.GetString(input, 0, end).Split(' ', 2) is not [("PUT" or "POST" or "DELETE" or "PATCH") and var method, ['/', not '/', ..] and var path] || !Uri.TryCreate(path, UriKind.Relative, out var address) || path.Contains("wait=", StringComparison.Ordinal)) return new Refusal("no request");
        return SendAsync(HttpMethod.Parse(method), address, input[Math.Min(input.Length, end + 1)..]).GetAwaiter().GetResult();
    }

    public override void Check(byte[] input, object? read)
    {
        if (read is not Answer answer) return;
        var refused = (int)answer.Status >= 400;
        Require((int)answer.Status < 500 || (answer.Status == HttpStatusCode.ServiceUnavailable && answer.Text.Contains("-away\"", StringComparison.Ordinal)), $"{(int)answer.Status}, {(_server?.Failure is { } thrown ? $"{Fuzzer.Place(thrown)}: {thrown.Message}" : answer.Text)}");
        Require(!refused || answer.Written == 0, $"{(int)answer.Status}, and something was written: {answer.Text}");
        // Without a word: what is no HTTP, such as a NUL in a path or an address without end, comes to no code of ours.
        if (refused && (answer.Status is not (HttpStatusCode.BadRequest or HttpStatusCode.RequestUriTooLong) || answer.Type is not null || answer.Text.Length > 0)) RequireProblem(answer);
    }

    public override (bool IsAccepted, string Said) Describe(object? read) => read is Answer answer ? ((int)answer.Status < 400, (int)answer.Status < 400 ? $"{answer.Status} {answer.Call}" : $"{answer.Status} {answer.Text}") : base.Describe(read);

    /// <summary>A kept call as it is, so that what is there goes on changing; or one out of all that there are, with names that are there, that are not, and that are none.</summary>
    public override byte[]? Make(Random random)
    {
        if (_server?.Calls is not { } calls) return null;
        if (random.Next(2) == 0) return _kept[random.Next(_kept.Count)];
        var call = Places().Replace(calls[random.Next(calls.Count)], _ => Names[random.Next(Names.Length)]);
        return Encoding.UTF8.GetBytes($"{call}{(random.Next(4) == 0 ? "?dryRun=true" : "")}\n{{{string.Join(',', Enumerable.Range(0, random.Next(4)).Select(_ => Fields[random.Next(Fields.Length)]))}}}");
    }

    public override void Dispose()
    {
        _http?.Dispose();
        _server?.DisposeAsync().AsTask().GetAwaiter().GetResult();
        base.Dispose();
    }

    private static void RequireProblem(Answer answer)
    {
        Require(answer.Type == "application/problem+json", $"{(int)answer.Status} as {answer.Type}: {answer.Text}");
        using var problem = JsonDocument.Parse(answer.Text);
        Require(problem.RootElement.GetProperty("type").GetString()!.StartsWith("urn:trafficshifter:problem:", StringComparison.Ordinal), $"a problem has a type that is none: {answer.Text}");
        Require(problem.RootElement.GetProperty("status").GetInt32() == (int)answer.Status, $"a problem has another status: {answer.Text}");
        Require(problem.RootElement.GetProperty("title").GetString()!.Length > 0 && problem.RootElement.GetProperty("detail").GetString()!.Length > 0, $"a problem says nothing: {answer.Text}");
    }

    private async Task<object> SendAsync(HttpMethod method, Uri path, byte[] body)
    {
        if (_server is null || _cases++ % CasesOfAServer == 0) await RestartAsync();
        var before = _server!.Written;
        using var request = new HttpRequestMessage(method, path) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue(body.Length > 0 && body[0] is (byte)'{' or (byte)'[' ? "application/json" : "application/yaml");
        using var response = await _http!.SendAsync(request);
        var answer = new Answer($"{method} {path.OriginalString.Split('?')[0].Split('/')[^1]}", response.StatusCode, response.Content.Headers.ContentType?.MediaType, await response.Content.ReadAsStringAsync(), _server.Written - before);
        // A restored backup, or a token that revoked itself, is an end of this server.
        if (answer.Status == HttpStatusCode.Unauthorized) await RestartAsync();
        return answer;
    }

    [GeneratedRegex(@"\{[^}]+\}")]
    private static partial Regex Places();

    private async Task RestartAsync()
    {
        _http?.Dispose();
        if (_server is not null) await _server.DisposeAsync();
        _server = await ApiServer.StartAsync();
        _http = new HttpClient { BaseAddress = _server.Address };
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", _server.Token);
    }

    private sealed record Answer(string Call, HttpStatusCode Status, string? Type, string Text, int Written);
}
