using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Rollouts;

/// <summary>What a tick decided, with one sentence that explains it.</summary>
public abstract record Decision(string Sentence)
{
    /// <summary>Who decided, where it was a person; null for the rollout itself.</summary>
    public string? By { get; init; }

    /// <summary>The stable word for programs, as in <see cref="DecisionRecord.Kind"/>.</summary>
    public abstract string Kind { get; }

    /// <summary>The first step's weights.</summary>
    public sealed record Start(Share Share, string Sentence) : Decision(Sentence)
    {
        public override string Kind => "start";
    }

    /// <param name="Step">Index of the step that begins, from 0.</param>
    public sealed record Advance(int Step, Share Share, string Sentence) : Decision(Sentence)
    {
        public override string Kind => "advance";
    }

    /// <summary>Nothing changes.</summary>
    public sealed record Hold(HoldReason Why, string Sentence) : Decision(Sentence)
    {
        public override string Kind => "hold";
    }

    /// <summary>The weights stay as they are, whoever wrote them.</summary>
    public sealed record Pause(string Sentence) : Decision(Sentence)
    {
        public override string Kind => "pause";
    }

    /// <param name="Reapplies">The weights are written again, because they are no longer the rollout's own.</param>
    public sealed record Resume(bool Reapplies, string Sentence) : Decision(Sentence)
    {
        public override string Kind => "resume";
    }

    /// <summary>All traffic to the new colour; it becomes stable once this is observed.</summary>
    public sealed record Promote(string Sentence) : Decision(Sentence)
    {
        public override string Kind => "promote";
    }

    /// <summary>All traffic back to the stable colour.</summary>
    public sealed record RollBack(string Sentence) : Decision(Sentence)
    {
        public override string Kind => "rollBack";
    }

    /// <summary>A gate is reached: a person is asked.</summary>
    public sealed record Ask(string Sentence) : Decision(Sentence)
    {
        public override string Kind => "ask";
    }

    /// <summary>A hook answered, or did not: it is noted, and the rollout waits on or goes on in its next turn.</summary>
    public sealed record Hear(HookOutcome Outcome, string Sentence) : Decision(Sentence)
    {
        public override string Kind => "hear";
    }

    /// <summary>A person lets the step's gate pass.</summary>
    public sealed record Approve(string Sentence) : Decision(Sentence)
    {
        public override string Kind => "approve";
    }

    /// <summary>All traffic back to the stable colour, because a person said no at a gate.</summary>
    public sealed record Reject(string Sentence) : Decision(Sentence)
    {
        public override string Kind => "reject";
    }

    /// <summary>All traffic back to the stable colour, because a person said so.</summary>
    public sealed record Abort(string Sentence) : Decision(Sentence)
    {
        public override string Kind => "abort";
    }

    /// <summary>The rollout is over; the weights stay.</summary>
    /// <param name="Outcome">Succeeded, RolledBack or Aborted.</param>
    public sealed record Finish(RolloutPhase Outcome, string Sentence) : Decision(Sentence)
    {
        public override string Kind => "finish";
    }
}

/// <summary>What a hold waits for.</summary>
public enum HoldReason
{
    /// <summary>The step's time.</summary>
    Time,

    /// <summary>The metrics of the new weights.</summary>
    Settling,

    /// <summary>Nodes that are not observed on the weights.</summary>
    Nodes,

    /// <summary>The metric source.</summary>
    Metrics,

    /// <summary>Checks that have not passed.</summary>
    Checks,

    /// <summary>The judge, which has not seen enough or does not like what it sees.</summary>
    Judge,

    /// <summary>A person: the rollout is paused.</summary>
    Person,

    /// <summary>A person's word at a gate.</summary>
    Gate,

    /// <summary>A hook's answer, or the time for its next attempt.</summary>
    Hook,

    /// <summary>The end of a freeze, or that the line runs again.</summary>
    Standstill,

    /// <summary>Somebody who may do what this person may not.</summary>
    Permission,

    /// <summary>Servers of the colour that is to get the traffic: too few are usable, or none.</summary>
    Servers,

    /// <summary>Nothing: the rollout is over, or there was nothing to do.</summary>
    Nothing,
}
