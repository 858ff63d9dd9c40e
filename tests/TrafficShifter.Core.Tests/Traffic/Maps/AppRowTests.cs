using FsCheck;
using FsCheck.Fluent;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Core.Traffic.Maps;

namespace TrafficShifter.Core.Tests.Traffic.Maps;

public sealed class AppRowTests
{
    private static readonly Gen<string> Names = Gen.Elements("shop", "a", "shop-api", "x1", new string('z', AppName.MaxLength));
    private static readonly Gen<string> Pools = Gen.Elements("web", "Web_2", "a-b", new string('p', PoolName.MaxLength));

    private static readonly Gen<AppRow> Rows = Gen.OneOf(
        from app in Names from pool in Pools from kind in Gen.Elements(MapMode.Random, MapMode.Sticky) from rules in Gen.Elements(true, false) from share in Gen.Choose(0, 10_000)
        select (AppRow)new AppRow.Split(AppName.Parse(app), PoolName.Parse(pool), kind, rules, Share.OfBasisPoints(share)),
        from app in Names from pool in Pools from to in Gen.Elements(Colour.Blue, Colour.Green)
        select (AppRow)new AppRow.Locked(AppName.Parse(app), PoolName.Parse(pool), to));

    [Fact]
    public void Every_row_reads_back_as_it_was_written() => Prop.ForAll(Rows.ToArbitrary(), row =>
    {
        AppRow.Parse(row.ToString()).ShouldBe(row);
        row.ToMapRow().Key.ShouldBe(row.App.Value);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_row_with_any_one_character_changed_is_refused_or_reads_back_as_itself() =>
        Prop.ForAll((from row in Rows from at in Gen.Choose(0, 200) from c in Gen.Choose(0, 255) select (row.ToString(), at, (char)c)).ToArbitrary(), x =>
        {
            var (text, at, c) = x;
            var changed = text.ToCharArray();
            changed[at % text.Length] = c;
            if (AppRow.TryParse(new string(changed), out var read)) read.ToString().ShouldBe(new string(changed));
        }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(MapMode.Random, false, "0.01%", "r.1.web.shop")]
    [InlineData(MapMode.Random, true, "5%", "R.500.web.shop")]
    [InlineData(MapMode.Sticky, false, "100%", "s.10000.web.shop")]
    [InlineData(MapMode.Sticky, true, "0%", "S.0.web.shop")]
    public void Mode_share_pool_and_app_stand_in_this_order(MapMode kind, bool hasRules, string share, string expected) =>
        new AppRow.Split(AppName.Parse("shop"), PoolName.Parse("web"), kind, hasRules, Share.Parse(share)).ToString().ShouldBe(expected);

    [Fact]
    public void Lock_beats_mode_share_and_rules()
    {
        var app = SomeMapped.App() with { Rules = new TargetRules { OptOut = [SomeMapped.User("bob")] } };

        app.Row.ToString().ShouldBe("S.500.web.shop");
        (app with { Lock = Colour.Blue }).Row.ToString().ShouldBe("b.0.web.shop");
        (app with { Lock = Colour.Green }).Row.ToString().ShouldBe("g.10000.web.shop");
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("s")]
    [InlineData("s.500.web")]
    [InlineData("s.500.web.shop.more")]
    [InlineData("s.500.web.shop\n")]
    [InlineData(" s.500.web.shop")]
    [InlineData("x.500.web.shop")]
    [InlineData("ss.500.web.shop")]
    [InlineData("s.0500.web.shop")]
    [InlineData("s.+5.web.shop")]
    [InlineData("s.-5.web.shop")]
    [InlineData("s.10001.web.shop")]
    [InlineData("s.99999999999.web.shop")]
    [InlineData("s..web.shop")]
    [InlineData("s.5e2.web.shop")]
    [InlineData("s.500..shop")]
    [InlineData("s.500.w:b.shop")]
    [InlineData("s.500.web.")]
    [InlineData("s.500.web.Shop")]
    [InlineData("b.1.web.shop")]
    [InlineData("b.10000.web.shop")]
    [InlineData("g.0.web.shop")]
    public void Malformed_row_is_refused(string? text)
    {
        AppRow.TryParse(text, out _).ShouldBeFalse();
        if (text is not null) Should.Throw<FormatException>(() => AppRow.Parse(text)).Message.ShouldContain("MODE.SHARE.POOL.APP");
    }
}
