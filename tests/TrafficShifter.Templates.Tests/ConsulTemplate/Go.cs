using System.Collections;
using System.Globalization;
using System.Text;

namespace TrafficShifter.Templates.Tests.ConsulTemplate;

/// <summary>Go's values and how its templates treat them. int and int64 are one here, and only numbers of the same kind are compared.</summary>
internal static class Go
{
    /// <summary>What `if`, `and`, `or`, `not` take for true.</summary>
    public static bool IsTrue(object? value) => value switch
    {
        null => false,
        bool truth => truth,
        string text => text.Length > 0,
        long number => number != 0,
        ulong number => number != 0,
        double number => number != 0,
        ICollection collection => collection.Count > 0,
        _ => true,
    };

    /// <exception cref="TemplateException">The types cannot be compared: Go ends the template.</exception>
    public static int Compare(object? left, object? right) => (left, right) switch
    {
        (string a, string b) => string.CompareOrdinal(a, b),
        (long a, long b) => a.CompareTo(b),
        (ulong a, ulong b) => a.CompareTo(b),
        (ulong a, long b) => b < 0 ? 1 : a.CompareTo((ulong)b),
        (long a, ulong b) => a < 0 ? -1 : ((ulong)a).CompareTo(b),
        (bool a, bool b) => a == b ? 0 : throw new TemplateException("booleans have no order"),
        _ => throw new TemplateException($"{Type(left)} and {Type(right)} are not compared"),
    };

    public static bool AreEqual(object? left, object? right) => left is bool a && right is bool b ? a == b : Compare(left, right) == 0;

    /// <summary>What <c>%T</c> writes.</summary>
    public static string Type(object? value) => value switch
    {
        null => "<nil>",
        string => "string",
        bool => "bool",
        double => "float64",
        Dictionary<string, object?> => "map[string]interface {}",
        List<object?> => "[]interface {}",
        _ => throw new TemplateException($"the type of a {value.GetType().Name} is not known here"),
    };

    /// <summary>A field of the dot or of a variable. One that an object of JSON does not have is nil.</summary>
    public static object? Field(object? of, string name) => (of, name) switch
    {
        (Dictionary<string, object?> map, _) => map.GetValueOrDefault(name),
        (KeyPair pair, "Key") => pair.Key,
        (KeyPair pair, "Value") => pair.Value,
        (KeyPair pair, "ModifyIndex") => pair.ModifyIndex,
        (HealthService service, "ID") => service.ID,
        (HealthService service, "Address") => service.Address,
        (HealthService service, "Port") => service.Port,
        _ => throw new TemplateException($"{of?.GetType().Name ?? "nil"} has no field {name}"),
    };

    /// <summary>What an action writes.</summary>
    public static string Print(object? value) => value switch
    {
        string text => text,
        long number => number.ToString(CultureInfo.InvariantCulture),
        ulong number => number.ToString(CultureInfo.InvariantCulture),
        _ => throw new TemplateException($"a {value?.GetType().Name ?? "nil"} would be written"),
    };

    /// <summary>%s, %d, %v, %T, %.0f, %.6f and %.*s.</summary>
    public static string Printf(string format, IReadOnlyList<object?> arguments)
    {
        var (text, next) = (new StringBuilder(), 0);
        for (var i = 0; i < format.Length; i++)
        {
            if (format[i] != '%')
            {
                text.Append(format[i]);
                continue;
            }
            var verb = Array.Find(["%s", "%d", "%v", "%T", "%.0f", "%.6f", "%.*s"], known => string.CompareOrdinal(format, i, known, 0, known.Length) == 0)
                ?? throw new TemplateException($"the format \"{format}\" is not known here");
            text.Append((verb, arguments[next++]) switch
            {
                ("%s", string given) => given,
                ("%d", long number) => Print(number),
                ("%v", var any) => Verbatim(any),
                ("%T", var any) => Type(any),
                ("%.0f", double number) => number.ToString("F0", CultureInfo.InvariantCulture),
                ("%.6f", double number) => number.ToString("F6", CultureInfo.InvariantCulture),
                ("%.*s", long most) when arguments[next++] is string given => given[..(int)Math.Min(most, given.Length)],
                var (_, wrong) => throw new TemplateException($"{verb} of a {wrong?.GetType().Name ?? "nil"}"),
            });
            i += verb.Length - 1;
        }
        return next == arguments.Count ? text.ToString() : throw new TemplateException($"\"{format}\" has {arguments.Count} arguments");
    }

    /// <summary>Only compared with words by the templates, so what composed values look like does not matter.</summary>
    private static string Verbatim(object? value) => value switch
    {
        string text => text,
        bool truth => truth ? "true" : "false",
        null => "<nil>",
        _ => $"a {value.GetType().Name}",
    };
}
