using System.Text.Json.Serialization;

namespace TrafficShifter.Core.Traffic;

/// <summary>One of the two sides that an application runs on. Which of them is stable is a fact of the application, not of the colour.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<Colour>))]
public enum Colour
{
    [JsonStringEnumMemberName("blue")] Blue,
    [JsonStringEnumMemberName("green")] Green,
}

public static class Colours
{
    public static Colour Other(this Colour colour) => colour == Colour.Blue ? Colour.Green : Colour.Blue;

    /// <summary>The word for the colour in documents, labels and sentences.</summary>
    public static string Word(this Colour colour) => colour == Colour.Blue ? "blue" : "green";
}
