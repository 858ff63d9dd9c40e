using System.Diagnostics;

namespace TrafficShifter.Core.Judging;

/// <summary>One unit of stake, spread over bets and over the times at which it is placed. What is not placed yet is cash, so that the sum is an e-value at any time.</summary>
internal sealed class Mixture(int bets)
{
    /// <summary>Wealth of one bet is cut here: that only lowers it, and keeps the sum a number.</summary>
    internal const double Cap = 1e12;

    private readonly double[] _wealth = new double[bets];

    /// <summary>Stake that waits for the next update.</summary>
    public double Carry { get; private set; }

    /// <summary>Stake that has been placed.</summary>
    public double Spent { get; private set; }

    /// <summary>The e-value: the wealth of all bets and the cash.</summary>
    public double E { get; private set; } = 1;

    public void Pay(double stake)
    {
        Carry += stake;
        Debug.Assert(Spent + Carry <= 1 + 1e-9, "more than the whole stake is placed");
    }

    /// <param name="logs">Logarithms of the factors, one for each bet.</param>
    public void Update(ReadOnlySpan<double> logs)
    {
        var each = Carry / _wealth.Length;
        for (var i = 0; i < _wealth.Length; i++) _wealth[i] = Multiply(_wealth[i] + each, logs[i]);
        Spent += Carry;
        Carry = 0;
        Sum();
    }

    public MixtureState Save() => new([.. _wealth], Carry, Spent);

    public void Load(MixtureState state)
    {
        if (state.Wealth.Count != _wealth.Length) throw new ArgumentException($"{state.Wealth.Count} bets are saved, there are {_wealth.Length}", nameof(state));
        for (var i = 0; i < _wealth.Length; i++) _wealth[i] = state.Wealth[i];
        (Carry, Spent) = (state.Carry, state.Spent);
        Sum();
    }

    /// <summary>exp is asked for no more than e^30 at once, so that one odd batch cannot end a rollout by overflow.</summary>
    internal static double Multiply(double wealth, double log) => Math.Min(wealth * Math.Exp(Math.Clamp(log, -700, 30)), Cap);

    private void Sum()
    {
        var sum = 0.0;
        foreach (var wealth in _wealth) sum += wealth;
        E = sum + Math.Max(0, 1 - Spent);
    }
}

/// <summary>A mixture as it is stored.</summary>
public sealed record MixtureState(IReadOnlyList<double> Wealth, double Carry, double Spent);
