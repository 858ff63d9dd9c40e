using System.Net.Http.Headers;
using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;
using TrafficShifter.Server.Agents;
using TrafficShifter.Server.Hosting;
using TrafficShifter.Server.Problems;

namespace TrafficShifter.Server.Security;

/// <summary>Takes <c>Authorization: Bearer …</c>: an API token, the key that agents and api replicas share, or the token of the metrics.</summary>
public sealed class BearerHandler(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory loggers, UrlEncoder encoder, IServiceProvider services, AgentOptions agent, ServerOptions server)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, loggers, encoder)
{
    public const string SchemeName = "Bearer";

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        if (!AuthenticationHeaderValue.TryParse(Request.Headers.Authorization, out var header) || !header.Scheme.Equals(SchemeName, StringComparison.OrdinalIgnoreCase) || string.IsNullOrEmpty(header.Parameter))
            return AuthenticateResult.NoResult();
        if (agent.Key is { Length: >= AgentOptions.MinKeyLength } key && Is(key, header.Parameter)) return Success("agent", Policies.Agent);
        if (server.MetricsToken is { } metrics && Is(metrics, header.Parameter)) return Success("scraper", Policies.Metrics);
        var token = services.GetService<Tokens>() is { } tokens ? await tokens.FindAsync(header.Parameter, Context.RequestAborted) : null;
        return token is null ? AuthenticateResult.Fail("no such token") : Success(token.Id, Policies.Api, token.Role);
    }

    protected override async Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        Response.Headers.WWWAuthenticate = SchemeName;
        var result = await HandleAuthenticateOnceSafeAsync();
        var detail = result.Failure is null
            ? "Send the header 'Authorization: Bearer <token>'. The first start of the server wrote an admin token into admin.token in its data directory."
            : "The token is not, or no longer, valid.";
        await ApiProblem.Of(401, "unauthenticated", "A valid token is needed", detail).ExecuteAsync(Context);
    }

    protected override Task HandleForbiddenAsync(AuthenticationProperties properties) =>
        ApiProblem.Of(403, "forbidden", "Not with this token", "The token is valid, and does not permit this call.").ExecuteAsync(Context);

    private static bool Is(string secret, string sent) =>
        CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(sent)), SHA256.HashData(Encoding.UTF8.GetBytes(secret)));

    private static AuthenticateResult Success(string name, params string[] roles)
    {
        var identity = new ClaimsIdentity([new Claim(ClaimTypes.Name, name), .. roles.Select(r => new Claim(ClaimTypes.Role, r))], SchemeName);
        return AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(identity), SchemeName));
    }
}
