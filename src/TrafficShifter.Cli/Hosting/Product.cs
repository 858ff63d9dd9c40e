using System.Reflection;

namespace TrafficShifter.Cli.Hosting;

internal static class Product
{
    /// <summary>Version of this program: <c>0.1.0</c>.</summary>
    public static string Version { get; } = typeof(Product).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;
}
