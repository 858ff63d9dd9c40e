using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace TrafficShifter.Server.Security;

/// <summary>Says in the OpenAPI document who may call each operation: <c>x-verb</c>, <c>x-role</c> (the least one) and <c>x-reach</c>.</summary>
public sealed class VerbTransformer : IOpenApiOperationTransformer
{
    public Task TransformAsync(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        var metadata = context.Description.ActionDescriptor.EndpointMetadata;
        if (metadata.OfType<VerbRequirement>().SingleOrDefault()?.Verb is not { } verb) return Task.CompletedTask;
        operation.Extensions ??= new Dictionary<string, IOpenApiExtension>();
        operation.Extensions["x-verb"] = Text(verb.Name);
        operation.Extensions["x-role"] = Text(metadata.OfType<IAllowAnonymous>().Any() ? "anybody" : verb.Least.ToString().ToLowerInvariant());
        operation.Extensions["x-reach"] = Text(verb.Reach.ToString().ToLowerInvariant());
        return Task.CompletedTask;
    }

    private static JsonNodeExtension Text(string text) => new(JsonValue.Create(text));
}
