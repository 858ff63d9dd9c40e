using System.Globalization;
using TrafficShifter.Demo.Peers;

namespace TrafficShifter.Deploy.Tests.Compose;

/// <summary>What containers have and processes on one machine have not: addresses, folders and ports of their own. Translates the ones to the others.</summary>
internal sealed class Loopback(ComposeFile file, string folder)
{
    private readonly Dictionary<(string Service, int Port), int> _ports = [];

    /// <summary>The port on 127.0.0.1 that stands for a container's.</summary>
    public int PortOf(string service, int port)
    {
        if (!_ports.TryGetValue((service, port), out var here)) _ports[(service, port)] = here = FreePorts.Take();
        return here;
    }

    /// <summary>The folder that stands for a volume, or for a service's own path when none is mounted there.</summary>
    public string FolderOf(string service, string path)
    {
        var volume = file.Services[service].Volumes.FirstOrDefault(v => v.Type == "volume" && v.Target == path);
        return Path.Combine(folder, volume?.Source ?? $"{service}{path}");
    }

    /// <summary>A setting, an argument or a file of a service, with the addresses and folders of this machine.</summary>
    public string Translate(string service, string text)
    {
        text = text.Replace("127.0.0.1:8514", $"127.0.0.1:{PortOf(file.Services[service].NetworkOf(service), 8514)}", StringComparison.Ordinal);
        text = text.Replace("http://*:8081", $"http://127.0.0.1:{PortOf(service, 8081)}", StringComparison.Ordinal);
        foreach (var other in file.Services.Keys)
            foreach (var port in PortsOf(other))
                text = text.Replace($"{other}:{port}", $"127.0.0.1:{PortOf(other, port)}", StringComparison.Ordinal);
        foreach (var mounted in file.Services[service].Volumes.Where(v => v.Type == "bind"))
            text = text.Replace(mounted.Target, Path.Combine(folder, service, Path.GetFileName(mounted.Target)), StringComparison.Ordinal);
        foreach (var mounted in file.Services[service].Volumes.Where(v => v.Type == "volume"))
            text = text.Replace(mounted.Target, FolderOf(service, mounted.Target), StringComparison.Ordinal);
        return text;
    }

    /// <summary>Words of a command: as <see cref="Translate"/>, and a word that is a port of the service is its port here. Nothing listens beyond loopback.</summary>
    public IReadOnlyList<string> TranslateCommand(string service, IEnumerable<string> words) =>
        [.. words.Select(word => int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && PortsOf(service).Contains(port)
            ? PortOf(service, port).ToString(CultureInfo.InvariantCulture)
            : Translate(service, word).Replace("0.0.0.0", "127.0.0.1", StringComparison.Ordinal).Replace("http://127.0.0.1:8428", $"http://127.0.0.1:{PortOf(service, 8428)}", StringComparison.Ordinal))];

    /// <summary>Makes the folders of a service's volumes, and copies the files that are mounted, translated.</summary>
    public async Task MountAsync(string service)
    {
        foreach (var volume in file.Services[service].Volumes)
        {
            if (volume.Type == "volume")
            {
                Directory.CreateDirectory(FolderOf(service, volume.Target));
                continue;
            }
            var copy = Path.Combine(folder, service, Path.GetFileName(volume.Target));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            await File.WriteAllTextAsync(copy, Translate(service, await File.ReadAllTextAsync(volume.Source)));
        }
    }

    private static int[] PortsOf(string service) => service switch
    {
        "consul" => [8500],
        "victoriametrics" => [8428],
        "demo" => [9000, 9001, 9002, 9003, 9004],
        "hap1" or "hap2" => [8080, 8405],
        "node1" or "node2" => [],
        _ => [8081],
    };
}
