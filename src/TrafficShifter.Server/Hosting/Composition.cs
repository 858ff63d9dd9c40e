using TrafficShifter.Consul;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Ports;
using TrafficShifter.HAProxy;
using TrafficShifter.Server.Agents;
using TrafficShifter.Server.Audit;
using TrafficShifter.Server.Dashboard;
using TrafficShifter.Server.Embedded;
using TrafficShifter.Server.Evacuations;
using TrafficShifter.Server.Events;
using TrafficShifter.Server.Evidence;
using TrafficShifter.Server.Judging;
using TrafficShifter.Server.Migrations;
using TrafficShifter.Server.Rollouts;
using TrafficShifter.Server.Security;
using TrafficShifter.Server.Targets;
using TrafficShifter.Server.Telemetry;
using TrafficShifter.Server.Traffic;
using TrafficShifter.VictoriaMetrics;

namespace TrafficShifter.Server.Hosting;

/// <summary>Roles → services. The order of the hosted services is the order in which they start; they stop in reverse.</summary>
internal static class Composition
{
    public static void AddTrafficShifter(this IServiceCollection services, IConfiguration configuration, ServerOptions options)
    {
        var roles = options.ParseRoles();
        var instance = options.Instance ?? $"{Environment.MachineName}:{Environment.ProcessId}";
        services.AddSingleton(options);
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton<Identifiers>();
        services.AddSingleton<Exposition>();
        services.AddSingleton(new TrustedProxy(Settings.Read<ProxyOptions>(configuration, "Proxy")));
        services.AddSingleton<LoginLimits>();
        services.AddSingleton<Refusals>();
        AddStore(services, configuration, roles, options, instance);
        services.AddSingleton(provider => new TrafficWriter(provider.GetRequiredService<ITrafficStore>(), WriterIdentity.Of(provider.GetRequiredService<ServerOptions>()), provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<TrafficFollower>()));
        services.AddSingleton<TargetDocuments>();
        services.AddSingleton<TrafficFollower>();
        services.AddSingleton<TrafficReader>();
        services.AddSingleton<KnownOwners>();
        // The agents start first: they give the follower what is on their disk before it hears of the store.
        AddAgent(services, configuration, roles);
        services.AddHostedService(provider => provider.GetRequiredService<TrafficFollower>());
        if (roles.HasFlag(RoleSet.Controller)) AddController(services);
        if (roles.HasFlag(RoleSet.Controller)) services.AddHooks(configuration);
        if (roles.HasFlag(RoleSet.Api)) AddApi(services, configuration);
        if (roles.HasFlag(RoleSet.Api) || roles.HasFlag(RoleSet.Controller))
        {
            AddMetricSource(services, configuration);
            services.AddSingleton<StoreGlance>();
            services.AddSingleton<StandstillReader>();
            services.AddRolloutStart();
            services.AddPreflight(roles);
            services.AddMigrations(roles);
            services.AddSingleton<EvacuationReader>();
            services.AddSingleton<TakingOut>();
            services.AddHostedService<HandEditWatcher>();
            services.AddHostedService<OverrideRecorder>();
        }
        services.AddEvents(configuration, roles);
    }

    private static void AddStore(IServiceCollection services, IConfiguration configuration, RoleSet roles, ServerOptions options, string instance)
    {
        if (configuration["Consul:Address"] is { Length: > 0 })
        {
            var consul = Settings.Read<ConsulOptions>(configuration, "Consul");
            Settings.CheckUrl(consul.Address, "Consul:Address");
            services.AddSingleton(provider => new ConsulClient(consul, ConsulClient.CreateHttp(), provider.GetRequiredService<TimeProvider>()));
            services.AddSingleton<ITrafficStore, ConsulTrafficStore>();
            if (roles.HasFlag(RoleSet.Controller))
                services.AddSingleton<ILeaderLease>(provider => new ConsulLeaderLease(provider.GetRequiredService<ConsulClient>(), instance, provider.GetRequiredService<TimeProvider>()));
            return;
        }
        if (roles != (RoleSet.Api | RoleSet.Controller | RoleSet.Agent))
            throw new ConfigurationException("Consul:Address is not set. Without Consul all roles must be in one process (leave Roles out); with roles apart, set Consul:Address, for example to http://127.0.0.1:8500");
        services.AddSingleton(provider => EmbeddedTrafficStore.Open(Path.Combine(options.DataDirectory, "store.json"), provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<ITrafficStore>(provider => provider.GetRequiredService<EmbeddedTrafficStore>());
        services.AddSingleton<ILeaderLease>(provider => new SingleProcessLease(provider.GetRequiredService<EmbeddedTrafficStore>(), instance, provider.GetRequiredService<TimeProvider>()));
    }

    private static void AddAgent(IServiceCollection services, IConfiguration configuration, RoleSet roles)
    {
        var agent = Settings.Read<AgentOptions>(configuration, "Agent");
        CheckAgent(agent, roles);
        services.AddSingleton(agent);
        services.AddSingleton<AgentMetrics>();
        var certificates = AgentCertificates.Read(agent);
        services.AddSingleton(certificates);
        services.AddHostedService<CertificateWatch>();
        services.AddSingleton(new HttpClient(new AgentConnections(certificates)));
        services.AddSingleton<AgentClient>();
        services.AddSingleton<NodesFile>();
        services.AddSingleton(provider => AgentOverrides.Open(Path.Combine(provider.GetRequiredService<ServerOptions>().DataDirectory, "overrides.json")));
        services.AddSingleton<AgentDesk>();
        services.AddSingleton<KnownNodes>();
        services.AddSingleton<Fleet>();
        services.AddSingleton<LoadBalancerFactory>(node => new HAProxyLoadBalancer(new RuntimeApiClient(RuntimeApiAddress.Parse(node.RuntimeApi), new RuntimeApiOptions()), node.Maps));
        services.AddSingleton(provider => ActivatorUtilities.CreateInstance<NodeAgents>(provider, CreateAgents(provider, agent, roles)));
        if (!roles.HasFlag(RoleSet.Agent)) return;
        services.AddHostedService(provider => provider.GetRequiredService<NodeAgents>());
        services.AddSingleton<EvidenceWorker>();
        services.AddHostedService(provider => provider.GetRequiredService<EvidenceWorker>());
        services.AddHostedService<NodeRegistrar>();
        services.AddHostedService<OverrideReporter>();
        services.AddSingleton<TrafficGauges>();
    }

    private static IReadOnlyList<NodeAgent> CreateAgents(IServiceProvider provider, AgentOptions agent, RoleSet roles) => roles.HasFlag(RoleSet.Agent)
        ? [.. agent.Nodes.Select(node => ActivatorUtilities.CreateInstance<NodeAgent>(provider, node.Name, provider.GetRequiredService<LoadBalancerFactory>()(node), agent))]
        : [];

    private static void CheckAgent(AgentOptions agent, RoleSet roles)
    {
        if (agent.Key is { Length: < AgentOptions.MinKeyLength }) throw new ConfigurationException($"Agent:Key: at least {AgentOptions.MinKeyLength} characters, not {agent.Key.Length}");
        foreach (var (known, index) in agent.Known.Select((k, i) => (k, i)))
        {
            Settings.Check(known, $"Agent:Known:{index}");
            if (AppName.FindProblem(known.Node) is { } unnamed) throw new ConfigurationException($"Agent:Known:{index}:Node: {unnamed.Replace("an application name", "a node name", StringComparison.Ordinal)}");
            Settings.CheckUrl(known.Address, $"Agent:Known:{index}:Address");
        }
        if (!roles.HasFlag(RoleSet.Agent)) return;
        if (agent.Advertise is { } advertised) Settings.CheckUrl(advertised, "Agent:Advertise");
        if (agent is { Authorities: not null, Advertise: { } plain } && plain.Scheme != Uri.UriSchemeHttps) throw new ConfigurationException($"Agent:Advertise: \"{plain}\" is not https; with Agent:Authorities an api asks no other agents");
        foreach (var (node, index) in agent.Nodes.Select((n, i) => (n, i)))
        {
            Settings.Check(node, $"Agent:Nodes:{index}");
            if (AppName.FindProblem(node.Name) is { } bad) throw new ConfigurationException($"Agent:Nodes:{index}:Name: {bad.Replace("an application name", "a node name", StringComparison.Ordinal)}");
            if (node.Exporter is { } exporter) Settings.CheckUrl(exporter, $"Agent:Nodes:{index}:Exporter");
            if (node.AccessLog is { } log && LogAddress.FindProblem(log) is { } unfit) throw new ConfigurationException($"Agent:Nodes:{index}:AccessLog: {unfit}");
            if (RuntimeApiAddress.FindProblem(node.RuntimeApi) is { } problem) throw new ConfigurationException($"Agent:Nodes:{index}:RuntimeApi: {problem}");
        }
        if (agent.Nodes.Select(n => n.AccessLog).OfType<string>().GroupBy(log => log).FirstOrDefault(g => g.Count() > 1) is { } shared) throw new ConfigurationException($"Agent:Nodes: two nodes have the same AccessLog {shared.Key}; nobody could tell whose a record is");
        if (agent.Nodes.Select(n => n.Name).Distinct().Count() != agent.Nodes.Count) throw new ConfigurationException("Agent:Nodes: two nodes have the same name");
        if (roles.HasFlag(RoleSet.Api)) return;
        if (agent.Advertise is null) throw new ConfigurationException("Agent:Advertise: an agent in a process of its own needs the URL by which the api replicas reach it");
        if (agent.Key is null && agent.Authorities is null) throw new ConfigurationException($"Agent:Key: an agent in a process of its own needs the key that it shares with the api replicas, at least {AgentOptions.MinKeyLength} characters, or Agent:Authorities for mutual TLS");
    }

    private static void AddController(IServiceCollection services)
    {
        services.AddSingleton<RolloutMetrics>();
        services.AddHostedService<LeaderWorker>();
        services.AddHostedService<Janitor>();
        services.AddHostedService<SweepWorker>();
        services.AddSingleton<EvacuationMetrics>();
        services.AddSingleton<LeavingHooks>();
        services.AddHostedService<EvacuationWorker>();
        services.AddSingleton<EvidenceDesk>();
        services.AddSingleton<JudgeCheckpoints>();
        services.AddHostedService(provider => provider.GetRequiredService<JudgeCheckpoints>());
        services.AddSingleton<TileReader>();
        services.AddHostedService(provider => provider.GetRequiredService<TileReader>());
        services.AddSingleton<RolloutWorker>();
        services.AddHostedService(provider => provider.GetRequiredService<RolloutWorker>());
    }

    private static void AddApi(IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton(Settings.Read<SessionLimits>(configuration, "Session"));
        services.AddSingleton<Tokens>();
        services.AddSingleton<TokenUses>();
        services.AddHostedService(provider => provider.GetRequiredService<KnownOwners>());
        services.AddSingleton<KnownSessions>();
        services.AddSingleton<Sessions>();
        services.AddHostedService(provider => provider.GetRequiredService<TokenUses>());
        services.AddHostedService<SessionSweep>();
        services.AddSingleton<SignInTransport>();
        services.AddHostedService(provider => provider.GetRequiredService<SignInTransport>());
        services.AddHostedService(provider => provider.GetRequiredService<Tokens>());
        services.AddSingleton<Requests>();
        services.AddSingleton<Admission>();
        services.AddSingleton<Visible>();
        services.AddSingleton<HistoryReader>();
        services.AddSingleton<Offers>();
        services.AddSingleton<ClaimReader>();
        services.AddSingleton<TargetEditor>();
        services.AddSingleton<Rescue>();
        services.AddSingleton<ColourReader>();
        services.AddHostedService<FailsafeWorker>();
        services.AddDashboard();
    }

    private static void AddMetricSource(IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton<MetricsWatch>();
        services.AddSingleton<BaselineReader>();
        services.AddSingleton(Settings.Read<JudgeOptions>(configuration, "Judge"));
        if (configuration["VictoriaMetrics:Address"] is not { Length: > 0 })
        {
            services.AddSingleton<IMetricSource, NoMetricSource>();
            return;
        }
        var options = Settings.Read<VictoriaMetricsOptions>(configuration, "VictoriaMetrics");
        Settings.CheckUrl(options.Address, "VictoriaMetrics:Address");
        services.AddSingleton(provider => new VictoriaMetricsClient(options, provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<IMetricSource, VictoriaMetricsSource>();
    }
}
