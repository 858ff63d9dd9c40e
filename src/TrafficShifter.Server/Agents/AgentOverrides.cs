using System.Text.Json;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Server.Hosting;

namespace TrafficShifter.Server.Agents;

/// <summary>The overrides that this agent was given and that the store has not taken in, on disk before they act where the disk takes them.</summary>
public sealed class AgentOverrides
{
    private readonly Lock _gate = new();
    private readonly string _path;
    private IReadOnlyList<TrafficOverride> _active;
    private bool _isUnkept;

    private AgentOverrides(string path, IReadOnlyList<TrafficOverride> active) => (_path, _active) = (path, active);

    /// <exception cref="ConfigurationException">The file cannot be read: the agent must not start as if nobody had rolled back.</exception>
    public static AgentOverrides Open(string path)
    {
        try
        {
            return new AgentOverrides(path, File.Exists(path) ? JsonSerializer.Deserialize<List<TrafficOverride>>(File.ReadAllText(path), DocumentJson.Options) ?? [] : []);
        }
        catch (Exception broken) when (broken is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new ConfigurationException($"{path} holds emergency rollbacks that the store may not know, and cannot be read: {broken.Message} Put it right, or move it away if no rollback was given while the store was away");
        }
    }

    public IReadOnlyList<TrafficOverride> Active => Volatile.Read(ref _active);

    /// <summary>Keeps an override, on disk first. One that is kept already stays as it is.</summary>
    /// <returns>Why it is not on disk, and would be forgotten with this process; null when it is. It holds either way: a full disk must not hold up an emergency.</returns>
    public string? Give(TrafficOverride given)
    {
        lock (_gate)
        {
            IReadOnlyList<TrafficOverride> next = _active.Any(o => o.Id == given.Id) ? _active : [.. _active, given];
            try
            {
                Write(next);
                return null;
            }
            catch (Exception unwritable) when (unwritable is IOException or UnauthorizedAccessException)
            {
                Volatile.Write(ref _active, next);
                _isUnkept = true;
                return unwritable.Message;
            }
        }
    }

    /// <summary>Writes what the disk did not take before.</summary>
    /// <exception cref="IOException">The disk is still full or read-only.</exception>
    public void KeepUnkept()
    {
        lock (_gate)
        {
            if (_isUnkept) Write(_active);
        }
    }

    /// <exception cref="IOException">The disk is full or read-only: the override stays.</exception>
    public void Forget(string id)
    {
        lock (_gate)
        {
            if (_active.Any(o => o.Id == id)) Write([.. _active.Where(o => o.Id != id)]);
        }
    }

    private void Write(IReadOnlyList<TrafficOverride> next)
    {
        FileWrites.Replace(_path, DocumentJson.Write(next));
        Volatile.Write(ref _active, next);
        _isUnkept = false;
    }
}
