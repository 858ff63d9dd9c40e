using System.Net;
using System.Text.RegularExpressions;
using TrafficShifter.Server.Tests.Hosting;

namespace TrafficShifter.Server.Tests.Swagger;

/// <summary>The page with the API's calls: its files for anybody, its document for those who are known, nothing from outside.</summary>
public sealed partial class SwaggerPageTests : IAsyncLifetime, IDisposable
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

    [Fact]
    public async Task The_page_permits_its_own_files_alone_and_names_no_others()
    {
        using var answer = await _stranger.GetAsync("/swagger");

        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        answer.Content.Headers.ContentType!.ToString().ShouldBe("text/html; charset=utf-8");
        answer.Headers.GetValues("Content-Security-Policy").ShouldBe(["default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"]);
        answer.Headers.GetValues("X-Content-Type-Options").ShouldBe(["nosniff"]);
        var page = await answer.Content.ReadAsStringAsync();
        var named = Named().Matches(page).Select(m => m.Groups[1].Value).ToList();
        named.ShouldBe(["/swagger/swagger-ui.css", "/openapi/v1.json", "/swagger/swagger-ui-bundle.js", "/swagger/start.js"]);
        page.ShouldNotMatch("<script>|style=| on[a-z]+=");
        foreach (var file in named.Where(n => n.StartsWith("/swagger/", StringComparison.Ordinal)))
        {
            using var found = await _stranger.GetAsync(file);
            found.StatusCode.ShouldBe(HttpStatusCode.OK, file);
            found.Content.Headers.ContentType!.MediaType.ShouldBe(file.EndsWith(".css", StringComparison.Ordinal) ? "text/css" : "text/javascript");
        }
    }

    [Fact]
    public async Task A_large_file_goes_compressed_to_whoever_takes_it_and_whole_to_others()
    {
        using var browser = new HttpClient(new SocketsHttpHandler { AutomaticDecompression = DecompressionMethods.GZip }) { BaseAddress = _server.Address };
        using var request = new HttpRequestMessage(HttpMethod.Get, "/swagger/swagger-ui-bundle.js") { Headers = { { "Accept-Encoding", "gzip" } } };
        using var small = await _stranger.SendAsync(request);

        small.Content.Headers.ContentEncoding.ShouldBe(["gzip"]);
        small.Content.Headers.ContentLength!.Value.ShouldBeLessThan(600_000);
        (await browser.GetStringAsync("/swagger/swagger-ui-bundle.js")).ShouldBe(await _stranger.GetStringAsync("/swagger/swagger-ui-bundle.js"));
    }

    [Fact]
    public async Task What_it_shows_needs_a_token_and_it_stands_behind_the_same_doors()
    {
        (await _stranger.GetAsync("/openapi/v1.json")).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        foreach (var path in new[] { "/swagger/index.html", "/swagger/none.js", "/swagger/..%2fstart.js" }) (await _stranger.GetAsync(path)).StatusCode.ShouldBe(HttpStatusCode.NotFound, path);
        using var rebound = new HttpRequestMessage(HttpMethod.Get, "/swagger") { Headers = { { "Host", "evil.example" } } };
        (await _stranger.SendAsync(rebound)).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
    }

    [GeneratedRegex("""(?:href|src)="([^"]+)" ?""")]
    private static partial Regex Named();
}
