using TrafficShifter.Consul;
using TrafficShifter.Demo.Peers;
using TrafficShifter.Deploy.Tests.Compose;
using TrafficShifter.Server.Agents;
using TrafficShifter.Server.Hosting;
using TrafficShifter.Server.Security;
using TrafficShifter.VictoriaMetrics;

namespace TrafficShifter.Deploy.Tests;

/// <summary>docker-compose.yml and Dockerfile, without starting anything: what they name is there, and nothing is open that should not be.</summary>
public sealed class ComposeFileTests
{
    /// <summary>Where each section of the settings is bound to.</summary>
    private static readonly Dictionary<string, Type> Sections = new()
    {
        [""] = typeof(ServerOptions), ["Consul:"] = typeof(ConsulOptions), ["VictoriaMetrics:"] = typeof(VictoriaMetricsOptions), ["Agent:"] = typeof(AgentOptions), ["Agent:Nodes:0:"] = typeof(NodeOptions), ["Session:"] = typeof(SessionLimits),
    };

    [Fact]
    public async Task Docker_compose_takes_the_file() => (await ComposeFile.ConfigAsync(ComposeFile.AgentKey, "-q")).ShouldBe((0, ""));

    [Fact]
    public async Task Without_a_key_for_the_agents_it_says_how_to_make_one()
    {
        var (code, messages) = await ComposeFile.ConfigAsync("", "-q");

        code.ShouldNotBe(0);
        messages.ShouldContain("openssl rand -hex 32");
    }

    [Fact]
    public async Task Ports_are_open_on_loopback_only_and_each_once()
    {
        var ports = (await ComposeFile.ReadAsync()).Services.Values.SelectMany(s => s.Ports).ToList();

        ports.ShouldNotBeEmpty();
        ports.ShouldAllBe(port => port.HostIp == "127.0.0.1");
        ports.Select(port => port.Published).ShouldBeUnique();
    }

    [Fact]
    public async Task Files_that_are_mounted_are_there_and_read_only_and_volumes_are_declared()
    {
        var file = await ComposeFile.ReadAsync();

        foreach (var volume in file.Services.Values.SelectMany(s => s.Volumes))
        {
            if (volume.Type == "volume") file.Volumes.Keys.ShouldContain(volume.Source);
            else (File.Exists(volume.Source), volume.ReadOnly).ShouldBe((true, true), volume.Source);
        }
    }

    [Fact]
    public async Task Each_node_shares_its_socket_and_its_maps_with_its_agent_and_with_nobody_else()
    {
        var services = (await ComposeFile.ReadAsync()).Services;

        foreach (var node in (string[])["1", "2"])
        {
            var (haproxy, agent) = (services[$"hap{node}"], services[$"agent{node}"]);
            agent.Environment!["Agent__Nodes__0__Name"].ShouldBe($"hap{node}");
            foreach (var path in (string[])["/run/haproxy", agent.Environment["Agent__Nodes__0__Maps"]])
            {
                var shared = haproxy.Volumes.Single(v => v.Target == path).Source;
                agent.Volumes.Single(v => v.Target == path).Source.ShouldBe(shared);
                services.Values.Count(s => s.Volumes.Any(v => v.Source == shared)).ShouldBe(2);
            }
            agent.GroupAdd.ShouldBe(["99"]);
            // One loopback, on which the access log goes from one to the other, and names by which the others know both.
            (haproxy.NetworkMode, agent.NetworkMode, haproxy.Environment!["HAPROXY_LOG_READER"]).ShouldBe(($"service:node{node}", $"service:node{node}", agent.Environment["Agent__Nodes__0__AccessLog"]));
            services[$"node{node}"].Networks!["default"].GetProperty("aliases").EnumerateArray().Select(a => a.GetString()).ShouldBe([$"hap{node}", $"agent{node}"]);
        }
    }

    [Fact]
    public async Task Every_setting_of_a_server_is_one_that_the_server_has()
    {
        var docker = await Dockerfile.ReadAsync();
        var settings = (await ComposeFile.ReadAsync()).Services.Values.Where(s => s.Build?.Target == "server").SelectMany(s => s.Environment!.Keys).Concat(docker["server"].Environment.Select(e => e.Key));
        var known = Sections.SelectMany(s => s.Value.GetProperties().Select(p => s.Key + p.Name)).Concat(["Urls", "AllowedHosts", "ASPNETCORE_HTTP_PORTS"]).ToHashSet();

        foreach (var setting in settings.Distinct()) known.ShouldContain(setting.Replace("__", ":", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Every_service_is_restarted_and_has_a_health_check()
    {
        var docker = await Dockerfile.ReadAsync();

        foreach (var (name, service) in (await ComposeFile.ReadAsync()).Services)
        {
            service.Restart.ShouldBe("unless-stopped", name);
            (service.Healthcheck is not null || docker[service.Build!.Target].All("HEALTHCHECK").Any()).ShouldBeTrue(name);
        }
    }

    [Fact]
    public async Task What_is_built_is_in_the_Dockerfile_and_its_arguments_have_the_same_defaults()
    {
        var docker = await Dockerfile.ReadAsync();

        foreach (var build in (await ComposeFile.ReadAsync()).Services.Values.Select(s => s.Build).OfType<ComposeBuild>())
        {
            docker.Stages.Select(s => s.Name).ShouldContain(build.Target);
            foreach (var (argument, value) in build.Args) docker.Arguments[argument].ShouldBe(value);
        }
    }

    [Fact]
    public async Task What_the_Dockerfile_copies_is_there_and_is_let_through()
    {
        var ignored = await File.ReadAllLinesAsync(Path.Combine(ComposeFile.Folder, ".dockerignore"));

        foreach (var copied in (await Dockerfile.ReadAsync()).Stages.SelectMany(s => s.CopiedFromRepository))
        {
            var path = Path.Combine(ComposeFile.Folder, copied);
            (File.Exists(path) || Directory.Exists(path)).ShouldBeTrue(copied);
            ignored.ShouldContain($"!{copied}");
        }
    }

    [Fact]
    public async Task Our_images_do_not_run_as_root()
    {
        foreach (var stage in (string[])["server", "demo", "haproxy"])
            (await Dockerfile.ReadAsync())[stage].All("USER").Last().ShouldBeOneOf("$APP_UID", "haproxy");
    }

    [Fact]
    public async Task The_image_of_HAProxy_has_every_map_file_that_its_configuration_names()
    {
        var configuration = await File.ReadAllTextAsync(Path.Combine(ComposeFile.Folder, "haproxy", "map.cfg"));
        var made = (await Dockerfile.ReadAsync())["haproxy"].All("RUN").Single().Split(' ').Where(w => w.EndsWith(".map", StringComparison.Ordinal)).Select(w => Path.GetFileName(w)).ToList();

        made.ShouldBe(configuration.Split("${HAPROXY_MAPS}/").Skip(1).Select(rest => rest[..(rest.IndexOf(".map", StringComparison.Ordinal) + 4)]).Distinct(), ignoreOrder: true);
    }

    /// <summary>The reference configuration is tried on every version that the suites run on; the pools of compose are not part of it.</summary>
    [Fact]
    public async Task HAProxy_takes_the_pools_with_the_names_of_the_containers()
    {
        var folder = Directory.CreateTempSubdirectory("pools-").FullName;
        var maps = (string[])["hosts", "apps", "users", "groups", "networks"];
        foreach (var map in maps) await File.WriteAllTextAsync(Path.Combine(folder, $"{map}.map"), "");
        var (haproxy, compose) = (Path.Combine(ComposeFile.Folder, "haproxy"), Path.Combine(ComposeFile.Folder, "deploy", "compose"));

        await using var check = ChildProcess.Start("haproxy -c", PeerLocator.Find("haproxy"), ["-c", "-f", Path.Combine(haproxy, "map.cfg"), "-f", Path.Combine(compose, "pools.cfg")],
            new Dictionary<string, string?> { ["HAPROXY_MAPS"] = folder, ["HAPROXY_HOSTS_MAP"] = Path.Combine(compose, "hosts.map"), ["HAPROXY_TRUSTED_SOURCES"] = Path.Combine(compose, "trusted.lst") });
        var code = await check.WaitForExitAsync(CancellationToken.None);

        code.ShouldBe(0, check.Output);
        // The container's name is unknown here.
        check.Output.Split('\n').Where(line => line.Contains("[WARNING]", StringComparison.Ordinal)).ShouldAllBe(line => line.Contains("could not resolve address 'demo'", StringComparison.Ordinal));
        Directory.Delete(folder, recursive: true);
    }
}
