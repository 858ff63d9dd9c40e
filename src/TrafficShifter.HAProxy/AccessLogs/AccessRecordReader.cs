namespace TrafficShifter.HAProxy.AccessLogs;

/// <summary>Reads a line of the access log in the format of the reference configuration. Allocates nothing, and throws for no bytes whatever.</summary>
/// <remarks>
/// `weights` routing, then `map` routing, then a request that HAProxy refused:
/// <code>
/// ts1 15451 http 3 shop blue1 200 -- 0 0/0/1 - -
/// ts1 15451 http 4 web_green green1 200 -- 0 0/0/1 s.500.web.shop 17
/// ts1 15451 http 5 http &lt;NOSRV&gt; 400 PR 0 -1/-1/-1 - -
/// </code>
/// The fields: ts1 (the format's name), pid, frontend, lines before, backend, server, status, termination, retries (+: to another server), times in
/// milliseconds, row and bucket.
/// </remarks>
public static class AccessRecordReader
{
    /// <summary>The <c>log-format</c> that is read.</summary>
    public const string LogFormat = "ts1 %pid %f %lc %b %s %ST %ts %rc %Tw/%Tc/%Tr %[var(txn.ts_row)] %[var(txn.ts_bucket)]";

    private static ReadOnlySpan<byte> Name => "ts1 "u8;

    /// <summary>Reads one record without its frame. False: <paramref name="reason"/> says why not.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out AccessRecord record, out RejectReason reason)
    {
        record = default;
        // A line that another program or a person sent may end with a newline; HAProxy's do not.
        if (bytes.EndsWith((byte)'\n')) bytes = bytes[..^1];
        reason = RejectReason.Foreign;
        if (!bytes.StartsWith(Name)) return false;
        reason = RejectReason.Text;
        if (bytes.ContainsAnyExceptInRange((byte)' ', (byte)'~')) return false;
        var fields = new Fields(bytes[Name.Length..]);
        var pid = fields.Next();
        var frontend = fields.Next();
        var sequence = fields.Next();
        var backend = fields.Next();
        var server = fields.Next();
        var status = fields.Next();
        var termination = fields.Next();
        var retries = fields.Next();
        var times = fields.Next();
        var row = fields.Next();
        var bucket = fields.Last();
        reason = RejectReason.Cut;
        if (!fields.AreComplete) return false;
        reason = RejectReason.Malformed;
        if (!TryReadNumber(pid, out var id) || id is <= 0 or > int.MaxValue || frontend.IsEmpty || !TryReadNumber(sequence, out var lines) || lines < 0) return false;
        if (backend.IsEmpty || server.IsEmpty || !TryReadNumber(status, out var code) || code is < -1 or > 999) return false;
        if (!TryReadTermination(termination, out var end) || !TryReadRetries(retries, out var redispatched)) return false;
        if (!TryReadTimes(times, out var milliseconds) || !TryReadRow(row, bucket, out var read)) return false;
        record = new AccessRecord
        {
            Pid = (int)id, Frontend = frontend, Sequence = lines, Backend = backend, Server = server, Status = (int)code, Termination = end,
            Redispatched = redispatched, Milliseconds = milliseconds, Row = read,
        };
        return true;
    }

    private static bool TryReadTermination(ReadOnlySpan<byte> field, out Termination termination)
    {
        termination = field.Length == 2 ? new Termination((char)field[0], (char)field[1]) : default;
        return field.Length == 2 && Termination.Causes.Contains(termination.Cause) && Termination.Phases.Contains(termination.Phase);
    }

    /// <summary><c>0</c>, <c>3</c>, <c>+1</c>: the sign says that a server was changed.</summary>
    private static bool TryReadRetries(ReadOnlySpan<byte> field, out bool redispatched)
    {
        redispatched = field.Length > 1 && field[0] == '+';
        return TryReadNumber(redispatched ? field[1..] : field, out var retries) && retries >= 0;
    }

    /// <summary><c>0/0/12</c>; -1 for a time that never was.</summary>
    private static bool TryReadTimes(ReadOnlySpan<byte> field, out int milliseconds)
    {
        milliseconds = -1;
        var first = field.IndexOf((byte)'/');
        if (first < 0) return false;
        var second = field[(first + 1)..].IndexOf((byte)'/');
        if (second < 0) return false;
        if (!TryReadNumber(field[..first], out var waited) || !TryReadNumber(field.Slice(first + 1, second), out var connected)
            || !TryReadNumber(field[(first + second + 2)..], out var answered)) return false;
        if (waited < -1 || connected < -1 || answered < -1) return false;
        if (waited >= 0 && connected >= 0 && answered >= 0) milliseconds = (int)Math.Min(int.MaxValue, waited + connected + answered);
        return true;
    }

    /// <summary>A row MODE.SHARE.POOL.APP and a bucket from -1 to 10000, or two hyphens.</summary>
    private static bool TryReadRow(ReadOnlySpan<byte> row, ReadOnlySpan<byte> bucket, out RecordRow read)
    {
        read = default;
        if (row.SequenceEqual("-"u8)) return true;
        var share = row.Length > 2 && row[1] == '.' ? row[2..].IndexOf((byte)'.') : -1;
        if (share < 1 || !"rsRSbg"u8.Contains(row[0]) || !TryReadNumber(row.Slice(2, share), out var green) || green is < 0 or > 10_000) return false;
        var rest = row[(share + 3)..];
        var pool = rest.IndexOf((byte)'.');
        if (pool < 1 || pool == rest.Length - 1 || !TryReadNumber(bucket, out var place) || place is < -1 or > 10_000) return false;
        read = new RecordRow
        {
            Pool = rest[..pool],
            App = rest[(pool + 1)..],
            Targeted = row[0] is (byte)'b' or (byte)'g' || place is -1 or 10_000,
            MeantGreen = green - place is >= 1 and <= 10_001,
        };
        return true;
    }

    /// <summary>A whole number, with a sign only when it is negative, that is the whole field.</summary>
    private static bool TryReadNumber(ReadOnlySpan<byte> field, out long number)
    {
        number = 0;
        var isNegative = !field.IsEmpty && field[0] == '-';
        if (isNegative) field = field[1..];
        if (field.Length is 0 or > 18) return false;
        foreach (var c in field)
        {
            if (c is < (byte)'0' or > (byte)'9') return false;
            number = number * 10 + (c - '0');
        }
        if (isNegative) number = -number;
        return true;
    }

    /// <summary>Fields parted by single spaces.</summary>
    private ref struct Fields(ReadOnlySpan<byte> rest)
    {
        private ReadOnlySpan<byte> _rest = rest;

        /// <summary>No field was missing. One too many is in the last one, which is then not what it should be.</summary>
        public bool AreComplete { get; private set; } = true;

        public ReadOnlySpan<byte> Next()
        {
            var space = _rest.IndexOf((byte)' ');
            if (space < 0)
            {
                AreComplete = false;
                return default;
            }
            var field = _rest[..space];
            _rest = _rest[(space + 1)..];
            return field;
        }

        public ReadOnlySpan<byte> Last()
        {
            AreComplete &= !_rest.IsEmpty;
            return _rest;
        }
    }
}
