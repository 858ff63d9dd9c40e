namespace TrafficShifter.Server.Tests.Evidence;

/// <summary>Which half of a colour's servers a request counts in.</summary>
public sealed class EvidenceHalvesTests
{
    [Fact]
    public void Neither_half_of_a_colours_servers_is_empty()
    {
        foreach (var servers in new[] { 2, 3, 7 })
        {
            var node = new EvidenceNode();
            node.SetRollout("cart", running: true);
            node.Series();
            foreach (var colour in new[] { "blue", "green" })
            {
                for (var round = 0; round < 2; round++)
                    for (var i = 1; i <= servers; i++) node.Log($"cart {colour}{i} 200 -- 0 0/0/1 - -");
                foreach (var half in new[] { "a", "b" }) node.Sum($"evidence_requests_total{{app=\"cart\",colour=\"{colour}\",half=\"{half}\"").ShouldBeGreaterThan(0, $"{servers} servers, {colour}, {half}");
            }
        }
    }

    [Theory]
    [InlineData("web_green <NOSRV> 503 SC 0 0/-1/-1 r.500.web.shop 300")]
    [InlineData("no_such_app <NOSRV> 503 LR 0 0/0/0 r.500.web.shop 300")]
    [InlineData("web_blue blue1 200 -- 0 0/0/1 r.500.web.shop 300")]
    [InlineData("web_blue blue2 200 -- 0 0/0/1 r.500.web.shop 300")]
    public void What_no_server_of_the_colour_had_is_in_one_half_always(string line)
    {
        var node = new EvidenceNode();
        node.SetRollout("shop", running: true);
        node.Series();
        node.Log("web_blue blue1 200 -- 0 0/0/1 r.500.web.shop 700").Log("web_blue blue2 200 -- 0 0/0/1 r.500.web.shop 700");

        node.Log(line, 10);

        node.Series().ShouldContain("evidence_bad_total{app=\"shop\",colour=\"green\",half=\"a\"} 10");
        node.Sum("evidence_bad_total").ShouldBe(10);
    }
}
