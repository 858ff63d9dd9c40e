namespace TrafficShifter.EndToEnd.Tests.Stack;

/// <summary>A backend that both HAProxy nodes have, for the application of the same name, reached by the host <c>NAME.example.com</c>.</summary>
public sealed record Backend(string Name, int Blue = 1, int Green = 1)
{
    public string Host => $"{Name}.example.com";

    public IReadOnlyList<string> Servers => [.. Enumerable.Range(1, Blue).Select(i => $"blue{i}"), .. Enumerable.Range(1, Green).Select(i => $"green{i}")];
}
