using FsCheck;
using FsCheck.Fluent;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Core.Traffic.Maps;

namespace TrafficShifter.Core.Tests.Traffic.Maps;

public sealed class NetworkRowsTests
{
    private static readonly Gen<Network> Networks = Gen.Frequency(
        (4, from bits in Gen.Choose(0, 31) from prefix in Gen.Elements(8, 16, 24, 28, 32) select Network.Parse($"{new System.Net.IPNetwork(Masked($"10.{bits & 3}.{bits >> 2}.{bits}", prefix), prefix)}")),
        (1, from bits in Gen.Choose(0, 3) from prefix in Gen.Elements(32, 48) select Network.Parse($"{new System.Net.IPNetwork(Masked($"2001:db8:{bits}::", prefix), prefix)}")));

    private static readonly Gen<MappedApp> Apps =
        from networks in Gen.ListOf(Networks)
        select SomeMapped.App("any") with { Rules = new TargetRules { Networks = [.. networks.Distinct().Select(n => new NetworkRule(n, Colour.Green))] } };

    [Fact]
    public void Every_rule_has_a_row_for_each_network_that_is_in_its_own() => Prop.ForAll(Gen.ListOf(Apps).ToArbitrary(), some =>
    {
        var apps = some.Select((app, at) => app with { Name = AppName.Parse($"app{at}") }).ToList();
        var all = apps.SelectMany(app => app.Rules.Networks).Select(rule => rule.Network).Distinct().ToList();
        var expected = apps.SelectMany(app => app.Rules.Networks.SelectMany(rule => all.Where(rule.Network.Contains).Select(network => $"{network}|net|{app.Name}")));

        TargetRows.NetworkRules(apps).Select(row => row.Key).Order(StringComparer.Ordinal).ShouldBe(expected.Order(StringComparer.Ordinal));
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Overlap_is_found_wherever_it_is_and_nowhere_else() => Prop.ForAll(Apps.ToArbitrary(), app =>
    {
        var networks = app.Rules.Networks;
        var overlaps = networks.Any(a => networks.Any(b => a != b && a.Network.Overlaps(b.Network)));

        (app.Rules.FindProblem() is not null).ShouldBe(overlaps);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Networks_that_would_need_too_many_rows_with_those_of_others_are_refused()
    {
        var narrow = new TargetRules { Networks = [.. Enumerable.Range(0, 1_000).Select(n => SomeMapped.Net($"10.0.{n / 250}.{n % 250}/32"))] };
        var wide = new TargetRules { Networks = [SomeMapped.Net("10.0.0.0/8")] };
        var others = Enumerable.Range(0, 17).Select(n => Known($"app{n}", wide)).Append(Known("hosts", narrow)).ToList();

        TargetRows.FindTooMany(AppName.Parse("one"), wide, others).ShouldBeNull();
        TargetRows.FindTooMany(AppName.Parse("one"), wide, [.. others, Known("two", wide)]).ShouldNotBeNull().ShouldStartWith("networks: with those of the other applications they would need more than 20000 rows");
        TargetRows.FindTooMany(AppName.Parse("two"), TargetRules.None, [.. others, Known("one", wide), Known("two", wide)]).ShouldBeNull();
    }

    private static AppTraffic Known(string name, TargetRules rules) => new(AppName.Parse(name))
    {
        Definition = new Known<AppDefinition>(Some.Definition, 1, null, 1), State = new Known<AppState>(Some.State, 1, null, 1), Targets = new Known<TargetRules>(rules, 1, null, 1),
    };

    private static System.Net.IPAddress Masked(string text, int prefix)
    {
        var bytes = System.Net.IPAddress.Parse(text).GetAddressBytes();
        for (var bit = prefix; bit < bytes.Length * 8; bit++) bytes[bit / 8] &= (byte)~(0x80 >> (bit % 8));
        return new System.Net.IPAddress(bytes);
    }
}
