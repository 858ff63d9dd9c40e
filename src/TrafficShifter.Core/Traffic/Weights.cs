using System.Text.Json.Serialization;
using TrafficShifter.Core.Documents;

namespace TrafficShifter.Core.Traffic;

/// <summary>The relative weights of an application's colours: <c>weights/&lt;app&gt;</c>, the one document that people may also write by hand.</summary>
/// <remarks>By hand: <c>consul kv put traffic-shifter/weights/shop '{"blue":50,"green":50}'</c>.</remarks>
public sealed record Weights : Document
{
    public const int Max = 1_000_000;

    /// <summary>0 to 1,000,000; not both 0.</summary>
    public required int Blue { get; init; }

    /// <summary>0 to 1,000,000; not both 0.</summary>
    public required int Green { get; init; }

    public string? By { get; init; }

    public string? Reason { get; init; }

    public DateTimeOffset? At { get; init; }

    /// <summary>The history entry written in the same transaction; how a change made by hand is told from the service's own.</summary>
    public string? Change { get; init; }

    /// <summary>Also where a colour that is to get traffic has no usable server.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Force { get; init; }

    public static Weights AllOn(Colour colour) => new() { Blue = colour == Colour.Blue ? 100 : 0, Green = colour == Colour.Green ? 100 : 0 };

    /// <summary>The weights that give <paramref name="colour"/> this share, the smallest whole ones that are exact.</summary>
    public static Weights Giving(Colour colour, Share share)
    {
        var (part, rest) = (share.BasisPoints, share.Rest.BasisPoints);
        var divisor = part % 100 == 0 ? 100 : 1;
        return new Weights
        {
            Blue = (colour == Colour.Blue ? part : rest) / divisor,
            Green = (colour == Colour.Green ? part : rest) / divisor,
        };
    }

    public int Of(Colour colour) => colour == Colour.Blue ? Blue : Green;

    public Share ShareOf(Colour colour) => Share.Of(Of(colour), (long)Blue + Green);

    public override string? FindProblem() => this switch
    {
        { Blue: < 0 or > Max } => $"blue: a weight is 0 to {Max}, not {Blue}",
        { Green: < 0 or > Max } => $"green: a weight is 0 to {Max}, not {Green}",
        { Change: { } change } when change.Length > 64 || !change.All(c => char.IsAsciiLetterOrDigit(c) || c == '-') => "change: not the id of a history entry",
        { Blue: 0, Green: 0 } => "blue and green are both 0: somebody must serve the traffic",
        _ => null,
    };

    /// <summary><c>blue 90 % / green 10 %</c>, for sentences.</summary>
    public string Describe() => $"blue {ShareOf(Colour.Blue)} / green {ShareOf(Colour.Green)}";
}
