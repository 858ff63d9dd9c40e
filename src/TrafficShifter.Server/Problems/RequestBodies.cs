namespace TrafficShifter.Server.Problems;

/// <summary>Says in the OpenAPI document what a call takes. The body is read as JSON whatever its Content-Type, YAML's excepted, so that <c>curl -d</c> works as people type it.</summary>
internal static class RequestBodies
{
    public static RouteHandlerBuilder Takes<T>(this RouteHandlerBuilder call)
        where T : notnull => call.Accepts<T>(isOptional: false, "application/json", "application/yaml", "*/*");

    public static RouteHandlerBuilder TakesOptional<T>(this RouteHandlerBuilder call)
        where T : notnull => call.Accepts<T>(isOptional: true, "application/json", "application/yaml", "*/*");
}
