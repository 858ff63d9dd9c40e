using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Evacuations;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Server.Agents;

/// <summary>An agent's answer about one application.</summary>
/// <param name="Watermark">Everything up to this index has been brought to HAProxy, but for the exceptions.</param>
/// <param name="Heard">Everything up to this index is known to the agent.</param>
public sealed record AgentAnswer(ulong Watermark, AppObservation Observation, ulong Heard = 0);

/// <summary>A node's answer about one of its HAProxy's backends.</summary>
/// <param name="Servers">Null when there is no such backend, or when the node could not be asked.</param>
/// <param name="Problem">Why the node could not be asked; null when it could.</param>
/// <param name="HasMaps">The node is set up for `map` routing.</param>
/// <param name="MapsProblem">Why its HAProxy's maps cannot be used; null when they can.</param>
/// <param name="Persistence">What keeps users on the backend's servers at weight 0; null when nothing does, or when that was not asked for.</param>
public sealed record BackendAnswer(string Node, IReadOnlyList<ServerReading>? Servers = null, string? Problem = null, Persistence? Persistence = null, bool HasMaps = false, string? MapsProblem = null);

/// <summary>Asks agents that are processes of their own.</summary>
public sealed class AgentClient(HttpClient http, AgentOptions options)
{
    /// <summary>How long an agent may take beyond the wait that it was asked for. A node that hangs must not hold up an answer.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(1);

    /// <param name="heard">Waits only until the agent knows the index. One of an earlier version waits until it is observed.</param>
    /// <exception cref="AgentException">The agent did not answer, refused the key, or answered something else.</exception>
    public Task<AgentAnswer> ObserveAsync(string address, string node, AppName app, ulong index, TimeSpan wait, CancellationToken cancellationToken, bool heard = false) =>
        GetAsync<AgentAnswer>(address, node, string.Create(CultureInfo.InvariantCulture, $"apps/{app}?index={index}&wait={Duration.Format(wait)}{(heard ? "&heard=true" : "")}"), wait + Grace, cancellationToken);

    /// <summary>Asks about several applications at once, as they are now: an answer for each question, in their order.</summary>
    /// <remarks>An agent of an earlier version does not know the question, and is asked about each.</remarks>
    /// <exception cref="AgentException">The agent did not answer, refused the key, or answered something else.</exception>
    public async Task<IReadOnlyList<AgentAnswer>> ObserveAsync(string address, string node, IReadOnlyList<AgentQuestion> questions, CancellationToken cancellationToken)
    {
        if (questions.Count > 1)
        {
            var answers = await SendAsync<IReadOnlyList<AgentAnswer>>(
                () => new HttpRequestMessage(HttpMethod.Post, $"{address.TrimEnd('/')}/agent/v1/nodes/{node}/apps") { Content = JsonContent.Create(questions, options: DocumentJson.Options) },
                address, node, Grace, cancellationToken, unknown: []);
            if (answers.Count == questions.Count) return answers;
            if (answers.Count > 0) throw new AgentException($"the agent of {node} at {address} answered {answers.Count} of {questions.Count} questions");
        }
        return await Task.WhenAll(questions.Select(q => ObserveAsync(address, node, q.App, q.Index, TimeSpan.Zero, cancellationToken)));
    }

    /// <exception cref="AgentException">The agent did not answer, refused the key, or answered something else.</exception>
    public Task<BackendAnswer> FindBackendAsync(string address, string node, ProxyName backend, bool withPersistence, CancellationToken cancellationToken) =>
        GetAsync<BackendAnswer>(address, node, $"backends/{Uri.EscapeDataString(backend.Value)}{(withPersistence ? "?persistence=true" : "")}", Grace, cancellationToken);

    /// <summary>Gives an override to an agent, which may drive several nodes: one status for each.</summary>
    /// <exception cref="AgentException">The agent did not answer, refused the key, or could not keep it.</exception>
    public Task<IReadOnlyList<RescueStatus>> GiveAsync(string address, string node, TrafficOverride given, TimeSpan wait, CancellationToken cancellationToken)
    {
        return SendAsync<IReadOnlyList<RescueStatus>>(
            () => new HttpRequestMessage(HttpMethod.Post, $"{address.TrimEnd('/')}/agent/v1/overrides?wait={Duration.Format(wait)}") { Content = JsonContent.Create(given, options: DocumentJson.Options) },
            address, node, wait + Grace, cancellationToken);
    }

    /// <summary>Asks an agent, which may drive several nodes, about all applications: one status for each node.</summary>
    /// <exception cref="AgentException">The agent did not answer, refused the key, or answered something else.</exception>
    public Task<IReadOnlyList<FleetNodeStatus>> ObserveAllAsync(string address, string node, ulong index, TimeSpan wait, CancellationToken cancellationToken) =>
        SendAsync<IReadOnlyList<FleetNodeStatus>>(
            () => new HttpRequestMessage(HttpMethod.Get, string.Create(CultureInfo.InvariantCulture, $"{address.TrimEnd('/')}/agent/v1/nodes?index={index}&wait={Duration.Format(wait)}")),
            address, node, wait + Grace, cancellationToken);

    /// <summary>Asks an agent, which may drive several nodes, what it sees of a colour: one status for each node.</summary>
    /// <exception cref="AgentException">The agent did not answer, refused the key, or answered something else.</exception>
    public Task<IReadOnlyList<ColourNodeStatus>> ObserveColourAsync(string address, string node, Colour colour, CancellationToken cancellationToken) =>
        SendAsync<IReadOnlyList<ColourNodeStatus>>(() => new HttpRequestMessage(HttpMethod.Get, $"{address.TrimEnd('/')}/agent/v1/colours/{colour.Word()}"), address, node, Grace, cancellationToken);

    private Task<T> GetAsync<T>(string address, string node, string path, TimeSpan timeout, CancellationToken cancellationToken) =>
        SendAsync<T>(() => new HttpRequestMessage(HttpMethod.Get, $"{address.TrimEnd('/')}/agent/v1/nodes/{node}/{path}"), address, node, timeout, cancellationToken);

    /// <param name="unknown">What it means that the agent does not know the address; null: an error.</param>
    private async Task<T> SendAsync<T>(Func<HttpRequestMessage> message, string address, string node, TimeSpan timeout, CancellationToken cancellationToken, T? unknown = default)
    {
        // Over plain HTTP nobody shows a certificate: the key would go to whoever answers.
        if (options.Authorities is not null && !(Uri.TryCreate(address, UriKind.Absolute, out var url) && url.Scheme == Uri.UriSchemeHttps))
            throw new AgentException($"the agent of {node} at {address} is not asked: with Agent:Authorities its address must be https");
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(timeout);
        try
        {
            using var request = message();
            if (options.Key is { } key) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
            using var response = await http.SendAsync(request, patience.Token);
            if (unknown is not null && response.StatusCode is (HttpStatusCode.NotFound or HttpStatusCode.MethodNotAllowed)) return unknown;
            if (!response.IsSuccessStatusCode) throw new AgentException($"the agent of {node} at {address} answered {(int)response.StatusCode}");
            return await response.Content.ReadFromJsonAsync<T>(DocumentJson.Options, patience.Token)
                ?? throw new AgentException($"the agent of {node} at {address} answered nothing");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new AgentException($"the agent of {node} at {address} did not answer in {Duration.Format(timeout)}");
        }
        // An address that a person or a setting got wrong is an agent that cannot be reached, not an error of whoever asks.
        catch (Exception broken) when (broken is HttpRequestException or SocketException or JsonException or IOException or NotSupportedException or InvalidOperationException or UriFormatException)
        {
            throw new AgentException($"the agent of {node} at {address} cannot be asked: {broken.Message}", broken);
        }
    }
}

/// <summary>An agent could not be asked. The message names the node and its address.</summary>
public sealed class AgentException(string message, Exception? inner = null) : Exception(message, inner);
