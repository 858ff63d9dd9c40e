using TrafficShifter.Faults.Workload;

namespace TrafficShifter.Faults.Tests.Workload;

public sealed class ApiAnswerTests
{
    [Theory]
    [InlineData(200, "", "Accepted")]
    [InlineData(202, "", "Accepted")]
    [InlineData(409, "", "Refused")]
    [InlineData(503, "Consul is away. Nothing was changed; HAProxy keeps its weights.", "Refused")]
    [InlineData(503, "It is not known whether the change was written", "Unknown")]
    [InlineData(500, "", "Unknown")]
    [InlineData(null, "nothing within 5 s", "Unknown")]
    public void What_a_caller_knows_follows_from_status_and_words(int? status, string text, string outcome) => new ApiAnswer(status, default, text).Outcome.ToString().ShouldBe(outcome);

    [Fact]
    public void What_says_that_it_is_old_tells_nothing_of_now() => (new ApiAnswer(200, default, "") { IsOld = true }).Outcome.ShouldBe(OperationOutcome.Unknown);
}
