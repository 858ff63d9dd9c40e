using System.Security.Claims;
using TrafficShifter.Core.Access;

namespace TrafficShifter.Server.Security;

/// <summary>How somebody proved who they are.</summary>
public enum Proof
{
    /// <summary>A token in the Authorization header.</summary>
    Token,

    /// <summary>The cookie of a session.</summary>
    Session,

    /// <summary>The headers of a trusted proxy.</summary>
    Proxy,
}

/// <summary>Whoever calls, as the framework carries it through a request.</summary>
/// <param name="policy">The calls that are open to them at all.</param>
public sealed class Caller(Identity who, Proof proof, string policy = Policies.Api) : ClaimsPrincipal(new ClaimsIdentity([new Claim(ClaimTypes.Name, who.Name), new Claim(ClaimTypes.Role, policy)], proof.ToString()))
{
    public Identity Who => who;

    public Proof Proof => proof;

    /// <summary>A browser sends it by itself, whoever made it ask: such a request must show that it comes from our own pages.</summary>
    public bool IsAmbient => proof != Proof.Token;

    /// <exception cref="InvalidOperationException">Nobody has been asked who they are: the endpoint has no rule.</exception>
    public static Identity Of(HttpContext http) => (http.User as Caller)?.Who ?? throw new InvalidOperationException($"{http.Request.Path} was reached by nobody");
}
