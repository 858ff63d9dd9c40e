using System.ComponentModel.DataAnnotations;
using TrafficShifter.Server.Events;

namespace TrafficShifter.Server.Rollouts;

/// <summary>How hooks of plans are asked. Section <c>Hooks</c>; read by controllers.</summary>
public sealed record HookOptions
{
    /// <summary>Signs every request to a hook, at least 16 characters; none: they are not signed.</summary>
    [MinLength(SinkOptions.MinSecretLength, ErrorMessage = "a secret has at least 16 characters")]
    public string? Secret { get; init; }
}
