using System.Net.Sockets;
using System.Text;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Traffic.Maps;
using TrafficShifter.Fuzzing.Engine;
using TrafficShifter.HAProxy;

namespace TrafficShifter.Fuzzing.Targets;

/// <summary>A whole conversation with what answers on HAProxy's socket: the call in the first line, then every reply of the conversation, after which it closes.</summary>
internal sealed class RuntimeApiTarget : FuzzTarget
{
    private static readonly ProxyName[] Backends = [ProxyName.Parse("shop"), ProxyName.Parse("web")];
    private readonly string _folder = Directory.CreateTempSubdirectory("fuzz-").FullName;
    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly HAProxyLoadBalancer _haproxy;
    private readonly Thread _answers;
    private volatile byte[] _reply = [];

    public RuntimeApiTarget()
    {
        var path = Path.Combine(_folder, "socket");
        _listener.Bind(new UnixDomainSocketEndPoint(path));
        _listener.Listen(16);
        _haproxy = new HAProxyLoadBalancer(new RuntimeApiClient(RuntimeApiAddress.Parse(path), new RuntimeApiOptions()), "/maps");
        _answers = new Thread(Answer) { IsBackground = true };
        _answers.Start();
    }

    public override string Name => "runtime-api";

    /// <summary>Of all threads: the conversation is on several.</summary>
    public override bool CountsAllThreads => true;

    public override int BytesPerByte => 2000;

    public override int FreeBytes => 512 * 1024;

    public override IReadOnlyList<string> Words =>
        ["process\n", "list\n", "read\n", "persistence\n", "sessions\n", "traffic\n", "weights\n", "maps\n", "\n> ", "Pid: 7\nVersion: 2.6\nStart_time_sec: 1\n\n> ", "# name\nshop\n\n> ", "1\n# be_id srv_name srv_op_state srv_admin_state srv_uweight srv_iweight\n2 blue1 2 0 5 10\n\n> ", "Can't find backend.\n\n> ", "No such proxy.\n\n> ", "Permission denied\n\n> "];

    public override object? Read(byte[] input)
    {
        var end = Array.IndexOf(input, (byte)'\n');
        _reply = input[(end + 1)..];
        try
        {
            return Ask(end < 0 ? "" : Encoding.UTF8.GetString(input, 0, end)).GetAwaiter().GetResult();
        }
        catch (LoadBalancerException named)
        {
            return new Refusal(named.Message.Replace(_folder, "", StringComparison.Ordinal));
        }
    }

    public override void Dispose()
    {
        _listener.Dispose();
        _answers.Join();
        Directory.Delete(_folder, recursive: true);
        base.Dispose();
    }

    private async Task<object?> Ask(string call)
    {
        var none = CancellationToken.None;
        return call switch
        {
            "list" => await _haproxy.ListBackendsAsync(none),
            "read" => await _haproxy.ReadAsync(Backends, none),
            "persistence" => await _haproxy.FindPersistenceAsync(Backends, none),
            "sessions" => await _haproxy.CountSessionsAsync(Backends, none),
            "traffic" => await _haproxy.CountTrafficAsync(Backends, none),
            "weights" => await _haproxy.SetWeightsAsync([new SetServerWeight(Backends[0], ProxyName.Parse("blue1"), 5)], none),
            "maps" => await _haproxy.Maps!.ReadAsync(MapFile.Apps, none),
            _ => await _haproxy.GetProcessAsync(none),
        };
    }

    private void Answer()
    {
        var buffer = new byte[4096];
        while (true)
        {
            try
            {
                using var socket = _listener.Accept();
                var asked = Encoding.ASCII.GetString(buffer, 0, socket.Receive(buffer));
                if (asked.Length == 0) continue;
                // A conversation begins with a prompt, alone or with its first commands; one question for the process has none.
                if (asked.StartsWith("prompt", StringComparison.Ordinal)) socket.Send("\n> "u8);
                if (asked == "prompt\n" && socket.Receive(buffer) == 0) continue;
                // In two parts: nothing says where the network cuts.
                var reply = _reply;
                socket.Send(reply.AsSpan(0, reply.Length / 2));
                socket.Send(reply.AsSpan(reply.Length / 2));
            }
            catch (SocketException)
            {
                // The client had enough of it, or the listener is closed: then this thread ends.
                if (_listener.SafeHandle.IsClosed) return;
            }
            catch (ObjectDisposedException)
            {
                return;
            }
        }
    }
}
