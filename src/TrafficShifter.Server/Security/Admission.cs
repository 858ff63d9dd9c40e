namespace TrafficShifter.Server.Security;

/// <summary>Whether somebody who was let in still would be: asked again and again for as long as what they opened is open.</summary>
public sealed class Admission(Tokens tokens, Sessions sessions, TimeProvider time)
{
    /// <summary>A trusted proxy names people with each request, and takes nobody back: what it opened ends after this, and is asked for anew.</summary>
    public static readonly TimeSpan LongestByProxy = TimeSpan.FromMinutes(5);

    /// <summary>Why they would not be let in any more, as a sentence; null while they would. By what is known here, without the store, and without counting as a use.</summary>
    public Func<string?> Watch(HttpContext http)
    {
        var (caller, cookie) = ((Caller)http.User, SessionCookie.Find(http));
        return caller.Proof switch
        {
            Proof.Session => () => cookie is not null && sessions.IsOpen(cookie) ? null : "the session is over",
            Proof.Token => () => FindTokenProblem(caller.Who.Token),
            _ => () => null,
        };
    }

    /// <summary>Ends when what this caller opened must be asked for anew; never but for those whom a proxy names.</summary>
    public CancellationTokenSource Limit(HttpContext http) =>
        http.User is Caller { Proof: Proof.Proxy } ? new CancellationTokenSource(LongestByProxy, time) : new CancellationTokenSource();

    private string? FindTokenProblem(string? id) =>
        id is null || tokens.Known.FindById(id) is not { } token ? "the token was revoked" : token.IsExpired(time.GetUtcNow()) ? "the token has expired" : null;
}
