using TrafficShifter.Core.Rollouts;

namespace TrafficShifter.Core.Tests.Rollouts;

/// <summary>Something that happened, what was decided, and what came of it.</summary>
internal sealed record Edge(World Before, Happening What, Decision Decision, RolloutTick Tick, World After);

/// <summary>All that can come of a plan: every world that is reached, by everything that can happen in each.</summary>
internal sealed record Exploration(IReadOnlyList<World> Worlds, IReadOnlyList<Edge> Edges)
{
    private const int Limit = 50_000;
    private static readonly Happening[] All = Enum.GetValues<Happening>();

    public static Exploration Of(Plan plan)
    {
        var found = new Dictionary<string, World>(StringComparer.Ordinal);
        var open = new Queue<World>();
        var edges = new List<Edge>();
        Add(World.Begin(plan));
        while (open.TryDequeue(out var world))
        {
            // An answer matters only to who waits for one, a judge's word only where there is one.
            foreach (var what in All.Where(w => w switch
            {
                Happening.HookSilent or Happening.HookFailed or Happening.HookError => RolloutEngine.FindCall(world.Rollout) is not null,
                Happening.JudgeWorse or Happening.JudgeUnsure or Happening.JudgeSilent => plan.IsJudged,
                _ => true,
            }))
            {
                var (after, decision, tick) = world.Play(what);
                if (decision is not null) edges.Add(new Edge(world, what, decision, tick!, after));
                // Nothing comes after an end, whatever happens: that is one of the things that hold.
                if (!world.Rollout.Phase.IsEnd()) Add(after);
            }
            if (found.Count > Limit) throw new InvalidOperationException("the states do not end: something counts without a limit");
        }
        return new Exploration([.. found.Values], edges);

        void Add(World world)
        {
            if (found.TryAdd(world.Key(), world)) open.Enqueue(world);
        }
    }
}
