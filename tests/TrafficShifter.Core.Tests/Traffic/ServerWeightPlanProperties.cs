using FsCheck;
using FsCheck.Fluent;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Tests.Traffic;

public sealed class ServerWeightPlanProperties
{
    private static readonly Gen<List<PlannedServer>> Blue = ServersOf("blue");
    private static readonly Gen<List<PlannedServer>> Green = ServersOf("green");
    private static readonly Gen<Share> Shares = Gen.Choose(0, Share.MaxBasisPoints).Select(Share.OfBasisPoints);

    [Fact]
    public void Share_above_0_is_never_nothing_and_below_100_never_all() => ForAll((green, plan, _, _) =>
    {
        (plan.Achieved == Share.None).ShouldBe(green == Share.None);
        (plan.Achieved == Share.All).ShouldBe(green == Share.All);
    });

    [Fact]
    public void Weights_are_0_to_256_for_every_server() => ForAll((_, plan, blue, green) =>
    {
        plan.Weights.Keys.ShouldBe(blue.Concat(green).Select(s => s.Name), ignoreOrder: true);
        plan.Weights.Values.ShouldAllBe(w => w >= 0 && w <= ServerWeightPlan.MaxWeight);
    });

    [Fact]
    public void Achieved_share_is_the_one_that_the_weights_give() => ForAll((_, plan, blue, green) =>
    {
        var (b, g) = (CountedSum(plan, blue), CountedSum(plan, green));
        plan.Achieved.ShouldBe(Share.Of(g, b + g));
    });

    [Fact]
    public void No_other_weights_for_equal_servers_are_nearer() =>
        Prop.ForAll((from b in Gen.Choose(1, 12) from g in Gen.Choose(1, 12) from share in Gen.Choose(1, 9999) select (b, g, share)).ToArbitrary(), x =>
        {
            var share = Share.OfBasisPoints(x.share);
            var nearest = (from blue in Enumerable.Range(1, 256)
                           from green in Enumerable.Range(1, 256)
                           select Math.Abs(green * x.g / (double)(green * x.g + blue * x.b) - share.Ratio)).Min();
            var (bs, gs) = (Servers.Of("blue", new int[x.b]), Servers.Of("green", new int[x.g]));
            var plan = ServerWeightPlan.For(share, bs, gs);
            var (b, g) = (CountedSum(plan, bs), CountedSum(plan, gs));
            Math.Abs(g / (double)(b + g) - share.Ratio).ShouldBe(nearest, 1e-12);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(60));

    [Fact]
    public void Larger_share_never_gets_less() =>
        Prop.ForAll((from b in Blue from g in Green from one in Shares from two in Shares select (b, g, one, two)).ToArbitrary(), x =>
        {
            var (less, more) = x.one < x.two ? (x.one, x.two) : (x.two, x.one);
            ServerWeightPlan.For(less, x.b, x.g).Achieved.ShouldBeLessThanOrEqualTo(ServerWeightPlan.For(more, x.b, x.g).Achieved);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Neighbours_enclose_the_wanted_share() => ForAll((green, plan, _, _) =>
    {
        plan.Nearest.Below.ShouldBeLessThanOrEqualTo(green);
        plan.Nearest.Above.ShouldBeGreaterThanOrEqualTo(green);
        new[] { plan.Nearest.Below, plan.Nearest.Above }.ShouldContain(plan.Achieved);
    });

    [Fact]
    public void With_equal_capacities_the_larger_weight_is_in_the_upper_half() =>
        Prop.ForAll((from b in Gen.Choose(1, 12) from g in Gen.Choose(1, 12) from share in Shares select (b, g, share)).ToArbitrary(), x =>
        {
            var plan = ServerWeightPlan.For(x.share, Servers.Of("blue", new int[x.b]), Servers.Of("green", new int[x.g]));
            plan.Weights.Values.Max().ShouldBeGreaterThan(128);
        }).QuickCheckThrowOnFailure();

    private static Gen<List<PlannedServer>> ServersOf(string colour) =>
        from count in Gen.Choose(1, 6)
        from capacities in Gen.Frequency((3, Gen.Constant(100)), (2, Gen.Choose(0, 256))).ArrayOf(count)
        from usable in Gen.Frequency((4, Gen.Constant(true)), (1, Gen.Constant(false))).ArrayOf(count)
        select Servers.Of(colour, capacities).Select((s, i) => s with { Usable = usable[i] }).ToList();

    private static void ForAll(Action<Share, ServerWeightPlan, List<PlannedServer>, List<PlannedServer>> holds, int tests = 300) =>
        Prop.ForAll((from b in Blue from g in Green from share in Shares select (b, g, share)).ToArbitrary(),
            x => holds(x.share, ServerWeightPlan.For(x.share, x.b, x.g), x.b, x.g)).Check(Config.QuickThrowOnFailure.WithMaxTest(tests));

    private static long CountedSum(ServerWeightPlan plan, List<PlannedServer> servers) =>
        servers.Where(s => s.Usable || servers.All(o => !o.Usable)).Sum(s => (long)plan.Weights[s.Name]);
}
