using System.Globalization;
using TrafficShifter.Cli.Hosting;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Cli.Commands.Weights;

/// <summary>Weights as they are typed: <c>green=10%</c>, or <c>blue=90 green=10</c>.</summary>
internal static class WantedWeights
{
    private const string Example = "shifter weights set APP green=10%   or   shifter weights set APP blue=90 green=10";

    /// <exception cref="Failure">They say no weights.</exception>
    public static Core.Traffic.Weights Parse(IReadOnlyList<string> words)
    {
        var said = new Dictionary<Colour, string>();
        foreach (var word in words)
        {
            if (word.Split('=') is not [var name, { Length: > 0 } weight] || name is not ("blue" or "green")) throw Failure.Usage($"\"{word}\" is no weight of a colour", Example);
            if (!said.TryAdd(name == "blue" ? Colour.Blue : Colour.Green, weight)) throw Failure.Usage($"{name} is there twice", Example);
        }
        return said.Values.Any(v => v.EndsWith('%')) ? ByShare(said) : ByNumber(said);
    }

    private static Core.Traffic.Weights ByShare(Dictionary<Colour, string> said)
    {
        var shares = said.ToDictionary(s => s.Key, s => Share.TryParse(s.Value, CultureInfo.InvariantCulture, out var share)
            ? share
            : throw Failure.Usage($"\"{s.Value}\" is not a share like 5% or 0.25%, in steps of 0.01%{(s.Value.EndsWith('%') ? "" : "; shares and weights are not mixed")}", Example));
        var (colour, wanted) = shares.First();
        if (shares.Count == 2 && shares.Values.Sum(s => s.BasisPoints) != Share.MaxBasisPoints) throw Failure.Usage($"{string.Join(" and ", said.Values)} are not 100% together", Example);
        return Core.Traffic.Weights.Giving(colour, wanted);
    }

    private static Core.Traffic.Weights ByNumber(Dictionary<Colour, string> said)
    {
        if (said.Count != 2) throw Failure.Usage("a weight alone says no share: both colours are needed, or one with %", Example);
        var weights = new Core.Traffic.Weights { Blue = Number(said[Colour.Blue]), Green = Number(said[Colour.Green]) };
        return weights.FindProblem() is { } problem ? throw Failure.Usage(problem, Example) : weights;
    }

    private static int Number(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
        ? number
        : throw Failure.Usage($"\"{text}\" is not a weight from 0 to {Core.Traffic.Weights.Max}", Example);
}
