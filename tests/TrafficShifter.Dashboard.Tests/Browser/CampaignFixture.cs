using TrafficShifter.EndToEnd.Tests.Stack;

namespace TrafficShifter.Dashboard.Tests.Browser;

/// <summary>A stack of its own for what takes hold of whole sides: each application has servers that can fail without the others.</summary>
public sealed class CampaignFixture : DashboardFixture
{
    /// <summary>Two steps without traffic: the check is always passed.</summary>
    public static object Plan { get; } = new
    {
        steps = new[] { new { share = "50%", hold = "1s" } },
        checks = new[] { new { name = "up", query = "vector(0)", max = 0.5, window = "1s", interval = "1s" } },
    };

    protected override StackSetup Setup => new() { Backends = [new("news"), new("mail"), new("wiki"), new("lone"), new("idle")], OwnUpstreams = true, Nodes = 1 };
}

[CollectionDefinition(Name)]
public sealed class CampaignGroup : ICollectionFixture<CampaignFixture>
{
    public const string Name = "campaigns";
}
