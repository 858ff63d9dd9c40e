using TrafficShifter.Core.Apps;

namespace TrafficShifter.Core.Traffic.Maps;

/// <summary>Writes target rules as rows of the maps.</summary>
/// <remarks>
/// <code>
/// users.map      alice|shop -1                     alice gets green
///                bob|shop 10000                    bob gets blue, or has opted out of a green canary
/// groups.map     staff|shop -1                     by header
///                beta|cookie|shop -1               by cookie
///                10.1.0.0/16|net|shop -1           by network
/// networks.map   10.1.0.0/16 10.1.0.0/16
/// </code>
/// The value stands for the bucket: −1 is below every share, 10,000 above.
/// </remarks>
public static class TargetRows
{
    public const string Green = "-1";
    public const string Blue = "10000";

    /// <summary>Most rows that the networks of all applications together may need.</summary>
    public const int MaxNetworkRows = 20_000;

    public static string ValueOf(Colour colour) => colour == Colour.Green ? Green : Blue;

    /// <summary>Opt-outs take the place of a target rule for the same user.</summary>
    public static IEnumerable<MapRow> Users(MappedApp app)
    {
        var optOut = app.Rules.OptOut.ToHashSet();
        return app.Rules.OptOut.Select(user => Row(user, app.Stable))
            .Concat(app.Rules.Users.Where(rule => !optOut.Contains(rule.Key)).Select(rule => Row(rule.Key, rule.Value)));

        MapRow Row(UserId user, Colour to) => new($"{user}|{app.Name}", ValueOf(to));
    }

    public static IEnumerable<MapRow> Groups(MappedApp app) => app.Rules.Groups.Select(rule =>
        new MapRow(rule.By == GroupSource.Cookie ? $"{rule.Group}|cookie|{app.Name}" : $"{rule.Group}|{app.Name}", ValueOf(rule.To)));

    /// <summary>The networks of all applications: HAProxy finds the narrowest one that an address is in.</summary>
    public static IEnumerable<MapRow> Networks(IEnumerable<MappedApp> apps) =>
        apps.SelectMany(app => app.Rules.Networks).Select(rule => rule.Network.ToString()).Distinct().Select(network => new MapRow(network, network));

    /// <summary>What each application says about each of the networks.</summary>
    /// <remarks>
    /// Where one application names 10.0.0.0/8 and another 10.1.0.0/16, HAProxy finds the narrow one for 10.1.2.3. The first application's
    /// rule holds there too, so it gets a row for both. Costs no more than its rows: those in a network follow it in their order.
    /// </remarks>
    public static IEnumerable<MapRow> NetworkRules(IReadOnlyCollection<MappedApp> apps) =>
        Spread(apps.SelectMany(app => app.Rules.Networks.Select(rule => (app.Name, Rule: rule)))).Select(row => new MapRow(KeyOf(row.Network, row.App), ValueOf(row.To)));

    /// <summary>Why these networks cannot stand beside those of the other applications, as a sentence that begins with the field; null when they can.</summary>
    public static string? FindTooMany(AppName app, TargetRules next, IEnumerable<AppTraffic> others)
    {
        if (next.Networks.Count == 0) return null;
        var rules = others.Where(o => o.Exists && o.Name != app).SelectMany(o => (o.Targets.Value?.Networks ?? []).Select(rule => (o.Name, rule)))
            .Concat(next.Networks.Select(rule => (app, rule)));
        return Spread(rules).Skip(MaxNetworkRows).Any()
            ? $"networks: with those of the other applications they would need more than {MaxNetworkRows} rows in HAProxy: a network has a row for each narrower one that any application names; name fewer or wider ones"
            : null;
    }

    private static IEnumerable<(Network Network, AppName App, Colour To)> Spread(IEnumerable<(AppName App, NetworkRule Rule)> rules)
    {
        var all = rules.ToList();
        var networks = all.Select(r => r.Rule.Network).Distinct().Order(Network.WidestFirst).ToList();
        foreach (var (app, rule) in all)
            for (var at = networks.BinarySearch(rule.Network, Network.WidestFirst); at < networks.Count && rule.Network.Contains(networks[at]); at++)
                yield return (networks[at], app, rule.To);
    }

    private static string KeyOf(Network network, AppName app) => $"{network}|net|{app}";
}
