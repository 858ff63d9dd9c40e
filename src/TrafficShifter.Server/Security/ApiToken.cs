using System.Security.Cryptography;
using System.Text;
using TrafficShifter.Core.Documents;

namespace TrafficShifter.Server.Security;

/// <summary>An API token as it is stored, <c>tokens/&lt;id&gt;</c>: never the secret, only its SHA-256.</summary>
public sealed record ApiToken : Document
{
    private const int SecretBytes = 32;
    private const string Prefix = "ts_";

    public required string Id { get; init; }

    /// <summary>SHA-256 of the secret, hexadecimal, lower case.</summary>
    public required string Sha256 { get; init; }

    public required string Role { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>A new secret: 256 random bits, shown once.</summary>
    public static string NewSecret() => Prefix + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(SecretBytes));

    public static string Hash(string secret) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(secret)));

    /// <summary>Compares in constant time.</summary>
    public bool Matches(string hash) => CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(Sha256), Encoding.ASCII.GetBytes(hash));
}
