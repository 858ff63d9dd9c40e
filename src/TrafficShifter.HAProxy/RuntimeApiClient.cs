using System.Net.Sockets;
using System.Text;

namespace TrafficShifter.HAProxy;

/// <summary>Sends commands to one HAProxy's Runtime API and returns every reply. Usable alone, from several threads at once.</summary>
/// <remarks>
/// Each call has a connection of its own. One that is kept stays with the worker of the configuration before a reload, which
/// acknowledges what it no longer acts on. Works with HAProxy 2.6 and later.
/// </remarks>
public sealed class RuntimeApiClient(RuntimeApiAddress address, RuntimeApiOptions options)
{
    /// <summary>Milliseconds.</summary>
    private const int PatienceNow = 50;
    private const int MostNow = 16 * 1024;

    public RuntimeApiAddress Address { get; } = address;

    /// <summary>
    /// Carries out <paramref name="commands"/> in this order in one connection, hence by one process, and returns their replies without the final newlines.
    /// </summary>
    /// <remarks>
    /// An empty reply is the success of a <c>set server</c>; an error is a reply too, and does not stop the commands after it.
    /// When it throws, nobody knows which of the commands were carried out.
    /// </remarks>
    /// <exception cref="RuntimeApiException">HAProxy could not be asked, or a reply is not complete.</exception>
    /// <exception cref="ArgumentException">A command is empty, holds a ';' or a newline, or is too long. Nothing was sent.</exception>
    public async Task<IReadOnlyList<string>> ExecuteAsync(IReadOnlyList<string> commands, CancellationToken cancellationToken) => await ExecuteAsync(CommandChunks.Split(commands), cancellationToken);

    /// <summary>The same for commands that are still being made while the first of them are carried out. Those before one that is no command were carried out when it throws.</summary>
    internal Task<IReadOnlyList<string>> ExecuteAsMadeAsync(IEnumerable<string> commands, CancellationToken cancellationToken) => ExecuteAsync(CommandChunks.SplitAsMade(commands), cancellationToken);

    private async Task<IReadOnlyList<string>> ExecuteAsync(IEnumerable<IReadOnlyList<string>> chunks, CancellationToken cancellationToken)
    {
        using var next = chunks.GetEnumerator();
        if (!next.MoveNext()) return [];
        using var socket = await ConnectAsync(next.Current[0], cancellationToken);
        var replies = new List<string>();
        var reader = new ReplyReader(socket, options.MaxReplyBytes);
        IReadOnlyList<string> prompt = ["prompt"];
        for (var isOver = false; !isOver; prompt = [])
        {
            // The prompt goes with the first commands: whatever does not speak the Runtime API understands neither.
            IReadOnlyList<string> chunk = [.. prompt, .. next.Current];
            var answers = await ExchangeAsync(socket, reader, chunk, patience =>
            {
                // What is sent next is made while HAProxy is at work.
                isOver = !next.MoveNext();
                return reader.ReadAsync(chunk.Count, patience);
            }, cancellationToken);
            if (prompt.Count > 0 && answers[0].Length > 0) throw new RuntimeApiException(Address, "prompt", answers[0], "does not speak the Runtime API");
            for (var i = prompt.Count; i < answers.Count; i++) replies.Add(answers[i]);
        }
        return replies;
    }

    /// <summary>Carries out two commands in one connection: returns the reply to the first, and hands over that to the second line by line, however long it is.</summary>
    /// <exception cref="RuntimeApiException">HAProxy could not be asked, or a reply is not complete: then some of the lines were handed over.</exception>
    internal async Task<string> ExecuteAsync(string first, string dump, LineTaker take, CancellationToken cancellationToken)
    {
        using var socket = await ConnectAsync(first, cancellationToken);
        var reader = await GreetAsync(socket, cancellationToken);
        var reply = await ExchangeAsync(socket, reader, [first], cancellationToken);
        await ExchangeAsync<bool>(socket, reader, [dump], async patience =>
        {
            await reader.ReadLinesAsync(take, patience);
            return true;
        }, cancellationToken);
        return reply[0];
    }

    /// <summary>Asks one command on a Unix socket and waits for the answer on this thread, a few tens of microseconds: what is asked several times a second costs a fifth of what it does by way of the thread pool.</summary>
    /// <remarks>Without a prompt, so HAProxy ends the reply with an empty line and closes. Null for whatever is not answered so within 50 ms, and over TCP: ask again by <see cref="ExecuteAsync(IReadOnlyList{string}, CancellationToken)"/>, which says what is wrong.</remarks>
    internal string? TryAskNow(string command)
    {
        if (Address.EndPoint is not UnixDomainSocketEndPoint) return null;
        try
        {
            using var socket = Address.CreateSocket();
            socket.SendTimeout = socket.ReceiveTimeout = PatienceNow;
            socket.Connect(Address.EndPoint);
            socket.Send(Encoding.UTF8.GetBytes(command + '\n'));
            Span<byte> buffer = stackalloc byte[MostNow];
            var length = 0;
            while (length < buffer.Length)
            {
                var read = socket.Receive(buffer[length..]);
                if (read == 0) return length > 2 && buffer[..length].EndsWith("\n\n"u8) ? Encoding.UTF8.GetString(buffer[..length]).TrimEnd('\n') : null;
                length += read;
            }
            return null;
        }
        catch (SocketException)
        {
            return null;
        }
    }

    /// <summary>Carries out one command that brings a payload, <c>add map @7 &lt;path&gt; &lt;&lt;</c> and its lines, and returns the reply without the final newlines.</summary>
    /// <remarks>
    /// In a connection of its own and without a prompt, which would be repeated for each line: the end of the connection is the end of the reply. HAProxy
    /// closes without a word on a payload over 16 kB, and on success it says an empty line, so nothing at all is a failure.
    /// </remarks>
    /// <exception cref="RuntimeApiException">HAProxy could not be asked, or closed without an answer.</exception>
    /// <exception cref="ArgumentException">The payload is empty, too long, has an empty line, or its last line does not end. Nothing was sent.</exception>
    internal async Task<string> ExecutePayloadAsync(string command, CancellationToken cancellationToken)
    {
        CommandChunks.ValidatePayload(command);
        var heading = command[..command.IndexOf('\n', StringComparison.Ordinal)];
        using var socket = await ConnectAsync(heading, cancellationToken);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(options.ReplyTimeout);
        try
        {
            await SendAsync(socket, command + '\n', patience.Token);
            var (text, buffer) = (new StringBuilder(), new byte[4096]);
            while (await socket.ReceiveAsync(buffer.AsMemory(), patience.Token) is > 0 and var count)
            {
                text.Append(Encoding.UTF8.GetString(buffer, 0, count));
                if (text.Length > options.MaxReplyBytes) throw new RuntimeApiException(Address, heading, text.ToString(), $"answered with more than {options.MaxReplyBytes} bytes");
            }
            if (text.Length == 0) throw new RuntimeApiException(Address, heading, null, "closed the connection without an answer to a payload: nothing was stored");
            return text.ToString().TrimEnd('\n');
        }
        catch (OperationCanceledException late)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw new RuntimeApiException(Address, heading, null, $"did not answer completely within {Seconds(options.ReplyTimeout)}", late);
        }
        catch (SocketException broken)
        {
            throw new RuntimeApiException(Address, heading, null, "broke the connection off", broken);
        }
    }

    private async Task<Socket> ConnectAsync(string command, CancellationToken cancellationToken)
    {
        var socket = Address.CreateSocket();
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(options.ConnectTimeout);
        try
        {
            await socket.ConnectAsync(Address.EndPoint, patience.Token);
            return socket;
        }
        catch (SocketException failed)
        {
            socket.Dispose();
            throw new RuntimeApiException(Address, command, null, Explain(failed), failed);
        }
        catch (OperationCanceledException late)
        {
            socket.Dispose();
            cancellationToken.ThrowIfCancellationRequested();
            throw new RuntimeApiException(Address, command, null, $"could not be connected to within {Seconds(options.ConnectTimeout)}", late);
        }
    }

    private async Task<ReplyReader> GreetAsync(Socket socket, CancellationToken cancellationToken)
    {
        var reader = new ReplyReader(socket, options.MaxReplyBytes);
        var greeting = await ExchangeAsync(socket, reader, ["prompt"], cancellationToken);
        return greeting[0].Length == 0 ? reader : throw new RuntimeApiException(Address, "prompt", greeting[0], "does not speak the Runtime API");
    }

    private Task<IReadOnlyList<string>> ExchangeAsync(Socket socket, ReplyReader reader, IReadOnlyList<string> commands, CancellationToken cancellationToken) =>
        ExchangeAsync(socket, reader, commands, patience => reader.ReadAsync(commands.Count, patience), cancellationToken);

    private async Task<T> ExchangeAsync<T>(Socket socket, ReplyReader reader, IReadOnlyList<string> commands, Func<CancellationToken, Task<T>> read, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(options.ReplyTimeout);
        try
        {
            // A line for each: HAProxy 3.2 prompts once for a line, however many commands ';' parts it into, and replies could not be told apart.
            await SendAsync(socket, string.Join('\n', commands) + '\n', patience.Token);
            return await read(patience.Token);
        }
        catch (OperationCanceledException late)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw Failed($"did not answer completely within {Seconds(options.ReplyTimeout)} (it hangs, or its `stats maxconn` connections are taken)", late);
        }
        catch (SocketException broken)
        {
            throw Failed("broke the connection off", broken);
        }
        catch (EndOfStreamException closed)
        {
            throw Failed("closed the connection in the middle of its reply", closed);
        }
        catch (InvalidDataException tooMuch)
        {
            throw Failed($"answered with more than {options.MaxReplyBytes} bytes", tooMuch);
        }

        RuntimeApiException Failed(string problem, Exception inner) =>
            new(Address, commands[Math.Min(reader.Completed, commands.Count - 1)], reader.Tail, problem, inner);
    }

    private static async Task SendAsync(Socket socket, string line, CancellationToken cancellationToken)
    {
        ReadOnlyMemory<byte> rest = Encoding.UTF8.GetBytes(line);
        while (!rest.IsEmpty) rest = rest[await socket.SendAsync(rest, cancellationToken)..];
    }

    private static string Explain(SocketException failed) => failed.SocketErrorCode switch
    {
        // .NET's name for ENOENT on a Unix socket; the message that comes with it speaks of addresses.
        SocketError.AddressNotAvailable => "has no socket there: is HAProxy running, with this `stats socket`?",
        SocketError.ConnectionRefused => "refused the connection: nothing listens there, is HAProxy running?",
        SocketError.AccessDenied => "may not be asked: the permissions of the socket (`mode`, `user`, `group`) keep this process out",
        _ => $"could not be connected to ({failed.Message})",
    };

    private static string Seconds(TimeSpan time) => $"{time.TotalSeconds:0.###} s";
}
