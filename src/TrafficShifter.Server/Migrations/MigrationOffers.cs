using TrafficShifter.Core.Access;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Migrations;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Rollouts;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Server.Security;
using TrafficShifter.Server.Traffic;

namespace TrafficShifter.Server.Migrations;

/// <summary>Makes a migration's answers: of what whoever asks may see, with what they may do and what does nothing now.</summary>
public sealed class MigrationOffers(TrafficFollower follower, Offers offers, Visible visible, TimeProvider time)
{
    /// <summary>Why an application did not move, for whoever may not see what it waited for.</summary>
    private const string Unnamed = "it begins after another application, which did not move";

    private const int MostAttention = 50;
    private static readonly MovePhase[] Order = [MovePhase.Moving, MovePhase.NotReady, MovePhase.Failed, MovePhase.RolledBack];

    /// <summary>The calls by which a migration is told something.</summary>
    public static readonly IReadOnlyList<string> Commands = ["pause", "resume", "abort", "approve", "reject"];

    public async Task<MigrationTick> TickAsync(CancellationToken cancellationToken) => new() { Now = time.GetUtcNow(), Traffic = follower.Current, Standstill = await offers.FindStandstillAsync(cancellationToken) };

    public MigrationAnswer Answer(HttpContext http, Migration migration, ulong index, IReadOnlyList<Move> all, MigrationTick tick)
    {
        var (moves, seesAll, blocked) = (See(http, migration, all), SeesAll(http), FindBlocked(http, migration, all));
        migration = See(http, migration);
        var standing = MigrationStanding.Of(migration, moves, tick);
        List<Move> attention = [.. moves.Where(m => Order.Contains(m.Phase)).OrderByDescending(m => m.NeedsSomebody).ThenBy(m => Array.IndexOf(Order, m.Phase)).Take(MostAttention)];
        return new MigrationAnswer(
            migration.Name, migration.Phase, migration.Definition, migration.Wave + 1, standing.Counts, standing.HeldBy, seesAll ? standing.StopRule : null, standing.Forecast, standing.Waves,
            Explain(migration, moves, attention, tick),
            seesAll ? migration.Decisions : null, migration.Outcome, migration.By, migration.At, migration.StartedBy, migration.StartedAt, migration.EndedAt, index)
        {
            Can = [.. Verbs.OfMigrations.Where(Caller.Of(http).Permits).Select(v => v.Name)],
            Blocked = blocked,
        };
    }

    public MigrationReport Report(HttpContext http, Migration migration, IReadOnlyList<Move> all, MigrationTick tick)
    {
        var moves = See(http, migration, all);
        migration = See(http, migration);
        var standing = MigrationStanding.Of(migration, moves, tick);
        return new MigrationReport(migration.Name, migration.Phase, standing.HeldBy, standing.Counts, migration.StartedBy, migration.StartedAt, migration.EndedAt, standing.Waves,
            Explain(migration, moves, moves, tick));
    }

    private static IReadOnlyList<MoveAnswer> Explain(Migration migration, IReadOnlyList<Move> moves, IReadOnlyList<Move> asked, MigrationTick tick) =>
        [.. asked.Zip(MigrationStanding.Explain(migration, moves, asked, tick), (m, why) => MoveAnswer.Of(migration, m, why))];

    public static MigrationCommand Make(string verb, ChangeNote note, Identity who, bool rollouts)
    {
        IReadOnlyList<string> names = [.. who.GateNames];
        return verb switch
        {
            "pause" => new MigrationCommand.Pause(note, names),
            "resume" => new MigrationCommand.Resume(note, names),
            "abort" => new MigrationCommand.Abort(note, names, rollouts),
            "approve" => new MigrationCommand.Approve(note, names),
            "reject" => new MigrationCommand.Reject(note, names),
            _ => throw new ArgumentOutOfRangeException(nameof(verb), verb, "none of the commands"),
        };
    }

    private Dictionary<string, string> FindBlocked(HttpContext http, Migration migration, IReadOnlyList<Move> moves)
    {
        var (who, now, blocked) = (Caller.Of(http), time.GetUtcNow(), new Dictionary<string, string>());
        if (migration.Phase != MigrationPhase.Draft) blocked["start"] = $"it has started already: it is {migration.Phase.ToString().ToLowerInvariant()}";
        foreach (var verb in Commands)
            if (MigrationCommands.Apply(migration, moves, Make(verb, new ChangeNote("", who.Name, null, now), who, rollouts: true)).Refusal is { } why) blocked[verb] = why;
        if (FindKept(migration) is { } kept) (blocked["replace"], blocked["delete"]) = (kept, kept);
        else if (migration.Phase != MigrationPhase.Draft) blocked["replace"] = "it has ended: its report stays as it is; store the next one under another name";
        if (follower.Problem is not null)
            foreach (var verb in Commands.Concat(["start", "replace", "delete"])) blocked[verb] = "the store is away: nothing can be written";
        return blocked;
    }

    /// <summary>Why a migration is neither replaced nor forgotten; null when it may be forgotten.</summary>
    public static string? FindKept(Migration migration) => migration.Phase.IsDriven() ? $"it is {migration.Phase.ToString().ToLowerInvariant()} and holds applications: abort it first, or wait for its end" : null;

    private bool SeesAll(HttpContext http) => visible.To(http, null);

    /// <summary>Those that may be seen, without sentences that name what may not.</summary>
    private IReadOnlyList<Move> See(HttpContext http, Migration migration, IReadOnlyList<Move> moves)
    {
        if (SeesAll(http)) return moves;
        var hidden = (migration.Definition.After ?? new Dictionary<AppName, IReadOnlyList<AppName>>()).Values.SelectMany(a => a).Distinct().Where(a => !visible.To(http, a)).Select(a => $"it begins after {a}, ").ToList();
        return [.. moves.Where(m => visible.To(http, m.App)).Select(m => hidden.Any(h => m.Sentence?.Contains(h, StringComparison.Ordinal) == true) ? m with { Sentence = Unnamed } : m)];
    }

    /// <summary>Without what names applications that whoever asks may not see; what a rule says of the last failure is one.</summary>
    private Migration See(HttpContext http, Migration migration) => SeesAll(http) ? migration : migration with
    {
        Outcome = migration.Outcome is null ? null : migration.Phase.ToString().ToLowerInvariant(),
        Definition = migration.Definition with
        {
            Waves = [.. migration.Definition.Waves.Select(w => w.Select.Apps is null ? w : w with { Select = w.Select with { Apps = [.. w.Select.Apps.Where(a => visible.To(http, a))] } })],
            After = migration.Definition.After?.Where(a => visible.To(http, a.Key)).ToDictionary(a => a.Key, a => (IReadOnlyList<AppName>)[.. a.Value.Where(o => visible.To(http, o))]),
        },
    };
}
