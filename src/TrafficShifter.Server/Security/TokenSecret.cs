using System.Buffers.Binary;
using System.Numerics;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace TrafficShifter.Server.Security;

/// <summary>
/// The secret of an API token: <c>tsh_</c>, 256 random bits as 43 characters of base 62, and 6 characters that check them, so that scanners of code and logs
/// can tell a leaked one from anything else, and a mistyped one is known without asking.
/// </summary>
public static partial class TokenSecret
{
    public const string Prefix = "tsh_";
    private const string Alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    private const int RandomBytes = 32;
    private const int RandomLength = 43;
    private const int ChecksumLength = 6;

    /// <summary>A new secret, shown once.</summary>
    public static string New()
    {
        var random = Base62(new BigInteger(RandomNumberGenerator.GetBytes(RandomBytes), isUnsigned: true), RandomLength);
        return Prefix + random + Checksum(random);
    }

    /// <summary>SHA-256, hexadecimal, lower case: what is stored. A plain hash is enough for 256 random bits.</summary>
    public static string Hash(string secret) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(secret)));

    /// <summary>True for what begins like one of ours and is none: a character is wrong or missing.</summary>
    public static bool IsMistyped(string text) => text.StartsWith(Prefix, StringComparison.Ordinal) && !IsSecret(text);

    /// <summary>Whether a secret of ours is somewhere in the text.</summary>
    public static bool IsIn(string text) => text.Contains(Prefix, StringComparison.Ordinal) && Shape().EnumerateMatches(text) is var found && Any(found, text);

    /// <summary>The text with every secret of ours taken out: for logs and answers.</summary>
    public static string Redact(string text) => text.Contains(Prefix, StringComparison.Ordinal) ? Shape().Replace(text, $"{Prefix}…") : text;

    private static bool IsSecret(string text) =>
        text.Length == Prefix.Length + RandomLength + ChecksumLength && Checksum(text.Substring(Prefix.Length, RandomLength)) == text[^ChecksumLength..];

    private static bool Any(Regex.ValueMatchEnumerator found, string text)
    {
        foreach (var match in found)
            if (IsSecret(text.Substring(match.Index, match.Length))) return true;
        return false;
    }

    private static string Checksum(string random) => Base62(BinaryPrimitives.ReadUInt32BigEndian(SHA256.HashData(Encoding.ASCII.GetBytes(random))), ChecksumLength);

    private static string Base62(BigInteger number, int length)
    {
        var text = new char[length];
        for (var i = length - 1; i >= 0; i--)
        {
            text[i] = Alphabet[(int)(number % Alphabet.Length)];
            number /= Alphabet.Length;
        }
        return new string(text);
    }

    [GeneratedRegex("tsh_[0-9A-Za-z]{49}")]
    private static partial Regex Shape();
}
