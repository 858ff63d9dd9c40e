using TrafficShifter.Server.Embedded;

namespace TrafficShifter.Server.Tests.Embedded;

/// <summary>A folder for one test's store file; closes what was opened in it.</summary>
internal sealed class StoreFolder : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("store-").FullName;
    private readonly List<EmbeddedTrafficStore> _open = [];

    public string File => Path.Combine(_folder, "made", "store.json");

    public EmbeddedTrafficStore Open()
    {
        var store = EmbeddedTrafficStore.Open(File, TimeProvider.System);
        _open.Add(store);
        return store;
    }

    public void Write(string content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(File)!);
        System.IO.File.WriteAllText(File, content);
    }

    public void Close()
    {
        foreach (var store in _open) store.Dispose();
        _open.Clear();
    }

    public void Dispose()
    {
        Close();
        Directory.Delete(_folder, recursive: true);
    }
}
