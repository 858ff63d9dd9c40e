using System.Text;
using FsCheck;
using FsCheck.Fluent;
using TrafficShifter.HAProxy.AccessLogs;

namespace TrafficShifter.HAProxy.Tests.AccessLogs;

public sealed class AccessRecordReaderTests
{
    private const string Mapped = "ts1 15451 http 4 web_green green1 200 -- 0 0/0/12 s.500.web.shop 17";
    private const string Weighted = "ts1 15451 http 3 shop blue1 503 SC +3 1/-1/-1 - -";

    [Fact]
    public void A_line_of_map_routing_says_who_served_it_and_whom_it_was_meant_for()
    {
        AccessRecordReader.TryRead(Bytes(Mapped), out var record, out _).ShouldBeTrue();

        (record.Pid, Text(record.Frontend), record.Sequence, Text(record.Backend), Text(record.Server), record.Status).ShouldBe((15451, "http", 4L, "web_green", "green1", 200));
        (record.Termination, record.Redispatched, record.Milliseconds).ShouldBe((new Termination('-', '-'), false, 12));
        (Text(record.Row.App), Text(record.Row.Pool), record.Row.MeantGreen, record.Row.Targeted).ShouldBe(("shop", "web", true, false));
    }

    [Fact]
    public void A_line_of_weights_routing_has_no_row()
    {
        AccessRecordReader.TryRead(Bytes(Weighted), out var record, out _).ShouldBeTrue();

        (record.Row.Exists, record.Redispatched, record.Milliseconds, record.Status).ShouldBe((false, true, -1, 503));
    }

    [Theory]
    [InlineData("s.500.web.shop 499", true, false)]
    [InlineData("s.500.web.shop 500", false, false)]
    [InlineData("r.0.web.shop 0", false, false)]
    [InlineData("r.10000.web.shop 9999", true, false)]
    [InlineData("S.0.web.shop -1", true, true)]
    [InlineData("R.10000.web.shop 10000", false, true)]
    [InlineData("b.0.web.shop 77", false, true)]
    [InlineData("g.10000.web.shop 77", true, true)]
    public void The_colour_that_was_meant_follows_from_row_and_bucket(string decision, bool green, bool targeted)
    {
        AccessRecordReader.TryRead(Bytes($"ts1 1 http 0 web_blue b1 200 -- 0 0/0/0 {decision}"), out var record, out _).ShouldBeTrue();

        (record.Row.MeantGreen, record.Row.Targeted).ShouldBe((green, targeted));
    }

    [Theory]
    [InlineData("", RejectReason.Foreign)]
    [InlineData("GET / HTTP/1.1", RejectReason.Foreign)]
    [InlineData("<134>Nov 21 18:00:00 haproxy[77]: 127.0.0.1:1 http shop/blue1", RejectReason.Foreign)]
    [InlineData("ts2 15451 http 4 web_green green1 200 -- 0 0/0/12 s.500.web.shop 17", RejectReason.Foreign)]
    [InlineData("17 events dropped", RejectReason.Foreign)]
    [InlineData("ts1 15451 http 4 web_green green1 200 -- 0 0/0/12 s.500.web.sh\u00f6p 17", RejectReason.Text)]
    [InlineData("ts1 15451 http 4 web_green green1 200 -- 0 0/0/12 s.500.web.sh\0p 17", RejectReason.Text)]
    [InlineData("ts1 15451 http 4 web_green green1 200 -- 0 0/0/12 s.500.web.shop", RejectReason.Cut)]
    [InlineData("ts1 15451 http 4 web_green green1 200 -- 0 0/0/12 s.500.web.shop ", RejectReason.Cut)]
    [InlineData("ts1 15451 http", RejectReason.Cut)]
    [InlineData("ts1 ", RejectReason.Cut)]
    [InlineData("ts1 pid http 4 web_green green1 200 -- 0 0/0/12 - -", RejectReason.Malformed)]
    [InlineData("ts1 0 http 4 web_green green1 200 -- 0 0/0/12 - -", RejectReason.Malformed)]
    [InlineData("ts1 99999999999 http 4 web_green green1 200 -- 0 0/0/12 - -", RejectReason.Malformed)]
    [InlineData("ts1 15451 http -4 web_green green1 200 -- 0 0/0/12 - -", RejectReason.Malformed)]
    [InlineData("ts1 15451 http 4  green1 200 -- 0 0/0/12 - -", RejectReason.Malformed)]
    [InlineData("ts1 15451 http 4 web_green green1 2000 -- 0 0/0/12 - -", RejectReason.Malformed)]
    [InlineData("ts1 15451 http 4 web_green green1 200 XY 0 0/0/12 - -", RejectReason.Malformed)]
    [InlineData("ts1 15451 http 4 web_green green1 200 --- 0 0/0/12 - -", RejectReason.Malformed)]
    [InlineData("ts1 15451 http 4 web_green green1 200 -- -1 0/0/12 - -", RejectReason.Malformed)]
    [InlineData("ts1 15451 http 4 web_green green1 200 -- 0 0/0 - -", RejectReason.Malformed)]
    [InlineData("ts1 15451 http 4 web_green green1 200 -- 0 0/0/-2 - -", RejectReason.Malformed)]
    [InlineData("ts1 15451 http 4 web_green green1 200 -- 0 0/0/12 x.500.web.shop 17", RejectReason.Malformed)]
    [InlineData("ts1 15451 http 4 web_green green1 200 -- 0 0/0/12 s.10001.web.shop 17", RejectReason.Malformed)]
    [InlineData("ts1 15451 http 4 web_green green1 200 -- 0 0/0/12 s.500.web. 17", RejectReason.Malformed)]
    [InlineData("ts1 15451 http 4 web_green green1 200 -- 0 0/0/12 s.500.web.shop 10001", RejectReason.Malformed)]
    [InlineData("ts1 15451 http 4 web_green green1 200 -- 0 0/0/12 s.500.web.shop -", RejectReason.Malformed)]
    [InlineData("ts1 15451 http 4 web_green green1 200 -- 0 0/0/12 s.500.web.shop 17 more", RejectReason.Malformed)]
    public void What_is_no_such_line_is_rejected_with_its_reason(string line, RejectReason because)
    {
        AccessRecordReader.TryRead(Encoding.Latin1.GetBytes(line), out _, out var reason).ShouldBeFalse();

        reason.ShouldBe(because);
    }

    [Fact]
    public void A_line_that_is_cut_anywhere_is_rejected_and_never_read_as_another_app()
    {
        for (var length = 0; length < Mapped.Length - 1; length++)
            AccessRecordReader.TryRead(Bytes(Mapped[..length]), out _, out _).ShouldBeFalse(Mapped[..length]);
    }

    /// <summary>Any bytes, and lines with any byte changed, taken out or put in: never an exception, and what is read keeps its ranges.</summary>
    [Fact]
    public void No_bytes_make_it_throw()
    {
        var lines = Gen.Elements(Mapped, Weighted).SelectMany(line => Gen.Choose(0, line.Length - 1), (line, at) => (line, at))
            .SelectMany(_ => Gen.Choose(0, 255), (where, with) => (byte[])[.. Bytes(where.line[..where.at]), (byte)with, .. Bytes(where.line[(where.at + with % 2)..])]);
        var any = ArbMap.Default.GeneratorFor<byte[]>().Select(bytes => (byte[])[.. "ts1 "u8, .. bytes ?? []]);
        Prop.ForAll(Gen.OneOf(lines, any, ArbMap.Default.GeneratorFor<byte[]>().Where(b => b is not null)).ToArbitrary(), bytes =>
        {
            if (!AccessRecordReader.TryRead(bytes, out var record, out var reason)) return RejectReasons.All.Contains(reason);
            return record is { Pid: > 0, Sequence: >= 0, Status: >= -1 and <= 999, Milliseconds: >= -1 } && Termination.Causes.Contains(record.Termination.Cause);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(20_000));
    }

    [Fact]
    public void Reading_allocates_nothing()
    {
        var (line, before) = (Bytes(Mapped), 0L);
        for (var i = 0; i < 2_000; i++)
        {
            if (i == 1_000) before = GC.GetAllocatedBytesForCurrentThread();
            AccessRecordReader.TryRead(line, out _, out _);
        }

        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);
    }

    private static byte[] Bytes(string text) => Encoding.ASCII.GetBytes(text);

    private static string Text(ReadOnlySpan<byte> bytes) => Encoding.ASCII.GetString(bytes);
}
