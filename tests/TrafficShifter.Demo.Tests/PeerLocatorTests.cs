using TrafficShifter.Demo.Peers;

namespace TrafficShifter.Demo.Tests;

public sealed class PeerLocatorTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("peer-locator-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void The_clones_own_program_comes_before_the_one_on_the_path()
    {
        var own = Program("own", "consul");
        var onPath = Program("path", "consul");

        PeerLocator.Find("consul", Path.GetDirectoryName(own)!, Path.GetDirectoryName(onPath)).ShouldBe(own);
        PeerLocator.Find("consul", Path.Combine(_directory, "none"), Path.GetDirectoryName(onPath)).ShouldBe(onPath);
    }

    [Fact]
    public void A_file_that_cannot_be_run_is_passed_over()
    {
        var notRunnable = Program("first", "consul");
        File.SetUnixFileMode(notRunnable, UnixFileMode.UserRead);
        var runnable = Program("second", "consul");

        PeerLocator.Find("consul", Path.GetDirectoryName(notRunnable)!, Path.GetDirectoryName(runnable)).ShouldBe(runnable);
    }

    [Fact]
    public void A_missing_program_is_named_with_the_command_that_installs_it()
    {
        var missing = Should.Throw<PeerException>(() => PeerLocator.Find("no-such-program", _directory, _directory));

        missing.Message.ShouldContain("no-such-program is not installed");
        missing.Message.ShouldContain("./dev peers");
    }

    [Theory]
    [InlineData("haproxy-3.0", "`./dev peers --with-haproxy 3.0`")]
    [InlineData("docker-compose", "`./dev peers --with-compose`")]
    [InlineData("consul", "`./dev peers`")]
    public void The_command_is_the_one_for_that_program(string program, string command) =>
        Should.Throw<PeerException>(() => PeerLocator.Find(program, _directory, _directory)).Message.ShouldContain(command);

    [Theory]
    [InlineData("haproxy", "haproxy-3.0", "haproxy-3.0")]
    [InlineData("haproxy", "/opt/haproxy/sbin/haproxy", "/opt/haproxy/sbin/haproxy")]
    [InlineData("haproxy", "", "haproxy")]
    [InlineData("haproxy", null, "haproxy")]
    [InlineData("consul", "haproxy-3.0", "consul")]
    public void Another_haproxy_may_be_meant_by_the_name(string program, string? haproxy, string chosen) => PeerLocator.Choose(program, haproxy).ShouldBe(chosen);

    [Fact]
    public void A_path_is_taken_as_it_stands()
    {
        var haproxy = Program("elsewhere", "haproxy");

        PeerLocator.Find(haproxy, Path.Combine(_directory, "none"), null).ShouldBe(haproxy);
    }

    [Fact]
    public void The_repository_is_found_from_the_build_output() =>
        File.Exists(Path.Combine(PeerLocator.RepositoryRoot, "TrafficShifter.sln")).ShouldBeTrue();

    private string Program(string directory, string name)
    {
        var file = Path.Combine(Directory.CreateDirectory(Path.Combine(_directory, directory)).FullName, name);
        File.WriteAllText(file, "#!/bin/sh\n");
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        return file;
    }
}
