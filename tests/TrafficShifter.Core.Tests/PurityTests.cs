using System.Reflection;
using System.Runtime.CompilerServices;
using TrafficShifter.Core.Rollouts;

namespace TrafficShifter.Core.Tests;

public sealed class PurityTests
{
    [Fact]
    public void Core_awaits_nothing()
    {
        const BindingFlags all = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly;
        var methods = typeof(RolloutEngine).Assembly.GetTypes().SelectMany(t => t.GetMethods(all)).ToList();
        methods.Count.ShouldBeGreaterThan(100);
        methods.Where(m => m.GetCustomAttribute<AsyncStateMachineAttribute>() is not null).Select(m => $"{m.DeclaringType}.{m.Name}").ShouldBeEmpty();
    }
}
