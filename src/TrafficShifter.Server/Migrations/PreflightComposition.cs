using TrafficShifter.Server.Hosting;

namespace TrafficShifter.Server.Migrations;

/// <summary>What is needed to ask whether applications are ready to move.</summary>
internal static class PreflightComposition
{
    public static void AddPreflight(this IServiceCollection services, RoleSet roles)
    {
        services.AddSingleton<LiveNodes>();
        services.AddSingleton<Prober>();
        services.AddSingleton<ReadinessReader>();
        services.AddSingleton<ParityReader>();
        if (!roles.HasFlag(RoleSet.Controller)) return;
        services.AddSingleton<ReleaseDesk>();
        services.AddSingleton<ProbeWorker>();
        services.AddSingleton<ProbeMetrics>();
        services.AddHostedService(provider => provider.GetRequiredService<ProbeWorker>());
    }
}
