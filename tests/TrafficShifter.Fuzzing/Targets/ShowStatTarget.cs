using System.Text;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Ports;
using TrafficShifter.HAProxy;

namespace TrafficShifter.Fuzzing.Targets;

/// <summary>HAProxy's statistics, of which cookies, sessions and requests are read.</summary>
internal sealed class ShowStatTarget : TextTarget
{
    private static readonly ProxyName Shop = ProxyName.Parse("shop");

    public override string Name => "show-stat";

    public override int BytesPerByte => 400;

    public override IReadOnlyList<string> Words => ["# pxname,svname,scur,stot,cookie,req_tot,wredis,", "shop,", "BACKEND,", "blue1,", "\"\"", "\",\"", "\n", ",", "# "];

    protected override object? Read(string input) =>
        AllOf(Refusable(() => ShowStat.ParseCookie(input, Shop)), Refusable(() => ShowStat.ParseSessions(input, Shop)), Refusable(() => ShowStat.ParseCounts(input, Shop)));

    protected override void Check(string input, object? read)
    {
        foreach (var part in read as object?[] ?? [])
        {
            if (part is IReadOnlyList<ServerSessions> sessions) Require(sessions.All(s => s.Live >= 0 && s.Total >= 0), "a number of sessions is negative");
            if (part is BackendCounts counts) Require(counts.Requests >= 0, "a number of requests is negative");
        }
    }

    public override byte[] Make(Random random)
    {
        var text = new StringBuilder("# pxname,svname,scur,stot,cookie,req_tot,wredis,\n");
        for (var rows = random.Next(6); rows > 0; rows--)
            text.Append(Pick(random, "shop", "other", "")).Append(',').Append(Pick(random, "BACKEND", "blue1", "green1", "a b", "")).Append(',')
                .AppendJoin(',', Enumerable.Range(0, random.Next(3, 8)).Select(_ => Pick(random, "", "0", "7", "-1", "SRV", "\"a,b\"", "\"a\nb\"", "99999999999999999999"))).Append('\n');
        return Encoding.UTF8.GetBytes(text.ToString());
    }
}
