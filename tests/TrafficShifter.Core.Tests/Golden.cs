using System.Runtime.CompilerServices;
using System.Text.Json;
using TrafficShifter.Core.Documents;

namespace TrafficShifter.Core.Tests;

/// <summary>Documents pinned to the letter: files named <c>golden/…</c> beside the test. A change there is a change of the stored form.</summary>
internal static class Golden
{
    public static void Matches<T>(string file, T document, [CallerFilePath] string test = "")
    {
        var path = Path.Combine(Path.GetDirectoryName(test)!, "golden", file);
        var written = JsonSerializer.Serialize(document, DocumentJson.Indented) + "\n";
        File.Exists(path).ShouldBeTrue($"there is no golden file {path}; the document is\n{written}");
        written.ShouldBe(File.ReadAllText(path));
        var read = JsonSerializer.Deserialize<T>(written, DocumentJson.Options);
        (JsonSerializer.Serialize(read, DocumentJson.Indented) + "\n").ShouldBe(written, "what was written must read back the same");
    }
}
