using FsCheck;
using FsCheck.Fluent;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Core.Traffic.Maps;

namespace TrafficShifter.Core.Tests.Traffic.Maps;

public sealed class MapImageTests
{
    private static readonly TargetRules[] Rules =
    [
        TargetRules.None,
        new() { Users = new Dictionary<UserId, Colour> { [SomeMapped.User("alice")] = Colour.Green } },
        new() { OptOut = [SomeMapped.User("bob")] },
        new() { Networks = [SomeMapped.Net("10.0.0.0/8")] },
    ];

    private static readonly Gen<MappedApp?> Change =
        from rules in Gen.Frequency((4, Gen.Constant(Rules[0])), (1, Gen.Elements(Rules)))
        from share in Gen.Choose(0, 10_000)
        from hosts in Gen.SubListOf("a.test", "b.test", "c.test")
        from stable in Gen.Elements(Colour.Blue, Colour.Green)
        from held in Gen.Elements<Colour?>(null, null, null, Colour.Blue)
        from gone in Gen.Frequency((3, Gen.Constant(false)), (1, Gen.Constant(true)))
        select gone ? null : SomeMapped.App("any", "5%", [.. hosts]) with { Green = Share.OfBasisPoints(share), Stable = stable, Lock = held, Rules = rules };

    [Fact]
    public void Replacing_one_application_gives_what_writing_all_of_them_gives() => Prop.ForAll(Gen.ListOf(Gen.Two(Gen.Choose(0, 2)).SelectMany(_ => Change)).ToArbitrary(), changes =>
    {
        var apps = new Dictionary<AppName, MappedApp>();
        var image = MapImage.Empty;
        foreach (var (change, at) in changes.Select((c, i) => (c, i)))
        {
            var name = AppName.Parse($"app{at % 3}");
            var before = apps.GetValueOrDefault(name);
            var after = change is null ? null : change with { Name = name };
            if (after is null) apps.Remove(name);
            else apps[name] = after;
            var whole = MapImage.Of(apps.Values).Image;
            if (image.TryReplace(before, after) is { } replaced)
            {
                foreach (var file in MapFiles.All) replaced[file].ShouldBe(whole[file]);
                image = replaced;
            }
            else image = whole;
        }
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Shift_of_one_application_is_replaced_alone_and_the_other_maps_stay_the_very_same()
    {
        var (shop, cart) = (SomeMapped.App("shop", "5%", "shop.test") with { Rules = Rules[1] }, SomeMapped.App("cart", "5%", "cart.test"));
        var image = MapImage.Of([shop, cart]).Image;

        var shifted = image.TryReplace(shop, shop with { Green = Share.Parse("6%") }).ShouldNotBeNull();

        foreach (var file in MapFiles.All.Except([MapFile.Apps])) shifted[file].ShouldBeSameAs(image[file]);
        shifted[MapFile.Apps]["shop"].ShouldBe("S.600.web.shop");
        image.TryReplace(shop, shop).ShouldBeSameAs(image);
    }

    [Fact]
    public void Networks_and_contested_hosts_cannot_be_told_of_one_application_alone()
    {
        var (shop, cart) = (SomeMapped.App("shop", "5%", "shop.test"), SomeMapped.App("cart", "5%", "shop.test"));
        var image = MapImage.Of([shop]).Image;

        image.TryReplace(shop, shop with { Rules = Rules[3] }).ShouldBeNull();
        image.TryReplace(null, cart).ShouldBeNull();
    }
}
