using TrafficShifter.Server.Hosting;

namespace TrafficShifter.Server.Rollouts;

/// <summary>What is needed to ask hooks.</summary>
internal static class HookComposition
{
    /// <exception cref="ConfigurationException">The section <c>Hooks</c> cannot be used.</exception>
    public static void AddHooks(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton(Settings.Read<HookOptions>(configuration, "Hooks"));
        services.AddSingleton<HookMetrics>();
        services.AddSingleton<HookCaller>();
        services.AddHostedService<PostRolloutWorker>();
    }
}
