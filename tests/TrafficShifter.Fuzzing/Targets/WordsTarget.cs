using TrafficShifter.Core.Access;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Events;
using TrafficShifter.Core.Migrations;
using TrafficShifter.Core.Rollouts;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Core.Traffic.Maps;
using TrafficShifter.Fuzzing.Engine;
using TrafficShifter.HAProxy;

namespace TrafficShifter.Fuzzing.Targets;

/// <summary>Every word that has a form: names, shares, durations, networks, positions, paths. What is written of one that was read is read as the same.</summary>
internal sealed class WordsTarget : TextTarget
{
    public override string Name => "words";

    public override int BytesPerByte => 2000;

    public override int UsualBytes => 300;

    public override IReadOnlyList<string> Words => ["5%", "0.01%", "100%", "1h30m", "500ms", "10.0.0.0/8", "2001:db8::/64", "shop-01jd2x3y4z5a6b7c8d9e0f1g2h", "1234-1", "shop-*", "200-299", "$.a['b'][0]", "12.history/shop/01", "[::1]:9999", "/run/haproxy.sock", "s.500.web.shop", "::ffff:1.2.3.4/128"];

    protected override object? Read(string input)
    {
        var read = new List<object?>
        {
            Word<AppName>(input), Word<ProxyName>(input), Word<PoolName>(input), Word<HostName>(input), Word<UserId>(input), Word<GroupName>(input), Word<Network>(input), Word<Share>(input), Word<RolloutId>(input),
            Word<EventPosition>(input), Word<AppPattern>(input), Word<StatusRange>(input), Word<JsonPath>(input), Word<RuntimeApiAddress>(input),
            Duration.TryParse(input, out var time) ? Duration.Parse(Duration.Format(time)) == time ? time : throw new ViolationException("a duration is read as another than was written") : null,
            HistoryPlace.Find(input), AppRow.TryParse(input, out var row) ? row : null,
        };
        var kinds = string.Join(' ', read.OfType<object>().Select(o => o.GetType().Name));
        return kinds.Length == 0 ? new Refusal("nothing") : kinds;
    }

    private static object? Word<T>(string text)
        where T : IParsable<T>
    {
        if (!T.TryParse(text, null, out var read))
        {
            Require(Refusable(() => T.Parse(text, null)) is Refusal, $"{typeof(T).Name} is parsed, and is none when it is tried");
            return null;
        }
        Require(T.TryParse(read.ToString(), null, out var again) && again.Equals(read), $"a {typeof(T).Name} is read as another than was written");
        return read;
    }
}
