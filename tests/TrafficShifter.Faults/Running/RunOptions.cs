using System.Globalization;

namespace TrafficShifter.Faults.Running;

/// <summary>What <c>./dev test --faults</c> was told.</summary>
internal sealed record RunOptions
{
    /// <summary>What the schedule of the operators and the random choice of faults begin with; the same seed, the same choices.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Names of faults, or the beginnings of some; <c>A+B</c>: these two at once. Empty: all.</summary>
    public IReadOnlyList<string> Only { get; init; } = [];

    /// <summary>Two faults at a time, chosen by the seed, instead of one.</summary>
    public bool Pairs { get; init; }

    /// <summary>Random faults and pairs until so much time is over; null: each fault once.</summary>
    public TimeSpan? Soak { get; init; }

    /// <summary>One fault of each class.</summary>
    public bool Short { get; init; }

    /// <summary>Writes the table into docs/reliability.md.</summary>
    public bool Record { get; init; }

    /// <summary>Folder for what each of our programs writes; null: it is not kept.</summary>
    public string? Logs { get; init; }

    /// <exception cref="ArgumentException">An option is unknown or has no value; the message says which.</exception>
    public static RunOptions Parse(IReadOnlyList<string> arguments)
    {
        var options = new RunOptions();
        for (var i = 0; i < arguments.Count; i++)
        {
            options = arguments[i] switch
            {
                "--seed" => options with { Seed = Number(arguments, ++i) },
                "--only" => options with { Only = Value(arguments, ++i).Split(',', StringSplitOptions.RemoveEmptyEntries) },
                "--pairs" => options with { Pairs = true },
                "--minutes" => options with { Soak = TimeSpan.FromMinutes(Number(arguments, ++i)) },
                "--long" => options with { Soak = TimeSpan.FromHours(4) },
                "--short" => options with { Short = true },
                "--logs" => options with { Logs = Value(arguments, ++i) },
                "--record" => options with { Record = true },
                var other => throw new ArgumentException($"unknown option {other}; there are --seed N, --only A,B, --pairs, --minutes N, --long, --short, --logs FOLDER, --record"),
            };
        }
        return options;
    }

    private static string Value(IReadOnlyList<string> arguments, int at) => at < arguments.Count ? arguments[at] : throw new ArgumentException($"{arguments[at - 1]} needs a value");

    private static int Number(IReadOnlyList<string> arguments, int at) =>
        int.TryParse(Value(arguments, at), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0
            ? number
            : throw new ArgumentException($"{arguments[at - 1]} needs a whole number above 0, not \"{arguments[at]}\"");
}
