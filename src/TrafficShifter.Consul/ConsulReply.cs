using System.Net;
using System.Text;
using System.Text.Json;
using TrafficShifter.Core.Ports;

namespace TrafficShifter.Consul;

/// <summary>A complete reply of Consul, of whatever status.</summary>
/// <param name="Consul">Who answered: <c>Consul http://127.0.0.1:8500</c>.</param>
/// <param name="Request">What was asked: method and path, never a value or token.</param>
internal sealed record ConsulReply(string Consul, string Request, HttpStatusCode Status, ulong? Index, byte[] Body)
{
    // Longer texts are stack traces or the page of some other program.
    private const int ShownCharacters = 300;

    private static readonly JsonSerializerOptions Json = new() { RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true };

    public bool IsOk => Status == HttpStatusCode.OK;

    public bool IsNotFound => Status == HttpStatusCode.NotFound;

    public string Text => Encoding.UTF8.GetString(Body).Trim();

    /// <summary>The reply itself if its status is 200 or expected.</summary>
    /// <exception cref="StoreUnavailableException">5xx: no leader, no quorum, no path to the datacentre; 429: too many requests.</exception>
    /// <exception cref="StoreRefusedException">Any other status: the token, a limit, not a Consul.</exception>
    public ConsulReply OrThrowUnless(Func<ConsulReply, bool> isExpected)
    {
        if (IsOk || isExpected(this)) return this;
        throw (int)Status >= 500 || Status == HttpStatusCode.TooManyRequests ? Unavailable() : Refused(Shown());
    }

    public ConsulReply OrThrow() => OrThrowUnless(_ => false);

    /// <param name="isWhole">Whether all is there that Consul sends for this request; an answer of the right form with the wrong things in it is none.</param>
    /// <exception cref="StoreUnavailableException">The body is not the JSON that Consul sends: something else answered, or something cut it.</exception>
    public T Read<T>(Predicate<T>? isWhole = null)
    {
        try
        {
            var answer = JsonSerializer.Deserialize<T>(Body, Json);
            return answer is not null && isWhole?.Invoke(answer) != false ? answer : throw new JsonException("it is not what was asked for");
        }
        // Half of a surrogate pair is a text that cannot be read.
        catch (Exception broken) when (broken is JsonException or InvalidOperationException)
        {
            throw new StoreUnavailableException($"{Consul} answered {Request} with something that is not Consul's JSON: {Shown()}", broken);
        }
    }

    /// <summary>The index to wait from: at least 1, because 0 would not wait at all.</summary>
    /// <exception cref="StoreUnavailableException">The reply has no X-Consul-Index: it is not Consul's.</exception>
    public ulong GetIndex() =>
        Index is { } index
            ? Math.Max(1, index)
            : throw new StoreUnavailableException($"{Consul} answered {Request} without X-Consul-Index; is it a Consul? It said: {Shown()}");

    public StoreRefusedException Refused(string why) => new($"{Consul} refused {Request}: {why}");

    private StoreUnavailableException Unavailable() => new($"{Consul} could not do {Request}: {Shown()}");

    private string Shown()
    {
        var text = Text.ReplaceLineEndings(" ");
        if (text.Length > ShownCharacters) text = text[..ShownCharacters] + "…";
        return $"{(int)Status} {(text.Length == 0 ? "(no text)" : text)}";
    }
}
