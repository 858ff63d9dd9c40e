using TrafficShifter.Core.Access;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Evacuations;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Server.Agents;
using TrafficShifter.Server.Security;
using TrafficShifter.Server.Traffic;

namespace TrafficShifter.Server.Evacuations;

/// <summary>Puts together how a colour stands: from its evacuation, from what is followed of the applications, and from what the nodes say.</summary>
public sealed class ColourReader(EvacuationReader evacuations, TrafficFollower follower, Fleet fleet, Visible visible)
{
    public async Task<ColourAnswer> ReadAsync(Colour colour, HttpContext http)
    {
        var (reading, other) = (await evacuations.FindAsync(colour, http.RequestAborted), (await evacuations.FindAsync(colour.Other(), http.RequestAborted))?.Find());
        var sides = await fleet.ObserveColourAsync(colour, http.RequestAborted);
        var (snapshot, evacuation) = (follower.Current, reading?.Find());
        TrafficReader.NoteAge(http, follower.Problem is null ? null : follower.Age);
        var leavings = evacuation is { IsOn: true } ? (await evacuations.ListLeavingsAsync(colour, http.RequestAborted)).ToDictionary(l => l.Key, l => l.Value.Value) : [];
        var standing = ColourStanding.Of(colour, evacuation, snapshot, sides, leavings);
        var returning = standing.Returning.Count;
        if (!visible.To(http, null)) standing = standing.For(app => visible.To(http, app));
        return new ColourAnswer
        {
            Colour = colour,
            Phase = evacuation is { IsOn: true } ? evacuation.Phase : null,
            Sentence = reading is Reading<Evacuation>.Broken broken ? broken.Problem : standing.Describe(),
            Counts = new ColourCounts(standing.Apps, standing.Serving, standing.Leaving, standing.Evacuated, returning),
            Evacuation = standing.Evacuation,
            Left = Show(standing.Left),
            Waiting = [.. Show(standing.Waiting).Select(w => w with { Can = visible.May(http, Verbs.Approve, AppName.Parse(w.App)) ? [Verbs.Approve.Name] : [] })],
            NotRestored = Show(standing.NotRestored),
            Rollouts = [.. standing.Returning.Select(r => r.Why)],
            QuietSince = standing.QuietSince,
            Nodes = [.. standing.Sides.Nodes.Select(n => ColourNode.Of(n, colour))],
            Can = [.. new[] { Verbs.Evacuate, Verbs.BringBack }.Where(Caller.Of(http).Permits).Select(v => v.Name)],
            Blocked = FindBlocked(colour, evacuation, other, standing),
            ModifyIndex = reading?.ModifyIndex ?? 0,
        };
    }

    private static Dictionary<string, string> FindBlocked(Colour colour, Evacuation? evacuation, Evacuation? other, ColourStanding standing)
    {
        var blocked = new Dictionary<string, string>();
        if (other is { IsOn: true }) blocked[Verbs.Evacuate.Name] = $"{other.Colour.Word()} is evacuated: without {colour.Word()} nothing would serve";
        if (evacuation is not { IsOn: true } && standing.Evacuated == 0) blocked[Verbs.BringBack.Name] = $"{colour.Word()} is not evacuated";
        return blocked;
    }

    private static List<AppSentence> Show(IReadOnlyList<(AppName App, string Why)> apps) => [.. apps.Select(a => new AppSentence(a.App.Value, a.Why))];
}
