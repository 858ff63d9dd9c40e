namespace TrafficShifter.HAProxy.AccessLogs;

/// <summary>Why a record was not counted. The words are the values of a label: the set is fixed.</summary>
public enum RejectReason
{
    /// <summary>It does not begin as ours do: another program's, or a line of another format.</summary>
    Foreign,

    /// <summary>It is longer than <see cref="OctetFrames.MaxRecordBytes"/>.</summary>
    Oversize,

    /// <summary>The stream had no length where one was due: nobody knows where the next record begins, so the connection is closed.</summary>
    Framing,

    /// <summary>It holds bytes that are not ASCII, or control characters.</summary>
    Text,

    /// <summary>It ends before its last field.</summary>
    Cut,

    /// <summary>A field is not what it should be.</summary>
    Malformed,

    /// <summary>Its application or backend is none that is registered.</summary>
    App,

    /// <summary>The backend or server that it names is of neither colour of its application.</summary>
    Colour,

    /// <summary>Records of more workers and frontends arrive than are told apart.</summary>
    Source,
}

public static class RejectReasons
{
    public static readonly IReadOnlyList<RejectReason> All = Enum.GetValues<RejectReason>();

    public static string Word(this RejectReason reason) => reason switch
    {
        RejectReason.Foreign => "foreign",
        RejectReason.Oversize => "oversize",
        RejectReason.Framing => "framing",
        RejectReason.Text => "text",
        RejectReason.Cut => "cut",
        RejectReason.Malformed => "malformed",
        RejectReason.App => "app",
        RejectReason.Colour => "colour",
        _ => "source",
    };
}
