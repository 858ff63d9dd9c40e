using FsCheck;
using FsCheck.Fluent;
using TrafficShifter.Core.Traffic.Maps;

namespace TrafficShifter.Core.Tests.Traffic.Maps;

public sealed class MapChangeTests
{
    private static readonly Gen<Dictionary<string, string>> Maps =
        from keys in Gen.SubListOf(Enumerable.Range(0, 12).Select(n => $"k{n}"))
        from values in Gen.ListOf(Gen.Elements("a", "b"), keys.Count)
        select keys.Zip(values).ToDictionary(x => x.First, x => x.Second);

    [Fact]
    public void Change_makes_any_map_the_wanted_one() => Prop.ForAll((from a in Maps from b in Maps select (a, b)).ToArbitrary(), x =>
    {
        var change = MapChange.Between(x.a, Rows(x.b));
        var result = new Dictionary<string, string>(x.b);
        foreach (var row in change.Set) result[row.Key] = row.Value;
        foreach (var key in change.Delete) result.Remove(key).ShouldBeTrue();
        result.ShouldBe(x.a, ignoreOrder: true);
        MapChange.Between(x.a, Rows(result)).IsEmpty.ShouldBeTrue();
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Key_that_is_there_twice_is_replaced_in_one_transaction()
    {
        var change = MapChange.Between(new Dictionary<string, string> { ["a"] = "1" }, [new MapRow("a", "1"), new MapRow("a", "2")]);

        change.Replace.ShouldBeTrue();
        change.IsEmpty.ShouldBeFalse();
    }

    [Fact]
    public void Many_changes_at_once_are_one_transaction()
    {
        var desired = Enumerable.Range(0, MapChange.MaxSingleChanges).ToDictionary(n => $"k{n}", _ => "1");

        MapChange.Between(desired, []).Replace.ShouldBeFalse();
        desired["more"] = "1";
        MapChange.Between(desired, []).Replace.ShouldBeTrue();
    }

    private static IEnumerable<MapRow> Rows(Dictionary<string, string> map) => map.Select(row => new MapRow(row.Key, row.Value));
}
