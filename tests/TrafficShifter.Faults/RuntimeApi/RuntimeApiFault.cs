using TrafficShifter.Faults.Network;
using TrafficShifter.Faults.Stack;

namespace TrafficShifter.Faults.RuntimeApi;

/// <summary>The first HAProxy treats its agent badly; its users are served as ever.</summary>
internal sealed class RuntimeApiFault(string name, Manners manners) : IFault
{
    public static IReadOnlyList<IFault> All { get; } =
    [
        new RuntimeApiFault("runtime-api-hangs", Manners.Hangs),
        new RuntimeApiFault("runtime-api-answers-half", Manners.AnswersHalf),
        new RuntimeApiFault("runtime-api-answers-another", Manners.AnswersAnother),
        new RuntimeApiFault("runtime-api-answers-garbage", Manners.AnswersGarbage),
        new RuntimeApiFault("runtime-api-read-only", Manners.IsReadOnly),
    ];

    public string Name => name;

    public TimeSpan Bound => TimeSpan.FromSeconds(10);

    public bool TouchesTraffic => false;

    public string Class => "runtime-api";

    public IReadOnlyList<int> WithoutAgent => [0];

    public Task InjectAsync(FaultStack stack, CancellationToken cancellationToken) => BecomeAsync(stack, manners);

    public Task HealAsync(FaultStack stack, CancellationToken cancellationToken) => BecomeAsync(stack, Manners.Right);

    private static Task BecomeAsync(FaultStack stack, Manners manners)
    {
        stack.Links.RelayOf<RuntimeApiRelay>("agent1", "haproxy1").Become(manners);
        return Task.CompletedTask;
    }
}
