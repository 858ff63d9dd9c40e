using TrafficShifter.Core.Traffic;
using TrafficShifter.Demo.Upstream;
using TrafficShifter.EndToEnd.Tests.Stack;
using Xunit.Abstractions;

namespace TrafficShifter.EndToEnd.Tests.Examples;

/// <summary><c>examples/ci</c> as people get it; kubectl is stood in for.</summary>
[Trait("HAProxy", "any")]
public sealed class CiTests(CiTests.Fixture fixture, ITestOutputHelper output) : IClassFixture<CiTests.Fixture>
{
    private readonly ShiftingStack _stack = fixture.Stack;

    [Fact]
    public async Task Both_sides_get_a_good_release_and_a_bad_one_goes_back_by_itself()
    {
        await using var clusters = await Clusters.StartAsync("registry/shop:1");
        using var example = new Example(_stack, "ci", ("{{colour}}.ingress.example.com", clusters.Address + "/{{colour}}"));
        example.Install("kubectl", $"exec curl --silent --show-error --fail --data-raw \"$*\" http://{clusters.Address}/kubectl");
        await using var load = _stack.Load("shop", 100);
        var (applied, why) = await example.RunAsync("../bin/shifter", ["apps", "apply", "-f", "shop.yaml"]);
        applied.ShouldBe(0, why);

        var (code, said) = await ReleaseAsync("registry/shop:2");
        code.ShouldBe(0, said);
        (await _stack.GreenAsync("shop")).ShouldBe([100m, 100m]);
        (clusters.ImageOf("blue", "shop"), clusters.ImageOf("green", "shop")).ShouldBe(("registry/shop:2", "registry/shop:2"));
        clusters.Received.Where(r => r.Path == "/kubectl").Select(r => r.Body).ShouldBe(
        [
            "--context green set image deployment/shop shop=registry/shop:2", "--context green rollout status deployment/shop --timeout=10m",
            "--context blue set image deployment/shop shop=registry/shop:2", "--context blue rollout status deployment/shop --timeout=10m",
        ]);

        await _stack.Upstream.SetAsync(Colour.Blue, new ColourBehaviour { ErrorRatio = 0.5 });
        (code, said) = await ReleaseAsync("registry/shop:3");
        code.ShouldBe(1, said);
        (await _stack.GreenAsync("shop")).ShouldBe([100m, 100m]);
        (clusters.ImageOf("blue", "shop"), clusters.ImageOf("green", "shop")).ShouldBe(("registry/shop:3", "registry/shop:2"));

        async Task<(int, string)> ReleaseAsync(string image)
        {
            var (result, text) = await example.RunAsync("release.sh", ["shop", image], ("PAUSE", "1"), ("TIMEOUT", "4m"));
            output.WriteLine(text);
            return (result, text);
        }
    }

    public sealed class Fixture() : StackFixture(new StackSetup { Backends = [new Backend("shop")], Settings = new Dictionary<string, string> { ["Egress:Networks"] = "127.0.0.0/8" } });
}
