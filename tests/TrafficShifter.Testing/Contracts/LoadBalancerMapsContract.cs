using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Core.Traffic.Maps;

namespace TrafficShifter.Testing.Contracts;

/// <summary>What every <see cref="ILoadBalancerMaps"/> does, whatever is behind it. It begins with empty maps.</summary>
public abstract class LoadBalancerMapsContract : IAsyncLifetime
{
    private static readonly MappedApp Shop = new()
    {
        Name = AppName.Parse("shop"),
        Hosts = [HostName.Parse("shop.test")],
        Pool = PoolName.Parse("web"),
        Green = Share.Parse("5%"),
        Rules = new TargetRules { Users = new Dictionary<UserId, Colour> { [UserId.Parse("alice")] = Colour.Green }, Networks = [new NetworkRule(Network.Parse("10.0.0.0/8"), Colour.Green)] },
    };

    private static readonly MapImage Image = MapImage.Of([Shop]).Image;

    protected abstract ILoadBalancer LoadBalancer { get; }

    private ILoadBalancerMaps Maps => LoadBalancer.Maps.ShouldNotBeNull();

    public abstract Task InitializeAsync();

    public abstract Task DisposeAsync();

    /// <summary>Reloads or restarts what is behind it.</summary>
    protected abstract Task RestartAsync();

    [Fact]
    public async Task A_plan_makes_the_maps_what_they_should_be_and_is_empty_afterwards()
    {
        await BringAsync(Image);
        await BringAsync(MapImage.Of([Shop with { Green = Share.Parse("7%"), Hosts = [] }]).Image);
        await BringAsync(MapImage.Empty);
    }

    [Fact]
    public async Task Networks_within_others_and_of_both_families_come_and_go_one_by_one()
    {
        foreach (var networks in (string[][])[["10.0.0.0/16"], ["10.0.0.0/8", "10.0.0.0/16"], ["10.0.0.0/8", "2001:db8::/32"], ["10.0.0.0/8", "10.2.0.0/16", "2001:db8::/32"], ["10.0.0.0/8"], []])
            await BringAsync(MapImage.Of([.. networks.Select((network, n) => Shop with { Name = AppName.Parse($"app{n}"), Hosts = [], Rules = new TargetRules { Networks = [new NetworkRule(Network.Parse(network), Colour.Green)] } })]).Image);
    }

    [Fact]
    public async Task Many_rows_are_replaced_at_once_and_others_stay()
    {
        await BringAsync(Image);
        var many = MapImage.Of([Shop, .. Enumerable.Range(0, 200).Select(n => Shop with { Name = AppName.Parse($"app{n}"), Hosts = [HostName.Parse($"app{n}.test")] })]).Image;

        await BringAsync(many);
        await BringAsync(Image);
    }

    [Fact]
    public async Task The_process_that_answers_is_the_one_that_weights_are_set_in()
    {
        var process = await LoadBalancer.GetProcessAsync(CancellationToken.None);

        (await Maps.ReadAsync(MapFile.Apps, CancellationToken.None)).Process.ShouldBe(process);
        await Maps.CheckAsync(CancellationToken.None);
        foreach (var step in Between(Image, MapFiles.All.ToDictionary(file => file, _ => new MapReading([], [])))) (await Maps.ApplyAsync(step, CancellationToken.None)).ShouldBe(process);
    }

    [Fact]
    public async Task A_process_that_restarts_begins_with_what_was_kept_and_nothing_else()
    {
        Maps.Keep(Image, anew: false);
        await BringAsync(MapImage.Of([Shop with { Green = Share.All }]).Image);

        await RestartAsync();

        Between(Image, await ReadAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task What_is_kept_anew_stands_even_where_somebody_wrote_the_files()
    {
        Maps.Keep(MapImage.Empty, anew: false);
        Maps.Keep(Image, anew: true);
        Maps.Keep(Image, anew: true);

        await RestartAsync();

        Between(Image, await ReadAsync()).ShouldBeEmpty();
    }

    [Fact]
    public void What_was_kept_is_recalled()
    {
        Maps.Keep(Image, anew: true);

        foreach (var file in MapFiles.All) Maps.Recall()[file].ShouldBe(Image[file]);
    }

    private async Task<IReadOnlyDictionary<MapFile, MapReading>> ReadAsync()
    {
        var read = new Dictionary<MapFile, MapReading>();
        foreach (var file in MapFiles.All) read[file] = (await Maps.ReadAsync(file, CancellationToken.None)).Map;
        return read;
    }

    private static List<MapStep> Between(MapImage wanted, IReadOnlyDictionary<MapFile, MapReading> held) =>
        [.. MapFiles.InOrder.Select(file => new MapStep(file, held[file].ChangeTo(wanted[file]), wanted[file])).Where(step => !step.Change.IsEmpty)];

    private async Task BringAsync(MapImage wanted)
    {
        foreach (var step in Between(wanted, await ReadAsync())) await Maps.ApplyAsync(step, CancellationToken.None);
        Between(wanted, await ReadAsync()).ShouldBeEmpty();
    }
}
