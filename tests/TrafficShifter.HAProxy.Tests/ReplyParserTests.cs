using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Ports;

namespace TrafficShifter.HAProxy.Tests;

public sealed class ReplyParserTests
{
    private const string Heading = "1\n# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight srv_iweight srv_time_since_last_change\n";

    [Fact]
    public void Process_is_read_from_show_info() =>
        ShowInfo.Parse("Name: HAProxy\nVersion: 2.6.12-1+deb12u4\nProcess_num: 1\nPid: 6414\nUptime: 0d 0h00m07s\nStopping: 1\nUnstoppable Jobs: 1\nStart_time_sec: 1795262705")
            .ShouldBe(new ProcessIdentity(6414, 1795262705, "2.6.12-1+deb12u4", Stopping: true));

    [Fact]
    public void Process_before_version_2_4_has_no_start_time() =>
        ShowInfo.Parse("Version: 2.2.9\nPid: 1\nStopping: 0").ShouldBe(new ProcessIdentity(1, null, "2.2.9", Stopping: false));

    [Theory]
    [InlineData("")]
    [InlineData("Permission denied")]
    [InlineData("Version: 2.6\nPid: abc")]
    [InlineData("Pid: 5")]
    public void Other_text_is_no_process(string reply) => Should.Throw<FormatException>(() => ShowInfo.Parse(reply));

    [Theory]
    [InlineData(2, 0, ServerHealth.Up)]
    [InlineData(1, 0, ServerHealth.Up)]
    [InlineData(2, 4, ServerHealth.Up)]
    [InlineData(0, 0, ServerHealth.Down)]
    [InlineData(0, 1, ServerHealth.Maintenance)]
    [InlineData(0, 2, ServerHealth.Maintenance)]
    [InlineData(0, 5, ServerHealth.Maintenance)]
    [InlineData(0, 0x20, ServerHealth.Maintenance)]
    [InlineData(2, 8, ServerHealth.Draining)]
    [InlineData(2, 12, ServerHealth.Draining)]
    [InlineData(2, 0x10, ServerHealth.Draining)]
    [InlineData(0, 8, ServerHealth.Down)]
    [InlineData(3, 0, ServerHealth.Draining)]
    public void Health_follows_from_both_states(int operational, int administrative, ServerHealth health) =>
        ShowServersState.Parse($"{Heading}2 shop 1 blue1 127.0.0.1 {operational} {administrative} 5 10 3").ShouldBe([new ServerReading(ProxyName.Parse("blue1"), 5, 10, health)]);

    [Fact]
    public void Columns_are_found_by_their_heading() =>
        ShowServersState.Parse("1\n# srv_iweight srv_uweight new_column srv_admin_state srv_op_state srv_name\n10 5 x 0 2 blue1\n")
            .ShouldBe([new ServerReading(ProxyName.Parse("blue1"), 5, 10, ServerHealth.Up)]);

    [Fact]
    public void Backend_without_servers_has_none() => ShowServersState.Parse(Heading).ShouldBeEmpty();

    [Theory]
    [InlineData("")]
    [InlineData("Can't find backend.")]
    [InlineData("2\n# srv_name\nblue1")]
    [InlineData("1\n# srv_name srv_op_state\nblue1 2")]
    [InlineData(Heading + "2 shop 1 blue1 127.0.0.1 2 0")]
    [InlineData(Heading + "2 shop 1 blue1 127.0.0.1 2 0 many 10 3")]
    public void Other_text_is_no_state(string reply) => Should.Throw<FormatException>(() => ShowServersState.Parse(reply));

    [Fact]
    public void Backends_are_read_from_show_backend() =>
        ShowBackend.Parse("# name\nshop\nsearch.v2").Select(b => b.Value).ShouldBe(["shop", "search.v2"]);

    [Theory]
    [InlineData("")]
    [InlineData("shop")]
    [InlineData("# name\na b")]
    public void Other_text_is_no_list_of_backends(string reply) => Should.Throw<FormatException>(() => ShowBackend.Parse(reply));
}
