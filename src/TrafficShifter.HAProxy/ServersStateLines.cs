using System.Globalization;
using System.Text;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.HAProxy;

/// <summary>Takes the lines of <c>show servers state</c> of all backends (<see cref="ShowServersState.Parse"/> shows some), which stand together backend by backend.</summary>
/// <remarks>A line is compared with what is known of its server before anything is made of it.</remarks>
internal sealed class ServersStateLines
{
    private const int MostColumns = 64;
    private readonly Dictionary<string, ServersOfBackend> _known;
    private readonly List<ServersOfBackend> _read;
    private readonly List<ServerReading> _servers = [];
    private Dictionary<string, ServersOfBackend>.ValueCollection.Enumerator _inOrder;
    private Columns? _columns;
    private string? _backend;
    private ServersOfBackend? _before;
    private bool _isSame;
    private bool _isAllSame = true;

    public ServersStateLines(Dictionary<string, ServersOfBackend> known)
    {
        (_known, _read) = (known, new List<ServersOfBackend>(known.Count));
        _inOrder = known.Values.GetEnumerator();
    }

    /// <summary>The first line, for a message.</summary>
    public string First { get; private set; } = "";

    /// <summary>What is wrong with the reply as a whole; null when nothing is.</summary>
    public string? FindProblem() => _columns is null ? "it is not in format 1 with a heading" : null;

    /// <exception cref="FormatException">It is no line of format 1.</exception>
    public void Take(ReadOnlySpan<byte> line)
    {
        if (_columns is { } columns) TakeServer(line, columns);
        else if (First.Length > 0) _columns = Columns.Of(Text(line));
        else if ((First = Text(line)) != "1") throw new FormatException("it is not in format 1 with a heading");
    }

    /// <summary>All backends that were read; the very dictionary that was known before where nothing changed.</summary>
    public Dictionary<string, ServersOfBackend> End()
    {
        EndBackend();
        if (_isAllSame && _read.Count == _known.Count) return _known;
        var all = new Dictionary<string, ServersOfBackend>(_read.Count, StringComparer.Ordinal);
        foreach (var backend in _read) all[backend.Backend] = backend;
        return all;
    }

    private void TakeServer(ReadOnlySpan<byte> line, Columns columns)
    {
        Span<Range> cells = stackalloc Range[MostColumns];
        if (!TryCut(line, cells[..(columns.Last + 1)])) throw new FormatException($"the line \"{Text(line)}\" has too few columns");
        var backend = line[cells[columns.Backend]];
        if (_backend is null || !Ascii.Equals(backend, _backend)) Begin(backend);
        var health = ShowServersState.Health(Number(line[cells[columns.OperationalState]]), Number(line[cells[columns.AdministrativeState]]));
        var (weight, initial) = (Number(line[cells[columns.Weight]]), Number(line[cells[columns.InitialWeight]]));
        var name = line[cells[columns.Name]];
        var address = columns.Address < 0 ? default : line[cells[columns.Address]];
        var port = columns.Port < 0 ? default : line[cells[columns.Port]];
        var at = _servers.Count;
        var before = _before is { } known && at < known.Servers.Count && Ascii.Equals(name, known.Servers[at].Name.Value) ? known.Servers[at] : null;
        if (before is not null && before.Weight == weight && before.InitialWeight == initial && before.Health == health && IsAt(before.Address, address, port))
        {
            _servers.Add(before);
            return;
        }
        _isSame = false;
        var where = columns.Address < 0 || columns.Port < 0 ? null : ShowServersState.Address(Text(address), Text(port));
        _servers.Add(new ServerReading(before?.Name ?? Repeated.Of(ProxyName.Parse(Text(name))), weight, initial, health) { Address = where == before?.Address ? before?.Address : where });
    }

    /// <summary>Where the first columns are; false where there are fewer.</summary>
    private static bool TryCut(ReadOnlySpan<byte> line, Span<Range> cells)
    {
        var start = 0;
        for (var i = 0; i < cells.Length; i++)
        {
            if (start > line.Length) return false;
            var length = line[start..].IndexOf((byte)' ');
            var end = length < 0 ? line.Length : start + length;
            cells[i] = start..end;
            start = end + 1;
        }
        return true;
    }

    private void Begin(ReadOnlySpan<byte> backend)
    {
        EndBackend();
        _before = FindKnown(backend);
        _backend = _before?.Backend ?? Text(backend);
        _isSame = _before is not null;
    }

    /// <summary>HAProxy names its backends in the same order each time: the next one is mostly the one that came next.</summary>
    private ServersOfBackend? FindKnown(ReadOnlySpan<byte> backend) =>
        _inOrder.MoveNext() && Ascii.Equals(backend, _inOrder.Current.Backend) ? _inOrder.Current : _known.GetValueOrDefault(Text(backend));

    private void EndBackend()
    {
        if (_backend is null) return;
        var isSame = _isSame && _before!.Servers.Count == _servers.Count;
        _isAllSame &= isSame;
        _read.Add(isSame ? _before! : new ServersOfBackend(_backend, [.. _servers]));
        _servers.Clear();
        _backend = null;
    }

    /// <summary>Whether <c>10.0.1.11:8080</c> is what the two columns say.</summary>
    private static bool IsAt(string? known, ReadOnlySpan<byte> address, ReadOnlySpan<byte> port)
    {
        if (known is null) return address.IsEmpty || port.IsEmpty || address.SequenceEqual("-"u8) || port.SequenceEqual("0"u8);
        if (address.Contains((byte)':')) return known == ShowServersState.Address(Text(address), Text(port));
        return known.Length == address.Length + 1 + port.Length && Ascii.Equals(address, known.AsSpan(0, address.Length)) && known[address.Length] == ':' && Ascii.Equals(port, known.AsSpan(address.Length + 1));
    }

    private static int Number(ReadOnlySpan<byte> cell) =>
        int.TryParse(cell, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : throw new FormatException($"\"{Text(cell)}\" is not a number");

    private static string Text(ReadOnlySpan<byte> text) => Encoding.UTF8.GetString(text);

    private sealed record Columns(int Backend, int Name, int OperationalState, int AdministrativeState, int Weight, int InitialWeight, int Address, int Port)
    {
        public int Last { get; } = new[] { Backend, Name, OperationalState, AdministrativeState, Weight, InitialWeight, Address, Port }.Max();

        public static Columns Of(ReadOnlySpan<char> heading)
        {
            if (!heading.StartsWith("# ")) throw new FormatException("it is not in format 1 with a heading");
            var names = heading[2..].ToString().Split(' ');
            if (names.Length > MostColumns) throw new FormatException($"it has more than {MostColumns} columns");
            return new Columns(At("be_name"), At("srv_name"), At("srv_op_state"), At("srv_admin_state"), At("srv_uweight"), At("srv_iweight"), Array.IndexOf(names, "srv_addr"), Array.IndexOf(names, "srv_port"));

            int At(string name) => Array.IndexOf(names, name) is >= 0 and var at ? at : throw new FormatException($"it has no column {name}");
        }
    }
}
