namespace TrafficShifter.Core.Access;

/// <summary>Who may do what: the one table. An endpoint without a verb of it does not start.</summary>
public static class Verbs
{
    public static readonly Verb Look = new("look", Role.Viewer, Reach.Common, "see nodes, plans, freezes and who one is");
    public static readonly Verb View = new("view", Role.Viewer, Reach.App, "see an application, its rollouts and its history");
    public static readonly Verb Metrics = new("metrics", Role.Viewer, Reach.Fleet, "scrape the metrics");

    public static readonly Verb Shift = new("shift", Role.Operator, Reach.App, "set weights");
    public static readonly Verb Targets = new("targets", Role.Operator, Reach.App, "change target rules and opt-outs");
    public static readonly Verb RollBack = new("rollback", Role.Operator, Reach.App, "roll back in an emergency");
    public static readonly Verb Unlock = new("unlock", Role.Operator, Reach.App, "take the lock of a rollback away");
    public static readonly Verb Undo = new("undo", Role.Operator, Reach.App, "undo a promotion");
    public static readonly Verb Start = new("start", Role.Operator, Reach.App, "start a rollout");
    public static readonly Verb Pause = new("pause", Role.Operator, Reach.App, "pause a rollout");
    public static readonly Verb Resume = new("resume", Role.Operator, Reach.App, "resume a rollout");
    public static readonly Verb Promote = new("promote", Role.Operator, Reach.App, "promote a rollout past its steps");
    public static readonly Verb Abort = new("abort", Role.Operator, Reach.App, "abort a rollout");
    public static readonly Verb Approve = new("approve", Role.Operator, Reach.App, "approve at a gate");
    public static readonly Verb Reject = new("reject", Role.Operator, Reach.App, "reject at a gate");
    public static readonly Verb Retry = new("retry", Role.Operator, Reach.App, "begin a rollout again");
    public static readonly Verb Backtest = new("backtest", Role.Operator, Reach.App, "run a plan's checks over past data");
    public static readonly Verb Stop = new("stop", Role.Operator, Reach.Fleet, "stop the line");
    public static readonly Verb Sinks = new("sinks", Role.Operator, Reach.Fleet, "see who is told of events");

    public static readonly Verb Define = new("define", Role.Admin, Reach.App, "register an application or change its definition");
    public static readonly Verb Delete = new("delete", Role.Admin, Reach.App, "delete an application");
    public static readonly Verb RollBackAll = new("rollback-all", Role.Admin, Reach.Fleet, "roll back every application");
    public static readonly Verb Evacuate = new("evacuate", Role.Admin, Reach.Fleet, "take all applications off a colour");
    public static readonly Verb BringBack = new("bring-back", Role.Admin, Reach.Fleet, "bring all applications back to a colour");
    public static readonly Verb Run = new("run", Role.Admin, Reach.Fleet, "let a stopped line run again");
    public static readonly Verb Freeze = new("freeze", Role.Admin, Reach.Fleet, "set and lift freezes");
    public static readonly Verb Plans = new("plans", Role.Admin, Reach.Fleet, "store and forget plans");
    public static readonly Verb Migrations = new("migrations", Role.Admin, Reach.Fleet, "store and forget migrations");
    public static readonly Verb Migrate = new("migrate", Role.Admin, Reach.Fleet, "start, pause, resume and abort migrations");
    public static readonly Verb ApproveWave = new("approve-wave", Role.Operator, Reach.Fleet, "approve or reject a wave of a migration");
    public static readonly Verb Nodes = new("nodes", Role.Admin, Reach.Fleet, "forget nodes");
    public static readonly Verb Tokens = new("tokens", Role.Admin, Reach.Fleet, "see, make and revoke tokens");
    public static readonly Verb Backup = new("backup", Role.Admin, Reach.Fleet, "save the whole installation");
    public static readonly Verb Restore = new("restore", Role.Admin, Reach.Fleet, "write a backup over the installation");

    public static readonly IReadOnlyList<Verb> All =
    [
        Look, View, Metrics,
        Shift, Targets, RollBack, Unlock, Undo, Start, Pause, Resume, Promote, Abort, Approve, Reject, Retry, Backtest, Stop, Sinks, ApproveWave,
        Define, Delete, RollBackAll, Evacuate, BringBack, Run, Freeze, Plans, Migrations, Migrate, Nodes, Tokens, Backup, Restore,
    ];

    /// <summary>What is offered on an application itself.</summary>
    public static readonly IReadOnlyList<Verb> OfApps = [View, Shift, Targets, RollBack, Unlock, Undo, Start, Backtest, Define, Delete];

    /// <summary>What is offered on a rollout.</summary>
    public static readonly IReadOnlyList<Verb> OfRollouts = [View, RollBack, Pause, Resume, Promote, Abort, Approve, Reject, Retry];

    /// <summary>What is offered on a migration.</summary>
    public static readonly IReadOnlyList<Verb> OfMigrations = [View, Migrations, Migrate, ApproveWave];

    public static Verb? Find(string name) => All.FirstOrDefault(v => v.Name == name);
}
