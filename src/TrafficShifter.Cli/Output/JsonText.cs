using System.Text.Encodings.Web;
using System.Text.Json;

namespace TrafficShifter.Cli.Output;

/// <summary>How this program writes JSON of its own.</summary>
internal static class JsonText
{
    /// <summary>On one line; letters of all languages as they are.</summary>
    public static JsonSerializerOptions Relaxed { get; } = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}
