using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Rollouts;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Migrations;

/// <summary>What to do about a release that an application lacks.</summary>
public abstract record ReleaseTurn(string Sentence)
{
    private const string NothingAsked = "no pipeline is asked";

    /// <summary>There is nothing to ask for: the application is ready, or has no pipeline, or nobody knows what it lacks.</summary>
    public sealed record None(string Sentence = NothingAsked) : ReleaseTurn(Sentence);

    /// <summary>It has been or is being asked, and readiness is waited for.</summary>
    public sealed record Waiting(ReleaseState Release, string Sentence) : ReleaseTurn(Sentence);

    /// <summary>The application was not ready, its release was asked for, and it is ready now.</summary>
    public sealed record Ready(ReleaseState Release, string Sentence) : ReleaseTurn(Sentence);

    /// <summary>It was asked for in vain, and is not asked for again in this campaign until another version is wanted.</summary>
    public sealed record Failed(ReleaseState Release, string Sentence) : ReleaseTurn(Sentence);
}

/// <summary>What came of an attempt.</summary>
/// <param name="IsFinal">Asking again would not change it.</param>
public sealed record ReleaseAnswer(HookOutcome Outcome, bool IsFinal)
{
    /// <summary>2xx is taken; of other answers those that a pipeline means for good are final.</summary>
    public static ReleaseAnswer OfStatus(int status, string host, TimeSpan took, DateTimeOffset at) =>
        new(HookOutcome.OfStatus(status, host, took, at), status is >= 300 and <= 499 and not (408 or 425 or 429));
}

/// <summary>Asks a pipeline once for each application and version, and waits for readiness. Who asks is not here.</summary>
public static class Releasing
{
    /// <summary>Elapsed time that a crash may cost.</summary>
    public static readonly TimeSpan CheckpointEvery = TimeSpan.FromSeconds(15);

    private const int MaxSentence = 1_000;

    /// <summary>What a turn decides, and the release as it is then.</summary>
    /// <param name="Next">To be written where it differs from the one before; null: there is none.</param>
    /// <param name="Ask">Once it is written, it is to be asked for, if it is not being asked for already.</param>
    /// <param name="Kind">What the history calls it; null when nothing happened that anybody needs to know.</param>
    public sealed record Step(ReleaseTurn Turn, ReleaseState? Next, bool Ask, string? Kind);

    /// <param name="release">The application's last release; null when there was none.</param>
    /// <param name="request">Null: nobody is asked.</param>
    /// <param name="run">When this run of the campaign began; null where it has no runs.</param>
    /// <param name="elapsed">Time since the last turn of this release in this process; zero on the first.</param>
    /// <param name="heard">The answer to the attempt that was under way; null when there is none yet.</param>
    /// <param name="id">The id of a release that begins now.</param>
    /// <remarks>
    /// 1. Ready: done, and nothing is asked. 2. What cannot be known is not asked for: a version of a colour that does not answer. 3. Another
    /// version, campaign or run of it begins anew. 4. What has ended stays so. 5. Time goes by, and an answer counts.
    /// </remarks>
    public static Step Decide(ReleaseState? release, ReleaseRequest? request, Readiness readiness, string campaign, DateTimeOffset? run, TimeSpan elapsed, ReleaseAnswer? heard, string id, DateTimeOffset now)
    {
        var open = release is { Phase: ReleasePhase.Asking or ReleasePhase.Waiting } && release.IsOf(campaign, run, readiness.To);
        // 1
        if (readiness.Ready) return open ? End(release!, ReleasePhase.Done, $"ready after {Round(release!.Waited + elapsed)}: release {release.Id}", now) : Nothing(release);
        if (request is null) return Nothing(release);
        // 2
        var version = readiness.Versions?.Of(readiness.To.Other());
        if (FindObstacle(readiness, version) is { } obstacle) return open ? Wait(release!, request, elapsed, heard, now) : new Step(new ReleaseTurn.None(obstacle), release, false, null);
        // 3
        if (release?.IsFor(campaign, run, readiness.To, version) != true) return Begin(readiness, campaign, run, version, id, now);
        // 4
        if (!open) return Ended(release);
        // 5
        return Wait(release, request, elapsed, heard, now);
    }

    private static Step Nothing(ReleaseState? release) => new(new ReleaseTurn.None(), release, false, null);

    /// <summary>Why nobody can be asked, as a sentence: the version that is wanted is not known, or all that is missing is knowledge.</summary>
    private static string? FindObstacle(Readiness readiness, string? version)
    {
        if (readiness.Findings.All(f => f.Verdict != Verdict.NotReady)) return $"no pipeline is asked while it is not known what is missing: {readiness.Sentence}";
        return readiness.Versions is not null && version is null ? $"no pipeline is asked: {readiness.To.Other().Word()} does not say which version it is of" : null;
    }

    private static Step Begin(Readiness readiness, string campaign, DateTimeOffset? run, string? version, string id, DateTimeOffset now)
    {
        var why = readiness.Sentence;
        var release = new ReleaseState
        {
            App = readiness.App, Id = $"{readiness.App}/{id}", Campaign = campaign, Run = run, To = readiness.To, Version = version,
            Sentence = why.Length <= MaxSentence ? why : why[..MaxSentence], Phase = ReleasePhase.Asking, At = now,
        };
        return new Step(new ReleaseTurn.Waiting(release, $"the pipeline is asked for {Name(release)}"), release, true, "asked");
    }

    private static Step Ended(ReleaseState release) => release.Phase == ReleasePhase.Done
        ? new Step(new ReleaseTurn.None($"{Name(release)} was deployed (release {release.Id}) and is not ready again; the pipeline is not asked twice"), release, false, null)
        : new Step(new ReleaseTurn.Failed(release, Describe(release)), release, false, null);

    private static Step Wait(ReleaseState release, ReleaseRequest request, TimeSpan elapsed, ReleaseAnswer? heard, DateTimeOffset now)
    {
        release = release with { Waited = release.Waited + elapsed };
        if (heard is not null && release.Phase == ReleasePhase.Asking)
        {
            var isTaken = heard.Outcome is HookOutcome.Passed;
            release = release with { Attempts = release.Attempts + 1, Last = heard.Outcome, DueAt = release.Waited + request.Interval, Phase = isTaken ? ReleasePhase.Waiting : ReleasePhase.Asking };
            if (isTaken) return new Step(new ReleaseTurn.Waiting(release, Taken(release)), release, false, "taken");
            if (heard.IsFinal) return End(release, ReleasePhase.Refused, Describe(release with { Phase = ReleasePhase.Refused }), now);
        }
        if (release.Waited >= request.Deadline) return End(release, ReleasePhase.Expired, Describe(release with { Phase = ReleasePhase.Expired }), now);
        return release.Phase == ReleasePhase.Waiting
            ? new Step(new ReleaseTurn.Waiting(release, Taken(release)), release, false, null)
            : new Step(new ReleaseTurn.Waiting(release, release.Last is null ? $"the pipeline is asked for {Name(release)}" : $"the pipeline did not take {Name(release)}: {release.Last.Sentence}; it is asked every {Duration.Format(request.Interval)}"),
                release, release.DueAt <= release.Waited, null);
    }

    private static Step End(ReleaseState release, ReleasePhase phase, string sentence, DateTimeOffset now)
    {
        var ended = release with { Phase = phase, EndedAt = now };
        return phase == ReleasePhase.Done
            ? new Step(new ReleaseTurn.Ready(ended, sentence), ended, false, "done")
            : new Step(new ReleaseTurn.Failed(ended, sentence), ended, false, phase == ReleasePhase.Refused ? "refused" : "expired");
    }

    private static string Taken(ReleaseState release) => $"the pipeline has taken {Name(release)} ({release.Last?.Sentence}); readiness is waited for since {Round(release.Waited)}";

    private static string Describe(ReleaseState release) => release.Phase == ReleasePhase.Refused
        ? $"the pipeline refused {Name(release)}: {release.Last?.Sentence}"
        : $"{Name(release)} was asked for and did not become ready within {Round(release.Waited)}{(release.Last is { } last and not HookOutcome.Passed ? $": {last.Sentence}" : "")}";

    private static string Name(ReleaseState release) => release.Version is { } version ? $"{version} on {release.To.Word()}" : $"a deployment to {release.To.Word()}";

    private static string Round(TimeSpan time) => Duration.Format(TimeSpan.FromSeconds(Math.Ceiling(time.TotalSeconds)));
}
