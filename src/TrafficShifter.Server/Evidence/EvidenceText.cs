using System.Buffers;
using System.Buffers.Text;
using System.Text;

namespace TrafficShifter.Server.Evidence;

/// <summary>Lines of the Prometheus text format, written as bytes: at 3,000 applications a scrape is some 70,000 of them.</summary>
/// <remarks>Label values are names of applications and nodes and words of this program: none needs escaping.</remarks>
internal readonly struct EvidenceText(IBufferWriter<byte> output)
{
    public void Type(string name, string type)
    {
        Text("# TYPE "u8);
        Name(name);
        Text(" "u8);
        Name(type);
        Text("\n"u8);
    }

    /// <summary>One line.</summary>
    /// <param name="labels">Each as <c>app="shop"</c>, parted by commas.</param>
    public void Line(string name, ReadOnlySpan<byte> labels, long value)
    {
        Name(name);
        Text("{"u8);
        Text(labels);
        Text("} "u8);
        var span = output.GetSpan(24);
        Utf8Formatter.TryFormat(value, span, out var written);
        output.Advance(written);
        Text("\n"u8);
    }

    private void Name(string name) => output.Advance(Encoding.ASCII.GetBytes(name, output.GetSpan(name.Length)));

    private void Text(ReadOnlySpan<byte> text) => output.Write(text);
}
