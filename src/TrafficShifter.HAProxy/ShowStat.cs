using System.Text;
using TrafficShifter.Core.Apps;

namespace TrafficShifter.HAProxy;

/// <summary>The cookie by which a backend finds a user's server again.</summary>
/// <param name="Name">Null when there is none, or when no server has a value of it.</param>
/// <param name="HasBackend">The statistics had a backend at all.</param>
public sealed record BackendCookie(string? Name, bool HasBackend)
{
    public static readonly BackendCookie None = new(null, HasBackend: false);
}

/// <summary>The command <c>show stat &lt;proxy&gt; 6 -1</c>: the rows of a backend (2) and of its servers (4), for their cookies.</summary>
public static class ShowStat
{
    /// <summary>What HAProxy answers for a name that no proxy has.</summary>
    public const string NoSuchProxy = "No such proxy.";

    /// <param name="proxy">
    /// A name, or <c>#</c> and a number. By name a frontend that shares it with a backend may be what is found; a name that nobody has and that is a
    /// number gives the proxy of that number.
    /// </param>
    public static string Command(string proxy) => $"show stat {proxy} 6 -1";

    /// <summary>The cookie works only where the backend names it and a server has a value: either alone keeps nobody.</summary>
    /// <param name="backend">Rows of other proxies do not count.</param>
    /// <remarks>
    /// HAProxy 2.6.12, the columns between shortened. They are found by their heading, because versions differ; text may be quoted, as after a check
    /// that failed. <c>cookie SRV insert</c>, servers with <c>cookie b</c> and <c>cookie g</c>; with <c>dynamic-cookie-key</c> the values are like
    /// <c>63265850c9732144</c>:
    /// <code>
    /// # pxname,svname,qcur,…,last_chk,last_agt,…,addr,cookie,mode,algo,…,
    /// shop,blue1,0,…,,,…,127.0.0.1:8001,b,http,,…,
    /// shop,green1,0,…,"…, info: ""Connection refused""",,…,127.0.0.1:8002,g,http,,…,
    /// shop,BACKEND,0,…,,,…,,SRV,http,roundrobin,…,
    /// </code>
    /// </remarks>
    /// <exception cref="FormatException">It has no heading with the columns that are needed, or a row is too short.</exception>
    public static BackendCookie Parse(string reply, ProxyName backend)
    {
        if (reply == NoSuchProxy) return BackendCookie.None;
        if (!reply.StartsWith("# ", StringComparison.Ordinal)) throw new FormatException("it does not begin with \"# \"");
        var rows = Rows(reply[2..]);
        var (proxy, server, cookie) = (At("pxname"), At("svname"), At("cookie"));
        string? name = null;
        var (hasBackend, hasValue) = (false, false);
        foreach (var row in rows.Skip(1))
        {
            if (row.Count <= Math.Max(proxy, Math.Max(server, cookie))) throw new FormatException($"the row \"{string.Join(',', row)}\" has too few columns");
            if (row[proxy] != backend.Value) continue;
            if (row[server] == "BACKEND") (hasBackend, name) = (true, row[cookie].Length > 0 ? row[cookie] : null);
            else hasValue |= row[cookie].Length > 0;
        }
        return new BackendCookie(hasValue ? name : null, hasBackend);

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
}
