using TrafficShifter.Core.Traffic.Maps;

namespace TrafficShifter.Core.Tests.Traffic.Maps;

public sealed class MapStepTests
{
    private static readonly MapImage Image = MapImage.Of([SomeMapped.App("shop", "5%", "shop.test")]).Image;

    [Fact]
    public void Rows_that_somebody_changed_are_told_by_their_application()
    {
        var apps = Step(MapFile.Apps, [new MapRow("shop", "g.10000.web.shop"), new MapRow("ghost", "r.1.web.ghost")]);
        var users = Step(MapFile.Users, [new MapRow("eve|cart", "-1")]);

        apps.FindApps().Concat(users.FindApps()).Select(a => a.Value).ShouldBe(["shop", "ghost", "cart"]);
        apps.Describe().Concat(users.Describe()).ShouldBe(["apps.map: \"shop\" is put to s.500.web.shop", "apps.map: \"ghost\" is taken away", "users.map: \"eve|cart\" is taken away"]);
    }

    [Fact]
    public void A_row_that_no_command_can_name_is_replaced_with_all_others()
    {
        new MapReading([new MapRow("shop.test", "shop")], ["two  spaces"]).ChangeTo(Image[MapFile.Hosts]).Replace.ShouldBeTrue();
        new MapReading([new MapRow("shop.test", "shop")], []).ChangeTo(Image[MapFile.Hosts]).IsEmpty.ShouldBeTrue();
    }

    private static MapStep Step(MapFile file, IReadOnlyList<MapRow> held) => new(file, new MapReading(held, []).ChangeTo(Image[file]), Image[file]);
}
