using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Core.Traffic.Maps;

namespace TrafficShifter.Core.Tests.Traffic.Maps;

public sealed class MapPlanTests
{
    private static readonly MappedApp Shop = SomeMapped.App("shop", "5%", "shop.test") with
    {
        Rules = new TargetRules { Users = new Dictionary<UserId, Colour> { [SomeMapped.User("alice")] = Colour.Green }, Networks = [SomeMapped.Net("10.0.0.0/8")] },
    };

    private static readonly MapImage Image = MapImage.Of([Shop]).Image;

    [Fact]
    public void Applications_come_first_because_a_lock_is_one_of_their_rows_and_hosts_last()
    {
        MapPlan.Between(Image, MapImage.Empty).Select(step => step.File).ShouldBe([MapFile.Apps, MapFile.Users, MapFile.Groups, MapFile.Networks, MapFile.Hosts]);
    }

    [Fact]
    public void Nothing_is_to_be_done_where_nothing_differs()
    {
        MapPlan.Between(Image, Image).ShouldBeEmpty();
        MapPlan.Between(Image, Read(Image)).ShouldBeEmpty();
        MapPlan.Between(Image, MapImage.Of([Shop]).Image).ShouldBeEmpty();
    }

    [Fact]
    public void A_shift_is_one_row()
    {
        var step = MapPlan.Between(MapImage.Of([Shop with { Green = Share.Parse("7%") }]).Image, Image).ShouldHaveSingleItem();

        step.File.ShouldBe(MapFile.Apps);
        step.Change.Set.ShouldBe([new MapRow("shop", "S.700.web.shop")]);
        step.Change.Delete.ShouldBeEmpty();
        step.Change.Replace.ShouldBeFalse();
    }

    [Fact]
    public void Rows_that_somebody_changed_are_told_by_their_application()
    {
        var read = Read(Image);
        read[MapFile.Apps] = new MapReading([new MapRow("shop", "g.10000.web.shop"), new MapRow("ghost", "r.1.web.ghost")], []);
        read[MapFile.Users] = new MapReading([new MapRow("eve|cart", "-1"), .. read[MapFile.Users].Rows], []);

        var steps = MapPlan.Between(Image, read);

        MapPlan.FindApps(steps).Select(a => a.Value).ShouldBe(["shop", "ghost", "cart"], ignoreOrder: true);
        steps.SelectMany(s => s.Describe()).ShouldBe(["apps.map: \"shop\" is put to S.500.web.shop", "apps.map: \"ghost\" is taken away", "users.map: \"eve|cart\" is taken away"]);
    }

    [Fact]
    public void A_row_that_no_command_can_name_is_replaced_with_all_others()
    {
        var read = Read(Image);
        read[MapFile.Hosts] = read[MapFile.Hosts] with { Foreign = ["two  spaces"] };

        MapPlan.Between(Image, read).ShouldHaveSingleItem().Change.Replace.ShouldBeTrue();
    }

    private static Dictionary<MapFile, MapReading> Read(MapImage image) =>
        MapFiles.All.ToDictionary(file => file, file => new MapReading([.. image[file].Select(row => new MapRow(row.Key, row.Value))], []));
}
