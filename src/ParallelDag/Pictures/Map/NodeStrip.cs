using ParallelDag.Pictures.Canvas;
using ParallelDag.Pictures.Facts;
using ParallelDag.Wording;

namespace ParallelDag.Pictures.Map;

/// <summary>
/// The GPUs of a stage in a row of the map. Where there is room each GPU is a cell; otherwise outlined boxes of one node or several, with
/// a tick for each GPU, and a wider gap where the next expert-parallel group begins.
/// </summary>
internal sealed class NodeStrip(Sheet sheet, PictureSubject subject)
{
    private const double Smallest = 9, Gap = 2, GroupGap = 8, PlainWidth = 92, PlainHeight = 44;

    private readonly DeploymentPlan _plan = subject.Plan;

    /// <summary>How many nodes share a box so that all boxes can be seen: 1, 2, 4, ...</summary>
    public int NodesPerBox(Box strip, StageRow row)
    {
        int nodes = Nodes(row.Gpus).Count, perBox = 1;
        while (Arrange(strip, (nodes + perBox - 1) / perBox, GroupBoxes(row, perBox)).Width < Smallest && perBox < nodes)
            perBox *= 2;
        return perBox;
    }

    public void Draw(Box strip, StageRow row, int nodesPerBox)
    {
        List<(int Node, int[] Gpus)> nodes = Nodes(row.Gpus);
        var grid = CellGrid.Choose(strip, nodes.Count, nodes.Max(node => node.Gpus.Length), headBeside: false);
        if (grid.CellSize(strip) is (>= 34, >= 22))
        {
            DrawCells(strip, row, nodes, grid);
            return;
        }

        Dictionary<int, GpuRole> roles = GpuRole.Of(row.Layout).Where(entry => entry.Role.Stage == row.First)
            .ToDictionary(entry => entry.Gpu, entry => entry.Role);
        var boxes = nodes.Chunk(nodesPerBox).ToList();
        int group = GroupBoxes(row, nodesPerBox);
        (int across, double width, double height) = Arrange(strip, boxes.Count, group);
        for (int i = 0; i < boxes.Count; i++)
        {
            int column = i % across;
            double gaps = group > 0 ? column / group * GroupGap : 0;
            DrawBox(new Box(strip.X + (column * (width + Gap)) + gaps, strip.Y + (i / across * (height + Gap)), width, height), row,
                boxes[i], roles);
        }
    }

    private void DrawCells(Box strip, StageRow row, List<(int Node, int[] Gpus)> nodes, CellGrid grid)
    {
        var cell = new MapCell(sheet, subject);
        for (int i = 0; i < nodes.Count; i++)
        {
            Box frame = grid.Node(strip, i);
            sheet.Rect(frame, Ink.Ground, row.Ink, 0.8, 3);
            string name = Words.Invariant($"Node {nodes[i].Node}");
            sheet.Text([$"{name} · {Amount.Gpus(GpuSet.FromGpus(nodes[i].Gpus))}", name], frame.X + 5, frame.Y + 16, frame.Width - 10,
                TextLook.SmallStrong);
            for (int gpu = 0; gpu < nodes[i].Gpus.Length; gpu++)
                cell.Draw(grid.Cell(strip, frame, gpu), nodes[i].Gpus[gpu]);
        }
    }

    private void DrawBox(Box box, StageRow row, (int Node, int[] Gpus)[] nodes, Dictionary<int, GpuRole> roles)
    {
        int[] gpus = [.. nodes.SelectMany(node => node.Gpus)];
        GpuSet set = GpuSet.FromGpus(gpus);
        GpuSet held = GpuSet.UnionAll(gpus.Select(gpu => roles[gpu].Experts(_plan)).OfType<GpuSet>());
        string experts = held.IsEmpty ? "" : $"experts {held}";
        string name = nodes.Length == 1 ? Words.Invariant($"Node {nodes[0].Node}")
            : Words.Invariant($"Nodes {nodes[0].Node}-{nodes[^1].Node}");
        string spoken = $"{name}: {Amount.Gpus(set)}, {row.Layout.Id.ToName()} stage "
            + $"{row.First}{(experts.Length == 0 ? "" : ", " + experts)}";
        using (sheet.Group(spoken, ("gpus", set.ToString())))
        {
            sheet.Rect(box, Ink.Ground, row.Ink, 1);
            double top = box.Y + 2;
            if (box.Width >= 58 && box.Height >= 30)
            {
                double room = box.Width - 8, y = box.Y + 13;
                sheet.Text([$"{name} · {Amount.Gpus(set)}", Amount.Gpus(set), name, set.ToString()], box.X + 4, y, room,
                    TextLook.SmallStrong);
                if (box.Height >= 44 && experts.Length > 0)
                {
                    y += 14;
                    sheet.Text(ExpertWords.Of(held), box.X + 4, y, room, TextLook.SmallQuiet);
                }

                top = y + 4;
            }

            var ticks = new Box(box.X + 2, top, box.Width - 4, Math.Max(3, box.Bottom - 2 - top));
            if (ticks.Width / gpus.Length < 3)
                sheet.Rect(ticks, row.Ink);
            for (int i = 0; i < gpus.Length && ticks.Width / gpus.Length >= 3; i++)
                sheet.Rect(ticks.Column(i, gpus.Length, 1), row.Ink);
        }
    }

    /// <summary>Boxes of one expert-parallel group where groups are neighbouring nodes; 0 where they are not, or there is one.</summary>
    private int GroupBoxes(StageRow row, int nodesPerBox)
    {
        PhaseStrategy strategy = row.Layout.Strategy;
        int perNode = _plan.Cluster.GpusPerNode;
        int[] first = [.. row.Layout.ExpertMesh.Groups(Meshes.Axis.Ep)[0].Select(rank => row.Layout.StageGpus[row.First - 1][rank])];
        GpuSet group = GpuSet.FromGpus(first);
        bool aligned = strategy.Ep > 1 && group.RangeCount == 1 && group.Count % (perNode * nodesPerBox) == 0 && group.First % perNode == 0;
        return aligned && group.Count < row.Gpus.Count ? group.Count / (perNode * nodesPerBox) : 0;
    }

    /// <summary>As many lines as bring boxes closest to the size that their text needs; whole groups on a line where that is
    /// possible.</summary>
    private static (int Across, double Width, double Height) Arrange(Box strip, int count, int group)
    {
        (int Across, double Width, double Height) best = default;
        double bestScore = -1;
        for (int lines = 1; lines <= count; lines++)
        {
            int across = (count + lines - 1) / lines;
            if (lines > 1 && (count + across - 1) / across != lines)
                continue;
            double gaps = group > 0 ? (across - 1) / group * GroupGap : 0;
            double width = (strip.Width - (Gap * (across - 1)) - gaps) / across, height = (strip.Height - (Gap * (lines - 1))) / lines;
            if (height < Smallest && best.Across > 0)
                break;
            double score = Math.Min(Math.Min(width / PlainWidth, 1.5), Math.Min(height / PlainHeight, 1.5));
            score *= (double)count / (across * lines) * (group > 0 && across % group != 0 ? 0.3 : 1);
            if (score > bestScore + 1e-9)
                (best, bestScore) = ((across, Math.Min(width, 260), Math.Min(height, 120)), score);
        }

        return best;
    }

    private List<(int Node, int[] Gpus)> Nodes(GpuSet gpus) => [.. gpus.ToArray().GroupBy(gpu => gpu / _plan.Cluster.GpusPerNode)
        .OrderBy(node => node.Key).Select(node => (node.Key, node.ToArray()))];
}
