using System.Text;
using TrafficShifter.Fuzzing.Engine;
using TrafficShifter.HAProxy.AccessLogs;

namespace TrafficShifter.Fuzzing.Targets;

/// <summary>The stream in which lines of the access log come, cut by the network wherever it likes.</summary>
internal sealed class OctetFramesTarget : FuzzTarget
{
    public override string Name => "octet-frames";

    public override int BytesPerByte => 64;

    public override IReadOnlyList<string> Words => ["5 hello", "57 ts1 15451 http 3 shop blue1 200 -- 0 0/0/1 - -", "8192 ", "8193 ", "9999999 ", "10000000 ", "0 ", "01 "];

    public override object? Read(byte[] input) => Take(input, [input.Length]);

    /// <summary>However it is cut, the records are the same.</summary>
    public override void Check(byte[] input, object? read)
    {
        var random = new Random(input.Length);
        var cuts = new List<int>();
        for (var at = 0; at < input.Length;) cuts.Add(at = Math.Min(input.Length, at + random.Next(1, 20)));
        var (whole, parts) = (Texts(read), Texts(Take(input, cuts)));
        Require(whole == parts, "records depend on how the network cuts the stream");
    }

    public override byte[] Make(Random random)
    {
        var text = new StringBuilder();
        for (var records = random.Next(5); records > 0; records--)
        {
            var length = random.Next(8) == 0 ? 9000 : random.Next(1, 60);
            text.Append(random.Next(20) == 0 ? length + 1 : length).Append(' ').Append('x', length);
        }
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private static string Texts(object? read) => read is List<string> records ? string.Join('\n', records) : (read as Refusal)?.Why ?? "";

    private static object Take(byte[] input, IReadOnlyList<int> cuts)
    {
        var (frames, records, from) = (new OctetFrames(), new List<string>(), 0);
        foreach (var until in cuts)
        {
            while (true)
            {
                var result = frames.TryTake(input.AsSpan(from, until - from), out var record, out var taken);
                Require(taken >= 0 && taken <= until - from, "more is taken than there is");
                from += taken;
                if (result == FrameResult.OutOfStep) return new Refusal($"out of step after {records.Count}: {string.Join('\n', records)}");
                if (result == FrameResult.Record) Add(records, record);
                if (result == FrameResult.NeedsMore) break;
                Require(taken > 0, "nothing is taken, and nothing more is asked for");
            }
        }
        return records;
    }

    private static void Add(List<string> records, ReadOnlySpan<byte> record)
    {
        Require(record.Length is > 0 and <= OctetFrames.MaxRecordBytes, "a record is longer than records are");
        records.Add($"{record.Length} {record[0]}");
    }
}
