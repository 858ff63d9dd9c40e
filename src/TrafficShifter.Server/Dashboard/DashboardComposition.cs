using TrafficShifter.Server.Swagger;

namespace TrafficShifter.Server.Dashboard;

/// <summary>What the dashboard needs beside what the API has anyway.</summary>
internal static class DashboardComposition
{
    public static void AddDashboard(this IServiceCollection services)
    {
        services.AddSingleton<DashboardFiles>();
        services.AddSingleton<SwaggerFiles>();
        services.AddSingleton<FleetReader>();
        services.AddSingleton<SeriesReader>();
    }
}
