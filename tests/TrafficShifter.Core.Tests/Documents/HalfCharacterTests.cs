using System.Text.Json;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Rollouts;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Tests.Documents;

public sealed class HalfCharacterTests
{
    [Theory]
    [InlineData("""{"a":"\ud800"}""", true)]
    [InlineData("""{"a":"\udc00"}""", true)]
    [InlineData("""{"\udfff":1}""", true)]
    [InlineData("""["\ud83e\ud83e\udd86"]""", true)]
    [InlineData("""["\\\ud83e"]""", true)]
    [InlineData("""["\ud83e\udd86"]""", false)]
    [InlineData("""["🦆\\ud800"]""", false)]
    [InlineData("""["\u00e9\n\"\\"]""", false)]
    [InlineData("""["\ud83e\udd86\ud83e\udd86"]""", false)]
    [InlineData("\"\\", false)]
    [InlineData("\"\\u12", false)]
    [InlineData("", false)]
    public void Half_a_character_is_found(string json, bool isIn) => HalfCharacter.IsIn(json).ShouldBe(isIn);

    [Theory]
    [InlineData("""{"\ud800":1}""")]
    [InlineData("""{"name":"\ud800","steps":[{"share":"5%","hold":"2m"}]}""")]
    [InlineData("""{"steps":[{"share":"\udc00","hold":"2m"}]}""")]
    public void A_plan_with_one_is_refused(string plan)
    {
        PlanParser.Parse(plan).ShouldBeOfType<PlanParsing.Refused>().Problems.ShouldHaveSingleItem().Detail.ShouldContain("half of a surrogate pair");
        using var json = JsonDocument.Parse(plan);
        PlanParser.Parse(json.RootElement).ShouldBeOfType<PlanParsing.Refused>();
    }

    [Fact]
    public void A_document_with_one_is_broken() =>
        Reading.Of<Weights>(new Entry("weights/shop", """{"blue":90,"green":10,"reason":"\ud800"}""", 7)).ShouldBeOfType<Reading<Weights>.Broken>().Problem.ShouldBe("weights/shop is not valid: it has half of a surrogate pair in it, and no text has that");
}
