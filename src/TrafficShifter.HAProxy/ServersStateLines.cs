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
    private readonly Dictionary<string, ServersOfBackend>.AlternateLookup<ReadOnlySpan<char>> _byText;
    private readonly List<ServersOfBackend> _read;
    private readonly List<ServerReading> _servers = [];
    private char[] _text = new char[1024];
    private Columns? _columns;
    private string? _backend;
    private ServersOfBackend? _before;
    private bool _isSame;
    private int _lines;
    private bool _isAllSame = true;

    public ServersStateLines(Dictionary<string, ServersOfBackend> known)
    {
        (_known, _read) = (known, new List<ServersOfBackend>(known.Count));
        _byText = known.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    /// <summary>The first line, for a message.</summary>
    public string First { get; private set; } = "";

    /// <summary>What is wrong with the reply as a whole; null when nothing is.</summary>
    public string? FindProblem() => _columns is null ? "it is not in format 1 with a heading" : null;

    /// <exception cref="FormatException">It is no line of format 1.</exception>
    public void Take(ReadOnlySpan<byte> line)
    {
        if (line.Length > _text.Length) _text = new char[line.Length];
        var text = _text.AsSpan(0, Encoding.UTF8.GetChars(line, _text));
        switch (_lines++)
        {
            case 0:
                First = text.ToString();
                if (First != "1") throw new FormatException("it is not in format 1 with a heading");
                break;
            case 1:
                _columns = Columns.Of(text);
                break;
            default:
                TakeServer(text, _columns!);
                break;
        }
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

    private void TakeServer(ReadOnlySpan<char> line, Columns columns)
    {
        Span<Range> cells = stackalloc Range[MostColumns];
        var count = line.Split(cells, ' ');
        if (count <= columns.Last) throw new FormatException($"the line \"{line}\" has too few columns");
        var backend = line[cells[columns.Backend]];
        if (_backend is null || !backend.SequenceEqual(_backend)) Begin(backend);
        var health = ShowServersState.Health(Number(line[cells[columns.OperationalState]]), Number(line[cells[columns.AdministrativeState]]));
        var (weight, initial) = (Number(line[cells[columns.Weight]]), Number(line[cells[columns.InitialWeight]]));
        var name = line[cells[columns.Name]];
        var address = columns.Address < 0 ? default : line[cells[columns.Address]];
        var port = columns.Port < 0 ? default : line[cells[columns.Port]];
        var at = _servers.Count;
        var before = _before is { } known && at < known.Servers.Count ? known.Servers[at] : null;
        if (before is not null && name.SequenceEqual(before.Name.Value) && before.Weight == weight && before.InitialWeight == initial && before.Health == health && IsAt(before.Address, address, port))
        {
            _servers.Add(before);
            return;
        }
        _isSame = false;
        var where = columns.Address < 0 || columns.Port < 0 ? null : ShowServersState.Address(address.ToString(), port.ToString());
        _servers.Add(new ServerReading(before is not null && name.SequenceEqual(before.Name.Value) ? before.Name : Repeated.Of(ProxyName.Parse(name.ToString())), weight, initial, health) { Address = where == before?.Address ? before?.Address : where });
    }

    private void Begin(ReadOnlySpan<char> backend)
    {
        EndBackend();
        _before = _byText.TryGetValue(backend, out var known) ? known : null;
        _backend = _before?.Backend ?? backend.ToString();
        _isSame = _before is not null;
    }

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
    private static bool IsAt(string? known, ReadOnlySpan<char> address, ReadOnlySpan<char> port)
    {
        if (known is null) return address.IsEmpty || port.IsEmpty || address is "-" || port is "0";
        if (address.Contains(':')) return known == ShowServersState.Address(address.ToString(), port.ToString());
        return known.Length == address.Length + 1 + port.Length && known.AsSpan().StartsWith(address) && known[address.Length] == ':' && known.AsSpan().EndsWith(port);
    }

    private static int Number(ReadOnlySpan<char> cell) =>
        int.TryParse(cell, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : throw new FormatException($"\"{cell}\" is not a number");

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
