using System.Text;
using TrafficShifter.Fuzzing.Engine;
using TrafficShifter.HAProxy.AccessLogs;

namespace TrafficShifter.Fuzzing.Targets;

/// <summary>One line of the access log, from whoever connects to the agent's port.</summary>
internal sealed class AccessLogTarget : FuzzTarget
{
    private static readonly string[] Good = ["ts1", "15451", "http", "4", "web_green", "green1", "200", "--", "0", "0/0/1", "s.500.web.shop", "17"];

    public override string Name => "access-log";

    public override int BytesPerByte => 0;

    /// <summary>Only the words of this test: the reader allocates nothing.</summary>
    public override int FreeBytes => 256;

    public override IReadOnlyList<string> Words => ["ts1 ", "-1/-1/-1", "<NOSRV>", " - -", "+1", "CD", "s.500.web.shop 17", "b.0.", "10000", "10001", "-1", "999999999999999999", "9999999999999999999"];

    public override object? Read(byte[] input)
    {
        if (!AccessRecordReader.TryRead(input, out var record, out var reason)) return new Refusal(reason.Word());
        Require(record.Pid > 0 && record.Sequence >= 0 && record.Status is >= -1 and <= 999 && record.Milliseconds >= -1, "a number is out of its range");
        Require(record.Frontend.Length > 0 && record.Backend.Length > 0 && record.Server.Length > 0, "a name is empty");
        Require(record.Frontend.IndexOf((byte)' ') < 0 && record.Backend.IndexOf((byte)' ') < 0 && record.Server.IndexOf((byte)' ') < 0, "a name has a space in it");
        Require(!record.Row.Exists || record.Row.Pool.Length > 0, "a row has no pool");
        return record.Row.Exists ? "row" : record.HasNoServer ? "no server" : "server";
    }

    public override byte[] Make(Random random)
    {
        var fields = (string[])Good.Clone();
        for (var changed = random.Next(4); changed > 0; changed--)
            fields[random.Next(fields.Length)] = new[] { "", "-", "-1", "0", "7", "+2", "999", "1000", "PR", "sD", "LR", "1/2", "1/2/3", "-1/0/9", "<NOSRV>", "g.10000.web.shop", "r..web.shop", "R.1.a.b", "é" }[random.Next(19)];
        return Encoding.UTF8.GetBytes(string.Join(' ', fields));
    }
}
