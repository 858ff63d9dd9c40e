using TrafficShifter.Core.Analysis;

namespace TrafficShifter.Core.Rollouts;

/// <summary>Reads one hook of a plan.</summary>
internal static class HookReader
{
    public static Hook Read(MemberReader json)
    {
        var type = json.OneOf("type", HookType.PreStep);
        if (!json.Has("type")) json.Problem("type", "is missing: \"preStep\", \"gate\" or \"postRollout\"");
        var defaults = new Hook { Name = "", Url = "", Type = type };
        var hook = defaults with
        {
            Name = json.Text("name", required: true) ?? "",
            Url = json.Text("url", required: true) ?? "",
            Timeout = json.Time("timeout", defaults.Timeout),
            Interval = json.Time("interval", defaults.Interval),
            FailuresInARow = (int)json.Whole("failuresInARow", defaults.FailuresInARow),
            OnFailure = json.OneOf("onFailure", type == HookType.PostRollout ? OutcomeAction.Hold : defaults.OnFailure),
            ErrorsInARow = (int)json.Whole("errorsInARow", defaults.ErrorsInARow),
            OnError = json.OneOf("onError", type == HookType.PostRollout ? OutcomeAction.Hold : defaults.OnError),
        };
        json.RefuseTheRest();
        return hook;
    }
}
