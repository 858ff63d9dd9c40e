using System.Diagnostics.CodeAnalysis;

namespace TrafficShifter.Cli.Output;

/// <summary>In what form data is written.</summary>
internal enum OutputFormat
{
    /// <summary>For people; cut to the width of the terminal.</summary>
    Table,

    /// <summary>For people; all columns, never cut.</summary>
    Wide,

    /// <summary>The API's document, unchanged.</summary>
    Json,
    Yaml,

    /// <summary>The names alone, one a line.</summary>
    Name,

    /// <summary>One JSON object a line.</summary>
    JsonLines,
}

internal static class Formats
{
    public const string Names = "table, wide, json, yaml, name and jsonl";

    public static bool TryParse(string? text, [NotNullWhen(true)] out OutputFormat? format)
    {
        format = text switch
        {
            "table" => OutputFormat.Table,
            "wide" => OutputFormat.Wide,
            "json" => OutputFormat.Json,
            "yaml" => OutputFormat.Yaml,
            "name" => OutputFormat.Name,
            "jsonl" => OutputFormat.JsonLines,
            _ => null,
        };
        return format is not null;
    }
}
