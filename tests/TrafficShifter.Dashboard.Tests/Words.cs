namespace TrafficShifter.Dashboard.Tests;

/// <summary>What a person could write where a reason or a name is asked for.</summary>
internal static class Words
{
    /// <summary>Markup that would run, a change of direction, and what is outside of the first plane.</summary>
    public const string Evil = "<img src=x onerror=\"document.title='hit'\"><script>document.title='hit'</script>\u202Eevil\u202C😈";
}
