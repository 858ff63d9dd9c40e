using System.Text.Json;
using TrafficShifter.Cli.Hosting;

namespace TrafficShifter.Cli.Output;

/// <summary>Writes data on stdout, in the form that was asked for.</summary>
internal sealed class DataWriter(Terminal terminal, Settings settings)
{
    /// <param name="document">As the API gave it.</param>
    /// <param name="table">The same for people.</param>
    /// <param name="name">The name of one entry of a list, or of the document itself; null: it has none.</param>
    public void Write(JsonElement document, Func<JsonElement, Table> table, Func<JsonElement, string?>? name = null)
    {
        switch (settings.Format)
        {
            case OutputFormat.Json:
                terminal.Out.WriteLine(document.GetRawText());
                break;
            case OutputFormat.JsonLines:
                foreach (var entry in Entries(document)) terminal.Out.WriteLine(Line(entry));
                break;
            case OutputFormat.Yaml:
                terminal.Out.Write(YamlWriter.Write(document));
                break;
            case OutputFormat.Name:
                foreach (var entry in Entries(document))
                    if (name?.Invoke(entry) is { } found) terminal.Out.WriteLine(Plain.Text(found));
                break;
            default:
                table(document).Write(terminal.Out, settings.Format == OutputFormat.Wide ? null : terminal.Width, settings.Format == OutputFormat.Wide, settings.Colour);
                break;
        }
    }

    /// <summary>A document that people read as sentences.</summary>
    public void Write(JsonElement document, Action<TextWriter> people, Func<JsonElement, string?>? name = null)
    {
        if (settings.IsForPeople) people(terminal.Out);
        else Write(document, _ => new Table(), name);
    }

    private static IEnumerable<JsonElement> Entries(JsonElement document) => document.ValueKind == JsonValueKind.Array ? document.EnumerateArray().AsEnumerable() : [document];

    private static string Line(JsonElement entry) => entry.GetRawText() is var raw && !raw.Contains('\n', StringComparison.Ordinal) ? raw : JsonSerializer.Serialize(entry, JsonText.Relaxed);
}
