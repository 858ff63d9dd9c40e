using TrafficShifter.HAProxy.AccessLogs;

namespace TrafficShifter.HAProxy.Tests.AccessLogs;

/// <summary>The table of docs/evidence.md.</summary>
public sealed class TerminationTests
{
    [Theory]
    // Answered, as the server meant it.
    [InlineData("--", 200, RequestOutcome.Good)]
    [InlineData("--", 404, RequestOutcome.Good)]
    [InlineData("--", 500, RequestOutcome.Bad)]
    [InlineData("--", 503, RequestOutcome.Bad)]
    // The client left: while it waited for the side, during an answer that had begun, or with a request that was not whole.
    [InlineData("CR", 400, RequestOutcome.OfNobody)]
    [InlineData("cR", 408, RequestOutcome.OfNobody)]
    [InlineData("CQ", -1, RequestOutcome.GivenUp)]
    [InlineData("CC", -1, RequestOutcome.GivenUp)]
    [InlineData("CH", -1, RequestOutcome.GivenUp)]
    [InlineData("CH", 400, RequestOutcome.GivenUp)]
    [InlineData("cH", 408, RequestOutcome.OfNobody)]
    [InlineData("CD", -1, RequestOutcome.OfNobody)]
    [InlineData("cD", 200, RequestOutcome.Good)]
    [InlineData("CD", 200, RequestOutcome.Good)]
    [InlineData("CD", 500, RequestOutcome.Bad)]
    [InlineData("CL", 200, RequestOutcome.Good)]
    // The server: refused, reset, silent, at whatever point.
    [InlineData("SC", 503, RequestOutcome.Bad)]
    [InlineData("sC", 503, RequestOutcome.Bad)]
    [InlineData("sQ", 503, RequestOutcome.Bad)]
    [InlineData("SH", 502, RequestOutcome.Bad)]
    [InlineData("sH", 504, RequestOutcome.Bad)]
    [InlineData("SD", 200, RequestOutcome.Bad)]
    [InlineData("sD", 200, RequestOutcome.Bad)]
    [InlineData("DD", 200, RequestOutcome.Bad)]
    // HAProxy: its own rules are nobody's, a blocked answer is the server's.
    [InlineData("PR", 403, RequestOutcome.OfNobody)]
    [InlineData("PR", 503, RequestOutcome.OfNobody)]
    [InlineData("PT", 500, RequestOutcome.OfNobody)]
    [InlineData("LR", 301, RequestOutcome.OfNobody)]
    [InlineData("LR", 503, RequestOutcome.OfNobody)]
    [InlineData("PH", 502, RequestOutcome.Bad)]
    [InlineData("PD", 200, RequestOutcome.Bad)]
    [InlineData("RC", 503, RequestOutcome.Bad)]
    [InlineData("PC", 503, RequestOutcome.Bad)]
    [InlineData("IH", 500, RequestOutcome.Bad)]
    // An operator.
    [InlineData("KH", 502, RequestOutcome.OfNobody)]
    [InlineData("KC", 503, RequestOutcome.OfNobody)]
    [InlineData("KD", 200, RequestOutcome.Good)]
    [InlineData("UD", 200, RequestOutcome.Good)]
    public void Each_end_of_a_request_is_somebodys_or_nobodys(string termination, int status, RequestOutcome outcome) =>
        new Termination(termination[0], termination[1]).Judge(status).ShouldBe(outcome);
}
