using System.Text.RegularExpressions;

namespace TrafficShifter.Templates.Tests;

/// <summary>consul-template's own configuration: what it says about staleness, retries and commands is what the safety rests on.</summary>
public sealed partial class AgentConfigurationTests
{
    /// <summary>Options of consul-template 0.22 and later; an unknown one keeps it from starting.</summary>
    private static readonly string[] Known =
    [
        "max_stale", "consul.address", "consul.retry.attempts", "consul.retry.backoff", "consul.retry.max_backoff", "wait.min", "wait.max",
        "template.source", "template.destination", "template.perms", "template.command", "template.command_timeout",
    ];

    public static TheoryData<string> Files => [.. Directory.EnumerateFiles(Path.Combine(Templates.Folder, "agent"), "*.hcl").Select(file => Path.GetFileName(file)!)];

    [Theory]
    [MemberData(nameof(Files))]
    public void Only_options_that_consul_template_has_are_set(string file) => Read(file).Select(option => option.Name).Except(Known).ShouldBeEmpty();

    [Fact]
    public void No_read_is_stale_and_a_consul_that_is_away_is_waited_for()
    {
        var options = Read("consul-template.hcl");

        options.ShouldContain(("max_stale", "\"0s\""));
        options.ShouldContain(("consul.retry.attempts", "0"));
        options.ShouldContain(("wait.min", "\"100ms\""));
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Every_template_and_script_is_there_and_what_is_rendered_is_what_is_applied(string file)
    {
        const string Installed = "/usr/local/lib/traffic-shifter/";
        var options = Read(file);
        var (sources, destinations, commands) = (Values("source"), Values("destination"), Values("command"));

        sources.ShouldNotBeEmpty();
        foreach (var (source, destination, command) in sources.Zip(destinations, commands))
        {
            source.ShouldStartWith(Installed);
            File.Exists(Path.Combine(Templates.Folder, source[Installed.Length..])).ShouldBeTrue(source);
            command.ShouldContain(Installed + "apply/traffic-shifter-apply ");
            if (Path.GetFileName(source) == "runtime.ctmpl") (destination, command.Contains("-apply runtime ", StringComparison.Ordinal)).ShouldBe(("/var/lib/traffic-shifter/runtime", true));
            else command.ShouldContain($"-apply install {destination} /");
        }

        List<string> Values(string name) => [.. options.Where(option => option.Name == "template." + name).Select(option => option.Value.Trim('"'))];
    }

    [Theory]
    [MemberData(nameof(Files))]
    public async Task No_exit_code_of_a_command_ends_consul_template(string file)
    {
        using var script = new Script();
        foreach (var command in Read(file).Where(option => option.Name == "template.command").Select(option => option.Value.Trim('"')))
        {
            var inner = Tolerated().Match(command);
            inner.Success.ShouldBeTrue(command);

            // What the host's shell makes of it, over a script that refuses: nothing was rendered here.
            var ran = await script.ShellAsync(inner.Groups[1].Value.Replace("/usr/local/lib/traffic-shifter/", Templates.Folder + "/", StringComparison.Ordinal));

            ran.ExitCode.ShouldBe(0, command);
            ran.Errors.ShouldContain("refused: there is no ");
        }
    }

    [Fact]
    public void Consul_template_is_started_again_however_often_it_ended()
    {
        var unit = File.ReadAllLines(Path.Combine(Templates.Folder, "agent", "traffic-shifter-consul-template.service")).ToList();

        var service = unit.IndexOf("[Service]");
        unit.IndexOf("StartLimitIntervalSec=0").ShouldBeInRange(unit.IndexOf("[Unit]"), service);
        unit.IndexOf("Restart=always").ShouldBeGreaterThan(service);
        unit.ShouldContain("ExecStart=/usr/bin/env consul-template -config /etc/consul-template.d");
        unit.ShouldContain("WantedBy=multi-user.target");
    }

    /// <summary>Blocks and assignments, one a line; anything else is an error.</summary>
    private static List<(string Name, string Value)> Read(string file)
    {
        var (options, blocks) = (new List<(string, string)>(), new List<string>());
        foreach (var line in File.ReadAllLines(Path.Combine(Templates.Folder, "agent", file)).Select(line => line.Trim()).Where(line => line.Length > 0 && line[0] != '#'))
        {
            if (line == "}") blocks.RemoveAt(blocks.Count - 1);
            else if (Block().Match(line) is { Success: true } block) blocks.Add(block.Groups[1].Value);
            else if (Assignment().Match(line) is { Success: true } option) options.Add((string.Join('.', [.. blocks, option.Groups[1].Value]), option.Groups[2].Value));
            else throw new FormatException($"{file}: \"{line}\"");
        }
        blocks.ShouldBeEmpty();
        return options;
    }

    [GeneratedRegex(@"\A/bin/sh -c '([^']+ \|\| true)'\z")]
    private static partial Regex Tolerated();

    [GeneratedRegex(@"\A([a-z_]+) \{\z")]
    private static partial Regex Block();

    [GeneratedRegex("""\A([a-z_]+) += ("[^"\\]*"|[0-9]+)\z""")]
    private static partial Regex Assignment();
}
