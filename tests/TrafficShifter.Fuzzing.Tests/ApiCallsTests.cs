using System.Text;
using System.Text.RegularExpressions;
using TrafficShifter.Fuzzing.Engine;
using TrafficShifter.Fuzzing.Targets;

namespace TrafficShifter.Fuzzing.Tests;

public sealed class ApiCallsTests
{
    [Fact]
    public async Task Every_call_that_changes_something_is_in_the_corpus()
    {
        await using var server = await ApiServer.StartAsync();
        var kept = Corpus.Of("api").Select(input => Encoding.UTF8.GetString(input).Split('\n')[0].Split('?')[0]).ToList();

        server.Calls.Count.ShouldBeGreaterThan(20);
        server.Calls.Where(call => !kept.Exists(k => Regex.IsMatch(k, "^" + Regex.Replace(call, @"\{[^}]+\}", "[^/]+") + "$"))).ShouldBeEmpty();
    }
}
