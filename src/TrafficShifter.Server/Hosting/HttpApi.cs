using System.Text.Json;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.HostFiltering;
using TrafficShifter.Core.Access;
using TrafficShifter.Core.Documents;
using TrafficShifter.Server.Agents;
using TrafficShifter.Server.Audit;
using TrafficShifter.Server.Backup;
using TrafficShifter.Server.Dashboard;
using TrafficShifter.Server.Evacuations;
using TrafficShifter.Server.Events;
using TrafficShifter.Server.Evidence;
using TrafficShifter.Server.Migrations;
using TrafficShifter.Server.Problems;
using TrafficShifter.Server.Rollouts;
using TrafficShifter.Server.Security;
using TrafficShifter.Server.Swagger;
using TrafficShifter.Server.Targets;
using TrafficShifter.Server.Telemetry;
using TrafficShifter.Server.Traffic;

namespace TrafficShifter.Server.Hosting;

/// <summary>Roles → routes, and what every route has: a token, a known host name, problems instead of exceptions.</summary>
internal static class HttpApi
{
    public static void AddHttpApi(this WebApplicationBuilder builder, ServerOptions options)
    {
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = 2 * DocumentJson.MaxBytes;
            // Who sends a request drop by drop is cut: by these for its head, by Kestrel's own least rate (240 bytes a second) for its body.
            kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
            kestrel.Limits.MaxRequestHeadersTotalSize = 16 * 1024;
            kestrel.ConfigureHttpsDefaults(kestrel.ApplicationServices.GetRequiredService<AgentCertificates>().Require);
        });
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.Services.AddRouting();
        builder.Services.Configure<RouteHandlerOptions>(routes => routes.ThrowOnBadRequest = true);
        builder.Services.AddExceptionHandler<ProblemExceptions>();
        builder.Services.AddProblemDetails();
        builder.Services.ConfigureHttpJsonOptions(json => Apply(json.SerializerOptions));
        // Without the protection of cookies that AddAuthentication brings: sessions are in the store, and 5 MB are not loaded.
        builder.Services.AddAuthenticationCore(authentication => authentication.DefaultScheme = CallerHandler.SchemeName).AddWebEncoders();
        new AuthenticationBuilder(builder.Services).AddScheme<AuthenticationSchemeOptions, CallerHandler>(CallerHandler.SchemeName, null);
        builder.Services.AddSingleton<VerbHandler>();
        builder.Services.AddSingleton<IAuthorizationHandler>(provider => provider.GetRequiredService<VerbHandler>());
        builder.Services.AddAuthorizationBuilder()
            .AddPolicy(Policies.Api, policy => policy.RequireRole(Policies.Api))
            .AddPolicy(Policies.Agent, policy => policy.RequireRole(Policies.Agent))
            .AddPolicy(Policies.Metrics, policy => policy.RequireRole(Policies.Metrics, Policies.Api));
        builder.Services.AddSingleton<ServerTiming>();
        builder.Services.AddSingleton(HostNames.Of(builder.Configuration));
        // The framework's own check answers without a word; HostNames answers with a problem.
        builder.Services.Configure<HostFilteringOptions>(filter => filter.AllowedHosts = ["*"]);
        if (options.ParseRoles().HasFlag(RoleSet.Api)) builder.Services.AddOpenApi("v1", document => document.AddOperationTransformer<VerbTransformer>().DescribeTexts());
    }

    public static void UseHttpApi(this WebApplication app, RoleSet roles)
    {
        // They count from the start, not from the first scrape on.
        app.Services.GetRequiredService<Exposition>();
        app.Services.GetRequiredService<Refusals>();
        app.Services.GetService<TrafficGauges>();
        app.Services.GetService<EventMetrics>();
        app.Services.GetService<ProbeMetrics>();
        app.Use(app.Services.GetRequiredService<ServerTiming>().BeginAsync);
        app.Use(UnreadBody.WatchAsync);
        app.UseExceptionHandler();
        app.UseStatusCodePages(BareStatus.ExplainAsync);
        app.Use(app.Services.GetRequiredService<HostNames>().CheckAsync);
        app.Use(ResponseHeaders.AddAsync);
        app.Use(TokenInUrl.CheckAsync);
        app.UseAuthentication();
        app.Use(CrossSite.CheckAsync);
        app.UseAuthorization();
        app.MapHealth(roles);
        app.MapMetrics();
        if (roles.HasFlag(RoleSet.Agent)) app.MapAgentApi();
        if (!roles.HasFlag(RoleSet.Api)) return;
        app.MapOpenApi("/openapi/{documentName}.json").RequireAuthorization(Policies.Api).Does(Verbs.Look);
        var api = app.MapGroup("/api/v1").RequireAuthorization(Policies.Api).WithVerbs();
        api.MapApps();
        api.MapWeights();
        api.MapTargets();
        api.MapRollback();
        api.MapRollbackPreview();
        api.MapStatus();
        api.MapHistory();
        api.MapSnippets();
        api.MapRollouts();
        api.MapPlans();
        api.MapMigrations();
        api.MapMigrationCommands();
        api.MapColours();
        api.MapControl();
        api.MapStandstill();
        api.MapBacktest();
        api.MapNodes();
        app.MapGroup("/api/v1").RequireAuthorization(Policies.Metrics).WithVerbs().MapScrapeTargets();
        api.MapEvents();
        api.MapTokens();
        api.MapSession();
        api.MapBackup();
        api.MapFleet();
        api.MapParity();
        api.MapCampaignParity();
        api.MapSeries();
        app.MapDashboard();
        app.MapSwagger();
    }

    private static void Apply(JsonSerializerOptions to)
    {
        var from = DocumentJson.Options;
        to.PropertyNamingPolicy = from.PropertyNamingPolicy;
        to.NumberHandling = from.NumberHandling;
        to.DefaultIgnoreCondition = from.DefaultIgnoreCondition;
        to.Encoder = from.Encoder;
        foreach (var converter in from.Converters) to.Converters.Add(converter);
    }
}
