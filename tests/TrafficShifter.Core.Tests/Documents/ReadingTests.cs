using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Core.Traffic.Maps;

namespace TrafficShifter.Core.Tests.Documents;

/// <summary>What a person may leave behind in a key, and what is then said about it.</summary>
public sealed class ReadingTests
{
    [Theory]
    [InlineData("", "The input does not contain any JSON tokens")]
    [InlineData("nonsense", "'nonsense' is an invalid JSON literal")]
    [InlineData("{\"blue\":50,\"green\":", "Expected")]
    [InlineData("{\"blue\":50,\"green\":50} x", "'x' is invalid")]
    [InlineData("null", "it is null")]
    [InlineData("[]", "a JSON object is needed")]
    [InlineData("\"50/50\"", "a JSON object is needed")]
    [InlineData("{}", "/blue: is missing")]
    [InlineData("{\"blue\":50}", "/green: is missing")]
    [InlineData("{\"blue\":-1,\"green\":50}", "blue: a weight is 0 to 1000000, not -1")]
    [InlineData("{\"blue\":0,\"green\":0}", "both 0")]
    [InlineData("{\"blue\":1000001,\"green\":0}", "not 1000001")]
    [InlineData("{\"blue\":50.5,\"green\":50}", "/blue: ")]
    [InlineData("{\"blue\":\"50\",\"green\":50}", "/blue: ")]
    [InlineData("{\"blue\":99999999999,\"green\":50}", "/blue: ")]
    [InlineData("{\"blue\":null,\"green\":50}", "/blue: ")]
    [InlineData("{\"blue\":1,\"blue\":99,\"green\":50}", "blue")]
    public void Weights_that_cannot_be_followed_say_the_key_and_what_is_wrong(string value, string says)
    {
        var broken = Read<Weights>("weights/shop", value).ShouldBeOfType<Reading<Weights>.Broken>();
        broken.Problem.ShouldStartWith("weights/shop is not valid: ");
        broken.Problem.ShouldContain(says);
        broken.ModifyIndex.ShouldBe(7ul);
    }

    [Fact]
    public void The_two_numbers_are_enough() =>
        Read<Weights>("weights/shop", "{\"blue\":50,\"green\":50}").Find().ShouldBe(new Weights { Blue = 50, Green = 50 });

    [Theory]
    [InlineData("{\"schema\":1}", "/stable: is missing")]
    [InlineData("{\"stable\":\"red\"}", "/stable: ")]
    [InlineData("{\"stable\":1}", "/stable: ")]
    [InlineData("{\"stable\":\"blue\",\"lock\":{\"to\":\"green\"}}", "/lock")]
    public void A_broken_state_says_where(string value, string says) =>
        Read<AppState>("state/shop", value).ShouldBeOfType<Reading<AppState>.Broken>().Problem.ShouldContain(says);

    [Theory]
    [InlineData("{\"name\":\"Sh op\",\"routing\":{\"backend\":\"shop\"}}", "an application name is made of")]
    [InlineData("{\"name\":\"shop\",\"routing\":{\"backend\":\"a;b\"}}", "a HAProxy name is made of")]
    [InlineData("{\"name\":\"shop\",\"routing\":{\"backend\":\"shop\",\"kind\":\"magic\"}}", "/routing/kind: ")]
    [InlineData("{\"name\":\"shop\",\"routing\":{\"backend\":\"shop\",\"blue\":{\"prefix\":\"green\"}}}", "overlap")]
    [InlineData("{\"name\":\"shop\",\"routing\":{\"backend\":\"shop\"},\"owners\":[\"\"]}", "owners: each has 1 to 100 characters")]
    [InlineData("{\"name\":\"shop\",\"routing\":null}", "/routing: ")]
    public void A_broken_definition_says_where(string value, string says)
    {
        var problem = Read<AppDefinition>("apps/shop", value).ShouldBeOfType<Reading<AppDefinition>.Broken>().Problem;
        problem.ShouldStartWith("apps/shop is not valid: ");
        problem.ShouldContain(says);
    }

    [Fact]
    public void At_most_fifty_hosts_each_once()
    {
        var definition = new AppDefinition { Name = AppName.Parse("shop"), Routing = new Routing { Backend = ProxyName.Parse("shop") }, Hosts = [.. Enumerable.Range(0, 51).Select(i => HostName.Parse($"h{i}"))] };
        definition.FindProblem().ShouldBe("hosts: at most 50, not 51");
        (definition with { Hosts = [HostName.Parse("a"), HostName.Parse("b"), HostName.Parse("a")] }).FindProblem().ShouldBe("hosts: \"a\" is there twice");
    }

    [Fact]
    public void A_document_of_a_newer_schema_is_read_and_never_written()
    {
        Read<Weights>("weights/shop", "{\"blue\":50,\"green\":50,\"schema\":2}").Find().ShouldNotBeNull().IsReadOnly.ShouldBeTrue();
        Read<Weights>("weights/shop", "{\"blue\":50,\"green\":50,\"schema\":1}").Find().ShouldNotBeNull().IsReadOnly.ShouldBeFalse();
    }

    private static Reading<T> Read<T>(string key, string value)
        where T : Document => Reading.Of<T>(new Entry(key, value, 7));
}
