using System.Globalization;

namespace ParallelDag.Simulation;

/// <summary>
/// Time as whole picoseconds, so that sums are exact and no two floating-point numbers are ever compared. A duration is rounded once,
/// half to even. 2^63 picoseconds are 106 days.
/// </summary>
public static class Picoseconds
{
    /// <summary>Picoseconds in a second.</summary>
    public const double PerSecond = 1e12;

    private const double Limit = 9.2e18;

    /// <summary>A duration in picoseconds, at least 1 unless it is 0.</summary>
    /// <exception cref="InputException">The duration is negative, no number, or beyond 106 days.</exception>
    public static long FromSeconds(double seconds)
    {
        double picoseconds = Math.Round(seconds * PerSecond, MidpointRounding.ToEven);
        return picoseconds is >= 0 and < Limit
            ? Math.Max((long)picoseconds, seconds > 0 ? 1 : 0)
            : throw new InputException(string.Create(
                CultureInfo.InvariantCulture, $"a duration of {seconds} s cannot be simulated; durations are between 0 and 106 days"));
    }

    /// <summary>The same time in seconds.</summary>
    public static double ToSeconds(long picoseconds) => picoseconds / PerSecond;
}
