using FsCheck;
using FsCheck.Fluent;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Tests.Traffic;

public sealed class NameSlicesTests
{
    [Fact]
    public void Few_names_are_one_slice_of_everything() => Slices(10, "shop", "search").ShouldBe([new NameSlice("", false)]);

    [Fact]
    public void No_names_are_one_slice_too() => Slices(10).ShouldBe([new NameSlice("", false)]);

    [Fact]
    public void A_name_that_others_begin_with_is_a_slice_of_its_own() =>
        Slices(1, "app", "app1", "app2").ShouldBe([new NameSlice("app", true), new NameSlice("app1", false), new NameSlice("app2", false)]);

    [Fact]
    public void Ten_thousand_names_are_read_in_slices_of_500()
    {
        var names = Enumerable.Range(1, 10_000).Select(n => AppName.Parse($"app{n}")).ToList();

        var slices = NameSlices.Of(names, 500);

        slices.Count.ShouldBeLessThan(120);
        foreach (var name in names) slices.Count(slice => Has(slice, name)).ShouldBe(1, name.Value);
    }

    [Fact]
    public void Every_name_is_in_one_slice_and_none_is_too_large() => Prop.ForAll<int[]>(numbers =>
    {
        var names = numbers.Select(n => AppName.Parse(Convert.ToString(n & 4095, 2))).Distinct().ToList();
        var slices = NameSlices.Of(names, 3);
        return names.All(name => slices.Count(slice => Has(slice, name)) == 1) && slices.All(slice => names.Count(name => Has(slice, name)) <= 3);
    }).QuickCheckThrowOnFailure();

    private static bool Has(NameSlice slice, AppName name) => slice.IsName ? name.Value == slice.Prefix : name.Value.StartsWith(slice.Prefix, StringComparison.Ordinal);

    private static IReadOnlyList<NameSlice> Slices(int most, params string[] names) => NameSlices.Of(names.Select(name => AppName.Parse(name)), most);
}
