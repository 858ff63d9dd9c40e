namespace TrafficShifter.Server.Migrations;

/// <summary>What is needed to ask whether applications are ready to move.</summary>
internal static class PreflightComposition
{
    public static void AddPreflight(this IServiceCollection services)
    {
        services.AddSingleton<LiveNodes>();
        services.AddSingleton<Prober>();
        services.AddSingleton<ReadinessReader>();
        services.AddSingleton<ParityReader>();
    }
}
