namespace ParallelDag.Simulation;

/// <summary>
/// Time as whole picoseconds, so that sums are exact and no two floating-point numbers are ever compared. 2^63 picoseconds are 106 days.
/// </summary>
public static class Picoseconds
{
    /// <summary>Picoseconds in a second.</summary>
    public const double PerSecond = 1e12;

    /// <summary>The same time in seconds.</summary>
    public static double ToSeconds(long picoseconds) => picoseconds / PerSecond;
}
