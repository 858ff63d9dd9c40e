using System.Net;
using System.Net.Http.Headers;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Fuzzing.Engine;
using TrafficShifter.Server.Agents;

namespace TrafficShifter.Fuzzing.Targets;

/// <summary>What an agent, or what is mistaken for one, answers to an api.</summary>
internal sealed class AgentTarget : FuzzTarget
{
    private const string Address = "http://10.0.0.7:8081";
    private readonly Replies _replies = new();
    private readonly AgentClient _client;

    public AgentTarget() => _client = new AgentClient(new HttpClient(_replies), new AgentOptions { Key = new string('k', 32) });

    public override string Name => "agent";

    public override int BytesPerByte => 400;

    public override IReadOnlyList<string> Words => ["\"watermark\":7", "\"observation\":{}", "\"node\":\"hap1\"", "\"servers\":[]", "\"health\":\"up\"", "\"progress\":\"observed\"", "\"app\":\"shop\"", "\"weight\":5"];

    public override object? Read(byte[] input)
    {
        var call = input.Length == 0 ? 0 : input[0] % 5;
        _replies.Body = input.Length == 0 ? [] : input[1..];
        try
        {
            var none = CancellationToken.None;
            var (app, at) = (AppName.Parse("shop"), TimeSpan.Zero);
            return call switch
            {
                0 => _client.ObserveAsync(Address, "hap1", app, 7, at, none).GetAwaiter().GetResult(),
                1 => _client.FindBackendAsync(Address, "hap1", ProxyName.Parse("shop"), false, none).GetAwaiter().GetResult(),
                2 => _client.ObserveAllAsync(Address, "hap1", 7, at, none).GetAwaiter().GetResult(),
                3 => _client.ObserveColourAsync(Address, "hap1", Colour.Blue, none).GetAwaiter().GetResult(),
                _ => _client.GiveAsync(Address, "hap1", new TrafficOverride { Id = "01JD2X3Y4Z5A6B7C8D9E0F1G2H", To = RollbackTarget.Stable, By = "a", Reason = "r", At = DateTimeOffset.UnixEpoch }, at, none).GetAwaiter().GetResult(),
            };
        }
        catch (AgentException named)
        {
            return new Refusal(named.Message);
        }
    }

    /// <summary>What was taken can be passed on.</summary>
    public override void Check(byte[] input, object? read)
    {
        if (read is not Refusal) _ = Core.Documents.DocumentJson.Write(read);
    }

    public override void Dispose()
    {
        _replies.Dispose();
        base.Dispose();
    }

    private sealed class Replies : HttpMessageHandler
    {
        public byte[] Body { get; set; } = [];

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var content = new ByteArrayContent(Body);
            content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            return Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK) { Content = content, RequestMessage = request });
        }
    }
}
