using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json.Serialization;
using TrafficShifter.Core.Documents;

namespace TrafficShifter.Core.Traffic;

/// <summary>A part of an application's traffic, 0 % to 100 % in steps of 0.01 %.</summary>
/// <remarks>Rounded half up, but above 0 never becomes 0 and below 100 never 100: a canary of "a little" must send something.</remarks>
[JsonConverter(typeof(ParsableJsonConverter<Share>))]
public readonly record struct Share : IParsable<Share>, IComparable<Share>
{
    public const int MaxBasisPoints = 10_000;

    public static readonly Share None;
    public static readonly Share All = new(MaxBasisPoints);

    private Share(int basisPoints) => BasisPoints = basisPoints;

    /// <summary>The share in hundredths of a percent, 0 to 10,000.</summary>
    public int BasisPoints { get; }

    /// <summary>The share as a part of one, 0 to 1.</summary>
    public double Ratio => BasisPoints / (double)MaxBasisPoints;

    public Share Rest => new(MaxBasisPoints - BasisPoints);

    public static Share OfBasisPoints(int basisPoints)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(basisPoints);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(basisPoints, MaxBasisPoints);
        return new Share(basisPoints);
    }

    /// <summary>The share that <paramref name="part"/> has of <paramref name="whole"/>; both are weights, the whole is not 0.</summary>
    public static Share Of(long part, long whole)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(whole);
        ArgumentOutOfRangeException.ThrowIfNegative(part);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(part, whole);
        if (part == 0) return None;
        if (part == whole) return All;
        var rounded = (int)((2 * part * MaxBasisPoints + whole) / (2 * whole));
        return new Share(Math.Clamp(rounded, 1, MaxBasisPoints - 1));
    }

    /// <exception cref="FormatException">The text is not a share; the message shows the form that is.</exception>
    public static Share Parse(string s, IFormatProvider? provider = null) =>
        TryParse(s, provider, out var share) ? share : throw new FormatException($"\"{s}\" is not a share like \"5%\" or \"0.25%\", 0% to 100% in steps of 0.01%");

    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out Share result)
    {
        result = None;
        if (s is null || s.Length is < 2 or > 8 || s[^1] != '%') return false;
        if (!decimal.TryParse(s.AsSpan(0, s.Length - 1), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var percent)) return false;
        var basisPoints = percent * 100;
        if (basisPoints < 0 || basisPoints > MaxBasisPoints || basisPoints != decimal.Truncate(basisPoints)) return false;
        result = new Share((int)basisPoints);
        return true;
    }

    public int CompareTo(Share other) => BasisPoints.CompareTo(other.BasisPoints);

    public static bool operator <(Share left, Share right) => left.CompareTo(right) < 0;

    public static bool operator >(Share left, Share right) => left.CompareTo(right) > 0;

    public static bool operator <=(Share left, Share right) => left.CompareTo(right) <= 0;

    public static bool operator >=(Share left, Share right) => left.CompareTo(right) >= 0;

    /// <summary><c>5%</c>, <c>0.25%</c>: the form that <see cref="Parse"/> reads.</summary>
    public override string ToString() => (BasisPoints / 100m).ToString("0.##", CultureInfo.InvariantCulture) + "%";
}
