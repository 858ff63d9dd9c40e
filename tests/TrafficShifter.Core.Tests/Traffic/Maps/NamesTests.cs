using TrafficShifter.Core.Traffic;
using TrafficShifter.Core.Traffic.Maps;

namespace TrafficShifter.Core.Tests.Traffic.Maps;

public sealed class NamesTests
{
    [Theory]
    [InlineData("alice")]
    [InlineData("alice@example.com")]
    [InlineData("7f0c2b9e-2b0f-4a7e-9a53-1c9c0c1f5f0e")]
    [InlineData("user:42/eu+x=")]
    public void User_ids_of_all_usual_kinds_are_taken(string id) => UserId.Parse(id).ToString().ShouldBe(id);

    [Theory]
    [InlineData("", "is not empty")]
    [InlineData("a b", "U+0020")]
    [InlineData("a\nb", "U+000A")]
    [InlineData("a\rb", "U+000D")]
    [InlineData("a\0b", "U+0000")]
    [InlineData("a\u007fb", "U+007F")]
    [InlineData("a|b", "'|'")]
    [InlineData("a;b", "';'")]
    [InlineData("a\\b", "'\\'")]
    [InlineData("a<b", "'<'")]
    [InlineData("é", "U+00E9")]
    [InlineData("#a", "does not begin with '#'")]
    public void User_id_that_could_break_a_command_or_a_file_is_refused(string id, string why) => UserId.FindProblem(id)!.ShouldContain(why);

    [Fact]
    public void User_id_has_at_most_128_characters()
    {
        UserId.FindProblem(new string('a', 128)).ShouldBeNull();
        UserId.FindProblem(new string('a', 129))!.ShouldContain("at most 128");
    }

    [Theory]
    [InlineData("10.0.0.0/8")]
    [InlineData("192.0.2.7/32")]
    [InlineData("0.0.0.0/0")]
    [InlineData("2001:db8::/32")]
    [InlineData("::1/128")]
    public void Canonical_network_is_taken(string text) => Network.Parse(text).ToString().ShouldBe(text);

    [Theory]
    [InlineData("", "is not empty")]
    [InlineData("10.0.0.1", "has no prefix length")]
    [InlineData("10.0.0.1/8", "is written as 10.0.0.0/8")]
    [InlineData("10.0.0.0/33", "prefix length")]
    [InlineData("10/8", "")]
    [InlineData("010.0.0.0/8", "")]
    [InlineData("10.0.0.0/08", "")]
    [InlineData("10.0.0.0/+8", "")]
    [InlineData("2001:DB8::/32", "is written as 2001:db8::/32")]
    [InlineData("::ffff:10.0.0.0/104", "write it as one")]
    [InlineData("shop/8", "is not a network")]
    [InlineData("10.0.0.0/8\n", "")]
    public void Anything_else_is_not_a_network(string text, string why) => Network.FindProblem(text)!.ShouldContain(why);

    [Theory]
    [InlineData("shop.example.com", true)]
    [InlineData("localhost", true)]
    [InlineData("a_b.example.com", true)]
    [InlineData("Shop.example.com", false)]
    [InlineData("shop.example.com:8080", false)]
    [InlineData("shop..com", false)]
    [InlineData("*.example.com", false)]
    [InlineData("", false)]
    public void Host_is_written_as_HAProxy_looks_it_up(string host, bool taken) => (HostName.FindProblem(host) is null).ShouldBe(taken);

    [Theory]
    [InlineData("web.1")]
    [InlineData("web:1")]
    [InlineData("web 1")]
    [InlineData("")]
    public void Pool_name_cannot_part_a_row(string name) => PoolName.FindProblem(name).ShouldNotBeNull();

    [Fact]
    public void Pool_is_a_pair_of_backends()
    {
        PoolName.Parse("web").BackendOf(Colour.Blue).Value.ShouldBe("web_blue");
        PoolName.Parse("web").BackendOf(Colour.Green).Value.ShouldBe("web_green");
    }

    [Theory]
    [InlineData("", "x")]
    [InlineData("a b", "x")]
    [InlineData("a", "x\ny")]
    [InlineData("a;b", "x")]
    [InlineData("#a", "x")]
    [InlineData("a", "<<")]
    public void Map_row_holds_nothing_that_ends_it(string key, string value) => Should.Throw<ArgumentException>(() => new MapRow(key, value));
}
