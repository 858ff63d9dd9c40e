using TrafficShifter.Core.Rollouts;

namespace TrafficShifter.Core.Tests.Rollouts;

public sealed class RolloutIdTests
{
    [Theory]
    [InlineData("shop-01jd2x3y4z5a6b7c8d9e0f1g2h", "shop")]
    [InlineData("web-shop-2-01jd2x3y4z5a6b7c8d9e0f1g2h", "web-shop-2")]
    public void An_id_carries_its_application(string text, string app)
    {
        var id = RolloutId.Parse(text);
        id.App.Value.ShouldBe(app);
        id.ToString().ShouldBe(text);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("shop")]
    [InlineData("-01jd2x3y4z5a6b7c8d9e0f1g2h")]
    [InlineData("shop-01jd2x3y4z5a6b7c8d9e0f1g2")]
    [InlineData("shop-01JD2X3Y4Z5A6B7C8D9E0F1G2H")]
    [InlineData("shop-81jd2x3y4z5a6b7c8d9e0f1g2h")]
    [InlineData("shop-01jd2x3y4z5a6b7c8d9e0f1g2i")]
    [InlineData("Shop-01jd2x3y4z5a6b7c8d9e0f1g2h")]
    [InlineData("a/b-01jd2x3y4z5a6b7c8d9e0f1g2h")]
    public void Anything_else_is_no_id(string? text) => RolloutId.TryParse(text, null, out _).ShouldBeFalse();
}
