using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Ports;

namespace TrafficShifter.Core.Access;

/// <summary>The tokens among the keys of <c>tokens/</c>.</summary>
/// <param name="Tokens">Each with its ModifyIndex.</param>
/// <param name="Strangers">Keys whose document is none, or is of another id than the key's: nobody could list or revoke such a token, so it is none.</param>
public sealed record TokenListing(IReadOnlyList<(ApiToken Token, ulong Index)> Tokens, IReadOnlyList<Entry> Strangers)
{
    public static TokenListing Of(IEnumerable<Entry> entries)
    {
        var (tokens, strangers) = (new List<(ApiToken, ulong)>(), new List<Entry>());
        foreach (var entry in entries)
        {
            if (Reading.Of<ApiToken>(entry).Find() is { } token && entry.Key == Keys.Token(token.Id)) tokens.Add((token, entry.ModifyIndex));
            else strangers.Add(entry);
        }
        return new TokenListing(tokens, strangers);
    }
}
