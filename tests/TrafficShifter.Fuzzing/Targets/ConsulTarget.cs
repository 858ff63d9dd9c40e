using System.Globalization;
using System.Net;
using System.Text;
using TrafficShifter.Consul;
using TrafficShifter.Core.Ports;
using TrafficShifter.Fuzzing.Engine;

namespace TrafficShifter.Fuzzing.Targets;

/// <summary>What Consul, or what is mistaken for one, answers: <c>CALL STATUS INDEX</c> in the first line, then the body of every reply.</summary>
internal sealed class ConsulTarget : FuzzTarget
{
    private const string Prefix = "traffic-shifter/";
    private static readonly string[] Calls = ["find", "list", "keys", "names", "commit", "remove", "check", "session", "hold"];

    private static readonly string[] Bodies =
    [
        "[]", "[null]", "null", "{}", "true", "[{\"Key\":\"traffic-shifter/a\",\"Value\":\"eQ==\",\"ModifyIndex\":7}]", "[{\"Key\":\"x\",\"Value\":null}]", "[{\"Key\":null}]",
        "{\"Results\":[{\"KV\":{\"Key\":\"traffic-shifter/a\",\"ModifyIndex\":9}}],\"Errors\":null}", "{\"Results\":[null],\"Errors\":[]}", "{\"Results\":null,\"Errors\":[{\"OpIndex\":0,\"What\":\"stale\"}]}",
        "{\"Errors\":[{\"OpIndex\":9,\"What\":\"Permission denied\"}]}", "{\"Errors\":[null]}", "[\"traffic-shifter/a\",null]", "[{\"ID\":\"a\"}]", "{\"ID\":null}",
    ];

    private readonly Replies _replies = new();
    private readonly ConsulClient _client;
    private readonly ConsulTrafficStore _store;

    public ConsulTarget()
    {
        _client = new ConsulClient(new ConsulOptions { Address = new Uri("http://127.0.0.1:8500") }, new HttpClient(_replies), TimeProvider.System);
        _store = new ConsulTrafficStore(_client, TimeProvider.System);
    }

    public override string Name => "consul";

    public override int BytesPerByte => 200;

    public override IReadOnlyList<string> Words =>
        ["find 200 7\n", "list 200 7\n", "keys 200 7\n", "commit 200 7\n", "commit 409 7\n", "remove 200 7\n", "session 200 7\n", " 404 ", "\"Key\":", "\"traffic-shifter/a\"", "\"Value\":\"eQ==\"", "\"ModifyIndex\":7", "\"OpIndex\":0", "\"Results\":[]", "\"Errors\":[{}]", "{\"KV\":null}"];

    public override object? Read(byte[] input)
    {
        var end = Array.IndexOf(input, (byte)'\n') is >= 0 and var line ? line : input.Length;
        var head = Encoding.UTF8.GetString(input, 0, end).Split(' ');
        var status = head.Length > 1 && int.TryParse(head[1], NumberStyles.None, CultureInfo.InvariantCulture, out var code) && code is >= 200 and <= 499 ? code : 200;
        (_replies.Status, _replies.Index, _replies.Body) = ((HttpStatusCode)status, head.Length > 2 ? head[2] : "7", input[Math.Min(input.Length, end + 1)..]);
        try
        {
            return Ask(head[0]).AsTask().GetAwaiter().GetResult();
        }
        catch (StoreException named)
        {
            return new Refusal(named.Message);
        }
    }

    public override void Check(byte[] input, object? read)
    {
        if (read is Listing listing) Require(listing.Index > 0 && listing.Entries.All(e => e.Key is not null && e.Value is not null), "a listing has no index, or an entry that is none");
        if (read is CommitResult.Conflict conflict) Require(conflict.Keys.Count > 0, "a conflict names no key");
    }

    public override byte[] Make(Random random) => Encoding.UTF8.GetBytes($"{Calls[random.Next(Calls.Length)]} {(random.Next(3) == 0 ? 409 : 200)} {random.Next(9)}\n{Bodies[random.Next(Bodies.Length)]}");

    public override void Dispose()
    {
        _replies.Dispose();
        base.Dispose();
    }

    private async ValueTask<object?> Ask(string call)
    {
        var none = CancellationToken.None;
        switch (call)
        {
            case "find": return await _store.FindAsync("a", none);
            case "names": return await _store.ListNamesAsync("history/", none);
            case "keys": return await _store.WaitForChangeAsync("weights/", 0, TimeSpan.Zero, none);
            case "commit": return await _store.CommitAsync(ChangeSet.Empty.With(new Change.Put("a", "y", 0)) with { Fence = new LeaderFence("locks/controller", "s") }, none);
            case "remove": return await _store.CommitAsync(ChangeSet.Empty.With(new Change.Remove("a", 5)), none);
            case "check": return await _store.CommitAsync(ChangeSet.Empty.With(new Change.Unchanged("a", 5)), none);
            case "session": return await _client.Session.InfoAsync("s", none);
            case "hold": return await _client.KV.AcquireAsync(Prefix + "live/a", "y", await _client.Session.CreateAsync("n", TimeSpan.FromSeconds(10), SessionBehavior.Delete, none), none);
            default: return await _store.ListAsync("", none);
        }
    }

    /// <summary>Answers every request at once, with the same.</summary>
    private sealed class Replies : HttpMessageHandler
    {
        public HttpStatusCode Status { get; set; }

        public string Index { get; set; } = "";

        public byte[] Body { get; set; } = [];

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var response = new HttpResponseMessage(Status) { Content = new ByteArrayContent(Body), RequestMessage = request };
            response.Headers.TryAddWithoutValidation("X-Consul-Index", Index);
            return Task.FromResult(response);
        }
    }
}
