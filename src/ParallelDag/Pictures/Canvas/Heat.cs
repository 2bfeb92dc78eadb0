namespace ParallelDag.Pictures.Canvas;

/// <summary>
/// How deep the colour of a cell is by its share of the largest. Between light cells with dark text and deep cells with light text there
/// is a gap: on what lies there, neither would have a contrast of 4.5:1, in light or in dark.
/// </summary>
internal static class Heat
{
    private const double Lightest = 0.18, Light = 0.47, Deep = 0.87;

    /// <summary>The opacity for a share from 0 to 1.</summary>
    public static double Depth(double share)
    {
        double part = Math.Clamp(share, 0, 1);
        return part < 0.5 ? Lightest + (2 * part * (Light - Lightest)) : Deep + ((2 * part - 1) * (1 - Deep));
    }

    /// <summary>The text that can be read on a depth.</summary>
    public static Ink TextOn(double depth) => depth >= Deep ? Ink.OnColour : Ink.Text;
}
