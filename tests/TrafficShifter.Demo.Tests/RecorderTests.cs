using TrafficShifter.Demo.Peers;
using TrafficShifter.Demo.Show;

namespace TrafficShifter.Demo.Tests;

public sealed class RecorderTests
{
    private const string Printed = "a bench\n\n  n   p50  \n  1   2.5\n\n{\"p50Ms\":2.5}\n";
    private const string Recorded = "<!-- speed -->\non a machine\n\n```text\na bench\n\n  n   p50\n  1   2.5\n```\n\n```json\n{\"p50Ms\":2.5}\n```\n<!-- /speed -->";

    [Fact]
    public void What_was_printed_stands_between_the_markers_and_nowhere_else()
    {
        var document = Document("<!-- speed -->\n<!-- /speed -->");
        var once = Recorder.Insert(document, "docs/x.md", "speed", "on a machine", Printed);
        once.ShouldBe(Document(Recorded));
        Recorder.Insert(once, "docs/x.md", "speed", "on a machine", Printed).ShouldBe(once);
    }

    [Fact]
    public void A_document_without_a_place_is_left_as_it_is() =>
        Should.Throw<PeerException>(() => Recorder.Insert(Document(""), "docs/x.md", "speed", "on a machine", Printed)).Message.ShouldBe(
            "docs/x.md has no lines \"<!-- speed -->\" and \"<!-- /speed -->\": there is no place for what was measured");

    private static string Document(string place) => $"# Title\n\n<!-- other -->\nkept\n<!-- /other -->\n\n{place}\n\nthe end\n";
}
