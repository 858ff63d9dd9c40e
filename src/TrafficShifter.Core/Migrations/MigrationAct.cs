using TrafficShifter.Core.Rollouts;

namespace TrafficShifter.Core.Migrations;

/// <summary>Something that a turn of a migration does, with one sentence that explains it. Each is one transaction.</summary>
public abstract record MigrationAct(string Sentence)
{
    /// <summary>The migration itself goes on, stops or ends.</summary>
    /// <param name="Kind">What the history calls it: <c>waveBegan</c>.</param>
    /// <param name="Moves">Applications that change with it.</param>
    public sealed record Advance(Migration Next, string Kind, IReadOnlyList<Move> Moves, string Sentence) : MigrationAct(Sentence);

    /// <summary>Takes hold of applications. Those that begin as <see cref="MovePhase.Skipped"/> are only noted.</summary>
    public sealed record Hold(IReadOnlyList<Move> Moves, string Sentence) : MigrationAct(Sentence);

    /// <summary>Lets applications go.</summary>
    public sealed record LetGo(IReadOnlyList<Move> Moves, string Sentence) : MigrationAct(Sentence);

    /// <summary>An application's move goes on or ends without anybody being told anything.</summary>
    /// <param name="Kind">What the history calls it; null: nothing that the history needs.</param>
    /// <param name="StateIndex">ModifyIndex of the application's state that it was decided on, where it was; the note loses when that was written since.</param>
    public sealed record Note(Move Next, string? Kind, string Sentence, ulong? StateIndex = null) : MigrationAct(Sentence);

    /// <summary>Begins an application's rollout. Its id is written with the rollout, in one transaction.</summary>
    /// <param name="Next">The move as it is then, without the rollout's id.</param>
    public sealed record Begin(Move Next, string Sentence) : MigrationAct(Sentence);

    /// <summary>Tells an application's rollout something.</summary>
    public sealed record Steer(Move Next, RolloutCommand Command, string Sentence) : MigrationAct(Sentence);
}

/// <summary>What one turn decided.</summary>
/// <param name="Next">The migration with its clocks as they run; stored with the next <see cref="MigrationAct.Advance"/> or checkpoint.</param>
/// <param name="Moves">Its moves likewise.</param>
/// <param name="Acts">To be done in this order; the rest of them is dropped when one loses a race.</param>
public sealed record MigrationTurn(Migration Next, IReadOnlyList<Move> Moves, IReadOnlyList<MigrationAct> Acts);
