using System.Diagnostics;
using System.Globalization;
using ParallelDag.Formats;
using ParallelDag.Formats.Tests.Layouts;
using ParallelDag.Graphs;
using ParallelDag.Layouts;
using ParallelDag.Lowering;
using ParallelDag.Writers;

namespace ParallelDag.Benchmarks;

/// <summary>
/// The quality of layouts in numbers: overviews of a dozen examples as we lay them out, and beside each what Graphviz makes of the same DOT
/// file; splines are judged by eight pieces each. Without Graphviz its columns stay empty, out loud.
/// </summary>
internal static class LayoutComparison
{
    private const int PiecesPerSpline = 8;

    private const double PointsPerInch = 72;

    private static readonly string[] Plans =
    [
        "llm_parallel", "deepseek_v3", "llama_70b", "long_context_ring", "mixtral_8x7b", "gallery/deepseek_open_infra",
        "gallery/deepseek_r1_pp4", "gallery/deepseek_report", "gallery/gpt_oss_120b", "gallery/kimi_k2_tp8_pp2_dcp8",
        "gallery/llama_405b_tp8_pp2", "gallery/qwen3_235b_tp4_dp2_ep8",
    ];

    /// <summary>Prints the table.</summary>
    public static void Run()
    {
        Console.WriteLine("| overview of | crossings | bends | climbing | boxes crossed | sheet, Mpx "
            + "| dot: crossings | climbing | boxes crossed | sheet, Mpx |");
        Console.WriteLine("|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|");
        foreach (string name in Plans)
        {
            Dag dag = DagGenerator.Generate(PlanFile.Load(Path.Combine("examples", name + ".yaml")), DetailLevel.Overview);
            LayoutQuality ours = LayoutQuality.Of(DagLayout.Arrange(dag));
            string peer = Graphviz(dag) is LayoutQuality dot
                ? $"{dot.Crossings} | {dot.Climbing} | {dot.BoxesCrossed} | {Megapixels(dot)}" : "- | - | - | -";
            string own = string.Create(
                CultureInfo.InvariantCulture,
                $"{ours.Crossings} | {ours.Bends} | {ours.Climbing} | {ours.BoxesCrossed} | {Megapixels(ours)}");
            Console.WriteLine($"| {Path.GetFileName(name)} | {own} | {peer} |");
        }
    }

    private static string Megapixels(LayoutQuality quality) =>
        (quality.Width * quality.Height / 1e6).ToString("0.0", CultureInfo.InvariantCulture);

    private static LayoutQuality? Graphviz(Dag dag)
    {
        using var dot = new MemoryStream();
        DotWriter.Write(dag, dot);
        var start = new ProcessStartInfo("dot", "-Tplain") { RedirectStandardInput = true, RedirectStandardOutput = true };
        try
        {
            using Process process = Process.Start(start)!;
            Task<string> answer = process.StandardOutput.ReadToEndAsync();
            dot.WriteTo(process.StandardInput.BaseStream);
            process.StandardInput.Close();
            return Read(answer.Result.Split('\n'));
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Console.WriteLine("SKIPPED: dot is not installed");
            return null;
        }
    }

    // https://graphviz.org/docs/outputs/plain/: inches, y growing upwards.
    private static LayoutQuality Read(string[] lines)
    {
        var boxes = new List<QualityBox>();
        var names = new Dictionary<string, int>(StringComparer.Ordinal);
        var edges = new List<QualityLine>();
        double width = 0, height = 0;
        foreach (string[] words in lines.Select(Words))
        {
            switch (words)
            {
                case ["graph", _, var across, var down, ..]:
                    (width, height) = (Number(across), Number(down));
                    break;
                case ["node", var name, var x, var y, var wide, var high, ..]:
                    names.Add(name, boxes.Count);
                    double left = Number(x) - (Number(wide) / 2), top = height - Number(y) - (Number(high) / 2);
                    boxes.Add(new QualityBox(left, top, left + Number(wide), top + Number(high)));
                    break;
                case ["edge", var tail, var head, var count, ..]:
                    int points = int.Parse(count, CultureInfo.InvariantCulture);
                    var spline = new (double X, double Y)[points];
                    for (int i = 0; i < points; i++)
                        spline[i] = (Number(words[4 + (2 * i)]), height - Number(words[5 + (2 * i)]));
                    edges.Add(new QualityLine(names[tail], names[head], [.. Flatten(spline)]));
                    break;
                default:
                    break;
            }
        }

        return LayoutQuality.Of(boxes, edges, width, height);
    }

    private static double Number(string inches) => double.Parse(inches, CultureInfo.InvariantCulture) * PointsPerInch;

    private static IEnumerable<(double X, double Y)> Flatten((double X, double Y)[] points)
    {
        yield return points[0];
        for (int i = 0; i + 3 < points.Length; i += 3)
        {
            for (int piece = 1; piece <= PiecesPerSpline; piece++)
            {
                double t = piece / (double)PiecesPerSpline, u = 1 - t;
                yield return (Cubic(t, u, points[i].X, points[i + 1].X, points[i + 2].X, points[i + 3].X),
                    Cubic(t, u, points[i].Y, points[i + 1].Y, points[i + 2].Y, points[i + 3].Y));
            }
        }
    }

    private static double Cubic(double t, double u, double a, double b, double c, double d) =>
        (u * u * u * a) + (3 * u * u * t * b) + (3 * u * t * t * c) + (t * t * t * d);

    // Words are separated by spaces, outside quotes.
    private static string[] Words(string line)
    {
        var words = new List<string>();
        for (int i = 0; i < line.Length; i++)
        {
            if (line[i] == ' ')
                continue;
            bool quoted = line[i] == '"';
            int end = quoted ? i + 1 : i;
            while (end < line.Length && (quoted ? line[end] != '"' : line[end] != ' '))
                end += quoted && line[end] == '\\' ? 2 : 1;
            words.Add(line[(quoted ? i + 1 : i)..Math.Min(end, line.Length)]);
            i = end;
        }

        return [.. words];
    }
}
