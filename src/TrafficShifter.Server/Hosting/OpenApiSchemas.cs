using System.Text.Json.Serialization;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using TrafficShifter.Core.Documents;

namespace TrafficShifter.Server.Hosting;

/// <summary>Says in the OpenAPI document that what is written by a converter of its own is a text: names, shares, durations.</summary>
internal static class OpenApiSchemas
{
    public static void DescribeTexts(this OpenApiOptions options) => options.AddSchemaTransformer((schema, context, _) =>
    {
        var type = Nullable.GetUnderlyingType(context.JsonTypeInfo.Type) ?? context.JsonTypeInfo.Type;
        // A text of ours is a schema of its own, which whoever may leave it out names beside null: null in it would be in it everywhere.
        if (HasText(type)) schema.Type = JsonSchemaType.String;
        if (type == typeof(TimeSpan)) schema.Type = context.JsonTypeInfo.Type == type ? JsonSchemaType.String : JsonSchemaType.String | JsonSchemaType.Null;
        if (type == typeof(TimeSpan)) schema.Description ??= "A duration: 500ms, 30s, 2m, 1h30m.";
        return Task.CompletedTask;
    });

    private static bool HasText(Type type) =>
        type.GetCustomAttributes(typeof(JsonConverterAttribute), inherit: false) is [JsonConverterAttribute { ConverterType: { IsGenericType: true } converter }]
        && converter.GetGenericTypeDefinition() == typeof(ParsableJsonConverter<>);
}
