using TrafficShifter.Server.Hosting;

namespace TrafficShifter.Server.Migrations;

/// <summary>What is needed to store, steer and drive migrations.</summary>
internal static class MigrationComposition
{
    public static void AddMigrations(this IServiceCollection services, RoleSet roles)
    {
        services.AddSingleton<MigrationReader>();
        if (roles.HasFlag(RoleSet.Api))
        {
            services.AddSingleton<MigrationPlanner>();
            services.AddSingleton<MigrationOffers>();
        }
        if (!roles.HasFlag(RoleSet.Controller)) return;
        services.AddSingleton<MigrationMetrics>();
        services.AddSingleton<MoveStarter>();
        services.AddHostedService<MigrationWorker>();
    }
}
