using System.Security.Cryptography;

namespace TrafficShifter.Server.Hosting;

/// <summary>Makes identifiers that sort by time: ULIDs, 26 characters of Crockford's base 32.</summary>
public sealed class Identifiers(TimeProvider time)
{
    private const string Alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    private const int TimeCharacters = 10;
    private const int RandomCharacters = 16;

    public string Next() => string.Create(TimeCharacters + RandomCharacters, time.GetUtcNow().ToUnixTimeMilliseconds(), static (text, milliseconds) =>
    {
        for (var i = TimeCharacters - 1; i >= 0; i--, milliseconds >>= 5) text[i] = Alphabet[(int)(milliseconds & 31)];
        Span<byte> random = stackalloc byte[RandomCharacters];
        RandomNumberGenerator.Fill(random);
        for (var i = 0; i < RandomCharacters; i++) text[TimeCharacters + i] = Alphabet[random[i] & 31];
    });
}
