using System.Globalization;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.HAProxy;

/// <summary>The command <c>set server &lt;backend&gt;/&lt;server&gt; weight &lt;0 to 256&gt;</c>. An empty reply is success, any other is the reason why not.</summary>
public static class SetWeight
{
    /// <exception cref="ArgumentOutOfRangeException">The weight is not 0 to 256.</exception>
    public static string Command(SetServerWeight command)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(command.Weight);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(command.Weight, ServerWeightPlan.MaxWeight);
        return string.Create(CultureInfo.InvariantCulture, $"set server {command.Backend}/{command.Server} weight {command.Weight}");
    }
}
