using TrafficShifter.Demo.Peers;
using TrafficShifter.Demo.Stack;

namespace TrafficShifter.Demo.Tests;

public sealed class RunDirectoryTests : IDisposable
{
    private readonly string _path = Directory.CreateTempSubdirectory("run-").FullName;

    public void Dispose() => Directory.Delete(_path, recursive: true);

    [Fact]
    public async Task Notes_every_process_but_its_own_with_its_start()
    {
        await using var child = ChildProcess.Start("sleeper", "sleep", ["60"]);
        var run = new RunDirectory(_path);

        run.Add(new StackPart("hap1", child.Pid, "http://127.0.0.1/"));
        run.Add(new StackPart("demo application", Environment.ProcessId, "http://127.0.0.1/"));

        File.ReadAllLines(Path.Combine(_path, "processes")).ShouldBe([$"{child.Pid} {RunDirectory.FindStart(child.Pid)} hap1"]);
    }

    [Fact]
    public async Task The_start_tells_a_process_from_another_with_its_pid()
    {
        var mine = RunDirectory.FindStart(Environment.ProcessId);
        await using var child = ChildProcess.Start("sleeper", "sleep", ["60"]);

        mine.ShouldNotBeNull();
        RunDirectory.FindStart(child.Pid).ShouldNotBeNull().ShouldBeGreaterThan(mine.Value);
        await child.KillAsync();
        await Eventually.ItIsTrueThatAsync("a process that has ended has no start", () => Task.FromResult(RunDirectory.FindStart(child.Pid)), start => start is null);
    }

    [Fact]
    public void A_new_run_forgets_the_last_one_and_a_stopped_one_leaves_nothing()
    {
        File.WriteAllText(Path.Combine(_path, "processes"), "1 1 old\n");
        File.WriteAllText(Path.Combine(_path, "stack.json"), "{}");

        var run = new RunDirectory(_path);
        File.ReadAllText(Path.Combine(_path, "processes")).ShouldBeEmpty();
        File.Exists(Path.Combine(_path, "stack.json")).ShouldBeFalse();

        run.Clear();
        Directory.GetFiles(_path).ShouldBeEmpty();
    }

    [Fact]
    public void What_holds_a_token_is_for_its_owner_alone()
    {
        var uri = new Uri("http://127.0.0.1:18000/");
        var none = new Dictionary<string, Uri>();
        new RunDirectory(_path).SetReady(new StackAddresses(uri, "secret", none, new Dictionary<string, string>(), uri, uri, none, none, "shop.example.com", new Dictionary<string, int>()));

        var file = Path.Combine(_path, "stack.json");
        File.GetUnixFileMode(file).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.ReadAllText(file).ShouldStartWith("{\"api\":\"http://127.0.0.1:18000/\",\"token\":\"secret\",\"frontends\":{},\"runtimeApi\":{}");
    }
}
