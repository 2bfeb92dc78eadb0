using ParallelDag.Graphs;
using ParallelDag.Layouts;
using ParallelDag.Looks;
using ParallelDag.Meshes;
using ParallelDag.Operators;
using ParallelDag.Pictures.Canvas;
using ParallelDag.Pictures.Facts;
using ParallelDag.Wording;

namespace ParallelDag.Pictures.LayerScore;

/// <summary>An operator as a row of nodes, one for each coordinate that it is split by; more than fit are the first two, how many more,
/// and the last, or where there is no room for these one node for all.</summary>
internal static class StepRow
{
    private const double Narrowest = 84, Gap = 6;

    public static void Draw(Sheet sheet, Box row, OperatorStep step, PhaseLayout layout, int[] gpus)
    {
        Shard[] shards = Shards(step, gpus);
        int room = (int)((row.Width + Gap) / (Narrowest + Gap));
        if (room < 4 && shards.Length > room)
            shards = [new Shard(shards[0].Rank, $"{shards.Length} shards", GpuSet.UnionAll(shards.Select(shard => shard.Gpus)),
                shards[0].Experts is null ? null : GpuSet.UnionAll(shards.Select(shard => shard.Experts!)))];
        if (shards.Length <= room)
        {
            for (int i = 0; i < shards.Length; i++)
                DrawNode(sheet, row.Column(i, shards.Length, Gap), step, layout, shards[i], shards.Length);
            return;
        }

        Shard[] shown = [shards[0], shards[1], shards[^1]];
        for (int i = 0; i < 3; i++)
            DrawNode(sheet, row.Column(i == 2 ? 3 : i, 4, Gap), step, layout, shown[i], shards.Length);
        Box middle = row.Column(2, 4, Gap);
        string more = $"... {Words.Number(shards.Length - 3)} more";
        sheet.Text(more, middle.X + (middle.Width / 2), middle.Y + (middle.Height / 2) - (middle.Height < 30 ? -4 : 3), middle.Width - 4,
            TextLook.Strong.Centred);
        if (middle.Height >= 30)
            sheet.Text(step.Experts is null ? "of the same size" : $"{Words.Count(shards[1].Experts!.Count, "expert")} each", middle.X
                + (middle.Width / 2), middle.Y + (middle.Height / 2) + 12, middle.Width - 4, TextLook.SmallQuiet.Centred);
    }

    private static void DrawNode(Sheet sheet, Box box, OperatorStep step, PhaseLayout layout, Shard shard, int count)
    {
        NodeShape shape = step.Kind.ToShape();
        (Ink fill, Ink line) = Ink.Of(step.Kind);
        string name = shard.Experts is not GpuSet experts ? step.Name
            : $"{(experts.Count == 1 ? "Expert" : "Experts")} {experts.ToString().Replace(",", ", ", StringComparison.Ordinal)}";
        string output = string.Join("; ", step.Outputs.Select(tensor => tensor.LocalShape(shard.Rank).ToString()));
        string spoken = $"{name}, {layout.Id.ToName()}, {Amount.Gpus(shard.Gpus)}: yields {output}";
        using (sheet.Group(spoken, ("op", step.Op), ("phase", layout.Phase.ToName()), ("gpus", shard.Gpus.ToString())))
        {
            if (shape == NodeShape.Box)
                sheet.Rect(box, fill, line, 1.3, 3);
            else
                sheet.Add(new ShapeMark(box, shape == NodeShape.Ellipse, fill, line, 1.3));

            double x = box.X + (box.Width / 2), middle = box.Y + (box.Height / 2);
            IReadOnlyList<string> names = shard.Experts is null ? ShortNames.Of(name)
                : [name, .. ExpertWords.Of(shard.Experts).Skip(1)];
            string brief = string.Join("; ", step.Outputs.Select(tensor => Brief(tensor.LocalShape(shard.Rank))));
            string[] where = Where(shard, count);
            if (box.Height < 29)
            {
                string[] wordings = [.. where.Select(text => $"{name} · {text}"), .. names];
                sheet.Text(wordings, x, middle + 4, Room(box, shape, 4.5), TextLook.SmallStrong.Centred);
                return;
            }

            double up = shape == NodeShape.Ellipse ? 1.5 : 0;
            sheet.Text(names, x, middle - 2 - up, Room(box, shape, 9 + up), TextLook.SmallStrong.Centred);
            string[] details = [.. where.Select(text => $"{text} · {brief}"), .. where];
            sheet.Text(details, x, middle + 12 - up, Room(box, shape, 13 - up), TextLook.Small.Centred);
        }
    }

    // The width of text that reaches so far above or below the middle: an ellipse is narrower there.
    private static double Room(Box box, NodeShape shape, double away) => shape switch
    {
        NodeShape.Box => box.Width - 10,
        NodeShape.Ellipse => (box.Width * Math.Sqrt(Math.Max(0, 1 - Math.Pow(2 * away / box.Height, 2)))) - 4,
        _ => box.Width - (2 * DrawnNode.Slant) - 4,
    };

    private static string Brief(TensorShape shape) => $"[{string.Join(", ", shape.Dimensions.Select(dimension => dimension.Size))}]";

    private static string[] Where(Shard shard, int count)
    {
        if (shard.Gpus.Count == 1)
            return [Amount.Gpus(shard.Gpus)];
        string set = Amount.Gpus(shard.Gpus), number = Words.Count(shard.Gpus.Count, "GPU");
        string[] wordings = count == 1 && shard.Coordinates.EndsWith("shards", StringComparison.Ordinal)
            ? [$"{shard.Coordinates} on {set}", shard.Coordinates] : count == 1 ? [set, number]
            : [set, $"{number} with {shard.Coordinates}", shard.Coordinates];
        return shard.Gpus.RangeCount > 4 ? wordings[1..] : wordings;
    }

    private static Shard[] Shards(OperatorStep step, int[] gpus) => [.. Enumerable.Range(0, step.Mesh.Size)
        .GroupBy(rank => string.Join(' ', Axes.ReadingOrder.Where(step.Split.Contains)
            .Select(axis => Words.Invariant($"{axis.ToName()}{step.Mesh.Coordinate(rank, axis)}"))))
        .Select(ranks => new Shard(ranks.First(), ranks.Key, GpuSet.FromGpus(ranks.Select(rank => gpus[rank])),
            step.ExpertsOf(ranks.First())))];

    private sealed record Shard(int Rank, string Coordinates, GpuSet Gpus, GpuSet? Experts);
}
