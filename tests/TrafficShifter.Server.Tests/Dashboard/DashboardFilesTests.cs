using System.IO.Compression;
using System.Net;
using System.Text.RegularExpressions;
using TrafficShifter.Demo.Peers;
using TrafficShifter.Server.Tests.Hosting;

namespace TrafficShifter.Server.Tests.Dashboard;

public sealed partial class DashboardFilesTests : IAsyncLifetime, IDisposable
{
    private RunningServer _server = null!;
    private HttpClient _stranger = null!;

    public async Task InitializeAsync()
    {
        _server = await RunningServer.StartNewAsync();
        _stranger = new HttpClient { BaseAddress = _server.Address };
    }

    public async Task DisposeAsync() => await _server.DisposeAsync();

    public void Dispose() => _stranger.Dispose();

    [Theory]
    [InlineData("/")]
    [InlineData("/apps/shop")]
    [InlineData("/apps/shop/config")]
    [InlineData("/rollouts/shop-01jd2x3y4z5a6b7c8d9e0f1g2h")]
    [InlineData("/nodes")]
    [InlineData("/nodes/hap1")]
    [InlineData("/freezes")]
    [InlineData("/history?app=shop")]
    [InlineData("/tokens")]
    [InlineData("/sign-in?next=%2Fnodes")]
    public async Task A_page_is_there_without_a_token_and_permits_nothing_from_outside(string path)
    {
        using var answer = await _stranger.GetAsync(path);

        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        answer.Content.Headers.ContentType!.ToString().ShouldBe("text/html; charset=utf-8");
        var policy = answer.Headers.GetValues("Content-Security-Policy").Single();
        policy.ShouldStartWith("default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self';");
        policy.ShouldContain("frame-ancestors 'none'");
        policy.ShouldNotContain("unsafe");
        policy.ShouldNotContain("http");
        answer.Headers.GetValues("X-Content-Type-Options").ShouldBe(["nosniff"]);
        answer.Headers.GetValues("Referrer-Policy").ShouldBe(["no-referrer"]);
        answer.Headers.CacheControl!.ToString().ShouldBe("no-cache");
    }

    [Fact]
    public async Task Every_path_that_the_program_in_the_page_knows_is_a_page()
    {
        var program = await File.ReadAllTextAsync(Path.Combine(PeerLocator.RepositoryRoot, "src", "TrafficShifter.Dashboard", "src", "main.tsx"));
        var paths = Routes().Matches(program).Select(m => m.Groups[1].Value).ToList();

        paths.Count.ShouldBeGreaterThan(10);
        foreach (var path in paths)
        {
            using var answer = await _stranger.GetAsync(path.Replace('{', 'a').Replace('}', 'z'));
            answer.StatusCode.ShouldBe(HttpStatusCode.OK, path);
        }
    }

    [Fact]
    public async Task Every_file_that_the_page_names_is_there_and_is_kept_for_ever()
    {
        var page = await _stranger.GetStringAsync("/");
        var named = Named().Matches(page).Select(m => m.Groups[1].Value).ToList();

        named.Count.ShouldBe(3);
        named.ShouldAllBe(n => n.StartsWith("/assets/", StringComparison.Ordinal));
        foreach (var file in named)
        {
            using var answer = await _stranger.GetAsync(file);
            answer.StatusCode.ShouldBe(HttpStatusCode.OK, file);
            answer.Headers.CacheControl!.ToString().ShouldBe("public, max-age=31536000, immutable");
            answer.Headers.GetValues("X-Content-Type-Options").ShouldBe(["nosniff"]);
        }
        page.ShouldNotContain("style=");
        Inline().IsMatch(page).ShouldBeFalse("a script within the page");
    }

    [Fact]
    public async Task A_file_is_compressed_for_who_takes_it_and_the_same_for_who_does_not()
    {
        var script = Named().Matches(await _stranger.GetStringAsync("/")).Select(m => m.Groups[1].Value).Single(f => f.EndsWith(".js", StringComparison.Ordinal));
        using var request = new HttpRequestMessage(HttpMethod.Get, script) { Headers = { { "Accept-Encoding", "gzip" } } };
        using var answer = await _stranger.SendAsync(request);

        answer.Content.Headers.ContentEncoding.ShouldBe(["gzip"]);
        answer.Headers.Vary.ShouldContain("Accept-Encoding");
        await using var gzip = new GZipStream(await answer.Content.ReadAsStreamAsync(), CompressionMode.Decompress);
        using var reader = new StreamReader(gzip);
        (await reader.ReadToEndAsync()).ShouldBe(await _stranger.GetStringAsync(script));
    }

    [Fact]
    public async Task A_page_that_is_known_is_not_sent_again()
    {
        using var first = await _stranger.GetAsync("/");
        using var request = new HttpRequestMessage(HttpMethod.Get, "/nodes") { Headers = { { "If-None-Match", first.Headers.ETag!.ToString() } } };
        using var second = await _stranger.SendAsync(request);

        second.StatusCode.ShouldBe(HttpStatusCode.NotModified);
        (await second.Content.ReadAsByteArrayAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task An_unknown_path_is_a_page_for_a_person_and_a_problem_for_a_program()
    {
        using var person = new HttpRequestMessage(HttpMethod.Get, "/no/such/page") { Headers = { { "Accept", "text/html" } } };
        using var page = await _stranger.SendAsync(person);
        page.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        page.Content.Headers.ContentType!.MediaType.ShouldBe("text/html");
        page.Headers.Contains("Content-Security-Policy").ShouldBeTrue();

        using var program = await _stranger.GetAsync("/no/such/page");
        program.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        program.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
    }

    [Theory]
    [InlineData("/api/v2/apps")]
    [InlineData("/api/no-such-call")]
    [InlineData("/assets/no-such-file.js")]
    [InlineData("/assets/..%2f..%2fetc%2fpasswd")]
    [InlineData("/metrics/no-such")]
    public async Task What_is_no_page_is_never_answered_by_one(string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path) { Headers = { { "Accept", "text/html" } } };
        using var answer = await _stranger.SendAsync(request);

        answer.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        answer.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
    }

    [Fact]
    public async Task A_change_sent_to_a_page_is_refused()
    {
        using var answer = await _stranger.PostAsync("/nodes", null);

        answer.IsSuccessStatusCode.ShouldBeFalse();
    }

    [GeneratedRegex("""(?:src|href)="([^"]+)"[^>]*>""")]
    private static partial Regex Named();

    [GeneratedRegex("""(?:match\(|path === )'(/[^']*)'""")]
    private static partial Regex Routes();

    [GeneratedRegex("<script[^>]*>[^<]+</script>")]
    private static partial Regex Inline();
}
