namespace TrafficShifter.HAProxy.Maps;

/// <summary>The reply to <c>get map &lt;path&gt; &lt;key&gt;</c>.</summary>
internal static class GetMap
{
    private const string Value = ", value=\"";
    private const string After = "\", type=\"";

    /// <remarks>HAProxy 2.6.12: <c>type=str, case=sensitive, found=yes, idx=tree, key="shop", value="s.500.web.shop", type="str"</c>; <c>type=str, case=sensitive, found=no</c>.</remarks>
    /// <returns>The value; null when there is no such key.</returns>
    /// <exception cref="FormatException">The reply is neither.</exception>
    public static string? Parse(string reply)
    {
        if (reply.Contains(", found=no", StringComparison.Ordinal)) return null;
        var (start, end) = (reply.IndexOf(Value, StringComparison.Ordinal), reply.LastIndexOf(After, StringComparison.Ordinal));
        if (start < 0 || end < start + Value.Length || !reply.Contains(", found=yes", StringComparison.Ordinal)) throw new FormatException("it says neither found=yes with a value nor found=no");
        return reply[(start + Value.Length)..end];
    }
}
