using TrafficShifter.Core.Apps;

namespace TrafficShifter.Core.Tests.Apps;

public sealed class NameTests
{
    public static readonly TheoryData<string> NeverNames =
    [
        "", " ", "a b", "a\nb", "a\r", "a;b", "a/b", "..", "../x", "a\0b", "\0", new string('a', 300), "магазин", "店", "café", "ｓｈｏｐ", "a\u200bb", "a\u202eb", "#a", "a\"b", "a%2fb", "a\\b",
    ];

    [Theory]
    [InlineData("a")]
    [InlineData("7")]
    [InlineData("shop")]
    [InlineData("shop-2")]
    [InlineData("0-0")]
    [InlineData("a--b")]
    [InlineData("xn--caf-dma")]
    public void An_application_may_be_called(string text)
    {
        AppName.FindProblem(text).ShouldBeNull();
        AppName.Parse(text).Value.ShouldBe(text);
        AppName.TryParse(text, null, out var name).ShouldBeTrue();
        name.ShouldBe(AppName.Parse(text));
    }

    [Theory]
    [MemberData(nameof(NeverNames))]
    [InlineData("-shop")]
    [InlineData("shop-")]
    [InlineData("-")]
    [InlineData("Shop")]
    [InlineData("shop_2")]
    [InlineData("shop.eu")]
    [InlineData("shop:eu")]
    public void An_application_may_not_be_called(string text)
    {
        AppName.TryParse(text, null, out _).ShouldBeFalse();
        Should.Throw<FormatException>(() => AppName.Parse(text)).Message.ShouldBe(AppName.FindProblem(text));
    }

    [Theory]
    [MemberData(nameof(NeverNames))]
    public void A_backend_or_server_that_HAProxy_could_misread_has_no_name(string text)
    {
        ProxyName.TryParse(text, null, out _).ShouldBeFalse();
        Should.Throw<FormatException>(() => ProxyName.Parse(text)).Message.ShouldBe(ProxyName.FindProblem(text));
    }

    [Theory]
    [InlineData("be_shop")]
    [InlineData("Shop.EU:80")]
    [InlineData("-")]
    [InlineData("...")]
    public void HAProxys_own_alphabet_is_taken(string text) => ProxyName.Parse(text).Value.ShouldBe(text);

    [Fact]
    public void The_longest_names_are_taken_and_one_more_is_not()
    {
        AppName.FindProblem(new string('a', 63)).ShouldBeNull();
        AppName.FindProblem(new string('a', 64)).ShouldBe("an application name has at most 63 characters, this one has 64");
        ProxyName.FindProblem(new string('a', 128)).ShouldBeNull();
        ProxyName.FindProblem(new string('a', 129)).ShouldBe("a HAProxy name has at most 128 characters, this one has 129");
    }

    [Theory]
    [InlineData("sh op", "character 3 is U+0020")]
    [InlineData("shop\n", "character 5 is U+000A")]
    [InlineData("s\0", "character 2 is U+0000")]
    [InlineData("s;x", "character 2 is ';'")]
    [InlineData("sé", "character 2 is U+00E9")]
    public void A_problem_says_which_character_it_is(string text, string where)
    {
        AppName.FindProblem(text).ShouldNotBeNull().ShouldEndWith(where);
        ProxyName.FindProblem(text).ShouldNotBeNull().ShouldEndWith(where);
    }

    [Fact]
    public void Nothing_is_no_name()
    {
        AppName.FindProblem(null).ShouldBe("an application needs a name");
        ProxyName.FindProblem(null).ShouldBe("a HAProxy name is not empty");
    }
}
