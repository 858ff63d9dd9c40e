using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace TrafficShifter.Core.Documents;

/// <summary>How documents are written, in the store and over REST alike.</summary>
public static class DocumentJson
{
    /// <summary>Largest document, 256 KiB: half of Consul's own limit, so that a transaction always has room.</summary>
    public const int MaxBytes = 256 * 1024;

    public static JsonSerializerOptions Options { get; } = Create(indented: false);

    public static JsonSerializerOptions Indented { get; } = Create(indented: true);

    public static string Write<T>(T document) => JsonSerializer.Serialize(document, Options);

    private static JsonSerializerOptions Create(bool indented)
    {
        var options = new JsonSerializerOptions(JsonSerializerDefaults.Web)
        {
            NumberHandling = JsonNumberHandling.Strict,
            AllowDuplicateProperties = false,
            DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
            Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            // A measurement that a person rewrote may have its "outcome" anywhere.
            AllowOutOfOrderMetadataProperties = true,
            RespectNullableAnnotations = true,
            RespectRequiredConstructorParameters = true,
            PropertyNameCaseInsensitive = false,
            WriteIndented = indented,
        };
        options.Converters.Add(new DurationJsonConverter());
        options.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false));
        options.TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { RefuseNullElements } };
        options.MakeReadOnly();
        return options;
    }

    /// <summary>No list of a document has nulls; the parser checks that of fields only, not of what is in a list.</summary>
    private static void RefuseNullElements(JsonTypeInfo type)
    {
        foreach (var property in type.Properties.Where(p => p.Set is not null && typeof(IEnumerable<object>).IsAssignableFrom(p.PropertyType)))
        {
            var set = property.Set!;
            property.Set = (document, value) =>
            {
                if (value is IEnumerable<object?> list && list.Contains(null)) throw new JsonException("one of the list is null");
                set(document, value);
            };
        }
    }
}
