using System.Collections;
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

    /// <summary>No list of a document has nulls, nor has a map; the parser checks that of fields only, not of what is in them.</summary>
    private static void RefuseNullElements(JsonTypeInfo type)
    {
        foreach (var property in type.Properties.Where(p => p.Set is not null && (IsList(p.PropertyType) || IsMap(p.PropertyType))))
        {
            var set = property.Set!;
            property.Set = (document, value) =>
            {
                if (HasNull(value)) throw new JsonException(value is IDictionary ? "one of the values is null" : "one of the list is null");
                set(document, value);
            };
        }
    }

    private static bool IsList(Type type) => typeof(IEnumerable<object>).IsAssignableFrom(type);

    // Of maps of texts each says itself what its values must be.
    private static bool IsMap(Type type) => type.IsGenericType && type.GetGenericArguments()[^1] != typeof(string) && (type.GetGenericTypeDefinition() == typeof(IReadOnlyDictionary<,>) || type.GetGenericTypeDefinition() == typeof(Dictionary<,>));

    private static bool HasNull(object? value) => value switch
    {
        IDictionary map => map.Values.Cast<object?>().Any(v => v is null || HasNull(v)),
        IEnumerable<object?> list => list.Contains(null),
        _ => false,
    };
}
