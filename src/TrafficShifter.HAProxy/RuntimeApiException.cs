using TrafficShifter.Core.Ports;

namespace TrafficShifter.HAProxy;

/// <summary>A HAProxy's Runtime API could not be asked, or its reply is not what a HAProxy says. The message has all three properties in it.</summary>
public sealed class RuntimeApiException : LoadBalancerException
{
    public RuntimeApiException(RuntimeApiAddress address, string command, string? reply, string problem, Exception? inner = null)
        : base(Describe(address, command, reply, problem), inner) => (Address, Command, Reply) = (address, command, reply);

    public RuntimeApiAddress Address { get; }

    /// <summary>The command that was not answered as it should be; the first of its chunk when it is not known which.</summary>
    public string Command { get; }

    /// <summary>What HAProxy had said until then, shortened; null when it said nothing.</summary>
    public string? Reply { get; }

    private static string Describe(RuntimeApiAddress address, string command, string? reply, string problem) =>
        $"HAProxy {address} {problem}, asked \"{Shorten(command)}\"" + (string.IsNullOrEmpty(reply) ? "" : $": {Shorten(reply)}");

    private static string Shorten(string text)
    {
        text = text.ReplaceLineEndings(" ").Trim();
        return text.Length <= 300 ? text : string.Concat(text.AsSpan(0, 300), "…");
    }
}
