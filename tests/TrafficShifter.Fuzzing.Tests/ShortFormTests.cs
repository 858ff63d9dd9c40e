using TrafficShifter.Fuzzing.Engine;

namespace TrafficShifter.Fuzzing.Tests;

/// <summary>The short form of <c>./dev test --fuzz</c>: every kept input, and some thousands that are made of them.</summary>
public sealed class ShortFormTests
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "fuzz");

    public static TheoryData<string> Targets => [.. AllTargets.Names];

    [Theory]
    [MemberData(nameof(Targets))]
    public void Whatever_comes_is_taken_or_refused_by_name(string name)
    {
        using var target = AllTargets.Make(name)!;

        var tally = new Fuzzer(target, seed: 1, Folder).Run(target.ShortCases, Corpus.Of(name), CancellationToken.None);

        tally.Violations.Select(v => $"{v.Sentence}; the input: {Corpus.Save(Folder, v)}").ShouldBeEmpty();
        (tally.Accepted > 0, tally.Rejected > 0).ShouldBe((true, true), $"{tally.Accepted} accepted, {tally.Rejected} rejected: only one side of the boundary is tried");
    }

    [Theory]
    [MemberData(nameof(Targets))]
    public void Every_target_has_a_corpus(string name) => Corpus.Of(name).ShouldNotBeEmpty();
}
