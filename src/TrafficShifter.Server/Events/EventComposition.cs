using System.Net;
using TrafficShifter.Core.Egress;
using TrafficShifter.Server.Egress;
using TrafficShifter.Server.Hosting;

namespace TrafficShifter.Server.Events;

/// <summary>What is needed to tell others what happens.</summary>
internal static class EventComposition
{
    /// <summary>After the leader's own worker: it stops after these, so that they note what they sent while they still lead.</summary>
    /// <exception cref="ConfigurationException">A sink or the list of what may be called cannot be used.</exception>
    public static void AddEvents(this IServiceCollection services, IConfiguration configuration, RoleSet roles)
    {
        if (!roles.HasFlag(RoleSet.Api) && !roles.HasFlag(RoleSet.Controller)) return;
        services.AddSingleton(ReadPolicy(configuration));
        services.AddSingleton<EgressResolver>((host, cancellationToken) => Dns.GetHostAddressesAsync(host, cancellationToken));
        services.AddSingleton(EgressTrust.Read(Settings.Read<EgressOptions>(configuration, "Egress")));
        services.AddSingleton<EgressClient>();
        services.AddSingleton<EventStreams>();
        services.AddSingleton<EventMetrics>();
        services.AddSingleton<OutboxFollower>();
        services.AddHostedService(provider => provider.GetRequiredService<OutboxFollower>());
        var options = Settings.Read<EventOptions>(configuration, "Events");
        options.Check(ReadPolicy(configuration));
        services.AddSingleton(options);
        if (roles.HasFlag(RoleSet.Controller)) services.AddHostedService<DeliveryWorker>();
    }

    private static EgressPolicy ReadPolicy(IConfiguration configuration)
    {
        var options = Settings.Read<EgressOptions>(configuration, "Egress");
        try
        {
            return EgressPolicy.Parse(options.Hosts, options.Networks);
        }
        catch (FormatException wrong)
        {
            throw new ConfigurationException($"Egress: {wrong.Message}");
        }
    }
}
