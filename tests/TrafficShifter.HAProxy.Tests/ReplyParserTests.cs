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

    [Theory]
    [InlineData("1\n# srv_name srv_id be_id\nblue1 1")]
    [InlineData("1\n# be_id\nmany")]
    [InlineData("1\n# srv_name\nblue1")]
    public void Other_text_has_no_number_of_a_backend(string reply) => Should.Throw<FormatException>(() => ShowServersState.FindBackendNumber(reply));

    [Fact]
    public void Backends_are_read_from_show_backend() =>
        ShowBackend.Parse("# name\nshop\nsearch.v2").Select(b => b.Value).ShouldBe(["shop", "search.v2"]);

    [Theory]
    [InlineData("")]
    [InlineData("shop")]
    [InlineData("# name\na b")]
    public void Other_text_is_no_list_of_backends(string reply) => Should.Throw<FormatException>(() => ShowBackend.Parse(reply));

    [Theory]
    [InlineData("shop,blue1,0,,b,\nshop,BACKEND,0,,SRV,", "SRV", true)]
    [InlineData("shop,blue1,0,\"L4, info: \"\"a,b\"\"\",b,\nshop,BACKEND,0,,SRV,", "SRV", true)]
    [InlineData("shop,blue1,0,,,\nshop,BACKEND,0,,SRV,", null, true)]
    [InlineData("shop,blue1,0,,b,\nshop,BACKEND,0,,,", null, true)]
    [InlineData("other,blue1,0,,b,\nother,BACKEND,0,,SRV,", null, false)]
    [InlineData("", null, false)]
    public void Cookie_is_read_from_show_stat(string rows, string? cookie, bool hasBackend) =>
        ShowStat.ParseCookie("# pxname,svname,qcur,last_chk,cookie,\n" + rows, ProxyName.Parse("shop")).ShouldBe(hasBackend ? new BackendCookie(cookie) : null);

    [Fact]
    public void Sessions_are_read_from_show_stat()
    {
        const string reply = "# pxname,svname,qcur,scur,stot,last_chk,\nshop,blue1,0,3,120,\"L4, info: \"\"a,b\"\"\",\nshop,green1,0,0,7,,\nshop,BACKEND,0,3,127,,";
        ShowStat.ParseSessions(reply, ProxyName.Parse("shop")).ShouldBe([new ServerSessions(ProxyName.Parse("blue1"), 3, 120), new ServerSessions(ProxyName.Parse("green1"), 0, 7)]);
        ShowStat.ParseSessions(reply, ProxyName.Parse("other")).ShouldBeNull();
        Should.Throw<FormatException>(() => ShowStat.ParseSessions(reply.Replace("120", "many", StringComparison.Ordinal), ProxyName.Parse("shop")));
    }

    [Theory]
    [InlineData("")]
    [InlineData("Permission denied")]
    [InlineData("# pxname,svname,mode,\nshop,BACKEND,http,")]
    [InlineData("# pxname,svname,cookie,\nshop,BACKEND")]
    [InlineData("# ")]
    [InlineData("# \n\n")]
    [InlineData("# pxname,svname,cookie,\nshop,BACKEND,SRV,\nshop,BACKEND,SRV,")]
    [InlineData("# pxname,svname,cookie,\nshop,blue1,b,\nshop,blue1,g,\nshop,BACKEND,SRV,")]
    public void Other_text_is_no_statistics(string reply) => Should.Throw<FormatException>(() => ShowStat.ParseCookie(reply, ProxyName.Parse("shop")));

    [Theory]
    [InlineData("No such table", false)]
    [InlineData("Filter entry #1: Data type not stored in this table", false)]
    [InlineData("Filter entry #1: Require and operator among \"eq\", \"ne\", \"le\", \"ge\", \"lt\", \"gt\"", true)]
    public void Table_says_whether_it_remembers_servers(string reply, bool remembers) => ShowTable.RemembersServers(reply).ShouldBe(remembers);

    [Fact]
    public void Other_text_is_no_table() => Should.Throw<FormatException>(() => ShowTable.RemembersServers(""));

    [Theory]
    [InlineData("1\n# be_id be_name srv_id\n7 shop 1", 7)]
    [InlineData("1\n# be_id be_name srv_id\n", null)]
    public void Number_of_a_backend_is_read_from_its_servers(string reply, int? number) => ShowServersState.FindBackendNumber(reply).ShouldBe(number);
}
