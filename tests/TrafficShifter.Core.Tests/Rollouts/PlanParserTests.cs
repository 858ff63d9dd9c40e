using System.Text.Json.Nodes;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Rollouts;

namespace TrafficShifter.Core.Tests.Rollouts;

public sealed class PlanParserTests
{
    private const string Good = """
        { "steps": [ { "share": "5%", "hold": "2m" }, { "share": "50%", "hold": "5m" } ],
          "checks": [ { "name": "errors", "query": "sum(rate(e{app=\"{{app}}\"}[{{window}}]))", "max": 0.01 } ] }
        """;

    [Fact]
    public void Defaults_are_expanded_and_pinned()
    {
        var plan = PlanParser.Parse(Good).ShouldBeOfType<PlanParsing.Good>().Plan;
        Golden.Matches("plan.json", plan);
    }

    [Fact]
    public void A_plan_that_was_written_reads_back_the_same()
    {
        var plan = ((PlanParsing.Good)PlanParser.Parse(Good)).Plan;
        var written = DocumentJson.Write(plan);
        DocumentJson.Write(PlanParser.Parse(written).ShouldBeOfType<PlanParsing.Good>().Plan).ShouldBe(written);
    }

    [Theory]
    [InlineData("/gate", "\"ask\"", "/steps/0/gate", "expected an object, found \"ask\"")]
    [InlineData("/gate", "{\"approvers\":[]}", "/steps/0/gate/approvers", "a gate with no approver would never open")]
    [InlineData("/gate", "{\"approvers\":[\"\"]}", "/steps/0/gate/approvers", "up to 20 names of 1 to 100 characters")]
    [InlineData("/gate", "{\"expires\":\"31d\"}", "/steps/0/gate/expires", "1s to 30d, not 31d")]
    [InlineData("/gate", "{\"onExpiry\":\"promote\"}", "/steps/0/gate/onExpiry", "expected one of \"pause\", \"rollback\"")]
    [InlineData("/guard", "\"approve\"", "/steps/0/guard", "this version does not know \"guard\"")]
    [InlineData("judge", "true", "/judge", "expected an object, found true")]
    [InlineData("judge", "{\"alpha\":2}", "/judge/alpha", "2 is not above 0 and at most 0.5")]
    [InlineData("judge", "{\"alpha\":\"1%\"}", "/judge/alpha", "expected a number, found \"1%\"")]
    [InlineData("judge", "{\"k\":0.5}", "/judge/k", "0.5 is not at least 1 and at most 100")]
    [InlineData("judge", "{\"delta\":-1}", "/judge/delta", "-1 is not at least 0 and at most 0.5")]
    [InlineData("judge", "{\"marginFine\":0}", "/judge/marginFine", "0 is not above 0")]
    [InlineData("judge", "{\"midDwell\":\"10s\"}", "/judge/midDwell", "10s is below minDwell (30s)")]
    [InlineData("judge", "{\"maxDwell\":\"1m\"}", "/judge/maxDwell", "1m is below midDwell (1m30s)")]
    [InlineData("judge", "{\"maxDwell\":\"1h\",\"onNoEvidence\":\"advance\"}", "/judge/maxDwell", "1h is beyond stepDeadline (30m)")]
    [InlineData("judge", "{\"maxDwell\":\"4m\",\"onNoEvidence\":\"rollback\"}", "/judge/maxDwell", "4m is shorter than the step at 50% holds (5m)")]
    [InlineData("judge", "{\"onNoEvidence\":\"promote\"}", "/judge/onNoEvidence", "expected one of \"hold\", \"advance\", \"rollback\"")]
    [InlineData("judge", "{\"queries\":{\"requests\":\"a{c=\\\"{{colour}}\\\"}[{{window}}]\"}}", "/judge/queries/bad", "is missing")]
    [InlineData("judge", "{\"queries\":{\"requests\":\"up[{{window}}]\",\"bad\":\"\"}}", "/judge/queries/requests", "asks the same of both colours")]
    [InlineData("judge", "{\"queries\":{\"requests\":\"a{c=\\\"{{colour}}\\\"}\",\"bad\":\"\"}}", "/judge/queries/requests", "has no {{window}}")]
    [InlineData("judge", "{\"queries\":{\"requests\":\"window_requests{c=\\\"{{colour}}\\\"}[1m]\",\"bad\":\"\"}}", "/judge/queries/requests", "has no {{window}}")]
    [InlineData("judge", "{\"queries\":{\"requests\":\"sum(\",\"bad\":\"\"}}", "/judge/queries/bad", "the query is empty")]
    [InlineData("judge", "{\"enabled\":true,\"p0\":0.1}", "/judge/p0", "this version does not know \"p0\"")]
    [InlineData("schema", "2", "/schema", "this version reads schema 1, not 2")]
    [InlineData("steps", "[]", "/steps", "a plan needs at least one step")]
    [InlineData("steps", "null", "/steps", "is missing")]
    [InlineData("steps", "[5]", "/steps/0", "expected an object, found 5")]
    [InlineData("/share", "5", "/steps/0/share", "expected a text, found 5")]
    [InlineData("/share", "\"0%\"", "/steps/0/share", "a step of 0% moves nothing")]
    [InlineData("/share", "\"50%\"", "/steps/1/share", "50% is not above the step before it (50%)")]
    [InlineData("/share", "\"60%\"", "/steps/1/share", "50% is not above the step before it (60%)")]
    [InlineData("/share", "\"0.001%\"", "/steps/0/share", "\"0.001%\" is not a share")]
    [InlineData("/hold", "\"30s\"", "/steps/0/hold", "30s is shorter than the window of check \"errors\" (1m)")]
    [InlineData("/hold", "\"500ms\"", "/steps/0/hold", "1s to 7d, not 500ms")]
    [InlineData("/hold", "\"8d\"", "/steps/0/hold", "1s to 7d, not 8d")]
    [InlineData("/hold", "30", "/steps/0/hold", "expected a duration like \"30s\", \"2m\" or \"1h30m\", found 30")]
    [InlineData("/hold", "null", "/steps/0/hold", "is missing")]
    [InlineData("checks", "[\"errors\"]", "/checks/0", "there is no \"errors\"; there are error-ratio, availability, latency-p50, latency-p90, latency-p99")]
    [InlineData("checks", "[5]", "/checks/0", "expected an object, found 5")]
    [InlineData("~evidence", "\"errorRatio\"", "/checks/0/evidence", "a check has a query or a figure of the evidence, not both")]
    [InlineData("~maxTimesStable", "2", "/checks/0/maxTimesStable", "is for the latencies of the evidence")]
    [InlineData("~mode", "\"observe\"", "/checks", "no check is enforced")]
    [InlineData("~mode", "\"maybe\"", "/checks/0/mode", "expected one of \"enforce\", \"observe\", found \"maybe\"")]
    [InlineData("~mode", "1", "/checks/0/mode", "expected one of")]
    [InlineData("~max", "null", "/checks/0", "a check needs max, min or both")]
    [InlineData("~max", "\"1\"", "/checks/0/max", "expected a number, found \"1\"")]
    [InlineData("~min", "1", "/checks/0/min", "min is above max")]
    [InlineData("~query", "\"up{a=\\\"{{x}}\\\"}\"", "/checks/0/query", "character 7: there is no placeholder {{x}}")]
    [InlineData("~query", "null", "/checks/0/query", "is missing")]
    [InlineData("~sampleQuery", "\"sum(\"", "/checks/0/sampleQuery", "the query ends before '(' is closed")]
    [InlineData("~name", "\"a b\"", "/checks/0/name", "a check's name is 1 to 63 of")]
    [InlineData("~interval", "\"500ms\"", "/checks/0/interval", "1s to 10m, not 500ms")]
    [InlineData("~interval", "\"3m\"", "/steps/0/hold", "2m is shorter than the interval of check \"errors\" (3m)")]
    [InlineData("~window", "\"2h\"", "/checks/0/window", "1s to 1h, not 2h")]
    [InlineData("~failuresInARow", "0", "/checks/0/failuresInARow", "1 to 100, not 0")]
    [InlineData("~failuresInARow", "1.5", "/checks/0/failuresInARow", "expected a whole number")]
    [InlineData("~failuresInStep", "0", "/checks/0/failuresInStep", "1 to 10000, not 0")]
    [InlineData("~failuresInStep", "1", "/checks/0/failuresInStep", "1 is below failuresInARow (2)")]
    [InlineData("~onFailure", "\"promote\"", "/checks/0/onFailure", "expected one of \"hold\", \"pause\", \"rollback\"")]
    [InlineData("~passesInARow", "0", "/checks/0/passesInARow", "1 to 100, not 0")]
    [InlineData("~bothSides", "1", "/checks/0/bothSides", "expected true or false, found 1")]
    [InlineData("~insufficient", "{\"do\":\"pause\"}", "/checks/0/insufficient", "needs inARow, inStep or both")]
    [InlineData("~insufficient", "{\"inARow\":0}", "/checks/0/insufficient/inARow", "1 to 10000, not 0")]
    [InlineData("~errors", "{\"inStep\":3,\"do\":\"rollback\"}", "/checks/0/errors/do", "a measurement that could not be made says nothing of the new side")]
    [InlineData("~errors", "{\"after\":3}", "/checks/0/errors/after", "this version does not know \"after\"")]
    [InlineData("~minRequests", "0", "/checks/0/minRequests", "1 or more, not 0")]
    [InlineData("~noData", "\"pass\"", "/checks", "every enforced check takes no data for a pass: the rollout could end without evidence")]
    [InlineData("/checks", "[\"other\"]", "/steps/0/checks", "the plan has no check \"other\"")]
    [InlineData("/checks", "[]", "/steps/0/checks", "none of them is enforced and needs data: the step would end without evidence")]
    [InlineData("/checks", "[1]", "/steps/0/checks", "expected a list of texts, found [1]")]
    [InlineData("/iterations", "0", "/steps/0/iterations", "1 to 1000, not 0")]
    [InlineData("/iterations", "1000", "/stepDeadline", "30m is shorter than the step at 5% takes (1h23m20s)")]
    [InlineData("/linear", "{\"by\":\"10%\"}", "/steps/0/linear", "a step has one of share, linear and geometric, not share and linear")]
    [InlineData("~if/x", "1", "/checks/0/if~1x", "this version does not know \"if/x\"")]
    [InlineData("deadline", "\"6m\"", "/deadline", "6m is shorter than all steps together (7m)")]
    [InlineData("stepDeadline", "\"4m\"", "/stepDeadline", "4m is shorter than the step at 50% takes (5m)")]
    [InlineData("onDeadline", "\"promote\"", "/onDeadline", "expected one of \"pause\", \"rollback\"")]
    [InlineData("metricsOutage", "{\"for\":\"1m\"}", "/metricsOutage/for", "this version does not know \"for\"")]
    [InlineData("metricsOutage", "{\"after\":\"2d\"}", "/metricsOutage/after", "0s to 1d, not 2d")]
    [InlineData("controllerLoss", "{\"after\":\"4s\"}", "/controllerLoss/after", "5s to 1d, not 4s")]
    [InlineData("controllerLoss", "{\"do\":\"panic\"}", "/controllerLoss/do", "expected one of \"freeze\", \"failsafe\"")]
    [InlineData("nodeGrace", "\"2h\"", "/nodeGrace", "0s to 1h, not 2h")]
    [InlineData("hooks", "{}", "/hooks", "expected a list, found {}")]
    [InlineData("hooks", "[{}]", "/hooks/0/type", "is missing: \"preStep\", \"gate\" or \"postRollout\"")]
    [InlineData("^type", "\"rollout\"", "/hooks/0/type", "expected one of \"preStep\", \"gate\", \"postRollout\"")]
    [InlineData("^name", "\"a b\"", "/hooks/0/name", "a hook's name is 1 to 63 of")]
    [InlineData("^url", "null", "/hooks/0/url", "is missing")]
    [InlineData("^url", "\"ftp://ci.example.com/\"", "/hooks/0/url", "not an absolute http or https URL")]
    [InlineData("^url", "\"/smoke\"", "/hooks/0/url", "not an absolute http or https URL")]
    [InlineData("^url", "\"https://me:secret@ci.example.com/\"", "/hooks/0/url", "a URL with a user in it is not called")]
    [InlineData("^timeout", "\"11m\"", "/hooks/0/timeout", "100ms to 10m, not 11m")]
    [InlineData("^interval", "\"0s\"", "/hooks/0/interval", "1s to 1h, not 0s")]
    [InlineData("^failuresInARow", "0", "/hooks/0/failuresInARow", "1 to 100, not 0")]
    [InlineData("^errorsInARow", "101", "/hooks/0/errorsInARow", "1 to 100, not 101")]
    [InlineData("^onError", "\"rollback\"", "/hooks/0/onError", "a hook that did not answer says nothing of the new side")]
    [InlineData("^onFailure", "\"ignore\"", "/hooks/0/onFailure", "expected one of \"hold\", \"pause\", \"rollback\"")]
    [InlineData("^retries", "3", "/hooks/0/retries", "this version does not know \"retries\"")]
    [InlineData("^type", "\"gate\"", "/hooks/0", "no step with a gate asks it: it would never be asked")]
    [InlineData("/hooks", "[\"other\"]", "/steps/0/hooks", "the plan has no hook \"other\"")]
    [InlineData("name", "\"\"", "/name", "a plan's name is 1 to 63 of")]
    public void What_is_wrong_is_named_with_its_place(string member, string value, string place, string detail) =>
        Refuse(With(member, value)).ShouldContain(p => p.Pointer == place && p.Detail.StartsWith(detail, StringComparison.Ordinal));

    [Fact]
    public void One_answer_names_everything_that_is_wrong()
    {
        var problems = Refuse("""{ "steps": [ { "share": "x", "hold": 1, "guard": "approve" } ], "checks": 5, "judge": 5 }""");
        problems.Select(p => p.Pointer).ShouldBe(["/steps/0/share", "/steps/0/hold", "/steps/0/guard", "/checks", "/judge"]);
    }

    /// <summary>A plan with all that the reference has.</summary>
    [Fact]
    public void A_plan_with_everything_is_read()
    {
        const string plan = """
            { "schema": 1, "name": "checkout-careful",
              "steps": [ { "share": "1%", "hold": "2m" }, { "share": "10%", "hold": "5m" },
                         { "share": "50%", "hold": "10m", "gate": "approve" }, { "share": "100%", "hold": "5m" } ],
              "checks": [ { "name": "error-ratio", "query": "sum(rate(...{app=\"{{app}}\",colour=\"{{colour}}\"}[{{window}}]))", "max": 0.01,
                            "window": "1m", "interval": "5s", "failuresInARow": 2, "minRequests": 100, "noData": "hold", "mode": "enforce" } ],
              "judge": { "enabled": true, "alpha": 0.01, "onNoEvidence": "hold" },
              "stepDeadline": "30m", "deadline": "4h", "onDeadline": "pause", "metricsOutage": { "after": "10m", "do": "pause" } }
            """;
        var read = PlanParser.Parse(plan).ShouldBeOfType<PlanParsing.Good>().Plan;
        read.IsJudged.ShouldBeTrue();
        read.Steps.Select(s => s.Gate is not null).ShouldBe([false, false, true, false]);
        read.Checks[0].CountedBy.ShouldBe(Core.Analysis.Check.RequestsQuery);
        DocumentJson.Write(PlanParser.Parse(DocumentJson.Write(read)).ShouldBeOfType<PlanParsing.Good>().Plan).ShouldBe(DocumentJson.Write(read));
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("[]", "")]
    [InlineData("null", "")]
    [InlineData("{\"steps\":", "")]
    [InlineData("{\"name\":\"a\",\"name\":\"b\"}", "/name")]
    public void What_is_no_plan_at_all_is_refused(string json, string place) => Refuse(json)[0].Pointer.ShouldBe(place);

    [Fact]
    public void There_are_limits_to_size()
    {
        var steps = new JsonArray([.. Enumerable.Range(1, 51).Select(i => (JsonNode)new JsonObject { ["share"] = $"{i}%", ["hold"] = "1m" })]);
        Refuse(With("steps", steps.ToJsonString())).ShouldContain(p => p.Pointer == "/steps" && p.Detail == "at most 50 steps, not 51");
        var checks = new JsonArray([.. Enumerable.Range(1, 21).Select(i => (JsonNode)new JsonObject { ["name"] = $"c{i}", ["query"] = "up", ["max"] = 1 })]);
        Refuse(With("checks", checks.ToJsonString())).ShouldContain(p => p.Pointer == "/checks" && p.Detail == "at most 20 checks, not 21");
        Refuse(With("~query", $"\"{new string('x', 2001)}\"")).ShouldContain(new PlanProblem("/checks/0/query", "at most 2000 characters, not 2001"));
    }

    [Fact]
    public void Two_checks_of_one_name_cannot_be_told_apart()
    {
        const string check = """{ "name": "a", "query": "up", "max": 1 }""";
        Refuse(With("checks", $"[{check},{check}]")).ShouldBe([new PlanProblem("/checks/1/name", "there are two checks named \"a\"")]);
    }

    [Fact]
    public void Hooks_are_told_apart_and_belong_where_they_can_be_asked()
    {
        const string hook = """{ "name": "a", "type": "preStep", "url": "https://ci.example.com/" }""";
        Refuse(With("hooks", $"[{hook},{hook}]")).ShouldBe([new PlanProblem("/hooks/1/name", "there are two hooks named \"a\"")]);
        Refuse(With("hooks", $"[{string.Join(',', Enumerable.Range(0, 11).Select(i => hook.Replace("\"a\"", $"\"h{i}\"", StringComparison.Ordinal)))}]")).ShouldBe([new PlanProblem("/hooks", "at most 10 hooks, not 11")]);
        const string after = """{ "name": "a", "type": "postRollout", "url": "https://ci.example.com/" """;
        Refuse(With("hooks", $$"""[{{after}}, "onFailure": "rollback", "onError": "pause"}]""")).Select(p => p.Pointer).ShouldBe(["/hooks/0/onFailure", "/hooks/0/onError"]);
        Refuse("""{"steps":[{"share":"5%","hold":"2m","hooks":["a","b"]},{"share":"50%","hold":"2m","hooks":[]}],"checks":[{"name":"e","query":"up","max":1}],"hooks":[""" + after + "}," + hook.Replace("\"a\"", "\"b\"", StringComparison.Ordinal).Replace("preStep", "gate", StringComparison.Ordinal) + "]}")
            .Select(p => (p.Pointer, p.Detail)).ShouldBe([("/hooks/1", "no step with a gate asks it: it would never be asked"), ("/steps/0/hooks", "hook \"a\" is asked after the rollout, not in a step")]);
        Refuse("""{"steps":[{"share":"5%","hold":"2m","hooks":[]}],"checks":[{"name":"e","query":"up","max":1}],"hooks":[""" + hook + "]}").ShouldBe([new PlanProblem("/hooks/0", "no step names it: it would never be asked")]);
    }

    private static IReadOnlyList<PlanProblem> Refuse(string json) => PlanParser.Parse(json).ShouldBeOfType<PlanParsing.Refused>().Problems;

    /// <summary>The good plan with one member replaced: of the plan, of its first step (<c>/</c>), of its check (<c>~</c>) or of a hook (<c>^</c>).</summary>
    private static string With(string member, string value)
    {
        var plan = JsonNode.Parse(Good)!.AsObject();
        if (member[0] == '^') plan["hooks"] = JsonNode.Parse("""[{ "name": "smoke", "type": "preStep", "url": "https://ci.example.com/smoke" }]""");
        var target = member[0] switch
        {
            '^' => plan["hooks"]![0]!.AsObject(),
            '/' => plan["steps"]![0]!.AsObject(),
            '~' => plan["checks"]![0]!.AsObject(),
            _ => plan,
        };
        target[member.TrimStart('/', '~', '^')] = JsonNode.Parse(value);
        return plan.ToJsonString();
    }
}
