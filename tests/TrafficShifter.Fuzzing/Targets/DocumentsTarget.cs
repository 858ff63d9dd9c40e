using System.Reflection;
using System.Text;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Ports;
using TrafficShifter.Fuzzing.Engine;

namespace TrafficShifter.Fuzzing.Targets;

/// <summary>A document of the store, of every kind that there is: its kind in the first line, then the value that somebody wrote.</summary>
internal sealed class DocumentsTarget : TextTarget
{
    private static readonly Dictionary<string, Func<Entry, object?>> Kinds = typeof(Document).Assembly.GetTypes()
        .Where(t => t is { IsAbstract: false, ContainsGenericParameters: false } && t.IsSubclassOf(typeof(Document)))
        .ToDictionary(t => t.Name, t => typeof(DocumentsTarget).GetMethod(nameof(Of), BindingFlags.NonPublic | BindingFlags.Static)!.MakeGenericMethod(t).CreateDelegate<Func<Entry, object?>>(), StringComparer.Ordinal);

    private static readonly string[] Names = [.. Kinds.Keys.Order(StringComparer.Ordinal)];

    public override string Name => "documents";

    public override int BytesPerByte => 400;

    public override IReadOnlyList<string> Words { get; } = [.. Names.Select(n => n + "\n"), "\"schema\":2", "\"name\":\"shop\"", "\"routing\":{\"backend\":\"shop\"}", "\"blue\":1000000", "\"users\":{\"a\":\"green\"}", "\"phase\":\"paused\"", "\"share\":\"5%\"", "\"outcome\":\"failed\""];

    protected override object? Read(string input)
    {
        var end = input.IndexOf('\n', StringComparison.Ordinal);
        var kind = end < 0 ? "" : input[..end];
        return Kinds.TryGetValue(kind, out var read) ? read(new Entry("some/key", input[(end + 1)..], 7)) : new Refusal("no such kind");
    }

    protected override void Check(string input, object? read)
    {
        if (read is not Document document) return;
        var text = DocumentJson.Write<object>(document);
        var again = Kinds[document.GetType().Name](new Entry("some/key", text, 7));
        Require(again is Document, $"a {document.GetType().Name} that was read is not read again: {(again as Refusal)?.Why}");
        Require(DocumentJson.Write(again!) == text, $"a {document.GetType().Name} changes when it is written and read again");
    }

    public override byte[] Make(Random random) => Encoding.UTF8.GetBytes($"{Names[random.Next(Names.Length)]}\n{{{string.Join(',', Enumerable.Range(0, random.Next(4)).Select(_ => Pick(random, Words)))}}}");

    private static object? Of<T>(Entry entry)
        where T : Document => Reading.Of<T>(entry) switch
        {
            Reading<T>.Good { Value: var value } => value,
            Reading<T>.Broken { Problem: var problem } => new Refusal($"{typeof(T).Name}: {problem}"),
            _ => null,
        };
}
