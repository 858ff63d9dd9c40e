using System.Text.Json;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Migrations;
using TrafficShifter.Core.Tests.Traffic;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Tests.Migrations;

/// <summary>Migrations and applications for tables: <c>SomeMigration.App("shop", criticality: 10)</c>.</summary>
internal static class SomeMigration
{
    public const string Name = "cilium-move";

    public static AppName Named(string name) => AppName.Parse(name);

    public static AppTraffic App(string name, int? criticality = null, string? tier = null, string? owner = null, string? plan = "standard", Colour stable = Colour.Blue)
    {
        var app = Named(name);
        return new AppTraffic(app)
        {
            Definition = At(new AppDefinition
            {
                Name = app, Criticality = criticality, Labels = tier is null ? null : new Dictionary<string, string> { ["tier"] = tier }, Owners = owner is null ? [] : [owner], Plan = plan,
                Routing = new Routing { Backend = ProxyName.Parse(name) }.WithDefaults(),
            }),
            State = At(new AppState { Stable = stable }),
            Weights = At(Weights.AllOn(stable)),
        };
    }

    public static AppTraffic With(this AppTraffic app, Func<AppState, AppState> change) => app with { State = At(change(app.State.Value!)) };

    public static Known<T> At<T>(T document, ulong index = 7)
        where T : Document => new(document, index, null, index);

    public static Wave OfApps(string name, params string[] apps) => new() { Name = name, Select = new WaveSelection { Apps = [.. apps.Select(Named)] } };

    public static MigrationDefinition To(MigrationTarget to, params Wave[] waves) => new() { To = to, Waves = waves };

    public static JsonElement Json(string text) => JsonSerializer.Deserialize<JsonElement>(text, DocumentJson.Options);

    public static Migration Draft(MigrationDefinition definition) => new() { Name = Name, Definition = definition, Phase = MigrationPhase.Draft, By = "anna", At = Some.Noon };
}
