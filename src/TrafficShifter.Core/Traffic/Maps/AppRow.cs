using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using TrafficShifter.Core.Apps;

namespace TrafficShifter.Core.Traffic.Maps;

/// <summary>What <c>apps.map</c> says about one application: <c>MODE.SHARE.POOL.APP</c>.</summary>
/// <remarks>
/// <code>
/// s.500.web.shop      5 % to green, each user always to the same colour
/// R.1.web.shop        0.01 % to green, drawn anew for each request, after the target rules
/// b.0.web.shop        all locked to blue: no rule, no user and no draw is looked at
/// </code>
/// MODE: <c>r</c> random, <c>s</c> sticky, <c>R</c> and <c>S</c> the same after target rules, <c>b</c> and <c>g</c> locked. SHARE: green's,
/// 0 to 10,000, in hundredths of a percent; a lock's is 0 or 10,000. POOL: the backends are <c>POOL_blue</c> and <c>POOL_green</c>. APP: salts
/// the hash, so that the same users are not the first ones of every application.
/// A request goes to green when SHARE − bucket is 1 to 10,001. The bucket is 0 to 9,999; a rule makes it −1 (green) or 10,000 (blue).
/// So the order is: lock, opt-out, target rules (user, group by header, group by cookie, network), bucket.
/// </remarks>
public abstract record AppRow
{
    private AppRow()
    {
    }

    public abstract AppName App { get; init; }

    public abstract PoolName Pool { get; init; }

    /// <summary>Green's share of the requests or users that no rule is about.</summary>
    public abstract Share Green { get; init; }

    protected abstract char Mode { get; }

    public MapRow ToMapRow() => new(App.Value, ToString());

    public sealed override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Mode}.{Green.BasisPoints}.{Pool}.{App}");

    /// <exception cref="FormatException">The text is not exactly what <see cref="ToString"/> writes.</exception>
    public static AppRow Parse(string text) => TryParse(text, out var row) ? row : throw new FormatException($"\"{text}\" is not a row MODE.SHARE.POOL.APP of apps.map");

    public static bool TryParse(string? text, [NotNullWhen(true)] out AppRow? row)
    {
        row = null;
        if (text?.Split('.') is not [{ Length: 1 } mode, var share, var pool, var app]) return false;
        if (!PoolName.TryParse(pool, null, out var poolName) || !AppName.TryParse(app, null, out var appName)) return false;
        if (!int.TryParse(share, NumberStyles.None, CultureInfo.InvariantCulture, out var green) || green > Share.MaxBasisPoints) return false;
        row = mode[0] switch
        {
            'r' or 's' or 'R' or 'S' => new Split(appName, poolName, char.ToLowerInvariant(mode[0]) == 's' ? MapMode.Sticky : MapMode.Random, char.IsAsciiLetterUpper(mode[0]), Share.OfBasisPoints(green)),
            'b' => new Locked(appName, poolName, Colour.Blue),
            'g' => new Locked(appName, poolName, Colour.Green),
            _ => null,
        };
        // Leading zeros, and a lock with a share that is none.
        if (row is not null && row.ToString() != text) row = null;
        return row is not null;
    }

    /// <summary>Traffic is split by the share.</summary>
    /// <param name="HasRules">Target rules or opt-outs are looked up first; costs each request of the application a few lookups more.</param>
    public sealed record Split(AppName App, PoolName Pool, MapMode Kind, bool HasRules, Share Green) : AppRow
    {
        protected override char Mode => (Kind, HasRules) switch
        {
            (MapMode.Random, false) => 'r',
            (MapMode.Random, true) => 'R',
            (MapMode.Sticky, false) => 's',
            _ => 'S',
        };
    }

    /// <summary>All traffic goes to one colour, whoever the user is.</summary>
    public sealed record Locked : AppRow
    {
        public Locked(AppName app, PoolName pool, Colour to) => (App, Pool, To, Green) = (app, pool, to, to == Colour.Green ? Share.All : Share.None);

        public override AppName App { get; init; }

        public override PoolName Pool { get; init; }

        public Colour To { get; }

        public override Share Green { get; init; }

        protected override char Mode => To == Colour.Green ? 'g' : 'b';
    }
}

/// <summary>What the share is a share of.</summary>
public enum MapMode
{
    /// <summary>Of users: each is always sent to the same colour, and a growing share only adds users.</summary>
    Sticky,

    /// <summary>Of requests: each is drawn anew.</summary>
    Random,
}
