using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Server.Agents;

namespace TrafficShifter.Server.Tests.Agents;

/// <summary>Many questions to one agent are few requests, and each gets its own answer.</summary>
public sealed class AgentDeskTests
{
    private const int Apps = 300;

    [Fact]
    public async Task Questions_that_come_at_the_same_time_are_asked_together()
    {
        using var agent = new StubAgent(knowsMany: true);
        var answers = await AskAsync(agent);

        answers.Select(a => a.Observation.App.Value).ShouldBe(Enumerable.Range(0, Apps).Select(Name));
        agent.Requests.Count.ShouldBeLessThan(Apps / 10);
    }

    [Fact]
    public async Task A_question_that_comes_alone_is_asked_as_ever()
    {
        using var agent = new StubAgent(knowsMany: true);
        (await Ask(agent, 1)[0]).Observation.App.Value.ShouldBe("app-0");

        agent.Requests.ShouldBe(["GET /agent/v1/nodes/hap1/apps/app-0"]);
    }

    [Fact]
    public async Task An_agent_that_does_not_know_such_a_request_is_asked_about_each()
    {
        using var agent = new StubAgent(knowsMany: false);
        var answers = await AskAsync(agent);

        answers.Select(a => a.Observation.App.Value).ShouldBe(Enumerable.Range(0, Apps).Select(Name));
    }

    [Fact]
    public async Task An_agent_that_cannot_be_asked_is_told_to_each_who_asks()
    {
        using var agent = new StubAgent(knowsMany: true) { Status = HttpStatusCode.InternalServerError };
        foreach (var question in Ask(agent))
            (await Should.ThrowAsync<AgentException>(() => question)).Message.ShouldContain("answered 500");
    }

    private static async Task<AgentAnswer[]> AskAsync(StubAgent agent) => await Task.WhenAll(Ask(agent));

    private static List<Task<AgentAnswer>> Ask(StubAgent agent, int apps = Apps)
    {
        var desk = new AgentDesk(new AgentClient(new HttpClient(agent, disposeHandler: false), new AgentOptions()), TimeProvider.System);
        return [.. Enumerable.Range(0, apps).Select(i => desk.ObserveAsync("http://agent", "hap1", AppName.Parse(Name(i)), 7, default))];
    }

    private static string Name(int app) => $"app-{app}";

    /// <summary>Answers for every application with its name.</summary>
    private sealed class StubAgent(bool knowsMany) : HttpMessageHandler
    {
        public HttpStatusCode Status { get; init; } = HttpStatusCode.OK;

        public ConcurrentQueue<string> Requests { get; } = new();

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var path = request.RequestUri!.AbsolutePath;
            Requests.Enqueue($"{request.Method} {path}");
            if (Status != HttpStatusCode.OK) return new HttpResponseMessage(Status);
            if (request.Method == HttpMethod.Get) return Reply(Answer(AppName.Parse(path[(path.LastIndexOf('/') + 1)..])));
            if (!knowsMany) return new HttpResponseMessage(HttpStatusCode.MethodNotAllowed);
            var questions = JsonSerializer.Deserialize<List<AgentQuestion>>(await request.Content!.ReadAsStringAsync(cancellationToken), DocumentJson.Options)!;
            return Reply<IReadOnlyList<AgentAnswer>>([.. questions.Select(q => Answer(q.App))]);
        }

        private static HttpResponseMessage Reply<T>(T value) => new(HttpStatusCode.OK) { Content = JsonContent.Create(value, options: DocumentJson.Options) };

        private static AgentAnswer Answer(AppName app) => new(7, new AppObservation { Node = "hap1", App = app, Served = true, InSync = true, Index = 7 }, 7);
    }
}
