using System.Globalization;
using ParallelDag.Files;
using ParallelDag.Graphs;
using ParallelDag.Precisions;

namespace ParallelDag.Durations;

/// <summary>
/// An operator that somebody timed: its class, what it does, and microseconds. As a line of CSV <c>op,shape,us</c>, where op is a row of
/// efficiencies (<c>gemm</c>, <c>gemmFp8</c>, <c>attentionPrefill</c>, ...) and shape depends on it:
/// <code>
/// gemm, gemmFp8           tokens x outputs x inputs                        512x8192x3584
/// attentionPrefill        sequences x length x heads x kvHeads x width     1x4096x64x8x128
/// attentionDecode         sequences x context x heads x kvHeads x width    16x4608x64x8x128
/// mlaDecode               sequences x context x heads x latent x rope      128x4096x128x512x64
/// experts, expertsFp8     tokens of an expert x experts x hidden x ffn     128x8x4096x14336
/// elementwise, recurrent  bytes                                            10486784
/// </code>
/// </summary>
/// <param name="Kernel">The class.</param>
/// <param name="Rate">The format.</param>
/// <param name="Flops">Operations.</param>
/// <param name="Bytes">Bytes through memory.</param>
/// <param name="Extent">The size that efficiency grows with; 0 for none.</param>
/// <param name="Seconds">The measured time.</param>
public sealed record MeasuredOperator(KernelClass Kernel, PeakRate Rate, double Flops, double Bytes, double Extent, double Seconds)
{
    private const double Micro = 1e-6;

    /// <summary>Reads a file that is a CSV with a header line.</summary>
    /// <exception cref="InputException">A line that says something else, with its place.</exception>
    public static IReadOnlyList<MeasuredOperator> Read(InputFile file) =>
        Read(System.Text.Encoding.UTF8.GetString(file.Utf8), file.Name);

    /// <summary>Reads a CSV with a header line.</summary>
    /// <exception cref="InputException">A line that says something else, with its place.</exception>
    public static IReadOnlyList<MeasuredOperator> Read(string text, string file)
    {
        string[] lines = text.Split('\n');
        if (!lines[0].Trim().Replace(" ", "", StringComparison.Ordinal).Equals("op,shape,us", StringComparison.OrdinalIgnoreCase))
            throw new InputException(file, new TextPosition(1, 1), "a file of measured operators begins with the line op,shape,us");
        var rows = new List<MeasuredOperator>();
        for (int line = 1; line < lines.Length; line++)
        {
            if (lines[line].Trim().Length > 0)
                rows.Add(Row(lines[line].Trim(), file, line + 1));
        }

        return rows.Count > 0 ? rows : throw new InputException(file, new TextPosition(1, 1),
            "the file names no measured operator behind its first line");
    }

    private static MeasuredOperator Row(string line, string file, int number)
    {
        string[] cells = line.Split(',');
        InputException Fault(string message) => new(file, new TextPosition(number, 1), message);
        if (cells.Length != 3)
            throw Fault("a line has three cells: op, shape and us");
        string op = cells[0].Trim();
        (string name, KernelClass kernel, PeakRate? rate) = KernelNames.All.FirstOrDefault(row => row.Name.Equals(op,
            StringComparison.OrdinalIgnoreCase));
        if (name is null)
        {
            string known = string.Join(", ", KernelNames.All.Select(row => row.Name));
            throw Fault($"'{Wording.OneLine.Quote(op)}' is no class of kernels; known are {known}");
        }

        double[] shape = [.. cells[1].Trim().ToLowerInvariant().Split('x').Select(Number)];
        double micros = Number(cells[2]);
        int wanted = SidesOf(kernel);
        if (shape.Length != wanted || !shape.All(side => side is > 0 and <= 1e15))
        {
            string given = Wording.OneLine.Quote(cells[1].Trim());
            throw Fault($"'{given}' is no shape of {name}, which has {wanted} positive numbers joined by x");
        }

        if (micros is not (> 0 and <= 1e9))
            throw Fault($"'{Wording.OneLine.Quote(cells[2].Trim())}' is no time in microseconds");
        (double flops, double bytes, double extent) = Load(kernel, rate == PeakRate.Bits8 ? 1 : 2, shape);
        return new MeasuredOperator(kernel, rate ?? PeakRate.Bits16, flops, bytes, extent, micros * Micro);
    }

    private static double Number(string text) =>
        double.TryParse(text.Trim(), NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture,
            out double value) ? value
            : double.NaN;

    private static int SidesOf(KernelClass kernel) => kernel switch
    {
        KernelClass.Gemm => 3,
        KernelClass.Experts => 4,
        KernelClass.Elementwise or KernelClass.Recurrent => 1,
        _ => 5,
    };

    /// <summary>Operations, bytes and extent of a shape; activations have 16 bits, weights <paramref name="width"/> bytes.</summary>
    private static (double Flops, double Bytes, double Extent) Load(KernelClass kernel, double width, double[] s) => kernel switch
    {
        KernelClass.Gemm => (2 * s[0] * s[1] * s[2], (width * s[1] * s[2]) + (2 * s[0] * (s[1] + s[2])), 0),
        KernelClass.Experts => (6 * s[0] * s[1] * s[2] * s[3], (width * 3 * s[1] * s[2] * s[3]) + (4 * s[0] * s[1] * s[2]), s[0]),
        KernelClass.AttentionPrefill => (2 * s[0] * s[1] * (s[1] + 1) * s[2] * s[4], 4 * s[0] * s[1] * s[4] * (s[2] + s[3]), s[1]),
        KernelClass.AttentionDecode => (4 * s[0] * s[1] * s[2] * s[4], 4 * s[0] * s[4] * (s[2] + (s[1] * s[3])), 0),
        KernelClass.LatentDecode => (2 * s[0] * s[1] * s[2] * ((2 * s[3]) + s[4]),
            2 * s[0] * ((s[1] + s[2]) * (s[3] + s[4]) + (s[2] * s[3])), 0),
        _ => (0, s[0], 0),
    };
}
