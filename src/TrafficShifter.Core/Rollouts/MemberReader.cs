using System.Text.Json;
using TrafficShifter.Core.Documents;

namespace TrafficShifter.Core.Rollouts;

/// <summary>Reads the members of one JSON object; collects what is wrong with its place and goes on, so that one answer names everything.</summary>
/// <remarks>A member that is <c>null</c> counts as absent.</remarks>
internal sealed class MemberReader
{
    private readonly Dictionary<string, JsonElement> _members = new(StringComparer.Ordinal);
    private readonly HashSet<string> _read = new(StringComparer.Ordinal);
    private readonly string _pointer;
    private readonly List<PlanProblem> _problems;

    public MemberReader(JsonElement json, string pointer, List<PlanProblem> problems)
    {
        (_pointer, _problems) = (pointer, problems);
        if (json.ValueKind != JsonValueKind.Object)
        {
            problems.Add(new(pointer, $"expected an object, found {Describe(json)}"));
            return;
        }
        foreach (var member in json.EnumerateObject())
        {
            if (!_members.TryAdd(member.Name, member.Value)) Problem(member.Name, "stands twice");
        }
    }

    /// <summary>Nothing is wrong with this object so far, nor with what is in it.</summary>
    public bool IsGood => !_problems.Any(p => p.Pointer == _pointer || p.Pointer.StartsWith(_pointer + "/", StringComparison.Ordinal));

    public bool Has(string name) => _members.TryGetValue(name, out var value) && value.ValueKind != JsonValueKind.Null;

    public bool IsText(string name, string text) => _members.TryGetValue(name, out var value) && value.ValueKind == JsonValueKind.String && value.GetString() == text;

    /// <summary>A member that there may be and is not: known, so that it is named among those that there are.</summary>
    public T? Skip<T>(string name, T? absent = default)
    {
        _read.Add(name);
        return absent;
    }

    /// <summary>A list of texts; null when there is none.</summary>
    public IReadOnlyList<string>? Texts(string name) => Take(name, required: false) switch
    {
        null => null,
        { ValueKind: JsonValueKind.Array } list when list.EnumerateArray().All(i => i.ValueKind == JsonValueKind.String) => [.. list.EnumerateArray().Select(i => i.GetString()!)],
        { } other => Refuse<IReadOnlyList<string>>(name, "a list of texts", other),
    };

    public string? Text(string name, bool required = false) => Take(name, required) switch
    {
        null => null,
        { ValueKind: JsonValueKind.String } text => text.GetString(),
        { } other => Refuse<string>(name, "a text", other),
    };

    public double? Number(string name) => Take(name, required: false) switch
    {
        null => null,
        { ValueKind: JsonValueKind.Number } number when number.TryGetDouble(out var value) && double.IsFinite(value) => value,
        { } other => Refuse<double?>(name, "a number", other),
    };

    public bool Flag(string name, bool absent) => Take(name, required: false) switch
    {
        null => absent,
        { ValueKind: JsonValueKind.True or JsonValueKind.False } flag => flag.GetBoolean(),
        { } other => Refuse<bool>(name, "true or false", other),
    };

    public long Whole(string name, long absent) => Take(name, required: false) switch
    {
        null => absent,
        { ValueKind: JsonValueKind.Number } number when number.TryGetInt64(out var value) && value is >= 0 and <= int.MaxValue => value,
        { } other => Refuse<long?>(name, "a whole number, 0 or more", other) ?? absent,
    };

    /// <param name="absent">The value when there is no such member; null if it is required.</param>
    public TimeSpan Time(string name, TimeSpan? absent) => Take(name, required: absent is null) switch
    {
        null => absent ?? TimeSpan.Zero,
        { ValueKind: JsonValueKind.String } text when Duration.TryParse(text.GetString(), out var value) => value,
        { } other => Refuse<TimeSpan?>(name, "a duration like \"30s\", \"2m\" or \"1h30m\"", other) ?? absent ?? TimeSpan.Zero,
    };

    public T? Parsed<T>(string name)
        where T : IParsable<T>
    {
        if (Take(name, required: true) is not { } json) return default;
        if (json.ValueKind != JsonValueKind.String) return Refuse<T>(name, "a text", json);
        try
        {
            return T.Parse(json.GetString()!, null);
        }
        catch (FormatException broken)
        {
            Problem(name, broken.Message);
            return default;
        }
    }

    public T OneOf<T>(string name, T absent)
        where T : struct, Enum
    {
        if (Take(name, required: false) is not { } json) return absent;
        var words = Enum.GetNames<T>().ToDictionary(JsonNamingPolicy.CamelCase.ConvertName, Enum.Parse<T>, StringComparer.Ordinal);
        if (json.ValueKind == JsonValueKind.String && words.TryGetValue(json.GetString()!, out var value)) return value;
        return Refuse<T?>(name, $"one of {string.Join(", ", words.Keys.Select(w => $"\"{w}\""))}", json) ?? absent;
    }

    public T? Part<T>(string name, Func<MemberReader, T> read)
        where T : class => Take(name, required: false) is { } json ? read(new MemberReader(json, $"{_pointer}/{name}", _problems)) : null;

    public IReadOnlyList<T> List<T>(string name, Func<MemberReader, T> read, bool required)
    {
        if (Take(name, required) is not { } json) return [];
        if (json.ValueKind != JsonValueKind.Array) return Refuse<IReadOnlyList<T>>(name, "a list", json) ?? [];
        return [.. json.EnumerateArray().Select((item, i) => read(new MemberReader(item, $"{_pointer}/{name}/{i}", _problems)))];
    }

    /// <summary>A list of which an entry may be a name in place of an object.</summary>
    /// <param name="named">Null when nothing has the name.</param>
    /// <param name="names">Those that there are.</param>
    public IReadOnlyList<T> List<T>(string name, Func<MemberReader, T> read, Func<string, T?> named, IEnumerable<string> names)
        where T : class
    {
        if (Take(name, required: false) is not { } json) return [];
        if (json.ValueKind != JsonValueKind.Array) return Refuse<IReadOnlyList<T>>(name, "a list", json) ?? [];
        var items = new List<T>();
        foreach (var (item, i) in json.EnumerateArray().Select((item, i) => (item, i)))
        {
            if (item.ValueKind != JsonValueKind.String) items.Add(read(new MemberReader(item, $"{_pointer}/{name}/{i}", _problems)));
            else if (named(item.GetString()!) is { } found) items.Add(found);
            else _problems.Add(new($"{_pointer}/{name}/{i}", $"there is no \"{item.GetString()}\"; there are {string.Join(", ", names)}"));
        }
        return items;
    }

    /// <summary>Every member that nobody asked for is a problem.</summary>
    public void RefuseTheRest()
    {
        foreach (var name in _members.Keys.Where(n => !_read.Contains(n)))
            Problem(name, $"this version does not know \"{name}\", and ignoring it could leave out what you rely on; there {(_read.Count == 1 ? "is" : "are")} {string.Join(", ", _read)}");
    }

    public void Problem(string name, string detail) => _problems.Add(new($"{_pointer}/{Escape(name)}", detail));

    private JsonElement? Take(string name, bool required)
    {
        _read.Add(name);
        if (Has(name)) return _members[name];
        // An element that is no object at all has said so already.
        if (required && (_members.Count > 0 || !_problems.Any(p => p.Pointer == _pointer))) Problem(name, "is missing");
        return null;
    }

    private T? Refuse<T>(string name, string expected, JsonElement found)
    {
        Problem(name, $"expected {expected}, found {Describe(found)}");
        return default;
    }

    private static string Describe(JsonElement json)
    {
        var text = json.GetRawText();
        return text.Length <= 60 ? text : text[..60] + "…";
    }

    /// <summary>RFC 6901: '~' and '/' inside a name.</summary>
    private static string Escape(string name) => name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal);
}
