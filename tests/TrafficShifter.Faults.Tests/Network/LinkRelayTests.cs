using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using TrafficShifter.Faults.Network;

namespace TrafficShifter.Faults.Tests.Network;

[System.Diagnostics.CodeAnalysis.SuppressMessage("Design", "CA1001", Justification = "xunit ends it by IAsyncLifetime.")]
public sealed class LinkRelayTests : IAsyncLifetime
{
    private readonly EchoPeer _peer = new();
    private LinkRelay _relay = null!;

    public Task InitializeAsync()
    {
        _relay = LinkRelay.Before(_peer.Port);
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        await _relay.DisposeAsync();
        _peer.Dispose();
    }

    [Fact]
    public async Task In_fair_weather_all_bytes_pass_in_order_and_an_end_is_passed_on()
    {
        using var near = await ConnectAsync();
        var sent = new byte[3_000_000];
        new Random(1).NextBytes(sent);

        var reading = ReadToEndAsync(near);
        await near.SendAsync(sent);
        near.Shutdown(SocketShutdown.Send);

        (await reading).ShouldBe(sent);
    }

    [Fact]
    public async Task Latency_is_added_to_each_direction_and_does_not_add_up_over_pieces()
    {
        using var near = await ConnectAsync();
        _relay.Become(new Weather.Passing(TimeSpan.FromMilliseconds(100), 0));
        var started = Stopwatch.GetTimestamp();

        for (var i = 0; i < 10; i++) await near.SendAsync("x"u8.ToArray());
        await ReadAsync(near, 10);

        var took = Stopwatch.GetElapsedTime(started);
        took.ShouldBeGreaterThanOrEqualTo(TimeSpan.FromMilliseconds(199));
        took.ShouldBeLessThan(TimeSpan.FromSeconds(2), "ten pieces, one after the other, would take that long");
    }

    [Fact]
    public async Task In_silence_nothing_passes_and_nothing_is_told_and_afterwards_all_of_it_comes()
    {
        using var old = await ConnectAsync();
        await old.SendAsync("a"u8.ToArray());
        (await ReadAsync(old, 1)).ShouldBe("a");
        _relay.Become(new Weather.Silent());

        await old.SendAsync("b"u8.ToArray());
        using var young = await ConnectAsync();
        await young.SendAsync("c"u8.ToArray());
        var answers = (Old: ReadAsync(old, 1), Young: ReadAsync(young, 1));
        await Task.WhenAny(answers.Old, answers.Young, Task.Delay(TimeSpan.FromMilliseconds(200)));
        (answers.Old.IsCompleted, answers.Young.IsCompleted).ShouldBe((false, false));
        _peer.Heard.ShouldBe("a");

        _relay.Become(Weather.Fair);
        (await answers.Old, await answers.Young).ShouldBe(("b", "c"));
    }

    [Fact]
    public async Task Refusing_resets_what_is_open_and_refuses_what_comes_until_it_is_over()
    {
        using var old = await ConnectAsync();
        await old.SendAsync("a"u8.ToArray());
        (await ReadAsync(old, 1)).ShouldBe("a");

        _relay.Become(new Weather.Refusing());

        (await Should.ThrowAsync<SocketException>(() => ReadAsync(old, 1))).SocketErrorCode.ShouldBe(SocketError.ConnectionReset);
        (await Should.ThrowAsync<SocketException>(ConnectAsync)).SocketErrorCode.ShouldBe(SocketError.ConnectionRefused);
        _relay.Become(Weather.Fair);
        using var young = await ConnectAsync();
        await young.SendAsync("b"u8.ToArray());
        (await ReadAsync(young, 1)).ShouldBe("b");
    }

    [Fact]
    public async Task A_forgotten_connection_stays_open_and_is_reset_by_what_is_written_to_it_afterwards()
    {
        using var old = await ConnectAsync();
        await old.SendAsync("a"u8.ToArray());
        (await ReadAsync(old, 1)).ShouldBe("a");

        _relay.Become(new Weather.Forgotten());
        await _peer.GoneAsync(1);
        var reading = ReadAsync(old, 1);
        _relay.Become(Weather.Fair);
        await Task.WhenAny(reading, Task.Delay(TimeSpan.FromMilliseconds(200)));
        reading.IsCompleted.ShouldBeFalse("nobody told it");

        await old.SendAsync("b"u8.ToArray());
        (await Should.ThrowAsync<SocketException>(() => reading)).SocketErrorCode.ShouldBe(SocketError.ConnectionReset);
        _peer.Heard.ShouldBe("a");
    }

    [Fact]
    public async Task A_unix_socket_can_stand_before_a_port()
    {
        var path = Path.Combine(Path.GetTempPath(), $"relay-{Guid.NewGuid():N}.sock");
        await using (var relay = new LinkRelay(new UnixDomainSocketEndPoint(path), new IPEndPoint(IPAddress.Loopback, _peer.Port)))
        {
            using var near = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await near.ConnectAsync(relay.Near);
            await near.SendAsync("a"u8.ToArray());
            (await ReadAsync(near, 1)).ShouldBe("a");
        }
        File.Exists(path).ShouldBeFalse();
    }

    private async Task<Socket> ConnectAsync()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, _relay.Port);
        return socket;
    }

    private static async Task<string> ReadAsync(Socket socket, int count)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        var (buffer, read) = (new byte[count], 0);
        while (read < count)
        {
            var got = await socket.ReceiveAsync(buffer.AsMemory(read), patience.Token);
            if (got == 0) break;
            read += got;
        }
        return Encoding.ASCII.GetString(buffer, 0, read);
    }

    private static async Task<byte[]> ReadToEndAsync(Socket socket)
    {
        using var all = new MemoryStream();
        await using var stream = new NetworkStream(socket);
        await stream.CopyToAsync(all);
        return all.ToArray();
    }
}
