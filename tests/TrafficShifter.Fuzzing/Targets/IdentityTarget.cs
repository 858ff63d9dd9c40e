using System.Net;
using Microsoft.AspNetCore.Http;
using TrafficShifter.Core.Access;
using TrafficShifter.Core.Documents;
using TrafficShifter.Fuzzing.Engine;
using TrafficShifter.Server.Problems;
using TrafficShifter.Server.Security;

namespace TrafficShifter.Fuzzing.Targets;

/// <summary>The headers of a request that say who it is and what it may be, a line each.</summary>
internal sealed class IdentityTarget : TextTarget
{
    private static readonly TrustedProxy Proxy = new(new ProxyOptions
    {
        Networks = "10.0.0.5/32",
        Grants = [new ProxyGrantOptions { Group = "*", Role = Role.Viewer }, new ProxyGrantOptions { Group = "payments", Role = Role.Operator, Apps = "sh*" }],
    });

    public override string Name => "identity";

    public override int BytesPerByte => 400;

    public override IReadOnlyList<string> Words => ["X-Forwarded-User: anna\n", "X-Forwarded-Email: anna@example.com\n", "X-Forwarded-Groups: payments,all\n", "X-Forwarded-For: 10.0.0.1\n", "If-Match: \"7\"\n", "Authorization: Bearer tsh_", "Cookie: ", "payments", "*", ",", "group:", "controller"];

    protected override object? Read(string input)
    {
        var http = new DefaultHttpContext();
        http.Connection.RemoteIpAddress = IPAddress.Parse("10.0.0.5");
        foreach (var line in input.Split('\n'))
            if (line.Split(": ", 2) is [{ Length: > 0 } name, var value]) http.Request.Headers.Append(name, value);
        var (identity, problem) = Proxy.Read(http);
        _ = TrustedProxy.FindClient(http);
        _ = RequestQuery.TryReadIfMatch(http, out _);
        var authorization = http.Request.Headers.Authorization.ToString();
        Require(!TokenSecret.IsIn(TokenSecret.Redact(authorization)), "a secret is left in a text that was wiped");
        _ = TokenSecret.IsMistyped(authorization);
        return problem is not null ? new Refusal(problem) : (object?)identity ?? "nobody";
    }

    protected override void Check(string input, object? read)
    {
        if (read is not Identity identity) return;
        Require(!Identity.ReservedNames.Contains(identity.Name) && identity.Name.Length is > 0 and <= 100, "somebody has a name of the service");
        Require(DocumentJson.Write(identity.Name).All(c => !char.IsControl(c)), "a name has a control character");
        Require(input.Contains("payments", StringComparison.Ordinal) || identity.Grants.All(g => g.Role == Role.Viewer), "somebody may what only others may");
    }
}
