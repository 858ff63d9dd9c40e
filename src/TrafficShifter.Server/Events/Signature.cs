using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace TrafficShifter.Server.Events;

/// <summary>What a receiver checks that a request is ours by: HMAC-SHA256 over the time and the body.</summary>
public static class Signature
{
    public const string DeliveryHeader = "TrafficShifter-Delivery";
    public const string TimestampHeader = "TrafficShifter-Timestamp";
    public const string SignatureHeader = "TrafficShifter-Signature";

    /// <summary>The headers of one attempt. The delivery's id is the same for every attempt, the time and so the signature are not.</summary>
    /// <param name="secret">Null: not signed.</param>
    public static IReadOnlyDictionary<string, string> Headers(string delivery, string? secret, string body, DateTimeOffset now)
    {
        var timestamp = now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        var headers = new Dictionary<string, string> { [DeliveryHeader] = delivery, [TimestampHeader] = timestamp };
        if (secret is not null) headers[SignatureHeader] = Of(secret, timestamp, body);
        return headers;
    }

    /// <summary><c>v1=</c> and the HMAC-SHA256 of <c>timestamp.body</c>, hexadecimal, lower case.</summary>
    public static string Of(string secret, string timestamp, string body) =>
        "v1=" + Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes($"{timestamp}.{body}")));
}
