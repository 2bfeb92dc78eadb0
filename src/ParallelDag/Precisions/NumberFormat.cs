using System.Globalization;
using System.Text.RegularExpressions;
using ParallelDag.Formulas;
using ParallelDag.Wording;

namespace ParallelDag.Precisions;

/// <summary>
/// How numbers are stored: bits of an element, and the scales that a quantised matrix carries beside its elements. Bytes of a matrix of r
/// rows (outputs) and
/// c columns (inputs), as checkpoints store it:
/// <code>
/// fp32 4rc    bf16, fp16 2rc    int8 rc + 2r (a 16-bit scale an output)
/// fp8              rc + 4                                  one 32-bit scale a matrix
/// fp8/channel      rc + 2r                                 a 16-bit scale an output
/// fp8/128x128      rc + 4*ceil(r/128)*ceil(c/128)          32-bit scales a block
/// mxfp8            rc + rc/32       mxfp4  rc/2 + rc/32    8-bit scales per 32 elements (OCP Microscaling Formats v1.0)
/// nvfp4            rc/2 + rc/16 + 8                        8-bit scales per 16 elements, two 32-bit scales a matrix
/// int4/g           rc/2 + 2*rc/g                           16-bit scales per g elements; int8/g rc + 2*rc/g, int4/channel rc/2 + 2r
/// </code>
/// Worked example: a DeepSeek-V3 expert's up matrix, 2048 x 7168 in fp8/128x128: 14,680,064 + 4*16*56 = 14,683,648 bytes.
/// </summary>
public sealed partial record NumberFormat
{
    private readonly int _scaleBits;
    private readonly long _matrixBytes;

    private NumberFormat(string name, int bits, int blockRows = 0, int blockColumns = 0, int scaleBits = 0, long matrixBytes = 0)
    {
        Name = name;
        Bits = bits;
        BlockRows = blockRows;
        BlockColumns = blockColumns;
        _scaleBits = scaleBits;
        _matrixBytes = matrixBytes;
    }

    /// <summary>IEEE single precision.</summary>
    public static NumberFormat Fp32 { get; } = new("fp32", 32);

    /// <summary>32-bit integers: token ids and expert indices.</summary>
    public static NumberFormat Int32 { get; } = new("int32", 32);

    /// <summary>bfloat16.</summary>
    public static NumberFormat Bf16 { get; } = new("bf16", 16);

    /// <summary>IEEE half precision.</summary>
    public static NumberFormat Fp16 { get; } = new("fp16", 16);

    /// <summary>8-bit floating point, one scale a matrix.</summary>
    public static NumberFormat Fp8 { get; } = new("fp8", 8, matrixBytes: 4);

    /// <summary>8-bit floating point, one scale an output channel.</summary>
    public static NumberFormat Fp8Channel { get; } = new("fp8/channel", 8, blockRows: 1, scaleBits: 16);

    /// <summary>8-bit integers, one scale an output channel.</summary>
    public static NumberFormat Int8 { get; } = new("int8", 8, blockRows: 1, scaleBits: 16);

    /// <summary>4-bit integers, one scale an output channel.</summary>
    public static NumberFormat Int4Channel { get; } = new("int4/channel", 4, blockRows: 1, scaleBits: 16);

    /// <summary>8-bit floating point with an 8-bit scale per 32 elements (OCP Microscaling).</summary>
    public static NumberFormat MxFp8 { get; } = new("mxfp8", 8, blockColumns: 32, scaleBits: 8);

    /// <summary>4-bit floating point with an 8-bit scale per 32 elements (OCP Microscaling).</summary>
    public static NumberFormat MxFp4 { get; } = new("mxfp4", 4, blockColumns: 32, scaleBits: 8);

    /// <summary>4-bit floating point with an 8-bit scale per 16 elements and two scales a matrix (NVIDIA).</summary>
    public static NumberFormat NvFp4 { get; } = new("nvfp4", 4, blockColumns: 16, scaleBits: 8, matrixBytes: 8);

    /// <summary>The name that plans use: <c>bf16</c>, <c>fp8/128x128</c>, <c>int4/32</c>.</summary>
    public string Name { get; }

    /// <summary>Bits of one element.</summary>
    public int Bits { get; }

    /// <summary>Rows (outputs) that share a scale; 0 when all rows do.</summary>
    public int BlockRows { get; }

    /// <summary>Columns (inputs) that share a scale; 0 when all columns do.</summary>
    public int BlockColumns { get; }

    /// <summary>
    /// The rate at which matrices of this format are multiplied where the device has it: 8-bit formats with 8-bit activations, NVFP4 with
    /// 4-bit ones;
    /// integers of 4 bits or in groups and MXFP4 are weight-only formats, dequantised to 16 bits.
    /// </summary>
    public PeakRate Rate => Name switch
    {
        "fp32" => PeakRate.Bits32,
        "nvfp4" => PeakRate.Bits4,
        _ when Bits == 8 && !Name.StartsWith("int8/", StringComparison.Ordinal) => PeakRate.Bits8,
        _ => PeakRate.Bits16,
    };

    /// <summary>True for formats of 8 bits and less, whose matrices carry scales.</summary>
    public bool IsQuantized => Bits <= 8;

    /// <summary>
    /// 8-bit floating point with a 32-bit scale per block of <paramref name="rows"/> by <paramref name="columns"/> elements.
    /// </summary>
    public static NumberFormat Fp8Blocks(int rows, int columns) =>
        new(Words.Invariant($"fp8/{rows}x{columns}"), 8, rows, columns, 32);

    /// <summary>
    /// 4-bit integers with a 16-bit scale per <paramref name="group"/> elements of a row (AWQ, GPTQ, compressed-tensors).
    /// </summary>
    public static NumberFormat Int4(int group) =>
        new(Words.Invariant($"int4/{group}"), 4, blockRows: 1, blockColumns: group, scaleBits: 16);

    /// <summary>
    /// 8-bit integers with a 16-bit scale per <paramref name="group"/> elements of a row (GPTQ, compressed-tensors).
    /// </summary>
    public static NumberFormat Int8Groups(int group) =>
        new(Words.Invariant($"int8/{group}"), 8, blockRows: 1, blockColumns: group, scaleBits: 16);

    /// <summary>The formats without a parameter, and an example of each with one.</summary>
    public static IReadOnlyList<string> KnownNames { get; } =
        Array.AsReadOnly(
        ["bf16", "fp16", "fp32", "fp8", "fp8/channel", "fp8/128x128", "mxfp8", "int8", "int8/128", "mxfp4", "nvfp4", "int4/128",
            "int4/channel"]);

    /// <summary>
    /// Reads a name: one of <see cref="KnownNames"/>, <c>fp8/ROWSxCOLUMNS</c>, <c>int4/GROUP</c> (<c>int4</c>: groups of 128),
    /// <c>int8/GROUP</c>.
    /// </summary>
    public static bool TryParse(string text, out NumberFormat format)
    {
        NumberFormat[] fixedFormats = [Bf16, Fp16, Fp32, Fp8, Fp8Channel, Int8, Int4Channel, MxFp8, MxFp4, NvFp4];
        format = Array.Find(fixedFormats, known => known.Name.Equals(text, StringComparison.OrdinalIgnoreCase)) ?? Bf16;
        if (!ReferenceEquals(format, Bf16) || text.Equals("bf16", StringComparison.OrdinalIgnoreCase))
            return true;
        Match match = Parameterised().Match(text);
        if (!match.Success)
            return false;
        int Size(string group) => match.Groups[group].Success ? int.Parse(match.Groups[group].ValueSpan, CultureInfo.InvariantCulture)
            : 128;
        if (match.Groups["rows"].Success)
            format = Fp8Blocks(Size("rows"), Size("columns"));
        else if (match.Groups["wide"].Success)
            format = Int8Groups(Size("wide"));
        else
            format = Int4(Size("group"));
        return format.BlockColumns > 0 && format.BlockRows > 0;
    }

    /// <summary>Bytes of a matrix with its scales; parts of a byte are rounded up.</summary>
    /// <param name="rows">Outputs.</param>
    /// <param name="columns">Inputs.</param>
    /// <exception cref="OverflowException">More than 2^63-1 bytes.</exception>
    public long MatrixBytes(long rows, long columns) => checked((long)MatrixBytes(new Exact(rows), new Exact(columns)).Value);

    /// <summary>The same as a formula.</summary>
    internal T MatrixBytes<T>(T rows, T columns)
        where T : IExact<T>
    {
        if (rows.Value == 0 || columns.Value == 0)
            return T.Of(0);
        T bytes = ElementBytes(rows * columns);
        if (_scaleBits > 0)
        {
            // The scales of microscaling formats run over the elements of a row.
            T scales = (BlockRows == 0 && BlockColumns > 0 ? rows : Blocks(rows, BlockRows)) * Blocks(columns, BlockColumns);
            bytes += BytesOf(scales, _scaleBits, "bytes a scale");
        }

        return _matrixBytes == 0 ? bytes : bytes + T.Of(_matrixBytes, "bytes a matrix");
    }

    /// <summary>Bytes of plain elements, without scales: activations, caches, messages.</summary>
    /// <exception cref="OverflowException">More than 2^63-1 bytes.</exception>
    public long ElementBytes(long elements) => Bits % 8 == 0 ? checked(elements * (Bits / 8))
        : checked((long)ElementBytes(new Exact(elements)).Value);

    /// <summary>The same as a formula.</summary>
    internal T ElementBytes<T>(T elements)
        where T : IExact<T> => BytesOf(elements, Bits, "bytes");

    /// <summary>The name.</summary>
    public override string ToString() => Name;

    private static T BytesOf<T>(T count, int bits, string name)
        where T : IExact<T> => bits % 8 == 0 ? count * T.Of(bits / 8, name) : T.Ceiling(count * T.Of(bits, "bits"), 8);

    private static T Blocks<T>(T size, int block)
        where T : IExact<T> => block == 0 ? T.Of(1) : block == 1 ? size : T.Ceiling(size, block);

    [GeneratedRegex(@"^(?:fp8/(?<rows>\d{1,5})x(?<columns>\d{1,5})|int8/(?<wide>\d{1,5})|int4(?:/(?<group>\d{1,5}))?)$",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Parameterised();
}
