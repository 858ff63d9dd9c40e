using System.Net.Http.Headers;
using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;
using TrafficShifter.Core.Access;
using TrafficShifter.Server.Agents;
using TrafficShifter.Server.Hosting;
using TrafficShifter.Server.Problems;

namespace TrafficShifter.Server.Security;

/// <summary>Finds out who calls: by a token (or the key that agents and api replicas share, or that of scrapers) in the Authorization header, else by a session's cookie, else by a trusted proxy.</summary>
public sealed class CallerHandler(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory loggers, UrlEncoder encoder, IServiceProvider services,
    AgentOptions agent, AgentCertificates certificates, TrustedProxy proxy, ServerOptions server, LoginLimits limits, Refusals refusals, TimeProvider time)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, loggers, encoder)
{
    public const string SchemeName = "Bearer";
    private const string WrongToken = "The token is not, or no longer, valid.";
    private TimeSpan? _wait;

    /// <summary>Whom a trusted proxy names is known without the store.</summary>
    private bool IsNamedByProxy => proxy.IsFrom(Context) && proxy.NamesSomebody(Context);

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        if (FindBearer(Context) is { } secret)
        {
            if (Is(agent.Key, secret)) return Agent();
            if (Is(server.MetricsToken, secret)) return Scraper();
            if (await FindTokenAsync(secret) is { } token) return Success(token.ToIdentity(), Proof.Token);
            // A proxy may send a token of its own with those whom it names; it is not ours to judge.
            if (!IsNamedByProxy) return Wrong();
        }
        else if (agent.Key is null && Context.Request.Path.StartsWithSegments(AgentEndpoints.Path, StringComparison.Ordinal) && certificates.IsShownBy(Context))
        {
            return Agent();
        }
        else if (SessionCookie.Find(Context) is { } cookie && services.GetService<Sessions>() is { } sessions)
        {
            var hash = TokenSecret.Hash(cookie);
            var mayAsk = !IsNamedByProxy && !limits.HasSeen(hash) && limits.FindWait(Context.Connection.RemoteIpAddress) is null;
            var (standing, session) = await sessions.FindAsync(cookie, mayAsk, Context.RequestAborted);
            if (session is not null) return Success(session.Token.ToIdentity(), Proof.Session);
            // One that has been over for long looks the same as one that somebody made up: it counts once, and hurts nobody who is signed in.
            if (standing == SessionStanding.Unknown) limits.NoteOnce(Context.Connection.RemoteIpAddress, hash);
            refusals.Note(Context, standing == SessionStanding.Over ? "session-over" : "wrong-session");
        }
        return proxy.NamesSomebody(Context) ? AskProxy() : AuthenticateResult.NoResult();
    }

    protected override async Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        Response.Headers.WWWAuthenticate = SchemeName;
        if (_wait is { } wait)
        {
            Response.Headers.RetryAfter = Math.Ceiling(wait.TotalSeconds).ToString(System.Globalization.CultureInfo.InvariantCulture);
            await ApiProblem.Of(429, "too-many-attempts", "Too many wrong tokens", "Too many wrong tokens came from this address, or in all. A right one is taken at any time.").ExecuteAsync(Context);
            return;
        }
        var result = await HandleAuthenticateOnceSafeAsync();
        var detail = result.Failure?.Message
            ?? "Send the header 'Authorization: Bearer <token>'. The first start of the server wrote an admin token into admin.token in its data directory.";
        await ApiProblem.Of(401, "unauthenticated", "A valid token is needed", detail).ExecuteAsync(Context);
    }

    protected override Task HandleForbiddenAsync(AuthenticationProperties properties)
    {
        refusals.Note(Context, "forbidden", Context.User.Identity?.Name);
        var detail = Context.User is Caller caller && Context.GetEndpoint()?.Metadata.GetMetadata<VerbRequirement>() is { } rule
            ? services.GetRequiredService<VerbHandler>().Refuse(caller.Who, rule.Verb, Context)
            : "The token is valid, and does not permit this call.";
        return ApiProblem.Of(403, "forbidden", "Not permitted", detail).ExecuteAsync(Context);
    }

    /// <summary>The bearer of the Authorization header; null when there is none.</summary>
    public static string? FindBearer(HttpContext http) =>
        AuthenticationHeaderValue.TryParse(http.Request.Headers.Authorization, out var header) && header.Scheme.Equals(SchemeName, StringComparison.OrdinalIgnoreCase) && !string.IsNullOrEmpty(header.Parameter)
            ? header.Parameter
            : null;

    private async Task<ApiToken?> FindTokenAsync(string secret)
    {
        if (services.GetService<Tokens>() is not { } tokens) return null;
        _wait = limits.FindWait(Context.Connection.RemoteIpAddress);
        var found = await tokens.FindAsync(secret, mayAsk: _wait is null && !IsNamedByProxy, Context.RequestAborted);
        if (found is null || found.IsExpired(time.GetUtcNow())) return null;
        _wait = null;
        services.GetRequiredService<TokenUses>().Note(found.Id);
        return found;
    }

    private AuthenticateResult Wrong()
    {
        limits.Note(Context.Connection.RemoteIpAddress);
        refusals.Note(Context, "wrong-token");
        return AuthenticateResult.Fail(WrongToken);
    }

    private AuthenticateResult AskProxy()
    {
        if (!proxy.IsFrom(Context))
        {
            refusals.Note(Context, "spoofed-identity");
            return AuthenticateResult.Fail("The request names a user as a proxy does, and does not come from an address of Proxy:Networks. Send the header 'Authorization: Bearer <token>'.");
        }
        var (identity, problem) = proxy.Read(Context);
        if (identity?.Name is { } name && services.GetService<Tokens>()?.Known.HasName(name) == true) problem = $"\"{name}\" is the name of a token";
        if (problem is not null)
        {
            refusals.Note(Context, "bad-identity");
            return AuthenticateResult.Fail($"The proxy's headers cannot be believed: {problem}.");
        }
        return identity is null ? AuthenticateResult.NoResult() : Success(identity, Proof.Proxy);
    }

    private static bool Is(string? configured, string sent) => configured is { Length: >= AgentOptions.MinKeyLength } key
        && CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(sent)), SHA256.HashData(Encoding.UTF8.GetBytes(key)));

    private static AuthenticateResult Agent() => AuthenticateResult.Success(new AuthenticationTicket(
        new ClaimsPrincipal(new ClaimsIdentity([new Claim(ClaimTypes.Name, "agent"), new Claim(ClaimTypes.Role, Policies.Agent)], SchemeName)), SchemeName));

    /// <summary>Known everywhere, and let in where the metrics are alone: what is a viewer's is not a scraper's.</summary>
    private static AuthenticateResult Scraper() => AuthenticateResult.Success(new AuthenticationTicket(
        new Caller(new Identity("scraper", null, [new Grant(Role.Viewer, Verbs: [Verbs.Metrics.Name])], []), Proof.Token, Policies.Metrics), SchemeName));

    private static AuthenticateResult Success(Identity who, Proof proof) => AuthenticateResult.Success(new AuthenticationTicket(new Caller(who, proof), SchemeName));
}
