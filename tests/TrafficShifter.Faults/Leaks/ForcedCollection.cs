using System.Buffers.Binary;
using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace TrafficShifter.Faults.Leaks;

/// <summary>Has a .NET program collect its garbage, so that its memory can be compared with what it was before.</summary>
/// <remarks>
/// Over the runtime's own diagnostic socket, as dotnet-gcdump does: a session of the runtime's events with the keyword GCHeapCollect begins with a full collection.
/// The protocol is in <c>documentation/design-docs/ipc-protocol.md</c> of dotnet/diagnostics.
/// </remarks>
internal static class ForcedCollection
{
    private const byte EventPipe = 0x02;
    private const byte StopTracing = 0x01;
    private const byte CollectTracing = 0x02;
    private const int HeaderBytes = 20;
    private const ulong GCHeapCollect = 0x800000;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Returns when it has. False: the program is no .NET program that can be asked now.</summary>
    public static async Task<bool> AskAsync(int pid, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Patience);
        try
        {
            if (FindSocket(pid) is not { } path) return false;
            using var events = await SendAsync(path, CollectTracing, Begin(), patience.Token);
            var session = (await ReadAsync(events, HeaderBytes + sizeof(ulong), patience.Token))[HeaderBytes..];
            // Nobody reads it all: the end of the session waits for a reader.
            var reading = DrainAsync(events, patience.Token);
            using var end = await SendAsync(path, StopTracing, session, patience.Token);
            await reading;
            return true;
        }
        catch (Exception gone) when (gone is SocketException or IOException || (gone is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return false;
        }
    }

    private static string? FindSocket(int pid) =>
        Directory.EnumerateFiles(Path.GetTempPath(), string.Create(CultureInfo.InvariantCulture, $"dotnet-diagnostic-{pid}-*-socket")).FirstOrDefault();

    /// <summary>A buffer of 1 MB, the nettrace format, one provider with one keyword, at the level of information.</summary>
    private static byte[] Begin()
    {
        using var message = new MemoryStream();
        using var writer = new BinaryWriter(message);
        writer.Write(1);
        writer.Write(1);
        writer.Write(1);
        writer.Write(GCHeapCollect);
        writer.Write(4);
        const string provider = "Microsoft-Windows-DotNETRuntime";
        writer.Write(provider.Length + 1);
        writer.Write(Encoding.Unicode.GetBytes(provider + '\0'));
        writer.Write(0);
        return message.ToArray();
    }

    private static async Task<Socket> SendAsync(string path, byte command, byte[] payload, CancellationToken cancellationToken)
    {
        var message = new byte[HeaderBytes + payload.Length];
        "DOTNET_IPC_V1\0"u8.CopyTo(message);
        BinaryPrimitives.WriteUInt16LittleEndian(message.AsSpan(14), (ushort)message.Length);
        message[16] = EventPipe;
        message[17] = command;
        payload.CopyTo(message, HeaderBytes);
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken);
            await socket.SendAsync(message, cancellationToken);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static async Task<byte[]> ReadAsync(Socket socket, int count, CancellationToken cancellationToken)
    {
        var buffer = new byte[count];
        for (var read = 0; read < count;)
        {
            var got = await socket.ReceiveAsync(buffer.AsMemory(read), cancellationToken);
            if (got == 0) throw new IOException("the runtime closed its diagnostic socket");
            read += got;
        }
        return buffer;
    }

    private static async Task DrainAsync(Socket socket, CancellationToken cancellationToken)
    {
        var buffer = new byte[64 * 1024];
        while (await socket.ReceiveAsync(buffer, cancellationToken) > 0) { }
    }
}
