using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Migrations;
using TrafficShifter.Core.Rollouts;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Tests.Migrations;

/// <summary>A migration resumes the pause that it made itself, and leaves alone what a person did since.</summary>
public sealed class HeldBackTests
{
    private static readonly TimeSpan Step = TimeSpan.FromSeconds(30);
    private readonly SimulatedCampaign _campaign = new(SomeMigration.To(MigrationTarget.Green, SomeMigration.OfApps("one", "a")), [SomeMigration.App("a")], seed: 1);
    private bool _isReady = true;
    private int _ids;

    public HeldBackTests()
    {
        _campaign.IsReady = (_, _) => _isReady;
        _campaign.Run(Step, c => c.Running.Count == 1);
    }

    private Rollout Rollout => _campaign.Fleet.Store.Read<Rollout>(Keys.Rollout(SomeMigration.Named("a"), _campaign.Moves[0].Rollout!.ToString())).Value!;

    [Fact]
    public void What_was_held_back_before_its_first_step_goes_back_to_where_it_waited()
    {
        HoldBack();
        BecomeReady();
        (Rollout.Phase, Rollout.Decisions[^1].Sentence).ShouldBe((RolloutPhase.Pending, "resumed by migration cilium-move (ready again): nothing is moved yet"));
        _campaign.Traffic.Find(SomeMigration.Named("a")).Weights.Value!.Describe().ShouldBe("blue 100% / green 0%");
        _campaign.Run(Step);
        _campaign.Moves[0].Phase.ShouldBe(MovePhase.Moved);
    }

    [Fact]
    public void Weights_that_a_person_wrote_meanwhile_stay()
    {
        HoldBack();
        _campaign.Fleet.WriteWeights(SomeMigration.Named("a"), Weights.AllOn(Colour.Blue) with { By = "ann" });
        BecomeReady();
        ShouldStayPaused();
    }

    [Fact]
    public void A_person_who_pauses_what_it_paused_has_the_pause()
    {
        HoldBack();
        Tell(new RolloutCommand.Pause("ann", "not now")).ShouldBeTrue();
        (Rollout.PausedReason, Rollout.PausedFrom).ShouldBe(("paused by ann (not now)", RolloutPhase.Pending));
        Tell(new RolloutCommand.Pause("ben")).ShouldBeFalse("a person's pause is no other's to replace");
        BecomeReady();
        ShouldStayPaused();
    }

    [Fact]
    public void A_pause_that_came_after_a_persons_resume_is_theirs()
    {
        HoldBack();
        Tell(new RolloutCommand.Resume("ann")).ShouldBeTrue();
        Tell(new RolloutCommand.Pause("ann")).ShouldBeTrue();
        BecomeReady();
        ShouldStayPaused();
    }

    [Fact]
    public void Who_tells_the_rollout_looks_again_at_the_pause_and_at_the_weights()
    {
        HoldBack();
        var own = new RolloutCommand.Resume(_campaign.Migration.Signature) { OwnPauseOnly = true };
        Tell(own with { By = "migration other" }).ShouldBeFalse();
        _campaign.Fleet.WriteWeights(SomeMigration.Named("a"), Weights.AllOn(Colour.Blue));
        Tell(own).ShouldBeFalse();
    }

    private void HoldBack()
    {
        _isReady = false;
        _campaign.Run(Step, _ => Rollout.Phase == RolloutPhase.Paused);
        _campaign.Moves[0].HeldBack.ShouldBeTrue();
    }

    private void BecomeReady()
    {
        _isReady = true;
        for (var turns = 0; turns < 4; turns++) _campaign.Run(Step, OnceMore());
    }

    /// <summary>One turn.</summary>
    private static Func<SimulatedCampaign, bool> OnceMore()
    {
        var turns = 0;
        return _ => turns++ > 0;
    }

    private void ShouldStayPaused()
    {
        Rollout.Phase.ShouldBe(RolloutPhase.Paused);
        (_campaign.Moves[0].HeldBack, _campaign.Moves[0].NeedsSomebody).ShouldBe((false, true));
    }

    private bool Tell(RolloutCommand command) => _campaign.Fleet.Tell(Rollout.Id, command, $"01JD2X3Y4Z5A6B7C9D{++_ids:D8}", _campaign.Now) is { } told && _campaign.Fleet.TryCommit(told);
}
