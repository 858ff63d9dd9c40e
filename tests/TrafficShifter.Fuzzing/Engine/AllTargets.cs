using TrafficShifter.Fuzzing.Targets;

namespace TrafficShifter.Fuzzing.Engine;

/// <summary>Every boundary, in the order in which they are tried.</summary>
internal static class AllTargets
{
    private static readonly Func<FuzzTarget>[] Makers =
    [
        () => new RuntimeApiTarget(), () => new ShowStatTarget(), () => new ShowServersStateTarget(), () => new ShowMapTarget(), () => new ShowOthersTarget(), () => new AccessLogTarget(), () => new OctetFramesTarget(),
        () => new ConsulTarget(), () => new VictoriaMetricsTarget(), () => new AgentTarget(), () => new PlanTarget(), () => new YamlTarget(), () => new DocumentsTarget(), () => new NamesTarget(), () => new RawRowsTarget(),
        () => new WordsTarget(), () => new QueryTarget(), () => new ProbeTarget(), () => new IdentityTarget(), () => new CertificatesTarget(), () => new ApiTarget(),
    ];

    public static IReadOnlyList<string> Names { get; } = [.. Makers.Select(make => { using var target = make(); return target.Name; })];

    /// <summary>A new one; null when there is none of this name.</summary>
    public static FuzzTarget? Make(string name) => Names.ToList().IndexOf(name) is >= 0 and var at ? Makers[at]() : null;
}
