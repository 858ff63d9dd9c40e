using System.Globalization;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using TrafficShifter.HAProxy.AccessLogs;

namespace TrafficShifter.HAProxy.Tests.AccessLogs;

public sealed class OctetFramesTests
{
    [Fact]
    public void Records_follow_each_other_without_anything_between() =>
        Cut(Encoding.ASCII.GetBytes("5 ab cd1 x3 1 2"), 100).ShouldBe(["ab cd", "x", "1 2"]);

    [Fact]
    public void A_record_that_is_too_long_is_skipped_and_the_next_one_is_read() =>
        Cut([.. "70000 "u8, .. new byte[70_000], .. "2 ok"u8], 4_096).ShouldBe(["<oversize>", "ok"]);

    [Theory]
    [InlineData("x")]
    [InlineData(" 5 abcde")]
    [InlineData("05 abcde")]
    [InlineData("0 2 ok")]
    [InlineData("-1 2 ok")]
    [InlineData("5abcde")]
    [InlineData("12345678 ")]
    [InlineData("2 ok<134>Nov 21")]
    public void Without_a_length_where_one_is_due_nothing_more_is_read(string stream) =>
        Cut(Encoding.ASCII.GetBytes(stream), 100)[^1].ShouldBe("<out of step>");

    /// <summary>However the network cuts the stream, the same records come out of it.</summary>
    [Fact]
    public void Cuts_of_the_network_make_no_difference() =>
        Prop.ForAll(Gen.Choose(1, 20_000).ListOf().ToArbitrary(), Gen.Choose(1, 9_000).ToArbitrary(), (lengths, step) =>
        {
            var stream = lengths.SelectMany(length => (byte[])[.. Encoding.ASCII.GetBytes(length.ToString(CultureInfo.InvariantCulture)), (byte)' ', .. Enumerable.Repeat((byte)'a', length)]).ToArray();
            return Cut(stream, step).Select(r => r == "<oversize>" ? -1 : r.Length).SequenceEqual(lengths.Select(l => l > OctetFrames.MaxRecordBytes ? -1 : l));
        }).Check(Config.QuickThrowOnFailure);

    /// <summary>Any bytes: no exception, an end, and no record longer than allowed.</summary>
    [Fact]
    public void No_bytes_make_it_throw() =>
        Prop.ForAll(ArbMap.Default.GeneratorFor<byte[]>().Where(b => b is not null).ToArbitrary(), Gen.Choose(1, 64).ToArbitrary(), (bytes, step) =>
            Cut(bytes, step).All(r => r.Length <= OctetFrames.MaxRecordBytes)).Check(Config.QuickThrowOnFailure.WithMaxTest(5_000));

    /// <summary>What a reader with a buffer makes of a stream that arrives in pieces.</summary>
    private static List<string> Cut(byte[] stream, int step)
    {
        var (frames, read, buffer) = (new OctetFrames(), new List<string>(), new List<byte>());
        foreach (var piece in stream.Chunk(step))
        {
            buffer.AddRange(piece);
            while (true)
            {
                var result = frames.TryTake(buffer.ToArray(), out var record, out var taken);
                buffer.RemoveRange(0, taken);
                if (result == FrameResult.Record) read.Add(Encoding.ASCII.GetString(record));
                if (result == FrameResult.Oversize) read.Add("<oversize>");
                if (result == FrameResult.OutOfStep) return [.. read, "<out of step>"];
                if (result == FrameResult.NeedsMore) break;
            }
        }
        return read;
    }
}
