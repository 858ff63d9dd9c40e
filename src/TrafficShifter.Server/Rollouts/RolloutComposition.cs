using TrafficShifter.Server.Judging;
using TrafficShifter.Server.Traffic;

namespace TrafficShifter.Server.Rollouts;

/// <summary>What is needed to begin a rollout, and to tell one something: by a person through the api, by a migration in the controller.</summary>
internal static class RolloutComposition
{
    public static void AddRolloutStart(this IServiceCollection services)
    {
        services.AddSingleton<Achievability>();
        services.AddSingleton<RolloutReader>();
        services.AddSingleton<HookPreflight>();
        services.AddTransient<QueryCounts>();
        services.AddSingleton<JudgePreview>();
        services.AddSingleton<RolloutPreflight>();
        services.AddSingleton<PlanCatalog>();
        services.AddSingleton<RolloutStart>();
        services.AddSingleton<RolloutSteering>();
    }
}
