using System.Text.Json;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Rollouts;
using TrafficShifter.Fuzzing.Engine;

namespace TrafficShifter.Fuzzing.Targets;

/// <summary>A body or a file in YAML, which is read as the JSON that says the same.</summary>
internal sealed class YamlTarget : TextTarget
{
    public override string Name => "yaml";

    public override int BytesPerByte => 2000;

    public override int UsualBytes => 1024;

    public override IReadOnlyList<string> Words => ["steps:\n", "- share: 5%\n", "  hold: 2m\n", "? ", ": ", "- ", "[", "]", "{", "}", "|\n", ">-\n", "\"\\ud800\"", "\"\\U0010ffff\"", "&a ", "*a", "<<: ", "!!str ", "%YAML 1.2\n", "---\n", "\t", ".inf", "0o7", "1e400", "'", "# "];

    protected override object? Read(string input)
    {
        var (json, problem) = YamlText.ToJson(input);
        if (json is null) return new Refusal(problem!);
        return json;
    }

    protected override void Check(string input, object? read)
    {
        // Nothing at all, as of a file with comments only, is left for the reader to refuse.
        if (read is not string { Length: > 0 } json) return;
        try
        {
            using var document = JsonDocument.Parse(json);
        }
        catch (JsonException broken)
        {
            throw new ViolationException($"what is made of YAML is no JSON: {broken.Message}: {json}");
        }
        PlanParser.Parse(json);
    }
}
