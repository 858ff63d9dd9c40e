using System.Globalization;
using System.Text;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Ports;

namespace TrafficShifter.HAProxy;

/// <summary>The cookie by which a backend finds a user's server again.</summary>
/// <param name="Name">Null when there is none, or when no server has a value of it.</param>
public sealed record BackendCookie(string? Name);

/// <summary>The command <c>show stat &lt;proxy&gt; 6 -1</c>: the rows of a backend (2) and of its servers (4), for their cookies, sessions and requests.</summary>
public static class ShowStat
{
    /// <summary>What HAProxy answers for a name that no proxy has.</summary>
    public const string NoSuchProxy = "No such proxy.";

    /// <summary>What the row of the whole backend has in place of a server's name.</summary>
    private const string Backend = "BACKEND";

    /// <param name="proxy">
    /// A name, or <c>#</c> and a number. By name a frontend that shares it with a backend may be what is found; a name that nobody has and that is a
    /// number gives the proxy of that number.
    /// </param>
    public static string Command(string proxy) => $"show stat {proxy} 6 -1";

    /// <summary>The cookie works only where the backend names it and a server has a value: either alone keeps nobody. Null when the statistics have no such backend.</summary>
    /// <param name="backend">Rows of other proxies do not count.</param>
    /// <remarks>
    /// HAProxy 2.6.12, the columns between shortened. They are found by their heading, because versions differ; text may be quoted, as after a check
    /// that failed. <c>cookie SRV insert</c>, servers with <c>cookie b</c> and <c>cookie g</c>; with <c>dynamic-cookie-key</c> the values are like
    /// <c>63265850c9732144</c>:
    /// <code>
    /// # pxname,svname,qcur,qmax,scur,smax,slim,stot,…,last_chk,last_agt,…,addr,cookie,mode,algo,…,
    /// shop,blue1,0,0,1,2,,35,…,,,…,127.0.0.1:8001,b,http,,…,
    /// shop,green1,0,0,0,1,,7,…,"…, info: ""Connection refused""",,…,127.0.0.1:8002,g,http,,…,
    /// shop,BACKEND,0,0,1,2,200,42,…,,,…,,SRV,http,roundrobin,…,
    /// </code>
    /// </remarks>
    /// <exception cref="FormatException">It has no heading with the columns that are needed, or a row is too short.</exception>
    public static BackendCookie? ParseCookie(string reply, ProxyName backend)
    {
        var rows = Find(reply, backend, "cookie");
        if (rows.Find(row => row.Server == Backend) is not { } whole) return null;
        var hasValue = rows.Any(row => row.Server != Backend && row.Cells[0].Length > 0);
        return new BackendCookie(hasValue && whole.Cells[0].Length > 0 ? whole.Cells[0] : null);
    }

    /// <summary>The sessions of each server (<c>scur</c>, <c>stot</c>); null when the statistics have no such backend.</summary>
    /// <param name="backend">Rows of other proxies do not count.</param>
    /// <exception cref="FormatException">It has no heading with the columns that are needed, or a row is too short or has no number there.</exception>
    public static IReadOnlyList<ServerSessions>? ParseSessions(string reply, ProxyName backend)
    {
        var rows = Find(reply, backend, "scur", "stot");
        if (rows.All(row => row.Server != Backend)) return null;
        return [.. rows.Where(row => row.Server != Backend).Select(row => new ServerSessions(ProxyName.Parse(row.Server), Number(row.Cells[0]), Number(row.Cells[1])))];
    }

    /// <summary>The backend's requests (<c>req_tot</c>) and how many left each of its servers for another (<c>wredis</c>); null when the statistics have no such backend.</summary>
    /// <param name="backend">Rows of other proxies do not count.</param>
    /// <exception cref="FormatException">It has no heading with the columns that are needed, or a row is too short or has no number there.</exception>
    public static BackendCounts? ParseCounts(string reply, ProxyName backend)
    {
        var rows = Find(reply, backend, "req_tot", "wredis");
        if (rows.Find(row => row.Server == Backend) is not { } whole) return null;
        return new BackendCounts(Number(whole.Cells[0]), rows.Where(row => row.Server != Backend).ToDictionary(row => ProxyName.Parse(row.Server), row => Number(row.Cells[1])));
    }

    private static long Number(string cell) =>
        long.TryParse(cell, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : throw new FormatException($"\"{cell}\" is not a number");

    /// <summary>These cells of the rows of one backend and its servers.</summary>
    private static List<Row> Find(string reply, ProxyName backend, params string[] columns)
    {
        if (!reply.StartsWith("# ", StringComparison.Ordinal)) throw new FormatException("it does not begin with \"# \"");
        var rows = Rows(reply[2..]);
        if (rows.Count == 0) throw new FormatException("it has no columns");
        var (proxy, server, wanted) = (At("pxname"), At("svname"), columns.Select(At).ToList());
        var last = wanted.Append(proxy).Append(server).Max();
        var found = new List<Row>();
        foreach (var row in rows.Skip(1))
        {
            if (row.Count <= last) throw new FormatException($"the row \"{string.Join(',', row)}\" has too few columns");
            if (row[proxy] == backend.Value) found.Add(new Row(row[server], [.. wanted.Select(at => row[at])]));
        }
        return found.GroupBy(row => row.Server).FirstOrDefault(same => same.Count() > 1) is { } twice ? throw new FormatException($"it has two rows of {twice.Key}") : found;

        int At(string column) => rows[0].IndexOf(column) is >= 0 and var at ? at : throw new FormatException($"it has no column {column}");
    }

    /// <summary>Comma-separated rows; a cell in quotes may hold commas and newlines, and has its own quotes doubled.</summary>
    private static List<List<string>> Rows(string text)
    {
        var rows = new List<List<string>>();
        var row = new List<string>();
        var cell = new StringBuilder();
        var quoted = false;
        foreach (var c in text + '\n')
        {
            // A doubled quote ends the quoting and begins it again.
            if (c == '"')
            {
                if (!quoted && cell.Length > 0) cell.Append(c);
                quoted = !quoted;
            }
            else if (quoted || c is not (',' or '\n')) cell.Append(c);
            else
            {
                row.Add(cell.ToString());
                cell.Clear();
                if (c == ',') continue;
                if (row.Count > 1) rows.Add(row);
                row = [];
            }
        }
        return rows;
    }

    private sealed record Row(string Server, IReadOnlyList<string> Cells);
}
