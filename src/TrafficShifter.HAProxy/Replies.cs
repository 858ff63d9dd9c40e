namespace TrafficShifter.HAProxy;

/// <summary>Tells replies that say something from those that say why not.</summary>
internal static class Replies
{
    /// <summary>What HAProxy answers when the <c>stats socket</c> has not <c>level admin</c>.</summary>
    private const string PermissionDenied = "Permission denied";

    /// <exception cref="RuntimeApiException">The reply is not what the command answers.</exception>
    public static T Understand<T>(RuntimeApiClient client, string command, string reply, Func<string, T> parse)
    {
        if (reply == PermissionDenied) throw new RuntimeApiException(client.Address, command, reply, "does not let this socket ask (the level of its `stats socket` is too low)");
        try
        {
            return parse(reply);
        }
        catch (Exception broken) when (broken is FormatException or OverflowException)
        {
            throw new RuntimeApiException(client.Address, command, reply, $"gave a reply that was not understood: {broken.Message}", broken);
        }
    }

    /// <summary>The reply of a command that sets something: empty when it was carried out.</summary>
    /// <exception cref="RuntimeApiException">The socket may not set anything.</exception>
    public static bool IsRefused(RuntimeApiClient client, string command, string reply, string what) => reply == PermissionDenied
        ? throw new RuntimeApiException(client.Address, command, reply, $"does not let this socket {what} (its `stats socket` needs `level admin`)")
        : reply.Length > 0;
}
