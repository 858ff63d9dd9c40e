namespace TrafficShifter.Server.Security;

/// <summary>The cookie of a session: no script reads it, no other site makes the browser send it.</summary>
internal static class SessionCookie
{
    /// <summary>The prefix makes browsers refuse it from anybody but this very host, over TLS.</summary>
    private const string SecureName = "__Host-shifter";

    private const string PlainName = "shifter";

    public static string? Find(HttpContext http) => http.Request.Cookies[NameFor(http)] is { Length: > 0 and <= 200 } secret ? secret : null;

    public static void Set(HttpContext http, string secret) => http.Response.Cookies.Append(NameFor(http), secret, OptionsFor(http));

    public static void Clear(HttpContext http) => http.Response.Cookies.Delete(NameFor(http), OptionsFor(http));

    /// <summary>TLS here, or at the trusted proxy in front of us.</summary>
    public static bool IsSecure(HttpContext http) => http.Request.IsHttps
        || (http.RequestServices.GetRequiredService<TrustedProxy>().IsFrom(http) && http.Request.Headers["X-Forwarded-Proto"].ToString().Equals("https", StringComparison.OrdinalIgnoreCase));

    private static string NameFor(HttpContext http) => IsSecure(http) ? SecureName : PlainName;

    private static CookieOptions OptionsFor(HttpContext http) => new() { HttpOnly = true, SameSite = SameSiteMode.Strict, Secure = IsSecure(http), Path = "/", IsEssential = true };
}
